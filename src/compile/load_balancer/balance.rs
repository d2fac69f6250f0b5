//! How connections are shared out: by one hash over all groups and targets, so that each target gets its part of its
//! group's weight (NLB-14, NLB-16), and the same client the same target where a group is sticky (NLB-19).
//!
//! ```text
//! chain nlb_80_a_web { jhash ip saddr . th sport … mod 10 vmap { 0-7 : goto nlb_80_a_web_0, 8-9 : goto nlb_80_a_web_1 } }
//! chain nlb_80_a_web_0 { ct mark set 0x1f2e3d dnat ip to jhash … mod 10 map { 0-3 : 10.0.0.4 . 80, 4-7 : 10.0.0.5 . 80 } }
//! ```

use super::Transport;
use crate::{
    compile::{router::Router, rules::any},
    spec::nft::{Field, Hash, MarkSource, Rule, Statement, Translation, Verdict},
};
use std::{net::Ipv4Addr, ops::RangeInclusive};

/// The most that a weight of one is divided into; with five weights of 999 the whole fits in 32 bits. More targets
/// than this has divisors for get parts that are equal but for a millionth.
const FINEST: u64 = 800_000;

/// What a group gets.
pub(super) struct Share {
    pub(super) weight: u32,
    pub(super) is_sticky: bool,
    pub(super) preserves: bool,
    /// Those in service.
    pub(super) targets: Vec<(Ipv4Addr, u16)>,
}

/// Values of the hash.
type Values = RangeInclusive<u32>;

/// Adds a chain that hands connections to targets. What falls to a group without any vanishes (NLB-10).
pub(super) fn add(
    router: &mut Router<'_>,
    chain: &str,
    shares: &[Share],
    transport: Transport,
    marks: &dyn Fn(bool) -> u32,
) {
    let shares: Vec<_> = shares.iter().filter(|share| share.weight > 0).collect();
    let (modulus, parts) = parts(&shares);
    let is_sticky = shares.iter().any(|share| share.is_sticky);
    let fields = if is_sticky { vec![Field::IpSaddr] } else { transport.flow() };
    let hash = Hash { fields, modulus };
    let names_tcp = hash.fields.contains(&Field::TcpSequence);
    let only = || (!names_tcp).then(|| any(Field::L4proto, &[transport.word()]));
    let rules = |share: &Share, parts: &[Values]| -> Vec<Rule> {
        let targets: Vec<_> = parts.iter().cloned().zip(share.targets.iter().copied()).collect();
        if targets.is_empty() {
            return Vec::new();
        }
        let mark = Statement::SetMark { mark: Field::CtMark, to: MarkSource::Number(marks(share.preserves)) };
        let dnat = Statement::Dnat(Translation::Balance { hash: hash.clone(), targets });
        vec![Rule::new(only().into_iter().chain([mark, dnat]))]
    };
    if let ([share], [(_, parts)]) = (shares.as_slice(), parts.as_slice()) {
        let rules = rules(share, parts);
        router.chain(chain.to_owned(), rules);
        return;
    }
    let mut verdicts = Vec::new();
    for (index, (share, (values, parts))) in shares.iter().zip(&parts).enumerate() {
        let name = format!("{chain}_{index}");
        router.chain(name.clone(), rules(share, parts));
        verdicts.push((values.clone(), Verdict::Goto(name)));
    }
    let spread = (!verdicts.is_empty()).then(|| Rule::new([Statement::Spread { hash: hash.clone(), verdicts }]));
    router.chain(chain.to_owned(), spread.into_iter().collect());
}

/// How many values the hash has, and which of them fall to each group and to each of its targets.
fn parts(shares: &[&Share]) -> (u32, Vec<(Values, Vec<Values>)>) {
    let sizes = shares.iter().map(|share| (u64::from(share.weight), (share.targets.len() as u64).max(1)));
    let sizes: Vec<_> = if shares.len() == 1 { sizes.map(|(_, count)| (1, count)).collect() } else { sizes.collect() };
    let finest = sizes.iter().fold(1, |all, (_, count)| least_common_multiple(all, *count)).min(FINEST);
    let common = sizes.iter().fold(0, |all, (weight, count)| greatest_common_divisor(all, weight * finest / count));
    let unit = if finest == FINEST { 1 } else { common.max(1) };
    let mut next = 0;
    let parts = sizes.iter().map(|(weight, count)| {
        let whole = weight * finest / unit;
        let begin = next;
        next += whole;
        let border = |place: u64| begin + whole * place / count;
        let values = |first, after| narrow(first)..=narrow(after - 1);
        let own = (0..*count).map(|place| values(border(place), border(place + 1)));
        (values(begin, next), own.collect())
    });
    let parts = parts.collect();
    (narrow(next.max(1)), parts)
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).expect("five weights of 999 times the finest part are fewer than 32 bits")
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

fn least_common_multiple(a: u64, b: u64) -> u64 {
    a / greatest_common_divisor(a, b) * b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(weight: u32, targets: u8) -> Share {
        let targets = (0..targets).map(|last| (Ipv4Addr::new(10, 0, 0, last), 80)).collect();
        Share { weight, is_sticky: false, preserves: true, targets }
    }

    #[test]
    fn one_group_has_a_value_for_each_target() {
        let (modulus, parts) = parts(&[&share(7, 3)]);
        assert_eq!((modulus, &parts[0].1), (3, &vec![0..=0, 1..=1, 2..=2]));
    }

    #[test]
    fn weights_are_shared_among_a_group_s_targets_nlb_16() {
        let (modulus, parts) = parts(&[&share(80, 2), &share(20, 1), &share(100, 0)]);
        assert_eq!(modulus, 10);
        assert_eq!(parts[0], (0..=3, vec![0..=1, 2..=3]));
        assert_eq!(parts[1], (4..=4, vec![4..=4]));
        assert_eq!(parts[2].0, 5..=9, "what falls to a group without targets vanishes");
    }

    #[test]
    fn the_largest_groups_fit() {
        let counts = [97, 89, 83, 79, 73];
        let shares: Vec<_> = counts.iter().map(|count| share(999, *count)).collect();
        let (modulus, parts) = parts(&shares.iter().collect::<Vec<_>>());
        assert!(modulus > 3_000_000);
        for ((values, own), count) in parts.iter().zip(counts) {
            assert_eq!(own.len(), usize::from(count));
            assert_eq!((values.start(), values.end()), (own[0].start(), own[own.len() - 1].end()));
        }
    }
}
