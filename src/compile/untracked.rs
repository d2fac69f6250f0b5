//! Tracked and untracked flows (SG-05, SG-06, SG-23): what a security group lets everybody have is judged packet by
//! packet, so that it ends with the rule; everything else is judged once and lives on until it ends.
//!
//! An interface does not track a TCP or UDP flow if a rule lets it through from or to 0.0.0.0/0, and rules of the
//! other direction let all answers through, to or from 0.0.0.0/0 and at all ports. That is decided at a flow's first
//! packet, by each of the instances' interfaces that it passes, and kept in the connection's mark:
//!
//! | mark | not tracked by |
//! |---|---|
//! | 1 | the interface that sent the first packet |
//! | 2 | the interface that got it |
//! | 3 | both |
//!
//! Load balancers and endpoints put their own mark in its place, and ways through NAT gateways and to `DynamoDB` take it
//! away: those are always tracked. A packet of a flow that is tracked costs one look into a set and nothing more.
//!
//! ```text
//! set untracked_outbound { type ct_dir . mark; elements = { original . 1, original . 3, reply . 2, reply . 3 } }
//! ct state established ct direction . ct mark != @untracked_outbound accept
//! chain inbound_of_vpc/web { ct state new meta l4proto . th dport @inbound_of_vpc/web_untracked ct mark set ct mark map @untracked_receiver … }
//! ```

use super::{
    router::Router,
    rules::{accept, any, oif, outside, within},
    security_group::{Direction, TCP, UDP},
    union::disjoint,
};
use crate::{
    model::{Name, Peer, Protocol, SecurityGroupRule},
    spec::nft::{Field, MarkSource, Part, Rule, Statement, Type, Value},
};
use ipnet::Ipv4Net;
use std::{collections::BTreeSet, ops::RangeInclusive};

/// The marks.
const SENDER: u32 = 1;
const RECEIVER: u32 = 2;
const BOTH: u32 = 3;

/// nft's numbers of a packet's direction.
const ORIGINAL: u32 = 0;
const REPLY: u32 = 1;

/// The sets of what is not tracked, and what becomes of the mark at a flow's first packet. The sets do not ask whether
/// there are such interfaces now: flows have marks of rules that are gone.
pub(super) fn frame(router: &mut Router<'_>) {
    for (direction, mine, other) in [(Direction::Outbound, SENDER, RECEIVER), (Direction::Inbound, RECEIVER, SENDER)] {
        let packets = [(ORIGINAL, mine), (ORIGINAL, BOTH), (REPLY, other), (REPLY, BOTH)];
        let elements = packets.map(|(way, mark)| vec![Part::Number(way), Part::Number(mark)]);
        router.exact_set(packets_of(direction).to_owned(), vec![Type::CtDir, Type::Mark], elements.into());
        router.new_map(marks_of(direction), vec![Type::Mark], Type::Mark);
    }
    for (direction, before, after) in
        [(Direction::Outbound, 0, SENDER), (Direction::Inbound, 0, RECEIVER), (Direction::Inbound, SENDER, BOTH)]
    {
        router.map(marks_of(direction), vec![Part::Number(before)], Part::Number(after));
    }
}

/// Lets pass what an interface tracks (SG-04).
pub(super) fn accept_tracked(direction: Direction) -> Rule {
    let tracked = outside(&[Field::CtDirection, Field::CtMark], packets_of(direction));
    Rule::new([any(Field::CtState, &["established"]), tracked, accept()])
}

/// Lets pass what is said of a connection: "fragmentation needed" (SG-17).
pub(super) fn accept_related() -> Rule {
    Rule::new([any(Field::CtState, &["related"]), accept()])
}

/// The rule with which a gate remembers that its interfaces do not track a new flow; none if they track all.
pub(super) fn mark(
    router: &mut Router<'_>,
    direction: Direction,
    groups: &BTreeSet<&Name>,
    chain: &str,
) -> Option<Rule> {
    let rules = |direction: Direction| {
        let groups = groups.iter().map(|group| &router.topology.security_groups[*group]);
        groups.flat_map(move |group| direction.rules(group)).filter(|rule| is_for_all(rule))
    };
    let mut elements = BTreeSet::new();
    for protocol in [TCP, UDP] {
        if rules(direction.reverse()).any(|rule| ports(rule, protocol) == Some(0..=u16::MAX)) {
            let allowed = rules(direction).filter_map(|rule| ports(rule, protocol));
            let boxes: Vec<_> = allowed
                .map(|ports| (u32::from(*ports.start())..=u32::from(*ports.end()), Ipv4Net::default()))
                .collect();
            elements.extend(disjoint(&boxes).into_iter().map(|(range, _)| {
                let port = |number: &u32| u16::try_from(*number).expect("it was a port");
                vec![Part::Number(protocol), Part::Range(port(range.start()), port(range.end()))]
            }));
        }
    }
    if elements.is_empty() {
        return None;
    }
    let set = format!("{chain}_untracked");
    let untracked = within(&[Field::L4proto, Field::ThDport], &set);
    router.set(set, vec![Type::InetProto, Type::InetService], elements);
    let to = MarkSource::Map { key: vec![Field::CtMark], map: marks_of(direction).to_owned() };
    let remember = Statement::SetMark { mark: Field::CtMark, to };
    Some(Rule::new([any(Field::CtState, &["new"]), untracked, remember]))
}

/// Has flows that leave by this link be tracked, whatever the rules say: at the end of the gate of receivers.
pub(super) fn always_track(router: &mut Router<'_>, link: &str) {
    let sender = Statement::Match { field: Field::CtMark, not: false, value: Value::Number(SENDER) };
    let forget = Statement::SetMark { mark: Field::CtMark, to: MarkSource::Number(0) };
    router.rule("inbound", Rule::new([oif(link), sender, forget]));
}

fn packets_of(direction: Direction) -> &'static str {
    match direction {
        Direction::Outbound => "untracked_outbound",
        Direction::Inbound => "untracked_inbound",
    }
}

fn marks_of(direction: Direction) -> &'static str {
    match direction {
        Direction::Outbound => "untracked_sender",
        Direction::Inbound => "untracked_receiver",
    }
}

fn is_for_all(rule: &SecurityGroupRule) -> bool {
    rule.peer == Peer::Cidr(Ipv4Net::default())
}

/// The ports of a protocol that a rule is about.
fn ports(rule: &SecurityGroupRule, protocol: u32) -> Option<RangeInclusive<u16>> {
    match &rule.protocol {
        Protocol::All => Some(0..=u16::MAX),
        Protocol::Tcp(ports) if protocol == TCP => Some(ports.clone()),
        Protocol::Udp(ports) if protocol == UDP => Some(ports.clone()),
        Protocol::Tcp(_) | Protocol::Udp(_) | Protocol::Icmp { .. } | Protocol::Number(_) => None,
    }
}
