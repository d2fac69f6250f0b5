//! Security groups as AWS words them: any rule of any group of an interface may let a connection in or out
//! (SG-01), and each side's groups judge for themselves (SG-14). Answers are never judged (SG-04).

use super::{Atlas, RuleRef, Traffic};
use crate::model::{Name, NetworkInterface, Peer, PrefixListRef, Protocol, SecurityGroupRule, Topology};
use serde::Serialize;
use std::{fmt, net::Ipv4Addr};

/// Which rules of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Those on connections to a member.
    Inbound,
    /// Those on connections from a member.
    Outbound,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
        })
    }
}

impl Direction {
    pub(super) fn preposition(self) -> &'static str {
        match self {
            Direction::Inbound => "from",
            Direction::Outbound => "to",
        }
    }
}

/// The other side of a connection, as an interface's groups see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opposite<'a> {
    /// Inbound if the other side is the sender.
    pub(super) direction: Direction,
    pub(super) address: Ipv4Addr,
    /// Whether it may be a member of a group that a rule names. A PrivateLink client may have the address of one, but
    /// is in another VPC.
    pub(super) may_be_member: bool,
    /// The load balancer's node that hands the connection on: a rule that names its group means that too (NLB-42).
    pub(super) node: Option<&'a NetworkInterface>,
}

impl Opposite<'_> {
    pub(super) fn sender(address: Ipv4Addr) -> Self {
        Self { direction: Direction::Inbound, address, may_be_member: true, node: None }
    }

    pub(super) fn receiver(address: Ipv4Addr) -> Self {
        Self { direction: Direction::Outbound, address, may_be_member: true, node: None }
    }
}

/// The rules of a group in one direction.
pub(super) fn rules<'a>(topology: &'a Topology, group: &Name, direction: Direction) -> &'a [SecurityGroupRule] {
    let group = &topology.security_groups[group];
    match direction {
        Direction::Inbound => &group.inbound,
        Direction::Outbound => &group.outbound,
    }
}

/// The first rule of these groups that lets `traffic` to or from the other side pass.
pub(super) fn deciding_rule(
    atlas: &Atlas<'_>,
    groups: &[Name],
    other: Opposite<'_>,
    traffic: Traffic,
) -> Option<RuleRef> {
    let is_peer = |vpc: &Name, peer: &Peer| match peer {
        Peer::Cidr(net) => net.contains(&other.address),
        Peer::PrefixList(list) => {
            atlas.topology.prefix_list_cidrs(vpc, list).iter().any(|net| net.contains(&other.address))
        }
        Peer::Group(name) => {
            let has_it = |node: &NetworkInterface| node.security_groups.contains(name);
            other.may_be_member && atlas.is_member(name, other.address) || other.node.is_some_and(has_it)
        }
    };
    groups.iter().find_map(|group| {
        let vpc = &atlas.topology.security_groups[group].vpc;
        let passes = |rule: &SecurityGroupRule| covers(&rule.protocol, traffic) && is_peer(vpc, &rule.peer);
        let index = rules(atlas.topology, group, other.direction).iter().position(passes)?;
        Some(RuleRef { group: group.clone(), direction: other.direction, index })
    })
}

/// Whether a rule's protocol and ports mean this traffic (SG-15).
fn covers(protocol: &Protocol, traffic: Traffic) -> bool {
    const ECHO_REQUEST: u8 = 8;
    match (protocol, traffic) {
        (Protocol::All, _) | (Protocol::Number(1), Traffic::Ping) => true,
        (Protocol::Tcp(ports), Traffic::Tcp(port)) | (Protocol::Udp(ports), Traffic::Udp(port)) => {
            ports.contains(&port)
        }
        (Protocol::Icmp { kind, code }, Traffic::Ping) => {
            kind.is_none_or(|kind| kind == ECHO_REQUEST) && code.is_none_or(|code| code == 0)
        }
        _ => false,
    }
}

/// A rule as people write it: `tcp 80 from 10.10.0.0/16`.
pub fn text(rule: &SecurityGroupRule, direction: Direction) -> String {
    let peer = match &rule.peer {
        Peer::Cidr(net) => net.to_string(),
        Peer::Group(name) => format!("group {name}"),
        Peer::PrefixList(PrefixListRef::Own(name)) => format!("prefix list {name}"),
        Peer::PrefixList(PrefixListRef::Service(service)) => format!("the prefix list of {service}"),
        Peer::PrefixList(PrefixListRef::CloudFront) => "the prefix list of CloudFront".to_owned(),
    };
    format!("{} {} {peer}", protocol(&rule.protocol), direction.preposition())
}

/// A protocol with its ports: `tcp 80`.
pub(super) fn protocol(protocol: &Protocol) -> String {
    let ports = |name: &str, ports: &std::ops::RangeInclusive<u16>| match (*ports.start(), *ports.end()) {
        (0, u16::MAX) => format!("all {name}"),
        (first, last) if first == last => format!("{name} {first}"),
        (first, last) => format!("{name} {first}-{last}"),
    };
    match protocol {
        Protocol::All => "all traffic".into(),
        Protocol::Tcp(range) => ports("tcp", range),
        Protocol::Udp(range) => ports("udp", range),
        Protocol::Icmp { kind: None, .. } => "all icmp".into(),
        Protocol::Icmp { kind: Some(kind), code: None } => format!("icmp type {kind}"),
        Protocol::Icmp { kind: Some(kind), code: Some(code) } => format!("icmp type {kind} code {code}"),
        Protocol::Number(number) => format!("protocol {number}"),
    }
}
