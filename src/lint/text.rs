//! Rules and entries in words, as lints quote them: `TCP 80 from 10.0.0.0/16`.

use super::scene::Direction;
use crate::model::{Name, Peer, Protocol, SecurityGroupRule, Topology};
use std::ops::RangeInclusive;

/// A rule of a group in a VPC.
pub(super) fn rule(topology: &Topology, vpc: &Name, direction: Direction, rule: &SecurityGroupRule) -> String {
    let peer = match &rule.peer {
        Peer::Cidr(net) => net.to_string(),
        Peer::Group(group) => group.to_string(),
        Peer::PrefixList(list) => topology.prefix_list_name(vpc, list),
    };
    format!("{} {} {peer}", protocol(&rule.protocol), preposition(direction))
}

pub(super) fn preposition(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "from",
        Direction::Outbound => "to",
    }
}

/// Protocol and ports.
pub(super) fn protocol(protocol: &Protocol) -> String {
    match protocol {
        Protocol::All => "all traffic".to_owned(),
        Protocol::Tcp(ports) => format!("TCP {}", range(ports)),
        Protocol::Udp(ports) => format!("UDP {}", range(ports)),
        Protocol::Icmp { kind: None, .. } => "ICMP".to_owned(),
        Protocol::Icmp { kind: Some(kind), code: None } => format!("ICMP type {kind}"),
        Protocol::Icmp { kind: Some(kind), code: Some(code) } => format!("ICMP type {kind} code {code}"),
        Protocol::Number(number) => format!("protocol {number}"),
    }
}

fn range(ports: &RangeInclusive<u16>) -> String {
    match (ports.start(), ports.end()) {
        (0, &u16::MAX) => "all ports".to_owned(),
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}-{last}"),
    }
}
