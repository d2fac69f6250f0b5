//! Which rule lets pass whatever another one does.

use crate::model::{Name, Peer, Protocol, SecurityGroupRule, Topology};
use ipnet::Ipv4Net;
use std::ops::RangeInclusive;

/// Whether `wide` lets pass whatever `narrow` does; both are rules of one VPC and one direction.
pub(super) fn rule(topology: &Topology, vpc: &Name, wide: &SecurityGroupRule, narrow: &SecurityGroupRule) -> bool {
    protocol(&wide.protocol, &narrow.protocol) && peer(topology, vpc, &wide.peer, &narrow.peer)
}

/// Whether a protocol and its ports hold those of another.
pub(super) fn protocol(wide: &Protocol, narrow: &Protocol) -> bool {
    match (wide, narrow) {
        (Protocol::All, _) | (Protocol::Icmp { kind: None, .. }, Protocol::Icmp { .. }) => true,
        (Protocol::Tcp(wide), Protocol::Tcp(narrow)) | (Protocol::Udp(wide), Protocol::Udp(narrow)) => {
            wide.start() <= narrow.start() && narrow.end() <= wide.end()
        }
        (Protocol::Icmp { kind, code }, Protocol::Icmp { kind: other, code: others }) => {
            kind == other && (code.is_none() || code == others)
        }
        (Protocol::Number(wide), Protocol::Number(narrow)) => wide == narrow,
        _ => false,
    }
}

/// Members of a group have any address of its VPC or of a peer, so only everybody's network holds them.
fn peer(topology: &Topology, vpc: &Name, wide: &Peer, narrow: &Peer) -> bool {
    let nets = |peer: &Peer| match peer {
        Peer::Cidr(net) => Some(vec![*net]),
        Peer::PrefixList(list) => Some(topology.prefix_list_cidrs(vpc, list)),
        Peer::Group(_) => None,
    };
    match (nets(wide), nets(narrow)) {
        (Some(wide), Some(narrow)) => {
            !narrow.is_empty() && narrow.iter().all(|net| wide.iter().any(|other| other.contains(net)))
        }
        (Some(wide), None) => wide.contains(&Ipv4Net::default()),
        (None, Some(_)) => false,
        (None, None) => wide == narrow,
    }
}

/// The ports of TCP that a protocol names, or of UDP.
pub(super) fn ports(protocol: &Protocol, transport: Transport) -> Option<RangeInclusive<u16>> {
    match (protocol, transport) {
        (Protocol::All, _) => Some(0..=u16::MAX),
        (Protocol::Tcp(ports), Transport::Tcp) | (Protocol::Udp(ports), Transport::Udp) => Some(ports.clone()),
        _ => None,
    }
}

/// What has ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Tcp,
    Udp,
}

/// Whether two ranges of ports have one in common.
pub(super) fn meet(one: &RangeInclusive<u16>, other: &RangeInclusive<u16>) -> bool {
    one.start() <= other.end() && other.start() <= one.end()
}

/// Whether two networks have an address in common.
pub(super) fn overlap(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other) || other.contains(&one)
}
