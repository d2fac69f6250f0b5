//! PrivateLink: each accepted connection is a veth pair between the consumer's router and the provider's, or AWS's,
//! with addresses of its own, so that equal CIDRs on both sides never meet (SVC-15). No acceptance, no
//! link: connections to the endpoint's interfaces vanish (SVC-10). Only the listeners' ports pass
//! (VPCE-24), and only from the consumer (SVC-14), because `forward` lets nothing else through.
//!
//! ```text
//! map endpoints { 10.10.1.7 : 240.0.52.17 }
//! oifname "vpce-0a1b2c3d4e" snat ip prefix to ip saddr map { 10.10.0.0/16 : 241.7.0.0/16 }
//! ```

use super::{
    load_balancer::{Transport, key},
    names, route_table,
    router::Router,
    rules::oif_link,
};
use crate::{
    model::{ConnectionState, Endpoint, Provider},
    spec::{
        Hop, NetnsName,
        nft::{Part, Statement, Translation},
    },
};
use ipnet::Ipv4Net;

/// The MTU over PrivateLink (VPCE-27).
pub(super) const PRIVATE_LINK_MTU: u32 = 8500;

pub(super) fn add(router: &mut Router<'_>) {
    let topology = router.topology;
    for endpoint in router.endpoints.iter().filter(|endpoint| endpoint.state == ConnectionState::Available) {
        match &endpoint.provider {
            Provider::Aws(service) if endpoint.vpc == *router.name => {
                let ports: Vec<_> = service.ports().iter().map(|port| (Transport::Tcp, *port)).collect();
                add_consumer(router, endpoint, names::aws_netns(&topology.lab), &ports);
            }
            Provider::Aws(_) => {}
            Provider::EndpointService { load_balancer, .. } => {
                let balancer = &topology.load_balancers[load_balancer];
                if endpoint.vpc == balancer.vpc {
                    continue; // the load balancer's chains serve the endpoint's interfaces themselves
                }
                if endpoint.vpc == *router.name {
                    let ports = balancer
                        .listeners
                        .iter()
                        .flat_map(|listener| Transport::of(listener).map(|transport| (transport, listener.port)));
                    let ports: Vec<_> = ports.collect();
                    add_consumer(router, endpoint, names::router_netns(&topology.lab, &balancer.vpc), &ports);
                } else if balancer.vpc == *router.name {
                    add_provider(router, endpoint);
                }
            }
        }
    }
}

/// The consumer's end: the endpoint's interfaces lead to the nodes of their zones (SVC-12), or to a service of AWS's.
fn add_consumer(router: &mut Router<'_>, endpoint: &Endpoint, provider: NetnsName, ports: &[(Transport, u16)]) {
    let topology = router.topology;
    let link = names::endpoint_link(endpoint);
    router.veth(link.clone(), PRIVATE_LINK_MTU, (provider, names::service_link(endpoint)), false);
    router.address(link.clone(), router.links.near(&endpoint.id));
    let gateway = router.links.far(&endpoint.id).addr();
    for interface in endpoint.interfaces.values() {
        let address = topology.network_interfaces[interface].private_ip;
        let node = router.links.node(interface);
        let mark = Part::Number(names::node_mark(&topology.lab, &topology.network_interfaces[interface]));
        let table = route_table::number_of(router, &topology.network_interfaces[interface].subnet);
        router.map("endpoint_marks", vec![Part::address(address)], mark.clone());
        router.map("node_route_table", vec![mark], table);
        router.map("endpoints", vec![Part::address(address)], Part::address(node));
        router.main_route(Ipv4Net::from(node), Hop::Gateway(gateway, link.clone()));
        for (transport, port) in ports {
            router.put("endpoint_ports", key(address, *transport, *port));
        }
    }
    for (from, to) in &endpoint.client_networks {
        let clients = Translation::Prefix { from: *from, to: *to };
        router.source_nat([oif_link(&link), Statement::Snat(clients)]);
    }
}

/// The provider's end: answers find their way back to the consumer's clients.
fn add_provider(router: &mut Router<'_>, endpoint: &Endpoint) {
    let link = names::service_link(endpoint);
    let consumer = names::router_netns(&router.topology.lab, &endpoint.vpc);
    router.veth(link.clone(), PRIVATE_LINK_MTU, (consumer, names::endpoint_link(endpoint)), false);
    router.address(link.clone(), router.links.far(&endpoint.id));
    let gateway = router.links.near(&endpoint.id).addr();
    for network in endpoint.client_networks.values() {
        router.main_route(*network, Hop::Gateway(gateway, link.clone()));
    }
}
