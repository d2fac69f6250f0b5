//! What a router counts while somebody measures what checks cover: packets, by the rules of security groups, the entries
//! of network ACLs and the routes that they use, and connections by listeners. At all other times nothing of this is there.
//!
//! A rule of a security group is many elements of sets that it shares with others, so each gate first jumps to chains that
//! ask for each rule by itself and judge nothing. An entry and a listener are counted by what decides. A route is none of
//! nftables' things: behind all translation, a packet is looked for in its table, the longest prefix first, and counted if
//! the kernel's own lookup leads it to the route's link. The counters have names, so that they count on while the chains
//! change around them.
//!
//! What AWS itself sends counts nothing: health checks, known by the node that opened the connection without a client.
//!
//! ```text
//! counter count_in_vpc/web_0 { }
//! chain count_in_vpc/web { ip saddr . meta l4proto . th dport @count_in_vpc/web_0_ports counter name "count_in_vpc/web_0" }
//! chain acl_in_vpc/strict { meta l4proto tcp th dport 80 counter name "count_acl_in_vpc/strict_100" return; drop }
//! chain count_route_vpc/public { ip daddr 10.0.0.0/16 return; fib daddr . mark oifname "igw" counter name "…" return }
//! ```

use super::{
    names::{self, HIGHEST_OTHER_MARK},
    route_table,
    router::{Router, link_network},
    rules::{base, is, oif_link, vmap, within},
};
use crate::{
    model::{Name, Owner},
    spec::{
        Hop, LinkName,
        nft::{Field, HookKind, HookPoint, Part, Rule, Statement, Type, Value, Verdict},
    },
};
use ipnet::Ipv4Net;
use std::collections::BTreeSet;

/// The nodes that check targets.
const CHECKING: &str = "checking_nodes";
/// Where packets are looked for in their route tables: by mark, and what the router itself sends by its source.
const BY_MARK: &str = "counted_tables";
/// See `BY_MARK`.
const BY_SOURCE: &str = "counted_sources";
/// After all translation of destinations, before routing.
const BEFORE_ROUTING: i32 = -98;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted<'a> {
    /// A rule of a security group.
    Rule {
        /// The group.
        group: &'a Name,
        /// Which of its rules.
        way: Way,
        /// Its place among them.
        index: usize,
    },
    /// An entry of a network ACL.
    Entry {
        /// The network ACL.
        acl: &'a Name,
        /// Which of its entries.
        way: Way,
        /// Its number.
        number: u16,
    },
    /// A route.
    Route {
        /// The route table.
        table: &'a Name,
        /// Its destination.
        destination: Ipv4Net,
    },
    /// A listener: its connections.
    Listener {
        /// The load balancer.
        balancer: &'a Name,
        /// Its port.
        port: u16,
    },
}

/// Which of two lists of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Inbound ones.
    In,
    /// Outbound ones.
    Out,
}

impl Counted<'_> {
    /// The name of the counter.
    pub fn counter(&self) -> String {
        let word = |way| if way == Way::In { "in" } else { "out" };
        match *self {
            Counted::Rule { group, way, index } => {
                format!("{}_{index}", names::chain(&format!("count_{}_", word(way)), [group]))
            }
            Counted::Entry { acl, way, number } => {
                format!("{}_{number}", names::chain(&format!("count_acl_{}_", word(way)), [acl]))
            }
            Counted::Route { table, destination } => {
                format!("{}_{destination}", names::chain("count_route_", [table]))
            }
            Counted::Listener { balancer, port } => format!("{}_{port}", names::chain("count_listener_", [balancer])),
        }
    }
}

/// The nodes whose health checks are nobody's.
pub(super) fn frame(router: &mut Router<'_>) {
    if !router.topology.is_counted {
        return;
    }
    let interfaces = router.interfaces.iter().map(|(_, interface)| interface);
    let nodes = interfaces.filter(|interface| matches!(interface.owner, Owner::LoadBalancer(_)));
    let nodes: BTreeSet<_> = nodes.map(|node| vec![Part::address(node.private_ip)]).collect();
    if !nodes.is_empty() {
        router.exact_set(CHECKING.to_owned(), vec![Type::Ipv4Addr], nodes);
    }
}

/// What a packet of a health check is, there or back: of a connection that a node opened, and not for a client, whose
/// connections have a mark of the node's.
pub(super) fn is_background(router: &Router<'_>) -> Option<[Statement; 2]> {
    let of_nobody = is(Field::CtMark, Value::Range(0, HIGHEST_OTHER_MARK));
    router.has_set(CHECKING).then(|| [within(&[Field::CtOriginalSaddr], CHECKING), of_nobody])
}

/// The routes. It comes last: what the router sends by itself has tables by then.
pub(super) fn add(router: &mut Router<'_>) {
    if !router.topology.is_counted {
        return;
    }
    let own = router.own_tables();
    let (mut by_mark, mut by_source) = (Vec::new(), Vec::new());
    for (name, number) in router.tables.clone() {
        by_mark.push((Part::Number(number), table_chain(router, name, "", forwarded)));
        let sources = own.iter().filter(|(_, table)| *table == number).map(|(address, _)| Part::address(*address));
        let sources: Vec<_> = sources.collect();
        if !sources.is_empty() {
            let chain = table_chain(router, name, "own_", oif_link);
            by_source.extend(sources.into_iter().map(|source| (source, chain.clone())));
        }
    }
    let before_routing = (HookPoint::Prerouting, BEFORE_ROUTING);
    looking(router, ("count_routes", before_routing), (BY_MARK, Field::Mark, Type::Mark), by_mark);
    if !by_source.is_empty() {
        let sent = (HookPoint::Output, 0);
        looking(router, ("count_own_routes", sent), (BY_SOURCE, Field::IpSaddr, Type::Ipv4Addr), by_source);
    }
}

/// Adds a base chain that has packets looked for in the tables to which a map leads.
fn looking(
    router: &mut Router<'_>,
    (chain, (at, priority)): (&str, (HookPoint, i32)),
    (map, field, key): (&str, Field, Type),
    tables: Vec<(Part, String)>,
) {
    router.new_map(map, vec![key], Type::Verdict);
    for (key, table) in tables {
        router.map(map, vec![key], Part::Verdict(Verdict::Goto(table)));
    }
    let background = is_background(router).map(Vec::from);
    // The router's own addresses and links stand in the table that is asked first.
    let own = [within(&[Field::IpDaddr], "unfiltered"), is(Field::IpDaddr, Value::Net(link_network()))];
    let skipped = background.into_iter().chain(own.map(|own| vec![own]));
    let skipped = skipped.map(|what| Rule::new(what.into_iter().chain([back()])));
    let rules = skipped.chain([Rule::new([vmap(&[field], map)])]).collect();
    router.base_chain(chain, base(HookKind::Filter, at, priority, rules));
}

/// A destination of a routing table.
struct Place {
    net: Ipv4Net,
    /// The link to which it leads; nothing where packets vanish.
    link: Option<LinkName>,
    count: Option<Statement>,
}

/// The chain that looks for a packet in a table; the first rule that means it is that of the longest prefix.
fn table_chain(router: &mut Router<'_>, name: &Name, prefix: &str, leads: fn(&LinkName) -> Statement) -> String {
    let mut places = places(router, name);
    places.sort_by_key(|place| std::cmp::Reverse(place.net.prefix_len()));
    let rules = places.into_iter().map(|Place { net, link, count }| {
        let to = (net != Ipv4Net::default()).then(|| is(Field::IpDaddr, Value::Net(net)));
        let by = link.as_ref().filter(|_| count.is_some()).map(leads);
        Rule::new(to.into_iter().chain(by).chain(count).chain([back()]))
    });
    let chain = names::chain(&format!("count_{prefix}route_"), [name]);
    let rules = rules.collect();
    router.chain(chain.clone(), rules);
    chain
}

/// All destinations of a table. A route may take the place of the VPC's own (RT-07).
fn places(router: &mut Router<'_>, name: &Name) -> Vec<Place> {
    let topology = router.topology;
    let routes = topology.routes_of(name);
    let said: BTreeSet<_> = topology.static_routes(name).into_iter().map(|route| route.destination).collect();
    let mut places = Vec::new();
    for route in &routes {
        let counted = Counted::Route { table: name, destination: route.destination };
        let count = said.contains(&route.destination).then(|| router.count(&counted));
        let hops = route_table::hops(router, &routes, route);
        places.extend(hops.into_iter().map(|(net, hop)| {
            let link = match hop {
                Hop::Link(link) | Hop::Gateway(_, link) => Some(link),
                Hop::Blackhole | Hop::Local => None,
            };
            Place { net, link, count: count.clone() }
        }));
    }
    let is_replaced = |cidr: &Ipv4Net| routes.iter().any(|route| route.destination == *cidr);
    let local = router.vpc.cidrs().filter(|cidr| !is_replaced(cidr));
    places.extend(local.map(|net| Place { net, link: None, count: None }));
    places
}

/// What the kernel's own lookup says of a packet that has not been routed yet.
fn forwarded(link: &LinkName) -> Statement {
    is(Field::FibOifname, Value::Link(link.to_string()))
}

fn back() -> Statement {
    Statement::Verdict(Verdict::Return)
}
