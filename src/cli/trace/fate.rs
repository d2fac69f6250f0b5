//! What became of a traced packet, out of all that the namespaces' nftables decided about it. Pure.

use crate::{
    spec::NetnsName,
    sys::nft::{Decision, Mark, TRACE_TABLE},
};
use std::collections::{BTreeMap, BTreeSet};

/// Which of the two packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cli) enum Way {
    /// That which was sent.
    There,
    /// The answer to it.
    Back,
}

/// What became of a packet and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// A rule, or without one a chain's policy, dropped it.
    Dropped { netns: NetnsName, way: Way, table: String, chain: String, rule: Option<u64> },
    /// It came into a namespace, no rule dropped it, and it never left: routing knew no way.
    Lost { netns: NetnsName, way: Way },
    /// All passed it on.
    Passed,
    /// No namespace that was looked at saw it.
    Unseen,
}

/// The fate of a packet.
pub(super) fn fate(mark: Mark, seen: &[(NetnsName, Vec<Decision>)]) -> Fate {
    let mut came = BTreeSet::new();
    let mut went = BTreeSet::new();
    for (netns, decisions) in seen {
        let mut ways = BTreeMap::new();
        for decision in decisions {
            if !decision.header.is_empty() {
                ways.insert(decision.packet, way(mark, &decision.header));
            }
            let way = ways.get(&decision.packet).copied().unwrap_or(Way::There);
            if decision.drops {
                let Decision { table, chain, rule, .. } = decision.clone();
                return Fate::Dropped { netns: netns.clone(), way, table, chain, rule };
            }
            let is_ours = decision.table == TRACE_TABLE;
            came.extend((is_ours && decision.chain == "arrives").then_some((netns, way)));
            went.extend((is_ours && decision.chain != "arrives").then_some((netns, way)));
        }
    }
    match came.difference(&went).next() {
        Some((netns, way)) => Fate::Lost { netns: (*netns).clone(), way: *way },
        None if came.is_empty() => Fate::Unseen,
        None => Fate::Passed,
    }
}

/// Whether a TCP or ICMP header is the packet's or its answer's.
fn way(mark: Mark, header: &[u8]) -> Way {
    let is_answer = match mark {
        Mark::Tcp(sequence) => header.get(8..12) == Some(&sequence.wrapping_add(1).to_be_bytes()),
        Mark::Echo(..) => header.first() == Some(&0),
    };
    if is_answer { Way::Back } else { Way::There }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: Mark = Mark::Echo(1, 2);

    fn at(packet: u32, chain: &str, header: &[u8]) -> Decision {
        let table = if ["arrives", "leaves", "ends"].contains(&chain) { TRACE_TABLE } else { "vpcns" };
        Decision { packet, table: table.into(), chain: chain.into(), header: header.into(), ..Decision::default() }
    }

    fn router(name: &str, decisions: Vec<Decision>) -> (NetnsName, Vec<Decision>) {
        (NetnsName::new("lab", name), decisions)
    }

    #[test]
    fn a_packet_is_dropped_by_a_rule_lost_by_routing_or_passed_on() {
        assert_eq!(fate(MARK, &[router("a", Vec::new())]), Fate::Unseen);
        let passed = || vec![at(1, "arrives", &[8, 0]), at(1, "out_web", &[8, 0]), at(1, "leaves", &[8, 0])];
        assert_eq!(fate(MARK, &[router("a", passed()), router("b", passed())]), Fate::Passed);
        let lost = || router("b", vec![at(2, "arrives", &[8, 0]), at(2, "out_web", &[])]);
        let fate_of = |netns: &str, way| Fate::Lost { netns: NetnsName::new("lab", netns), way };
        assert_eq!(fate(MARK, &[router("a", passed()), lost()]), fate_of("b", Way::There));
        // The answer comes into the second and is not seen to leave.
        let answered = [passed(), vec![at(3, "arrives", &[0, 0])]].concat();
        assert_eq!(fate(MARK, &[router("a", passed()), router("b", answered)]), fate_of("b", Way::Back));
    }

    #[test]
    fn who_drops_is_named_with_the_way_of_the_packet() {
        let drops = |rule| Decision { rule, drops: true, ..at(3, "in_web", &[]) };
        let seen = [router("a", vec![at(1, "arrives", &[8, 0]), at(3, "arrives", &[0, 0]), drops(Some(7))])];
        let dropped = |rule, way| Fate::Dropped {
            netns: NetnsName::new("lab", "a"),
            way,
            table: "vpcns".into(),
            chain: "in_web".into(),
            rule,
        };
        assert_eq!(fate(MARK, &seen), dropped(Some(7), Way::Back));
        assert_eq!(fate(MARK, &[router("a", vec![drops(None)])]), dropped(None, Way::There));
    }

    #[test]
    fn an_answer_of_tcp_acknowledges_the_packet() {
        let header = |acknowledges: u32| [&[0; 8][..], &acknowledges.to_be_bytes()].concat();
        assert_eq!(way(Mark::Tcp(u32::MAX), &header(0)), Way::Back);
        assert_eq!(way(Mark::Tcp(7), &header(0)), Way::There);
    }
}
