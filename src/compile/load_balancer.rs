//! Network Load Balancers: each listener of each node is a chain that translates a connection's destination
//! to one of the targets that are in service there, by a hash of its flow (NLB-14) or its source (NLB-19).
//!
//! The connection mark remembers the node: answers take the route table of the node's subnet, whatever
//! the target's says, and connections that do not keep the client's address get the node's (NLB-32, NLB-33).
//!
//! ```text
//! map listeners { 10.20.0.7 . 6 . 80 : goto nlb_80_a_provider }
//! chain nlb_80_a_provider { ct mark set 0x1f2e3d dnat ip to jhash ip saddr . th sport … mod 2 map { 0 : 10.20.1.5 . 80, … } }
//! ```

mod balance;
mod relay;
mod transport;

pub(super) use relay::{client_marks, relays};
pub(super) use transport::Transport;

use self::balance::Share;
use super::{
    counter::Counted,
    names::{self, SOURCE_IS_NODE},
    route_table,
    router::Router,
    security_group::{Direction, managed_gate},
};
use crate::{
    model::{self, ConnectionState, Listener, Name, NetworkInterface, Node, Topology},
    spec::{
        nft::{Part, Rule, Verdict},
        service::Health,
    },
};
use std::net::Ipv4Addr;

pub(super) fn add(router: &mut Router<'_>, health: &Health) {
    let topology = router.topology;
    for (name, balancer) in topology.load_balancers.iter().filter(|(_, balancer)| balancer.vpc == *router.name) {
        for node in &balancer.nodes {
            let interface = &topology.network_interfaces[&node.interface];
            add_node(router, interface);
            relay::add_node(router, balancer, interface);
            for listener in &balancer.listeners {
                for transport in Transport::of(listener) {
                    let at = At { name, node, listener, transport, interface };
                    let shares = shares(topology, health, &at);
                    if topology.is_relayed(listener) {
                        relay::add_listener(router, &at, &shares);
                    } else {
                        add_listener(router, &at, &shares);
                    }
                }
            }
        }
    }
}

/// The node's marks, and its outbound gate, if it has groups (NLB-40).
fn add_node(router: &mut Router<'_>, interface: &NetworkInterface) {
    let mark = names::node_mark(&router.topology.lab, interface);
    let table = route_table::number_of(router, &interface.subnet);
    for mark in [mark, mark | SOURCE_IS_NODE] {
        router.map("node_route_table", vec![Part::Number(mark)], table.clone());
    }
    let address = Part::address(interface.private_ip);
    router.map("node_source", vec![Part::Number(mark | SOURCE_IS_NODE)], address.clone());
    if !interface.security_groups.is_empty() {
        let outbound = managed_gate(router, Direction::Outbound, &interface.security_groups);
        for mark in [mark, mark | SOURCE_IS_NODE] {
            router.map("node_outbound", vec![Part::Number(mark)], outbound.clone());
        }
        router.map("check_outbound", vec![address], outbound);
    }
}

/// One protocol of a listener at one node.
struct At<'a> {
    name: &'a Name,
    node: &'a Node,
    listener: &'a Listener,
    transport: Transport,
    interface: &'a NetworkInterface,
}

impl At<'_> {
    /// Has the connections that come to a chain of the listener counted.
    fn count(&self, router: &mut Router<'_>, chain: &str) {
        if router.topology.is_counted {
            let count = router.count(&Counted::Listener { balancer: self.name, port: self.listener.port });
            router.first_rule(chain, Rule::new([count]));
        }
    }
}

/// What each group gets of a listener's connections at a node.
fn shares(topology: &Topology, health: &Health, at: &At<'_>) -> Vec<Share> {
    let balancer = &topology.load_balancers[at.name];
    let share = |share: &model::Share| {
        let group = &topology.target_groups[&share.target_group];
        let targets = topology.targets_in_service(health, balancer, &share.target_group, at.node);
        Share {
            weight: share.weight,
            is_sticky: group.is_sticky,
            preserves: group.preserve_client_ip,
            targets: targets.into_iter().map(|target| (target.ip, target.port)).collect(),
        }
    };
    at.listener.forward.iter().map(share).collect()
}

/// A listener at one node: for clients who come to the node itself, and for those who come by PrivateLink.
fn add_listener(router: &mut Router<'_>, at: &At<'_>, shares: &[Share]) {
    let topology = router.topology;
    let mark = names::node_mark(&topology.lab, at.interface);
    let key = |address| key(address, at.transport, at.listener.port);
    let prefix = format!("nlb_{}{}_{}_", at.transport.prefix(), at.listener.port, at.node.az.letter());
    let direct = names::chain(&prefix, [at.name]);
    let marks = |preserves| if preserves { mark } else { mark | SOURCE_IS_NODE };
    balance::add(router, &direct, shares, at.transport, &marks);
    at.count(router, &direct);
    router.map("listeners", key(at.interface.private_ip), to(&direct));
    if let Some(public) = &at.interface.public {
        router.map("public_listeners", key(public.ip), to(&direct));
    }
    let clients = private_link_addresses(router, at.name, at.node);
    if clients.is_empty() {
        return;
    }
    let linked = names::chain(&format!("{prefix}link_"), [at.name]);
    balance::add(router, &linked, shares, at.transport, &|_| mark | SOURCE_IS_NODE);
    at.count(router, &linked);
    let judges = topology.load_balancers[at.name].enforce_security_groups_on_private_link;
    for (address, is_own) in clients {
        router.map("listeners", key(address), to(&linked));
        if judges && !is_own && !at.interface.security_groups.is_empty() {
            let inbound = managed_gate(router, Direction::Inbound, &at.interface.security_groups);
            router.map("managed_inbound", vec![Part::address(address)], inbound);
        }
    }
}

/// The addresses at which accepted endpoints' connections reach this node, and whether each is an
/// endpoint's own interface in this very VPC, which needs no link.
pub(super) fn private_link_addresses(router: &Router<'_>, name: &Name, node: &Node) -> Vec<(Ipv4Addr, bool)> {
    let topology = router.topology;
    let endpoints = router.endpoints.iter().filter(|endpoint| endpoint.load_balancer() == Some(name));
    let accepted = endpoints.filter(|endpoint| endpoint.state == ConnectionState::Available);
    accepted
        .filter_map(|endpoint| {
            let zone = topology.zone_id(&node.interface);
            let interface = endpoint.interfaces.values().find(|interface| topology.zone_id(interface) == zone)?;
            let is_own = endpoint.vpc == *router.name;
            let own = || topology.network_interfaces[interface].private_ip;
            Some(if is_own { (own(), true) } else { (router.links.node(interface), false) })
        })
        .collect()
}

/// The key of a listener.
pub(super) fn key(address: Ipv4Addr, transport: Transport, port: u16) -> Vec<Part> {
    vec![Part::address(address), Part::Number(transport.number()), Part::port(port)]
}

fn to(chain: &str) -> Part {
    Part::Verdict(Verdict::Goto(chain.to_owned()))
}
