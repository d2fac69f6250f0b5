//! Lints about endpoints: who may use them, and how one gets there.

use super::{
    Finding,
    cover::{self, Transport},
    scene::{Direction, Noun, Scene, rules_of},
};
use crate::model::{Endpoint, Name, Owner, Peer, Provider, SecurityGroupRule};
use ipnet::Ipv4Net;

/// Where AWS's own services answer.
const HTTPS: u16 = 443;

/// Interface endpoints whose groups admit nobody who could ask them.
pub(super) fn admits_nobody(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, endpoint) in &scene.topology.endpoints {
        let (ports, transports) = ports(scene, endpoint);
        let Some(interface) = endpoint.interfaces.values().next() else { continue };
        let groups = &scene.topology.network_interfaces[interface].security_groups;
        let admits = groups.iter().any(|group| {
            let rules = rules_of(&scene.topology.security_groups[group], Direction::Inbound);
            rules.iter().any(|rule| {
                let fits = |port| {
                    transports.iter().any(|transport| {
                        cover::ports(&rule.protocol, *transport).is_some_and(|range| range.contains(port))
                    })
                };
                ports.iter().any(fits) && admits_client(scene, name, endpoint, rule)
            })
        });
        let Some(place) = scene.place(Noun::Endpoint, name).filter(|_| !admits && !ports.is_empty()) else { continue };
        let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
        let groups: Vec<_> = groups.iter().map(|group| format!("`{group}`")).collect();
        let (groups, ports) = (groups.join(", "), ports.join(", "));
        let message = format!(
            "no client can use the endpoint `{name}`: its groups ({groups}) admit nobody of its VPC to port {ports}"
        );
        let nets: Vec<_> = scene.topology.vpcs[&endpoint.vpc].cidrs().map(|net| net.to_string()).collect();
        let hint =
            format!("it needs an inbound rule for port {ports} from {}, or from the clients' group", nets.join(", "));
        found.push(Finding::new(place, message, hint));
    }
    found
}

/// The ports on which an endpoint is asked, and how.
fn ports(scene: &Scene<'_>, endpoint: &Endpoint) -> (Vec<u16>, Vec<Transport>) {
    match &endpoint.provider {
        Provider::Aws(_) => (vec![HTTPS], vec![Transport::Tcp]),
        Provider::EndpointService { load_balancer, .. } => {
            let listeners = &scene.topology.load_balancers[load_balancer].listeners;
            (listeners.iter().map(|listener| listener.port).collect(), vec![Transport::Tcp, Transport::Udp])
        }
    }
}

/// Whether a rule is about somebody who could be a client: in the VPC, or behind it.
fn admits_client(scene: &Scene<'_>, name: &Name, endpoint: &Endpoint, rule: &SecurityGroupRule) -> bool {
    let topology = scene.topology;
    let behind = topology.networks_behind(&endpoint.vpc);
    let clients: Vec<Ipv4Net> = topology.vpcs[&endpoint.vpc].cidrs().chain(behind).collect();
    let meets = |net: Ipv4Net| clients.iter().any(|client| cover::overlap(*client, net));
    match &rule.peer {
        Peer::Cidr(net) => meets(*net),
        Peer::PrefixList(list) => topology.prefix_list_cidrs(&endpoint.vpc, list).into_iter().any(meets),
        Peer::Group(group) => {
            let own = Owner::Endpoint(name.clone());
            scene.members(group).iter().any(|member| member.owner != own)
        }
    }
}

/// Gateway endpoints to which nothing leads.
pub(super) fn without_table(scene: &Scene<'_>) -> Vec<Finding> {
    let endpoints = scene.topology.gateway_endpoints.iter();
    let unused = endpoints.filter(|(_, endpoint)| endpoint.route_tables.is_empty());
    let finding = |(name, _)| {
        let message = format!("no route table leads to the gateway endpoint `{name}`");
        let hint = "name the route tables of the subnets that are to use it";
        Some(Finding::new(scene.place(Noun::GatewayEndpoint, name)?, message, hint))
    };
    unused.filter_map(finding).collect()
}
