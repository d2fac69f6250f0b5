//! Connections through load balancers and endpoints that are over: when they are, and what then becomes of their
//! packets. The router's connection tracking is told to forget them (`spec::connection`); a segment of TCP that is not
//! the first of a connection and belongs to none is answered with a reset, on the client's side (NLB-17, NLB-18,
//! VPCE-28) and on the target's.
//!
//! ```text
//! set served { 10.0.1.7 . 6 . 80 }    set serving { 10.0.1.11 . 6 . 80 }
//! chain forgotten { ct state != new accept; tcp flags syn,rst accept; ip daddr . meta l4proto . th dport @served reject with tcp reset }
//! ```

use super::{
    load_balancer::{Transport, key, private_link_addresses},
    names::{self, SOURCE_IS_NODE},
    route_table,
    router::{LISTENER, Router},
    rules::{accept, any, base, iif, is_not, within},
};
use crate::{
    model::{ConnectionState, Listener, LoadBalancer, Name, NetworkInterface, Node, Provider, Topology},
    spec::{
        NetnsName,
        connection::{Limits, Served},
        nft::{Field, HookKind, HookPoint, MarkSource, Part, Rule, Statement, Type, Value},
        service::Health,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};

/// Who sends from a target: its address, protocol and port.
const SENDER: [Field; 3] = [Field::IpSaddr, Field::L4proto, Field::ThSport];

/// After how long AWS's own services forget a connection through an endpoint (VPCE-28).
const IDLE_TIMEOUT: Duration = Duration::from_secs(350);

/// The kernel waits for five days, whatever of a connection was not acknowledged: with less in some states, what is left
/// of a connection's time would not tell for how long nothing was sent.
const TRACKING: [&str; 3] = ["established", "unacknowledged", "max_retrans"];
const FIVE_DAYS: &str = "432000";

/// The rules of a router: what is served where.
pub(super) fn add(router: &mut Router<'_>) {
    for state in TRACKING {
        router.sysctl(&format!("netfilter/nf_conntrack_tcp_timeout_{state}"), FIVE_DAYS);
    }
    let tables = public_tables(router);
    let (served, public) = served(router);
    let serving = serving(router.topology, router.name);
    if served.is_empty() && serving.is_empty() {
        return;
    }
    let types = || vec![Type::Ipv4Addr, Type::InetProto, Type::InetService];
    router.exact_set("served".into(), types(), served);
    router.exact_set("serving".into(), types(), serving);
    let mut rules = vec![
        Rule::new([is_not(Field::CtState, Value::Words(vec!["new".into()])), accept()]),
        Rule::new([any(Field::TcpFlags, &["syn", "rst"]), accept()]),
        Rule::new([within(&LISTENER, "served"), Statement::RejectWithReset]),
        Rule::new([within(&SENDER, "serving"), Statement::RejectWithReset]),
    ];
    if !public.is_empty() {
        router.exact_set("public_served".into(), types(), public);
        router.new_map("public_route_table", vec![Type::Ipv4Addr], Type::Mark);
        for (address, table) in tables {
            router.map("public_route_table", vec![address], table);
        }
        let to = MarkSource::Map { key: vec![Field::IpDaddr], map: "public_route_table".into() };
        let back = Statement::SetMark { mark: Field::Mark, to };
        rules.push(Rule::new([iif("igw"), within(&LISTENER, "public_served"), back, Statement::RejectWithReset]));
    }
    router.base_chain("forgotten", base(HookKind::Filter, HookPoint::Prerouting, -148, rules));
}

type Keys = BTreeSet<Vec<Part>>;

/// Where a router's load balancers and endpoints serve TCP; and where they do for the internet.
fn served(router: &Router<'_>) -> (Keys, Keys) {
    let topology = router.topology;
    let (mut served, mut public) = (Keys::new(), Keys::new());
    for (name, balancer, node) in nodes(topology, router.name) {
        let interface = &topology.network_interfaces[&node.interface];
        let linked = private_link_addresses(router, name, node).into_iter().map(|(address, _)| address);
        let addresses: Vec<_> = linked.chain([interface.private_ip]).collect();
        for port in tcp_ports(balancer) {
            served.extend(addresses.iter().map(|address| key(*address, Transport::Tcp, port)));
            public.extend(interface.public.as_ref().map(|public| key(public.ip, Transport::Tcp, port)));
        }
    }
    let accepted = router.endpoints.iter().filter(|endpoint| endpoint.state == ConnectionState::Available);
    for endpoint in accepted.filter(|endpoint| endpoint.vpc == *router.name) {
        let ports: Vec<_> = match &endpoint.provider {
            Provider::Aws(service) => service.ports().to_vec(),
            Provider::EndpointService { load_balancer, .. } => {
                tcp_ports(&topology.load_balancers[load_balancer]).collect()
            }
        };
        for interface in endpoint.interfaces.values() {
            let address = topology.network_interfaces[interface].private_ip;
            served.extend(ports.iter().map(|port| key(address, Transport::Tcp, *port)));
        }
    }
    (served, public)
}

/// The route table of each node with a public address, which a reset to the internet takes.
fn public_tables(router: &Router<'_>) -> Vec<(Part, Part)> {
    let topology = router.topology;
    let tables = nodes(topology, router.name).filter_map(|(_, _, node)| {
        let interface = &topology.network_interfaces[&node.interface];
        let public = interface.public.as_ref()?;
        Some((Part::address(public.ip), route_table::number_of(router, &interface.subnet)))
    });
    tables.collect()
}

/// Where the targets of a VPC's load balancers answer TCP.
fn serving(topology: &Topology, vpc: &Name) -> Keys {
    let groups = topology.target_groups.values().filter(|group| group.vpc == *vpc && group.protocol.has_tcp());
    groups.flat_map(|group| &group.targets).map(|target| key(target.ip, Transport::Tcp, target.port)).collect()
}

fn tcp_ports(balancer: &LoadBalancer) -> impl Iterator<Item = u16> {
    balancer.listeners.iter().filter(|listener| listener.protocol.has_tcp()).map(|listener| listener.port)
}

fn nodes<'a>(topology: &'a Topology, vpc: &'a Name) -> impl Iterator<Item = (&'a Name, &'a LoadBalancer, &'a Node)> {
    let balancers = topology.load_balancers.iter().filter(|(_, balancer)| balancer.vpc == *vpc);
    balancers.flat_map(|(name, balancer)| balancer.nodes.iter().map(move |node| (name, balancer, node)))
}

/// When the connections of each router are over.
pub(super) fn limits(topology: &Topology, health: &Health) -> BTreeMap<NetnsName, BTreeMap<Served, Limits>> {
    let mut all = BTreeMap::<NetnsName, BTreeMap<Served, Limits>>::new();
    let netns = |vpc| names::router_netns(&topology.lab, vpc);
    for balancer in topology.load_balancers.values() {
        for node in &balancer.nodes {
            let interface = &topology.network_interfaces[&node.interface];
            // The daemon knows by itself when connections are over that it relays.
            for listener in balancer.listeners.iter().filter(|listener| !topology.is_relayed(listener)) {
                let limits = limits_of(topology, health, (balancer, node, listener));
                add_limits(all.entry(netns(&balancer.vpc)).or_default(), (topology, interface, listener), &limits);
            }
        }
    }
    for endpoint in topology.endpoints.values().filter(|endpoint| endpoint.state == ConnectionState::Available) {
        let own = all.entry(netns(&endpoint.vpc)).or_default();
        for interface in endpoint.interfaces.values() {
            let interface = &topology.network_interfaces[interface];
            match &endpoint.provider {
                Provider::Aws(service) => own.extend(service.ports().iter().map(|port| {
                    let limits = Limits { idle: Some(IDLE_TIMEOUT), ..Limits::default() };
                    (place(topology, interface, Transport::Tcp, *port), limits)
                })),
                Provider::EndpointService { load_balancer, .. } => {
                    for listener in &topology.load_balancers[load_balancer].listeners {
                        let limits = Limits { idle: Some(listener.idle_timeout), ..Limits::default() };
                        add_limits(own, (topology, interface, listener), &limits);
                    }
                }
            }
        }
    }
    all.retain(|_, own| !own.is_empty());
    all
}

fn add_limits(
    all: &mut BTreeMap<Served, Limits>,
    (topology, interface, listener): (&Topology, &NetworkInterface, &Listener),
    limits: &Limits,
) {
    for transport in Transport::of(listener) {
        let idle = limits.idle.filter(|_| transport == Transport::Tcp);
        all.insert(place(topology, interface, transport, listener.port), Limits { idle, ..limits.clone() });
    }
}

fn place(topology: &Topology, interface: &NetworkInterface, transport: Transport, port: u16) -> Served {
    let mark = names::node_mark(&topology.lab, interface) & !SOURCE_IS_NODE;
    let protocol = u8::try_from(transport.number()).expect("protocols have numbers of 8 bits");
    Served { mark, protocol, port }
}

/// What ends a listener's connections at a node. As long as all targets are tried because none is healthy (NLB-29), none
/// is taken from its clients.
pub(super) fn limits_of(
    topology: &Topology,
    health: &Health,
    (balancer, node, listener): (&LoadBalancer, &Node, &Listener),
) -> Limits {
    let (mut ended, mut known, mut in_service) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let at = |ip: Ipv4Addr, port: u16| SocketAddrV4::new(ip, port);
    for name in listener.groups() {
        let group = &topology.target_groups[name];
        let used = topology.targets_in_service(health, balancer, name, node);
        in_service.extend(used.iter().map(|target| at(target.ip, target.port)));
        for target in &group.targets {
            known.insert(at(target.ip, target.port));
            if group.terminates_unhealthy && health.unhealthy.contains(&topology.check_id(name, node, target)) {
                ended.insert(at(target.ip, target.port));
            }
        }
        let draining = health.draining.iter().filter(|target| target.target_group == name.as_str());
        known.extend(draining.map(|target| at(target.target, target.port)));
    }
    ended.retain(|target| !in_service.contains(target));
    let terminates = listener.groups().any(|name| topology.target_groups[name].terminates_deregistered);
    Limits { idle: Some(listener.idle_timeout), ended, known: terminates.then_some(known) }
}
