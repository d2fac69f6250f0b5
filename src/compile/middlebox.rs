//! Interfaces whose source/destination check is off (ENI-02), routes inside the VPC (RT-07, RT-08), and gateways' route
//! tables (RT-20): instances as NAT, router or firewall on other people's way.
//!
//! A packet that a middlebox forwards comes through the router twice, as the same flow: once to the middlebox and once
//! from it. Between two interfaces of instances, each of these stretches is tracked in a zone of its own, chosen before
//! tracking by the link that the packet comes from and the one that it goes to. So each interface's groups judge by
//! themselves, and answers find the stretches in reverse. What is from or to the middlebox itself, and what goes on to a
//! gateway, where an address may be translated, stays in zone 0; so do the flows of load balancers that keep their
//! clients' addresses, whose translation must be found again.
//!
//! ```text
//! chain zones { iifname "eni-0a1b2c3d4e5" goto zones_from_0a1b2c3d4e5
//!               fib daddr . mark oifname "eni-0a1b2c3d4e5" ct zone set iifname map { "eni-0b…" : 4711, … } }
//! ip rule add priority 50 fwmark 0x12345 lookup 33628997     # before the interfaces
//! ip route add 10.0.2.0/24 via 10.0.9.5 dev eni-0a1b2c3d4e5 table 33628997
//! ```
//!
//! Neighbours in a subnet meet without the router, so no route table leads them (RT-24).

use super::{
    names, route_table,
    router::{OTHER_TABLES, Router, link_network},
    rules::{accept, any, base, discard, iif, is, outside, within},
};
use crate::{
    model::{Name, NetworkInterface, Owner, RouteTarget, Topology, assign::Pool, id::number},
    spec::{
        Hop, LinkName, Rule as RoutingRule,
        nft::{Field, HookKind, HookPoint, MarkSource, Part, Rule, Statement, Type, Value, Verdict},
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// Before connections are tracked.
const BEFORE_TRACKING: i32 = -300;
/// After destinations are translated.
const AFTER_TRANSLATION: i32 = -99;

/// The links of what forwards for others.
const MIDDLEBOXES: &str = "middleboxes";
/// Each link with the addresses of its interface.
const OWN_ADDRESSES: &str = "own_addresses";
/// Each link with the network of its subnet.
const NEIGHBOURS: &str = "neighbours";
/// Targets to which load balancers lead clients with their own addresses.
const BALANCED: &str = "balanced";

/// Whether something in a VPC forwards for others.
pub(super) fn is_in(router: &Router<'_>) -> bool {
    middleboxes(router).next().is_some()
}

/// The interfaces of instances whose source/destination check is off.
fn middleboxes<'a>(router: &Router<'a>) -> impl Iterator<Item = &'a NetworkInterface> + use<'a> {
    attached(router).filter(|interface| !interface.source_dest_check)
}

fn attached<'a>(router: &Router<'a>) -> impl Iterator<Item = &'a NetworkInterface> + use<'a> {
    let interfaces = router.interfaces.iter().map(|(_, interface)| *interface);
    interfaces.filter(|interface| matches!(interface.owner, Owner::Instance(_)))
}

/// The source check (ENI-02) of what an interface sends that is not from one of its addresses: it goes no further, unless
/// the check is off.
pub(super) fn source_check(router: &Router<'_>) -> Vec<Rule> {
    if !is_in(router) {
        return vec![Rule::new([iif("eni-*"), discard()])];
    }
    let checked = outside(&[Field::Iifname], MIDDLEBOXES);
    // What AWS serves to every instance, it serves by the address that asks.
    let served = within(&[Field::IpDaddr], "unfiltered");
    let linked = is(Field::IpSaddr, Value::Net(link_network()));
    [checked, served, linked].map(|condition| Rule::new([iif("eni-*"), condition, discard()])).into()
}

/// What a packet is that no middlebox has forwarded: not from one's link, or from its own address (SG-11).
pub(super) fn not_forwarded() -> [Statement; 2] {
    [outside(&[Field::Iifname], MIDDLEBOXES), within(&[Field::Iifname, Field::IpSaddr], OWN_ADDRESSES)]
}

/// Where a route to an interface leads: nowhere, if no instance has it (RT-11), or if it takes only what is its own.
pub(super) fn hop(topology: &Topology, name: &Name) -> Hop {
    let interface = &topology.network_interfaces[name];
    if interface.owner == Owner::Nobody || interface.source_dest_check {
        return Hop::Blackhole;
    }
    Hop::Gateway(interface.private_ip, names::interface_link(interface))
}

pub(super) fn add(router: &mut Router<'_>) {
    gateways(router);
    local_routes(router);
    let (topology, vpc) = (router.topology, router.name);
    if !is_in(router) {
        return;
    }
    let link = |interface| Part::Ifname(names::interface_link(interface));
    let links = middleboxes(router).map(|interface| vec![link(interface)]).collect();
    router.exact_set(MIDDLEBOXES.to_owned(), vec![Type::Ifname], links);
    let mut own = BTreeSet::new();
    for interface in attached(router) {
        own.extend(interface.private_ips().map(|address| vec![link(interface), Part::address(address)]));
        // Of what is forwarded, only the link tells the sender.
        let table = route_table::number_of(router, &interface.subnet);
        router.map("route_table", vec![link(interface)], table);
    }
    router.exact_set(OWN_ADDRESSES.to_owned(), vec![Type::Ifname, Type::Ipv4Addr], own);
    router.exact_set(BALANCED.to_owned(), vec![Type::Ipv4Addr, Type::InetService], balanced(topology, vpc));
    zones(router);
}

/// What comes in by a gateway is led by its table (RT-20).
fn gateways(router: &mut Router<'_>) {
    let topology = router.topology;
    for (name, number) in router.tables.clone() {
        for gateway in &topology.route_tables[name].gateways {
            let links = match gateway {
                RouteTarget::InternetGateway(_) => vec![names::gateway_link()],
                RouteTarget::VpnGateway(gateway) => {
                    let links = topology.site_links();
                    let own = links.iter().filter(|link| link.vpc == router.name && link.gateway == gateway);
                    own.map(|link| names::vpn_link(link.id)).collect()
                }
                RouteTarget::PeeringConnection(_)
                | RouteTarget::NatGateway(_)
                | RouteTarget::NetworkInterface(_)
                | RouteTarget::Blackhole => Vec::new(),
            };
            for link in links {
                router.map("route_table", vec![Part::Ifname(link)], Part::Number(number));
            }
        }
    }
}

/// Routes inside the VPC come before its interfaces: but between neighbours (RT-24), and from load balancers to targets.
fn local_routes(router: &mut Router<'_>) {
    let topology = router.topology;
    let is_local = |name: &Name| topology.route_tables[name].routes.iter().any(|route| is_inside(router, route));
    let tables: BTreeMap<_, _> =
        router.tables.iter().filter(|(name, _)| is_local(name)).map(|(name, number)| (*name, *number)).collect();
    if tables.is_empty() {
        return;
    }
    let neighbours: BTreeSet<_> = attached(router)
        .map(|interface| (interface, &topology.subnets[&interface.subnet]))
        .filter(|(_, subnet)| tables.contains_key(&subnet.route_table))
        .map(|(interface, subnet)| vec![Part::Ifname(names::interface_link(interface)), Part::Net(subnet.cidr)])
        .collect();
    router.set(NEIGHBOURS.to_owned(), vec![Type::Ifname, Type::Ipv4Addr], neighbours);
    router.rule(OTHER_TABLES, Rule::new(by_no_table()));
    for number in tables.into_values() {
        router.routing_rule(RoutingRule {
            priority: names::LOCAL_ROUTE_PRIORITY,
            from: None,
            to: None,
            fwmark: Some(number),
            table: names::local_table(number),
        });
    }
    let to_targets = router.vpc.cidrs().map(|cidr| {
        Rule::new([
            Statement::Match { field: Field::CtMark, not: true, value: Value::Range(0, names::HIGHEST_OTHER_MARK) },
            any(Field::CtDirection, &["original"]),
            is(Field::IpDaddr, Value::Net(cidr)),
            no_mark(),
        ])
    });
    let balanced = base(HookKind::Filter, HookPoint::Prerouting, AFTER_TRANSLATION, to_targets.collect());
    router.base_chain("to_targets", balanced);
    // A NAT gateway leads back into its own VPC.
    router.rule("forward", Rule::new([iif("nat-*"), super::rules::oif("eni-*"), accept()]));
}

/// Whether a route leads from the VPC's own addresses.
pub(super) fn is_inside(router: &Router<'_>, route: &crate::model::Route) -> bool {
    router.vpc.cidr_of(route.destination).is_some()
}

fn no_mark() -> Statement {
    Statement::SetMark { mark: Field::Mark, to: MarkSource::Number(0) }
}

fn by_no_table() -> [Statement; 2] {
    [within(&[Field::Iifname, Field::IpDaddr], NEIGHBOURS), no_mark()]
}

/// The addresses and ports of the targets of load balancers that keep their clients' addresses.
fn balanced(topology: &Topology, vpc: &Name) -> BTreeSet<Vec<Part>> {
    let groups = topology.target_groups.values().filter(|group| group.vpc == *vpc && group.preserve_client_ip);
    let targets = groups.flat_map(|group| &group.targets);
    targets.map(|target| vec![Part::address(target.ip), Part::port(target.port)]).collect()
}

/// Chooses the zone in which a packet is tracked.
fn zones(router: &mut Router<'_>) {
    let zones = Zones::new(router);
    let mark = MarkSource::Map { key: vec![Field::Iifname], map: "route_table".into() };
    let ports = || any(Field::L4proto, &["tcp", "udp"]);
    let own = within(&[Field::Iifname, Field::IpSaddr], OWN_ADDRESSES);
    let mut rules = vec![
        Rule::new([Statement::SetMark { mark: Field::Mark, to: mark }]),
        Rule::new([ports(), within(&[Field::IpSaddr, Field::ThSport], BALANCED), accept()]),
        Rule::new([ports(), within(&[Field::IpDaddr, Field::ThDport], BALANCED), accept()]),
    ];
    if router.has_set(NEIGHBOURS) {
        rules.insert(1, Rule::new(by_no_table()));
    }
    let errors = || any(Field::IcmpType, &["destination-unreachable", "time-exceeded"]);
    let mut ends = Vec::new();
    for middlebox in middleboxes(router) {
        let link = names::interface_link(middlebox);
        let from = format!("zones_from_{link}");
        let leave = |conditions: Vec<Statement>| {
            let first = std::iter::once(iif(link.as_str()));
            Rule::new(first.chain(conditions).chain([Statement::Verdict(Verdict::Goto(from.clone()))]))
        };
        // What it says of others' packets belongs to their flows.
        rules.push(leave(vec![errors()]));
        rules.push(Rule::new([iif(link.as_str()), own.clone(), accept()]));
        for address in middlebox.private_ips() {
            rules.push(Rule::new([is(Field::IpDaddr, Value::Net(address.into())), accept()]));
        }
        ends.push(leave(Vec::new()));
        let chain = zones.from(router, middlebox);
        router.chain(from.clone(), chain);
    }
    rules.extend(ends);
    for middlebox in middleboxes(router) {
        let to = is(Field::FibOifname, Value::Link(names::interface_link(middlebox).to_string()));
        rules.push(Rule::new([to, zones.by_link(middlebox)]));
    }
    router.base_chain("zones", base(HookKind::Filter, HookPoint::Prerouting, BEFORE_TRACKING, rules));
}

/// The zone of each pair of a middlebox and another interface.
struct Zones<'a> {
    numbers: BTreeMap<[&'a str; 2], u16>,
    links: Vec<(&'a str, &'a NetworkInterface)>,
}

impl<'a> Zones<'a> {
    fn new(router: &Router<'a>) -> Self {
        let links: Vec<_> = attached(router).map(|interface| (interface.id.as_str(), interface)).collect();
        let mut pool = Pool::new(65_535);
        let mut numbers = BTreeMap::new();
        for middlebox in middleboxes(router) {
            for (other, _) in links.iter().filter(|(other, _)| *other != middlebox.id.as_str()) {
                let key = pair(middlebox.id.as_str(), other);
                if numbers.contains_key(&key) {
                    continue;
                }
                let Some(zone) = pool.choose(number(&router.topology.lab, "zone", &key.concat())) else { continue };
                numbers.insert(key, u16::try_from(zone + 1).expect("below 65536"));
            }
        }
        Self { numbers, links }
    }

    fn of(&self, middlebox: &NetworkInterface, other: &str) -> Option<u16> {
        self.numbers.get(&pair(middlebox.id.as_str(), other)).copied()
    }

    /// By the link that a packet to a middlebox comes from.
    fn by_link(&self, middlebox: &NetworkInterface) -> Statement {
        let links = self.links.iter().filter_map(|(id, other)| Some((link(other), self.of(middlebox, id)?)));
        Statement::SetZone { key: Field::Iifname, zones: links.collect() }
    }

    /// By the next one on the way, or the address that a packet from a middlebox goes to.
    fn from(&self, router: &Router<'_>, middlebox: &NetworkInterface) -> Vec<Rule> {
        let next = middleboxes(router).filter_map(|next| {
            let zone = self.of(middlebox, next.id.as_str())?;
            let to = is(Field::FibOifname, Value::Link(names::interface_link(next).to_string()));
            let zones = [(link(middlebox), zone)].into();
            Some(Rule::new([to, Statement::SetZone { key: Field::Iifname, zones }, accept()]))
        });
        let others = self.links.iter().filter_map(|(id, other)| Some((other, self.of(middlebox, id)?)));
        let zones: BTreeMap<_, _> =
            others.flat_map(|(other, zone)| other.private_ips().map(move |ip| (Part::address(ip), zone))).collect();
        let last = (!zones.is_empty()).then(|| Rule::new([Statement::SetZone { key: Field::IpDaddr, zones }]));
        next.chain(last).collect()
    }
}

fn pair<'a>(one: &'a str, other: &'a str) -> [&'a str; 2] {
    if one < other { [one, other] } else { [other, one] }
}

fn link(interface: &NetworkInterface) -> Part {
    let link: LinkName = names::interface_link(interface);
    Part::Ifname(link)
}
