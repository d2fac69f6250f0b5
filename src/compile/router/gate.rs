//! The rules with which the base chains of a router's frame begin.

use super::{LISTENER, METADATA, link_network};
use crate::{
    compile::{
        rules::{accept, accept_known, any, discard, goto, iif, is, oif, vmap, within},
        security_group::Direction,
        untracked,
    },
    spec::nft::{Field, MarkSource, Rule, Statement, Translation, Value},
};
use ipnet::Ipv4Net;

/// The chain of what another table leads than the sender's.
pub(in crate::compile) const OTHER_TABLES: &str = "other_tables";

/// The table that leads a packet (RT-02), by who sends it and from which link: what an interface sends is from one of its
/// addresses (ENI-02), so one look into a map says both.
pub(super) fn mark_rules(source_check: Vec<Rule>) -> Vec<Rule> {
    let mark = |key: &[Field], map: &str| Statement::SetMark {
        mark: Field::Mark,
        to: MarkSource::Map { key: key.to_vec(), map: map.into() },
    };
    let sender = Rule::new([mark(&[Field::Iifname, Field::IpSaddr], "senders"), goto(OTHER_TABLES)]);
    let link = Rule::new([mark(&[Field::Iifname], "route_table")]);
    std::iter::once(sender).chain(source_check).chain([link, Rule::new([goto(OTHER_TABLES)])]).collect()
}

/// The table that leads what load balancers and endpoints send and get, by the connection's mark.
pub(super) fn other_tables() -> Vec<Rule> {
    let to = MarkSource::Map { key: vec![Field::CtMark], map: "node_route_table".into() };
    vec![Rule::new([Statement::SetMark { mark: Field::Mark, to }])]
}

/// What a sender's groups judge.
pub(super) fn outbound_rules() -> Vec<Rule> {
    vec![
        untracked::accept_tracked(Direction::Outbound),
        Rule::new([within(&[Field::IpDaddr], "unfiltered"), accept()]),
        untracked::accept_related(),
        Rule::new([iif("eni-*"), is(Field::IpDaddr, Value::Net(link_network())), discard()]),
        Rule::new([vmap(&[Field::Iifname], "outbound")]),
        Rule::new([iif("eni-*"), discard()]),
    ]
}

/// What the groups of interfaces judge that AWS runs.
pub(super) fn managed_inbound_rules() -> Vec<Rule> {
    vec![
        accept_known(),
        Rule::new([vmap(&[Field::IpDaddr], "managed_inbound")]),
        Rule::new([iif("igw"), vmap(&[Field::IpDaddr], "public_managed_inbound")]),
    ]
}

/// Where destinations are translated.
pub(super) fn destination_nat_rules() -> Vec<Rule> {
    let map = |map: &str| Statement::Dnat(Translation::Map { key: Field::IpDaddr, map: map.to_owned() });
    let marks = MarkSource::Map { key: vec![Field::IpDaddr], map: "endpoint_marks".into() };
    let remember = Statement::SetMark { mark: Field::CtMark, to: marks };
    vec![
        Rule::new([vmap(&LISTENER, "listeners")]),
        Rule::new([within(&LISTENER, "endpoint_ports"), remember, map("endpoints")]),
        Rule::new([iif("igw"), vmap(&LISTENER, "public_listeners")]),
        Rule::new([iif("igw"), map("public_to_private")]),
    ]
}

/// What AWS runs answers.
pub(super) fn input_rules() -> Vec<Rule> {
    let resolver = within(&[Field::IpDaddr], "resolvers");
    let metadata = is(Field::IpDaddr, Value::Net(Ipv4Net::from(METADATA)));
    let port = |number| is(Field::ThDport, Value::Number(number));
    vec![
        accept_known(),
        Rule::new([iif("eni-*"), resolver, any(Field::L4proto, &["tcp", "udp"]), port(53), accept()]),
        Rule::new([iif("eni-*"), metadata, any(Field::L4proto, &["tcp"]), port(80), accept()]),
    ]
}

/// What the router forwards.
pub(super) fn forward_rules() -> Vec<Rule> {
    vec![
        accept_known(),
        Rule::new([any(Field::CtStatus, &["dnat"]), accept()]),
        Rule::new([iif("eni-*"), oif("eni-*"), accept()]),
        Rule::new([iif("eni-*"), oif("pcx-*"), accept()]),
        Rule::new([iif("nat-*"), oif("pcx-*"), accept()]),
        Rule::new([iif("pcx-*"), oif("eni-*"), accept()]),
        Rule::new([iif("eni-*"), oif("igw"), within(&[Field::IpSaddr], "public_sources"), accept()]),
        // Who is not of this VPC cannot use its NAT gateways (NAT-08).
        Rule::new([iif("eni-*"), oif("nat-*"), accept()]),
        Rule::new([iif("nat-*"), oif("igw"), within(&[Field::IpSaddr], "public_sources"), accept()]),
    ]
}

/// What the router must not say (GEN-01, GEN-03).
pub(super) fn output_rules() -> Vec<Rule> {
    let unreachable = any(Field::IcmpType, &["destination-unreachable"]);
    let needs_fragmentation = Statement::Match { field: Field::IcmpCode, not: true, value: Value::Number(4) };
    vec![
        Rule::new([any(Field::IcmpType, &["time-exceeded"]), discard()]),
        Rule::new([unreachable, needs_fragmentation, discard()]),
    ]
}

/// Where sources are translated.
pub(super) fn source_nat_rules() -> Vec<Rule> {
    vec![Rule::new([Statement::Snat(Translation::Map { key: Field::CtMark, map: "node_source".into() })])]
}

/// What load balancers' groups judge towards targets.
pub(super) fn balancer_outbound_rules() -> Vec<Rule> {
    vec![
        accept_known(),
        Rule::new([vmap(&[Field::CtMark], "node_outbound")]),
        Rule::new([vmap(&[Field::IpSaddr], "check_outbound")]),
    ]
}

/// What a receiver's groups judge.
pub(super) fn inbound_rules() -> Vec<Rule> {
    vec![
        untracked::accept_tracked(Direction::Inbound),
        untracked::accept_related(),
        Rule::new([vmap(&[Field::Oifname], "inbound")]),
        Rule::new([oif("eni-*"), discard()]),
    ]
}
