//! A load balancer's security group as the peer of its targets' rules (NLB-42): connections that a node hands on with
//! their clients' own addresses are known by the node's mark, or by that of what it sends itself with their addresses.
//!
//! ```text
//! set in_vpc/web_nodes { type mark . inet_proto . inet_service; flags interval; elements = { 0x1234 . 6 . 80 } }
//! chain in_vpc/web { … ct mark . meta l4proto . th dport @in_vpc/web_nodes accept }
//! ```

use super::{
    load_balancer::client_marks,
    names,
    router::Router,
    rules::within,
    security_group::{Direction, TCP, UDP},
};
use crate::{
    model::{Peer, Protocol, SecurityGroupRule},
    spec::nft::{Field, Part, Rule, Statement, Type},
};
use std::{collections::BTreeMap, ops::RangeInclusive};

/// A node's mark and a protocol.
type Handed = (u32, u32);

/// The rule in a group's chain for what load balancers hand on, if the group's own rules name one of theirs.
pub(super) fn rule(
    router: &mut Router<'_>,
    direction: Direction,
    chain: &str,
    rules: &[SecurityGroupRule],
    then: &Statement,
) -> Option<Rule> {
    let mut allowed: BTreeMap<Handed, Vec<RangeInclusive<u16>>> = BTreeMap::new();
    for rule in rules.iter().filter(|_| direction == Direction::Inbound) {
        let Peer::Group(group) = &rule.peer else { continue };
        let balancers = router.topology.load_balancers.values().filter(|balancer| balancer.vpc == *router.name);
        let nodes = balancers.flat_map(|balancer| &balancer.nodes);
        let nodes = nodes.map(|node| &router.topology.network_interfaces[&node.interface]);
        for node in nodes.filter(|node| node.security_groups.contains(group)) {
            let mark = names::node_mark(&router.topology.lab, node);
            for mark in [mark].into_iter().chain(client_marks(router.topology, node)) {
                for (protocol, ports) in ports_of(&rule.protocol) {
                    allowed.entry((mark, protocol)).or_default().push(ports);
                }
            }
        }
    }
    if allowed.is_empty() {
        return None;
    }
    let element = |(mark, protocol): Handed, ports: &RangeInclusive<u16>| {
        vec![Part::Number(mark), Part::Number(protocol), Part::Range(*ports.start(), *ports.end())]
    };
    let elements =
        allowed.into_iter().flat_map(|(of, ports)| merged(ports).into_iter().map(move |ports| element(of, &ports)));
    let (name, elements) = (format!("{chain}_nodes"), elements.collect());
    router.set(name.clone(), vec![Type::Mark, Type::InetProto, Type::InetService], elements);
    Some(Rule::new([within(&[Field::CtMark, Field::L4proto, Field::ThDport], &name), then.clone()]))
}

/// What of a rule's traffic a load balancer can hand on.
fn ports_of(protocol: &Protocol) -> Vec<(u32, RangeInclusive<u16>)> {
    match protocol {
        Protocol::All => [TCP, UDP].map(|protocol| (protocol, 0..=u16::MAX)).into(),
        Protocol::Tcp(ports) => vec![(TCP, ports.clone())],
        Protocol::Udp(ports) => vec![(UDP, ports.clone())],
        Protocol::Icmp { .. } | Protocol::Number(_) => Vec::new(),
    }
}

/// The same ports by ranges that do not meet.
fn merged(mut ranges: Vec<RangeInclusive<u16>>) -> Vec<RangeInclusive<u16>> {
    ranges.sort_by_key(|range| *range.start());
    let mut merged: Vec<RangeInclusive<u16>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if u32::from(*range.start()) <= u32::from(*last.end()) + 1 => {
                *last = *last.start()..=*last.end().max(range.end());
            }
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::merged;

    #[test]
    fn ranges_that_meet_become_one() {
        assert_eq!(merged(vec![80..=80, 8000..=9000, 81..=90, 8500..=8600]), [80..=90, 8000..=9000]);
        assert_eq!(merged(vec![0..=u16::MAX, 1..=2]), [0..=u16::MAX]);
    }
}
