//! The VPC router does not show: a packet that it forwards arrives with the time to live with which it was sent, and
//! `traceroute` meets a NAT gateway first (GEN-03, NAT-14). Linux takes one off each packet that it forwards, so one is
//! added before it does.
//!
//! nft cannot add. It can set a constant, which serves for what Linux sends. It can flip bits, and adding one flips the lowest zero bit and the ones below it: eight rules, of
//! which a packet meets two on average. A byte that is flipped so leaves the header's checksum as it was, so that is
//! done by hand too: one more in the high byte of a word is one less in the high byte of the checksum, with an end-around
//! borrow from the low one, in ones' complement (RFC 1624).
//!
//! ```text
//! chain invisible     { iifname "eni-*" goto time_to_live }
//! chain time_to_live  { ip ttl 64 ip ttl set 65 return
//!                       @nh,64,8 & 0x1 == 0x0 @nh,64,8 set @nh,64,8 ^ 0x1 goto checksum
//!                       @nh,64,8 & 0x3 == 0x1 @nh,64,8 set @nh,64,8 ^ 0x3 goto checksum … }
//! chain checksum      { @nh,80,8 & 0x1 == 0x1 @nh,80,8 set @nh,80,8 ^ 0x1 return … }
//! ```
//!
//! Only what comes from instances, peers and PrivateLink consumers is given back what forwarding takes, each of which
//! leads to another kind of link than it came from or to an instance: no packet can go round for ever.

use super::{
    router::Router,
    rules::{base, goto, iif, is},
};
use crate::spec::nft::{Field, HeaderByte, HookKind, HookPoint, Rule, Statement, Value, Verdict};

/// Before anything else looks at a packet.
const PRIORITY: i32 = -160;

/// The time to live with which Linux sends.
const LINUX: u8 = 64;

/// Links whose packets a VPC's router forwards unseen.
const LINKS: [&str; 4] = ["eni-*", "nat-*", "pcx-*", "svc-*"];

pub(super) fn add(router: &mut Router<'_>) {
    let unseen = |link: &&str| Rule::new([iif(link), goto("time_to_live")]);
    let invisible = base(HookKind::Filter, HookPoint::Prerouting, PRIORITY, LINKS.iter().map(unseen).collect());
    router.base_chain("invisible", invisible);
    // 255 stays: there is no more.
    let increment = increment(HeaderByte::TimeToLive, "checksum");
    router.chain("time_to_live".into(), std::iter::once(usual()).chain(increment).collect());
    let mut checksum = vec![Rule::new([bits(HeaderByte::ChecksumHigh, 0xff, 0), goto("checksum_borrow")])];
    checksum.extend(decrement(HeaderByte::ChecksumHigh));
    router.chain("checksum".into(), checksum);
    router.chain("checksum_borrow".into(), borrow());
}

/// What Linux sends, and nobody has forwarded yet: nft sets a constant, and the checksum with it.
fn usual() -> Rule {
    let sent = is(Field::IpTtl, Value::Number(LINUX.into()));
    Rule::new([sent, Statement::SetTtl(LINUX + 1), Statement::Verdict(Verdict::Return)])
}

/// Adds one to a byte, and goes on with a chain; a byte of ones stays.
fn increment(byte: HeaderByte, then: &str) -> Vec<Rule> {
    let rule = |ones: u8| {
        let (below, all) = low_bits(ones);
        Rule::new([bits(byte, all, below), flip(byte, all), goto(then)])
    };
    (0..8).map(rule).collect()
}

/// Takes one off a byte; a byte of zeros stays.
fn decrement(byte: HeaderByte) -> Vec<Rule> {
    let rule = |zeros: u8| {
        let (below, all) = low_bits(zeros);
        Rule::new([bits(byte, all, all ^ below), flip(byte, all), Statement::Verdict(Verdict::Return)])
    };
    (0..8).map(rule).collect()
}

/// The high byte is zero: it becomes 255, and the borrow goes round to the low byte. 0x0000 becomes 0xfeff.
fn borrow() -> Vec<Rule> {
    let (high, low) = (HeaderByte::ChecksumHigh, HeaderByte::ChecksumLow);
    let both_zero = [bits(low, 0xff, 0), flip(high, 0xfe), flip(low, 0xff), Statement::Verdict(Verdict::Return)];
    let mut rules = vec![Rule::new(both_zero), Rule::new([flip(high, 0xff)])];
    rules.extend(decrement(low));
    rules
}

/// So many low bits, and these with the one above them.
fn low_bits(count: u8) -> (u8, u8) {
    let below = (1_u16 << count) - 1;
    let all = (below << 1) | 1;
    (u8::try_from(below).expect("at most seven bits"), u8::try_from(all).expect("at most eight bits"))
}

fn bits(byte: HeaderByte, mask: u8, value: u8) -> Statement {
    Statement::MatchBits { byte, mask, value }
}

fn flip(byte: HeaderByte, mask: u8) -> Statement {
    Statement::FlipBits { byte, mask }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What rules make of a header, as the kernel would: the first rule that fits, and on from there.
    fn run(rules: &[Rule], header: &mut [u8; 12]) -> Option<String> {
        for rule in rules {
            let fits = rule.statements.iter().all(|statement| match statement {
                Statement::MatchBits { byte, mask, value } => header[at(*byte)] & mask == *value,
                _ => true,
            });
            if !fits {
                continue;
            }
            for statement in &rule.statements {
                match statement {
                    Statement::FlipBits { byte, mask } => header[at(*byte)] ^= mask,
                    Statement::Verdict(Verdict::Goto(chain)) => return Some(chain.clone()),
                    Statement::Verdict(_) => return None,
                    _ => {}
                }
            }
        }
        None
    }

    fn at(byte: HeaderByte) -> usize {
        usize::try_from(byte.offset() / 8).unwrap()
    }

    #[test]
    fn one_is_added_and_the_checksum_stays_right() {
        let checksum_rules = {
            let mut rules = vec![Rule::new([bits(HeaderByte::ChecksumHigh, 0xff, 0), goto("checksum_borrow")])];
            rules.extend(decrement(HeaderByte::ChecksumHigh));
            rules
        };
        let rules = increment(HeaderByte::TimeToLive, "checksum");
        let every = (0..=u16::MAX).map(|checksum| (64, checksum));
        let few =
            (0..=255_u8).flat_map(|lifetime| [0, 1, 0xff, 0x100, 0x1234, 0xfeff, 0xffff].map(|sum| (lifetime, sum)));
        for (lifetime, checksum) in every.chain(few) {
            let mut header = [0; 12];
            header[8] = lifetime;
            header[10..12].copy_from_slice(&checksum.to_be_bytes());
            let next = run(&rules, &mut header);
            assert_eq!(header[8], lifetime.saturating_add(1));
            if next.is_some() && run(&checksum_rules, &mut header).is_some() {
                run(&borrow(), &mut header);
            }
            let after = u16::from_be_bytes([header[10], header[11]]);
            // RFC 1624: HC' = ~(~HC + ~m + m'), where m' is 0x100 more than m
            let added: u32 = if lifetime == 255 { 0 } else { 0x100 };
            let sum = u32::from(!checksum) + added;
            let folded = u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap();
            assert_eq!(after, !folded, "{lifetime} {checksum:#x}");
        }
    }
}
