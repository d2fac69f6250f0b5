//! Network ACLs: ordered entries that judge every packet at the border of its subnet, and know no connections (NACL-01).
//!
//! A router holds all subnets of its VPC, so a packet crosses one or more borders inside it. Each crossing is judged
//! where the packet is as those on both sides of the border see it; ports and addresses are private ones.
//!
//! | border | where | by | judged |
//! |---|---|---|---|
//! | out of an instance's or NAT gateway's subnet | prerouting, before translation | `iifname` | destination |
//! | into a load balancer node's or endpoint's subnet | prerouting, before translation | `ip daddr` | source |
//! | into a node's subnet: a target's answer to a client whose address is kept | prerouting | connection mark | source |
//! | out of a node's subnet: to a target, and answers to clients | postrouting, after translation | connection mark | destination |
//! | out of an endpoint's subnet: answers; out of a node's: health checks | postrouting, after translation | `ip saddr` | destination |
//! | into an instance's or NAT gateway's subnet | postrouting, after translation | `oifname` | source |
//!
//! What stays in a subnet crosses nothing (NACL-05). Of a load balancer's connections, the mark says at which node they
//! are: an interface and a node of one subnet are neighbours, whatever the addresses say. PrivateLink brings packets to
//! a node inside AWS, past its subnet's border; on to its targets they cross it. DNS, metadata and base+1 are never
//! judged (NACL-05). A direction in which a network ACL lets everything pass costs nothing: no chain, no map.
//!
//! ```text
//! map acl_outbound { "eni-0a1b2c3d4e5" : jump acl_leave_vpc/public }
//! chain acl_leave_vpc/public { ip daddr 10.0.0.0/24 return; goto acl_out_vpc/strict }
//! chain acl_out_vpc/strict { meta l4proto tcp th dport 1024-65535 return; drop }
//! ```

use super::{
    counter::{self, Counted, Way},
    flow_log::{self, Border},
    load_balancer::client_marks,
    names::{self, HIGHEST_OTHER_MARK, SOURCE_IS_NODE},
    router::Router,
    rules::{accept, any, base, iif, is, oif, vmap, within},
};
use crate::{
    model::{Action, Name, NetworkAcl, NetworkAclEntry, NetworkInterface, Owner, Protocol, Subnet},
    spec::nft::{Field, HookKind, HookPoint, Part, Rule, Statement, Type, Value, Verdict},
};
use ipnet::Ipv4Net;
use std::{collections::BTreeSet, ops::RangeInclusive};

/// The set of connection marks and links whose node and interface lie in one subnet.
const NEIGHBOURS: &str = "acl_neighbours";

/// Which way across a border.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

impl Direction {
    /// The entries of a network ACL for this way.
    fn entries(self, acl: &NetworkAcl) -> &[NetworkAclEntry] {
        match self {
            Direction::In => &acl.inbound,
            Direction::Out => &acl.outbound,
        }
    }

    /// The address of the other side.
    fn peer(self) -> Field {
        match self {
            Direction::In => Field::IpSaddr,
            Direction::Out => Field::IpDaddr,
        }
    }

    /// The link on which the packet crosses the border of an interface's subnet.
    fn link(self) -> Field {
        match self {
            Direction::In => Field::Oifname,
            Direction::Out => Field::Iifname,
        }
    }

    /// Where a packet that is refused is told of.
    fn border(self, is_managed: bool) -> Border {
        match (self, is_managed) {
            (Direction::In, false) => Border::LinkIn,
            (Direction::Out, false) => Border::LinkOut,
            (Direction::In, true) => Border::ManagedIn,
            (Direction::Out, true) => Border::ManagedOut,
        }
    }

    fn way(self) -> Way {
        match self {
            Direction::In => Way::In,
            Direction::Out => Way::Out,
        }
    }

    fn word(self) -> (&'static str, &'static str) {
        match self {
            Direction::In => ("enter", "in"),
            Direction::Out => ("leave", "out"),
        }
    }
}

/// The router's part; nothing at all where every network ACL lets everything pass.
pub(super) fn add(router: &mut Router<'_>) {
    let topology = router.topology;
    let subnets = topology.subnets.iter().filter(|(_, subnet)| subnet.vpc == *router.name);
    let judged = subnets.flat_map(|subnet| [Direction::In, Direction::Out].map(|direction| (subnet, direction)));
    let judged: Vec<_> = judged
        .filter(|((_, subnet), direction)| {
            let entries = direction.entries(&topology.network_acls[&subnet.network_acl]);
            let is_counted = topology.is_counted && entries.iter().any(|entry| !entry.line.is_unknown());
            is_counted || !NetworkAcl::is_open(entries)
        })
        .collect();
    if judged.is_empty() {
        return;
    }
    frame(router);
    for ((name, subnet), direction) in judged {
        for (_, interface) in router.interfaces.iter().filter(|(_, interface)| interface.subnet == *name) {
            match &interface.owner {
                Owner::Nobody => {}
                Owner::Instance(_) | Owner::NatGateway(_) => {
                    let map = if direction == Direction::In { "acl_inbound" } else { "acl_outbound" };
                    entries_chain(router, &subnet.network_acl, (direction, direction.border(false)));
                    let chain = border_chain(router, name, subnet, direction);
                    router.map(map, vec![Part::Ifname(link(router, interface))], jump_to(&chain));
                }
                Owner::LoadBalancer(_) | Owner::Endpoint(_) | Owner::ResolverEndpoint(_) => {
                    entries_chain(router, &subnet.network_acl, (direction, direction.border(true)));
                    let chain = managed_border_chain(router, name, subnet, direction);
                    add_managed(router, interface, direction, &chain);
                }
            }
        }
    }
}

/// The two base chains, their maps, and the set of neighbours.
fn frame(router: &mut Router<'_>) {
    let verdicts = [
        ("acl_outbound", Type::Ifname),
        ("acl_inbound", Type::Ifname),
        ("acl_managed_inbound", Type::Ipv4Addr),
        ("acl_public_inbound", Type::Ipv4Addr),
        ("acl_managed_outbound", Type::Ipv4Addr),
        ("acl_node_inbound", Type::Mark),
        ("acl_node_outbound", Type::Mark),
    ];
    for (name, key) in verdicts {
        router.new_map(name, vec![key], Type::Verdict);
    }
    router.exact_set(NEIGHBOURS.to_owned(), vec![Type::Mark, Type::Ifname], neighbours(router));
    let answers = || any(Field::CtDirection, &["reply"]);
    let prerouting = vec![
        Rule::new([within(&[Field::IpDaddr], "unfiltered"), accept()]),
        Rule::new([vmap(&[Field::Iifname], "acl_outbound")]),
        Rule::new([vmap(&[Field::IpDaddr], "acl_managed_inbound")]),
        Rule::new([iif("igw"), vmap(&[Field::IpDaddr], "acl_public_inbound")]),
        Rule::new([answers(), vmap(&[Field::CtMark], "acl_node_inbound")]),
    ];
    let postrouting = vec![
        Rule::new([within(&[Field::IpSaddr], "unfiltered"), accept()]),
        Rule::new([oif("svc-*"), accept()]),
        Rule::new([vmap(&[Field::CtMark], "acl_node_outbound")]),
        Rule::new([vmap(&[Field::IpSaddr], "acl_managed_outbound")]),
        Rule::new([vmap(&[Field::Oifname], "acl_inbound")]),
    ];
    router.base_chain("acl_prerouting", base(HookKind::Filter, HookPoint::Prerouting, -149, prerouting));
    router.base_chain("acl_postrouting", base(HookKind::Filter, HookPoint::Postrouting, 108, postrouting));
}

/// The marks of each node with the links of its subnet.
fn neighbours(router: &Router<'_>) -> BTreeSet<Vec<Part>> {
    let is_node = |interface: &&NetworkInterface| matches!(interface.owner, Owner::LoadBalancer(_));
    let nodes = router.interfaces.iter().map(|(_, interface)| *interface).filter(is_node);
    let pairs = nodes.flat_map(|node| {
        let others = router.interfaces.iter().map(|(_, interface)| *interface);
        let instances = others.filter(|other| other.subnet == node.subnet && matches!(other.owner, Owner::Instance(_)));
        instances.flat_map(|other| {
            let link = Part::Ifname(names::interface_link(other));
            marks(router, node).into_iter().map(move |mark| vec![Part::Number(mark), link.clone()])
        })
    });
    pairs.collect()
}

/// The chain of the entries: the first that means a packet decides, and the last denies (NACL-02).
fn entries_chain(router: &mut Router<'_>, acl: &Name, (direction, border): (Direction, Border)) {
    let chain = entries_name(router, acl, (direction, border));
    if !router.has_chain(&chain) {
        let entries = direction.entries(&router.topology.network_acls[acl]);
        let refuse = flow_log::refuse(router, border);
        let last = || Rule::new([refuse.clone()]).comment("entry *");
        let plain = entries.iter().map(|entry| rule(entry, direction, &refuse, None)).chain([last()]).collect();
        if !router.topology.is_counted {
            router.chain(chain, plain);
            return;
        }
        let way = direction.way();
        let counting = entries.iter().map(|entry| {
            let count = router.count(&Counted::Entry { acl, way, number: entry.number });
            rule(entry, direction, &refuse, Some(count))
        });
        let mut counting: Vec<_> = counting.chain([last()]).collect();
        if let Some(is_background) = counter::is_background(router) {
            let uncounted = format!("uncounted_{chain}");
            let judge = Statement::Verdict(Verdict::Goto(uncounted.clone()));
            counting.insert(0, Rule::new(is_background.into_iter().chain([judge])));
            router.chain(uncounted, plain);
        }
        router.chain(chain, counting);
    }
}

/// The border as interfaces with a link of their own cross it.
fn border_chain(router: &mut Router<'_>, name: &Name, subnet: &Subnet, direction: Direction) -> String {
    let chain = names::chain(&format!("acl_{}_", direction.word().0), [name]);
    if router.has_chain(&chain) {
        return chain;
    }
    let back = || Statement::Verdict(Verdict::Return);
    let entries = entries_name(router, &subnet.network_acl, (direction, direction.border(false)));
    let judge = || Statement::Verdict(Verdict::Goto(entries.clone()));
    let mut rules = vec![
        Rule::new([within(&[Field::CtMark, direction.link()], NEIGHBOURS), back()]),
        Rule::new([marked(), judge()]),
        Rule::new([is(direction.peer(), Value::Net(subnet.cidr)), back()]),
    ];
    if direction == Direction::In {
        let gateways = router.topology.nat_gateways.values().filter(|gateway| gateway.subnet == *name);
        // What comes from a NAT gateway of the subnet comes from inside, whoever sent it.
        rules.extend(gateways.map(|gateway| Rule::new([iif(names::nat_link(gateway).as_str()), back()])));
    }
    rules.push(Rule::new([judge()]));
    router.chain(chain.clone(), rules);
    chain
}

/// The border as nodes and endpoints cross it, which have addresses and no link.
fn managed_border_chain(router: &mut Router<'_>, name: &Name, subnet: &Subnet, direction: Direction) -> String {
    let chain = names::chain(&format!("acl_{}_managed_", direction.word().0), [name]);
    let inside = [is(direction.peer(), Value::Net(subnet.cidr)), Statement::Verdict(Verdict::Return)];
    let entries = entries_name(router, &subnet.network_acl, (direction, direction.border(true)));
    let judge = Statement::Verdict(Verdict::Goto(entries));
    router.chain(chain.clone(), vec![Rule::new(inside), Rule::new([judge])]);
    chain
}

/// A node or an endpoint; a node's connections by their marks too.
fn add_managed(router: &mut Router<'_>, interface: &NetworkInterface, direction: Direction, chain: &str) {
    let (by_address, by_mark) = match direction {
        Direction::In => ("acl_managed_inbound", "acl_node_inbound"),
        Direction::Out => ("acl_managed_outbound", "acl_node_outbound"),
    };
    router.map(by_address, vec![Part::address(interface.private_ip)], jump_to(chain));
    if let (Direction::In, Some(public)) = (direction, &interface.public) {
        router.map("acl_public_inbound", vec![Part::address(public.ip)], jump_to(chain));
    }
    if matches!(interface.owner, Owner::LoadBalancer(_)) {
        for mark in marks(router, interface) {
            router.map(by_mark, vec![Part::Number(mark)], jump_to(chain));
        }
    }
}

/// The connection marks of a node.
pub(super) fn marks(router: &Router<'_>, node: &NetworkInterface) -> Vec<u32> {
    let mark = names::node_mark(&router.topology.lab, node);
    [mark, mark | SOURCE_IS_NODE].into_iter().chain(client_marks(router.topology, node)).collect()
}

/// The router's end of an interface's link.
pub(super) fn link(router: &Router<'_>, interface: &NetworkInterface) -> crate::spec::LinkName {
    match &interface.owner {
        Owner::NatGateway(name) => names::nat_link(&router.topology.nat_gateways[name]),
        Owner::Instance(_)
        | Owner::LoadBalancer(_)
        | Owner::Endpoint(_)
        | Owner::ResolverEndpoint(_)
        | Owner::Nobody => names::interface_link(interface),
    }
}

fn entries_name(router: &Router<'_>, acl: &Name, (direction, border): (Direction, Border)) -> String {
    names::chain(&format!("acl_{}{}_", flow_log::prefix(router, border), direction.word().1), [acl])
}

fn jump_to(chain: &str) -> Part {
    Part::Verdict(Verdict::Jump(chain.to_owned()))
}

/// A load balancer's connection.
fn marked() -> Statement {
    Statement::Match { field: Field::CtMark, not: true, value: Value::Range(0, HIGHEST_OTHER_MARK) }
}

/// One entry (NACL-04): `return` is to whatever comes after the border.
fn rule(entry: &NetworkAclEntry, direction: Direction, refuse: &Statement, count: Option<Statement>) -> Rule {
    let mut statements = Vec::new();
    if entry.cidr != Ipv4Net::default() {
        statements.push(is(direction.peer(), Value::Net(entry.cidr)));
    }
    let number = |field, number: u8| is(field, Value::Number(number.into()));
    match &entry.protocol {
        Protocol::All => {}
        Protocol::Tcp(range) => statements.extend(ports("tcp", range)),
        Protocol::Udp(range) => statements.extend(ports("udp", range)),
        Protocol::Icmp { kind, code } => {
            statements.push(any(Field::L4proto, &["icmp"]));
            statements.extend(kind.map(|kind| number(Field::IcmpType, kind)));
            statements.extend(code.map(|code| number(Field::IcmpCode, code)));
        }
        Protocol::Number(protocol) => statements.push(number(Field::L4proto, *protocol)),
    }
    statements.extend(count);
    statements.push(match entry.action {
        Action::Allow => Statement::Verdict(Verdict::Return),
        Action::Deny => refuse.clone(),
    });
    Rule::new(statements).comment(format!("entry {}", entry.number))
}

fn ports(protocol: &str, range: &RangeInclusive<u16>) -> Vec<Statement> {
    let mut statements = vec![any(Field::L4proto, &[protocol])];
    match (*range.start(), *range.end()) {
        (0, u16::MAX) => {}
        (first, last) if first == last => statements.push(is(Field::ThDport, Value::Number(first.into()))),
        (first, last) => statements.push(is(Field::ThDport, Value::Range(first, last))),
    }
    statements
}
