//! Security group rules overlap as they like; an nft interval set's elements must not. This turns any
//! number of (numbers × networks) boxes into disjoint ones that cover exactly the same.
//!
//! ```text
//! 80-90 from 10.0.0.0/8, 85-95 from 10.1.0.0/16  →  80-90 10.0.0.0/8, 91-95 10.1.0.0/16
//! ```

use ipnet::Ipv4Net;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

/// A range of ports, or of ICMP types and codes, and a network.
pub(super) type Box2 = (RangeInclusive<u32>, Ipv4Net);

/// The same numbers and addresses in disjoint boxes, sorted.
pub(super) fn disjoint(boxes: &[Box2]) -> Vec<Box2> {
    let mut begins: BTreeMap<u32, Vec<Ipv4Net>> = BTreeMap::new();
    let mut ends: BTreeMap<u32, Vec<Ipv4Net>> = BTreeMap::new();
    for (range, net) in boxes {
        begins.entry(*range.start()).or_default().push(*net);
        ends.entry(range.end() + 1).or_default().push(*net);
    }
    let borders: BTreeSet<u32> = begins.keys().chain(ends.keys()).copied().collect();
    let mut open: BTreeMap<Ipv4Net, usize> = BTreeMap::new();
    let mut slices: Vec<(RangeInclusive<u32>, Vec<Ipv4Net>)> = Vec::new();
    for (border, next) in borders.iter().zip(borders.iter().skip(1)) {
        for net in begins.get(border).into_iter().flatten() {
            *open.entry(*net).or_default() += 1;
        }
        for net in ends.get(border).into_iter().flatten() {
            close(&mut open, *net);
        }
        append(&mut slices, *border..=next - 1, Ipv4Net::aggregate(&open.keys().copied().collect()));
    }
    slices.into_iter().flat_map(|(range, nets)| nets.into_iter().map(move |net| (range.clone(), net))).collect()
}

fn close(open: &mut BTreeMap<Ipv4Net, usize>, net: Ipv4Net) {
    let count = open.get_mut(&net).expect("a box is closed after it was opened");
    *count -= 1;
    if *count == 0 {
        open.remove(&net);
    }
}

/// Adds a slice, or lengthens the last one if it is the same.
fn append(slices: &mut Vec<(RangeInclusive<u32>, Vec<Ipv4Net>)>, range: RangeInclusive<u32>, mut nets: Vec<Ipv4Net>) {
    nets.sort();
    if nets.is_empty() {
        return;
    }
    match slices.last_mut() {
        Some((last, same)) if *last.end() + 1 == *range.start() && *same == nets => {
            *last = *last.start()..=*range.end();
        }
        _ => slices.push((range, nets)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Box2, disjoint};
    use ipnet::Ipv4Net;
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    fn boxes() -> impl Strategy<Value = Vec<Box2>> {
        let net = (0u32..64, 26u8..=32).prop_map(|(low, length)| {
            Ipv4Net::new(Ipv4Addr::from(0x0a00_0000 | low), length).expect("a length").trunc()
        });
        let range = (0u32..20, 0u32..8).prop_map(|(first, more)| first..=first + more);
        prop::collection::vec((range, net), 0..12)
    }

    fn covers(boxes: &[Box2], number: u32, address: Ipv4Addr) -> usize {
        boxes.iter().filter(|(range, net)| range.contains(&number) && net.contains(&address)).count()
    }

    proptest! {
        #[test]
        fn covers_the_same_and_nothing_twice(boxes in boxes()) {
            let result = disjoint(&boxes);
            for number in 0..30 {
                for low in 0..64 {
                    let address = Ipv4Addr::from(0x0a00_0000 | low);
                    let expected = usize::from(covers(&boxes, number, address) > 0);
                    prop_assert_eq!(covers(&result, number, address), expected);
                }
            }
        }
    }
}
