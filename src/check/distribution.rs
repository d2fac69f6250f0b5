//! `distribution`: many connections through a load balancer or an endpoint, and which share of them each target gets.

use super::{
    context::{Attempt, Context, patience, said},
    target,
    witness::{Witnesses, Words},
};
use crate::{
    reach::{Sender, Traffic},
    sys::probe,
};
use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddrV4,
    time::{Duration, Instant},
};

/// How many points more or less a share may have that is given as one number.
const TOLERANCE: u32 = 15;

/// A share of the connections, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    Some,
    Between(u32, u32),
}

impl Share {
    /// `all`, `some`, `none`, `50%`, `40-60%`.
    pub(super) fn read(text: &str) -> Option<Self> {
        match text {
            "all" => return Some(Share::Between(100, 100)),
            "none" => return Some(Share::Between(0, 0)),
            "some" => return Some(Share::Some),
            _ => {}
        }
        let number = |text: &str| text.trim().parse().ok().filter(|number: &u32| *number <= 100);
        let numbers = text.strip_suffix('%')?;
        if let Some((low, high)) = numbers.split_once('-') {
            return Some(Share::Between(number(low)?, number(high)?)).filter(|share| share.is_ordered());
        }
        let middle = number(numbers)?;
        Some(Share::Between(middle.saturating_sub(TOLERANCE), (middle + TOLERANCE).min(100)))
    }

    fn is_ordered(self) -> bool {
        !matches!(self, Share::Between(low, high) if low > high)
    }

    /// Whether so many of all are this share.
    fn is(self, got: usize, all: usize) -> bool {
        match self {
            Share::Some => got > 0,
            Share::Between(low, high) => {
                let (got, all) = (got * 100, all);
                got >= low as usize * all && got <= high as usize * all
            }
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Share::Some => f.write_str("some"),
            Share::Between(0, 0) => f.write_str("none"),
            Share::Between(100, 100) => f.write_str("all"),
            Share::Between(low, high) => write!(f, "{low}-{high}%"),
        }
    }
}

/// Every target gets its share, and nobody else gets anything.
pub(super) fn distribution(
    context: &Context<'_>,
    from: &Sender,
    (to, connections, shares): (&str, usize, &[(String, Share)]),
    timeout: Option<Duration>,
) -> Attempt {
    let to = context.destination(&context.health(), from, to)?;
    let Traffic::Tcp(port) = to.traffic else { return Err(format!("{} is not balanced", to.traffic)) };
    let behind = to.addresses.iter().flat_map(|address| target::behind(context.topology, from, *address, to.traffic));
    let mut targets: Vec<_> = Vec::new();
    for target in behind {
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    let mut witnesses = Witnesses::watch(context, targets, to.traffic, true)?;
    let (netns, patience) = (context.netns(from)?, patience(timeout, 2));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for address in to.addresses.iter().cycle().take(connections) {
        if (context.stop)() {
            return Err("it was stopped".into());
        }
        let words = Words::new();
        let at = SocketAddrV4::new(*address, port);
        probe::say(&netns, at, words.bytes(), patience).map_err(|error| format!("{at}: {error}"))?;
        match witnesses.heard(&words, Instant::now() + patience)? {
            Some((name, _)) => *counts.entry(name).or_default() += 1,
            None => return Err(said(std::io::Error::other(format!("a connection to {at} arrived nowhere")))),
        }
    }
    let of = |name: &String| counts.get(name).copied().unwrap_or_default();
    let unlike = shares.iter().filter(|(name, share)| !share.is(of(name), connections));
    let mut wrong: Vec<_> = unlike
        .map(|(name, share)| {
            format!("expected {share} of {connections} connections for {name}, which got {}", of(name))
        })
        .collect();
    let strangers = counts.iter().filter(|(name, _)| !shares.iter().any(|(known, _)| known == *name));
    wrong.extend(strangers.map(|(name, count)| format!("{name} got {count} of {connections}, and is not expected to")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn shares_are_words_numbers_and_ranges() {
        assert_eq!(Share::read("50%"), Some(Share::Between(35, 65)));
        assert_eq!(Share::read("95%"), Some(Share::Between(80, 100)));
        assert_eq!(Share::read("40-60%"), Some(Share::Between(40, 60)));
        assert_eq!(Share::read("all"), Some(Share::Between(100, 100)));
        for wrong in ["", "50", "60-40%", "101%", "x%", "-5%"] {
            assert_eq!(Share::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_share_is_compared_without_rounding() {
        let third = Share::Between(0, 33);
        assert!(third.is(33, 100) && !third.is(1, 3));
        assert!(Share::Some.is(1, 1000) && !Share::Some.is(0, 1000));
    }
}
