//! Network Load Balancers: each listener of each node is a chain that translates a connection's destination
//! to one of the targets that are in service there, by a hash of its flow (NLB-14).
//!
//! The connection mark remembers the node: answers take the route table of the node's subnet, whatever
//! the target's says, and connections that do not keep the client's address get the node's (NLB-32, NLB-33).
//!
//! ```text
//! map listeners { 10.20.0.7 . 6 . 80 : goto nlb_80_a_provider }
//! chain nlb_80_a_provider { ct mark set 0x1f2e3d dnat ip to jhash ip saddr . th sport … mod 2 map { 0 : 10.20.1.5 . 80, … } }
//! ```

use super::{
    names::{self, SOURCE_IS_NODE},
    route_table,
    router::Router,
    security_group::{Direction, gate},
};
use crate::{
    model::{ConnectionState, Listener, Name, NetworkInterface, Node},
    spec::{
        nft::{Field, MarkSource, Part, Rule, Statement, Translation, Verdict},
        service::Health,
    },
};
use std::net::Ipv4Addr;

/// TCP's protocol number.
const TCP: u32 = 6;

/// What decides to which target a connection goes (NLB-14).
const FLOW: [Field; 5] = [Field::IpSaddr, Field::ThSport, Field::IpDaddr, Field::ThDport, Field::TcpSequence];

pub(super) fn add(router: &mut Router<'_>, health: &Health) {
    let topology = router.topology;
    for (name, balancer) in topology.load_balancers.iter().filter(|(_, balancer)| balancer.vpc == *router.name) {
        for node in &balancer.nodes {
            let interface = &topology.network_interfaces[&node.interface];
            add_node(router, interface);
            for listener in &balancer.listeners {
                let targets = topology.targets_in_service(health, balancer, listener, node);
                let targets: Vec<_> = targets.into_iter().map(|target| (target.ip, target.port)).collect();
                add_listener(router, (name, node, listener), interface, &targets);
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
        let outbound = gate(router, Direction::Outbound, &interface.security_groups);
        for mark in [mark, mark | SOURCE_IS_NODE] {
            router.map("node_outbound", vec![Part::Number(mark)], outbound.clone());
        }
        router.map("check_outbound", vec![address], outbound);
    }
}

/// A listener at one node: for clients who come to the node itself, and for those who come by PrivateLink.
fn add_listener(
    router: &mut Router<'_>,
    (name, node, listener): (&Name, &Node, &Listener),
    interface: &NetworkInterface,
    targets: &[(Ipv4Addr, u16)],
) {
    let topology = router.topology;
    let preserves = topology.target_groups[&listener.target_group].preserve_client_ip;
    let mark = names::node_mark(&topology.lab, interface);
    let (port, az) = (listener.port, node.az.letter());
    let direct = names::chain(&format!("nlb_{port}_{az}_"), [name]);
    router.chain(direct.clone(), forward(if preserves { mark } else { mark | SOURCE_IS_NODE }, targets));
    router.map("listeners", key(interface.private_ip, port), to(&direct));
    if let Some(public) = &interface.public {
        router.map("public_listeners", key(public.ip, port), to(&direct));
    }
    let clients = private_link_addresses(router, name, node);
    if clients.is_empty() {
        return;
    }
    let linked = names::chain(&format!("nlb_{port}_{az}_link_"), [name]);
    router.chain(linked.clone(), forward(mark | SOURCE_IS_NODE, targets));
    let judges = topology.load_balancers[name].enforce_security_groups_on_private_link;
    for (address, is_own) in clients {
        router.map("listeners", key(address, port), to(&linked));
        if judges && !is_own && !interface.security_groups.is_empty() {
            let inbound = gate(router, Direction::Inbound, &interface.security_groups);
            router.map("managed_inbound", vec![Part::address(address)], inbound);
        }
    }
}

/// The addresses at which accepted endpoints' connections reach this node, and whether each is an
/// endpoint's own interface in this very VPC, which needs no link.
fn private_link_addresses(router: &Router<'_>, name: &Name, node: &Node) -> Vec<(Ipv4Addr, bool)> {
    let topology = router.topology;
    let endpoints = topology.endpoints.values().filter(|endpoint| endpoint.load_balancer() == Some(name));
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

/// The rules that hand a connection to a target; none if there is none, so that it vanishes (NLB-10).
fn forward(mark: u32, targets: &[(Ipv4Addr, u16)]) -> Vec<Rule> {
    if targets.is_empty() {
        return Vec::new();
    }
    let mark = Statement::SetMark { mark: Field::CtMark, to: MarkSource::Number(mark) };
    let balance = Translation::Balance { hash: FLOW.to_vec(), targets: targets.to_vec() };
    vec![Rule::new([mark, Statement::Dnat(balance)])]
}

fn key(address: Ipv4Addr, port: u16) -> Vec<Part> {
    vec![Part::address(address), Part::Number(TCP), Part::port(port)]
}

fn to(chain: &str) -> Part {
    Part::Verdict(Verdict::Goto(chain.to_owned()))
}
