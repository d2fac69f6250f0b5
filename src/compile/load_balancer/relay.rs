//! Listeners whose connections the daemon ends at the node, because TLS or proxy protocol is asked for (NLB-13, NLB-36):
//! their clients are led to the node's own address, at which the daemon listens, by the same gates as all others. Where
//! no target is in service they are not, and vanish (NLB-10).
//!
//! What the daemon sends to targets has a packet mark, which becomes the connection's: the node's, by which the same
//! gates and route tables hold as for translated connections, or, if the target sees the client's address, one whose
//! answers are led to the daemon by a routing table of their own.
//!
//! ```text
//! set relayed { type ipv4_addr . inet_proto . inet_service; elements = { 10.0.0.100 . 6 . 443 } }
//! chain nlb_443_a_web { ct mark set 0x1f2e3d dnat ip to jhash … mod 1 map { 0 : 10.0.0.100 . 443 } }
//! chain relay_marks { type filter hook output priority -150; meta mark @relay_marks ct mark set meta mark }
//! map node_route_table { 0x5a6b7c : 65535 }
//! ip rule add priority 40 fwmark 0xffff lookup 65535
//! ip route add local 0.0.0.0/0 dev lo table 65535
//! ```

use super::{At, Share, Transport, balance, key, private_link_addresses, shares, to};
use crate::{
    compile::{
        connection,
        names::{self, SOURCE_IS_NODE},
        route_table,
        router::{LISTENER, Router},
        rules::{accept, base, within},
        security_group::{Direction, managed_gate},
    },
    model::{ConnectionState, LoadBalancer, Name, NetworkInterface, Node, Owner, TlsVersion, Topology},
    spec::{
        Hop, Rule as RoutingRule,
        aws::Clients,
        nft::{Field, HookKind, HookPoint, MarkSource, Part, Rule, Statement, Type},
        relay::{Group, Relay, Tls},
        service::{At as Place, Health},
    },
};
use ipnet::Ipv4Net;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddrV4},
};

/// The set of packet marks that become connection marks.
const MARKS: &str = "relay_marks";
/// The set of the places where the daemon listens.
const RELAYED: &str = "relayed";

/// The marks, routes and gates of a node, if a listener needs them.
pub(super) fn add_node(router: &mut Router<'_>, balancer: &LoadBalancer, interface: &NetworkInterface) {
    if !balancer.listeners.iter().any(|listener| router.topology.is_relayed(listener)) {
        return;
    }
    if !router.has_set(MARKS) {
        frame(router);
    }
    let lab = &router.topology.lab;
    let (mark, client) = (names::node_mark(lab, interface) | SOURCE_IS_NODE, names::client_mark(lab, interface));
    router.put(MARKS, vec![Part::Number(mark)]);
    router.put(MARKS, vec![Part::Number(client)]);
    router.map("node_route_table", vec![Part::Number(client)], Part::Number(names::RELAY_TABLE));
    if !interface.security_groups.is_empty() {
        let outbound = managed_gate(router, Direction::Outbound, &interface.security_groups);
        router.map("node_outbound", vec![Part::Number(client)], outbound);
    }
    answers_by_own_table(router, interface);
}

/// What the daemon answers from an address takes the route table of its subnet.
fn answers_by_own_table(router: &mut Router<'_>, interface: &NetworkInterface) {
    let Part::Number(table) = route_table::number_of(router, &interface.subnet) else { return };
    let from = Some(Ipv4Net::from(interface.private_ip));
    router.routing_rule(RoutingRule { priority: names::SOURCE_PRIORITY, from, to: None, fwmark: None, table });
}

/// What all nodes of a router share.
fn frame(router: &mut Router<'_>) {
    router.exact_set(MARKS.to_owned(), vec![Type::Mark], BTreeSet::new());
    let key = vec![Type::Ipv4Addr, Type::InetProto, Type::InetService];
    router.exact_set(RELAYED.to_owned(), key, BTreeSet::new());
    let remember = Statement::SetMark { mark: Field::CtMark, to: MarkSource::Field(Field::Mark) };
    let rules = vec![Rule::new([within(&[Field::Mark], MARKS), remember])];
    router.base_chain(MARKS, base(HookKind::Filter, HookPoint::Output, -150, rules));
    router.rule("input", Rule::new([within(&LISTENER, RELAYED), accept()]));
    let table = names::RELAY_TABLE;
    let fwmark = Some(table);
    router.routing_rule(RoutingRule { priority: names::RELAY_PRIORITY, from: None, to: None, fwmark, table });
    router.route(table, Ipv4Net::default(), Hop::Local);
}

/// A listener at one node: for clients who come to the node itself, and for those who come by PrivateLink.
pub(super) fn add_listener(router: &mut Router<'_>, at: &At<'_>, shares: &[Share]) {
    let topology = router.topology;
    let serves = shares.iter().any(|share| share.weight > 0 && !share.targets.is_empty());
    let port = at.listener.port;
    let prefix = format!("nlb_{port}_{}_", at.node.az.letter());
    let node = names::chain(&prefix, [at.name]);
    lead(router, at, &node, at.interface.private_ip, serves);
    let place = |address| key(address, Transport::Tcp, port);
    router.map("listeners", place(at.interface.private_ip), to(&node));
    if let Some(public) = &at.interface.public {
        router.map("public_listeners", place(public.ip), to(&node));
    }
    let judges = topology.load_balancers[at.name].enforce_security_groups_on_private_link;
    for (address, is_own) in private_link_addresses(router, at.name, at.node) {
        if is_own {
            // Who asks an endpoint of this very VPC is told from who asks the node by where it is asked.
            let interface = topology
                .network_interfaces
                .values()
                .find(|interface| interface.private_ip == address && interface.vpc == *router.name);
            let interface = interface.expect("an endpoint's address is its interface's");
            let Owner::Endpoint(endpoint) = &interface.owner else { continue };
            let own = names::chain(&format!("{prefix}own_"), [at.name, endpoint]);
            lead(router, at, &own, address, serves);
            router.map("listeners", place(address), to(&own));
            answers_by_own_table(router, interface);
            continue;
        }
        router.map("listeners", place(address), to(&node));
        if judges && !at.interface.security_groups.is_empty() {
            let inbound = managed_gate(router, Direction::Inbound, &at.interface.security_groups);
            router.map("managed_inbound", vec![Part::address(address)], inbound);
        }
    }
}

/// A chain that leads clients to where the daemon listens, as to the only target of a group.
fn lead(router: &mut Router<'_>, at: &At<'_>, chain: &str, listening: Ipv4Addr, serves: bool) {
    let port = at.listener.port;
    let mark = names::node_mark(&router.topology.lab, at.interface);
    let targets = if serves { vec![(listening, port)] } else { Vec::new() };
    let daemon = Share { weight: 1, is_sticky: false, preserves: true, targets };
    balance::add(router, chain, &[daemon], Transport::Tcp, &|_| mark);
    at.count(router, chain);
    if serves {
        router.put(RELAYED, key(listening, Transport::Tcp, port));
    }
}

/// The further connection mark of a node, if it sends with clients' addresses.
pub(in crate::compile) fn client_marks(topology: &Topology, interface: &NetworkInterface) -> Option<u32> {
    let Owner::LoadBalancer(name) = &interface.owner else { return None };
    let is_relayed = topology.load_balancers[name].listeners.iter().any(|listener| topology.is_relayed(listener));
    is_relayed.then(|| names::client_mark(&topology.lab, interface))
}

/// What the daemon relays, by where it listens.
pub(in crate::compile) fn relays(topology: &Topology, health: &Health) -> BTreeMap<Place, Relay> {
    let mut relays = BTreeMap::new();
    for (name, balancer) in &topology.load_balancers {
        let netns = names::router_netns(&topology.lab, &balancer.vpc);
        for node in &balancer.nodes {
            let interface = &topology.network_interfaces[&node.interface];
            for listener in balancer.listeners.iter().filter(|listener| topology.is_relayed(listener)) {
                let at = At { name, node, listener, transport: Transport::Tcp, interface };
                let relay = relay(topology, health, &at);
                let place = |address| (netns.clone(), SocketAddrV4::new(address, listener.port));
                for (address, endpoint) in own_endpoints(topology, name, node) {
                    relays.insert(place(address), Relay { endpoint: Some(endpoint), ..relay.clone() });
                }
                relays.insert(place(interface.private_ip), relay);
            }
        }
    }
    relays
}

fn relay(topology: &Topology, health: &Health, at: &At<'_>) -> Relay {
    let balancer = &topology.load_balancers[at.name];
    let shares = shares(topology, health, at).into_iter().zip(at.listener.groups());
    let groups = shares.map(|(share, name)| {
        let group = &topology.target_groups[name];
        Group {
            weight: share.weight,
            is_sticky: share.is_sticky,
            preserves: share.preserves,
            proxy_protocol: group.proxy_protocol,
            tls: group.protocol == crate::model::ListenerProtocol::Tls,
            targets: share.targets.into_iter().map(|(ip, port)| SocketAddrV4::new(ip, port)).collect(),
        }
    });
    let tls = at.listener.tls.as_ref().map(|tls| Tls {
        certificates: tls.certificates.iter().map(|name| topology.certificates[name].names()).collect(),
        v12: tls.policy.versions().contains(&TlsVersion::V12),
        v13: tls.policy.versions().contains(&TlsVersion::V13),
    });
    Relay {
        tls,
        node: at.interface.private_ip,
        mark: names::node_mark(&topology.lab, at.interface) | SOURCE_IS_NODE,
        client_mark: names::client_mark(&topology.lab, at.interface),
        clients: clients(topology, at.name),
        endpoint: None,
        groups: groups.collect(),
        limits: connection::limits_of(topology, health, (balancer, at.node, at.listener)),
    }
}

/// The networks that stand for the clients of the endpoints by which a load balancer is reached.
fn clients(topology: &Topology, name: &Name) -> Vec<Clients> {
    let vpc = &topology.load_balancers[name].vpc;
    let endpoints = topology.endpoints.values().filter(|endpoint| endpoint.load_balancer() == Some(name));
    let linked = endpoints.filter(|endpoint| endpoint.vpc != *vpc && endpoint.state == ConnectionState::Available);
    let clients = linked.flat_map(|endpoint| {
        endpoint.client_networks.iter().map(|(own, seen)| Clients {
            seen: *seen,
            own: *own,
            endpoint: endpoint.id.to_string(),
            vpc: topology.vpcs[&endpoint.vpc].id.to_string(),
        })
    });
    clients.collect()
}

/// The addresses of endpoints in a node's own VPC and zone, with their ids.
fn own_endpoints(topology: &Topology, name: &Name, node: &Node) -> Vec<(Ipv4Addr, String)> {
    let vpc = &topology.load_balancers[name].vpc;
    let endpoints = topology.endpoints.values().filter(|endpoint| endpoint.load_balancer() == Some(name));
    let own = endpoints.filter(|endpoint| endpoint.vpc == *vpc && endpoint.state == ConnectionState::Available);
    let zone = topology.zone_id(&node.interface);
    let addresses = own.filter_map(|endpoint| {
        let interface = endpoint.interfaces.values().find(|interface| topology.zone_id(interface) == zone)?;
        Some((topology.network_interfaces[interface].private_ip, endpoint.id.to_string()))
    });
    addresses.collect()
}
