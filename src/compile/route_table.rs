//! Route tables: a routing table each, asked by the mark that the sender's subnet gives (RT-02).
//!
//! Interfaces stand in the table that is asked first, so that the local route always holds (RT-01); an
//! address of the VPC that no interface has is dropped, whatever else the table says.
//!
//! ```text
//! ip rule add priority 1000 fwmark 0x12345 lookup 74565
//! ip route add blackhole 10.10.0.0/16 table 74565
//! ip route add default via 240.128.0.1 dev igw table 74565
//! ip route add blackhole 0.0.0.0/0 table 74565            # where there is no default: silence (RT-13)
//! ```

use super::{middlebox, names, nat_gateway, peering_connection, router::Router, vpn_gateway};
use crate::{
    model::{Name, Route, RouteTarget},
    spec::{Hop, Rule, nft::Part},
};
use ipnet::Ipv4Net;

pub(super) fn add(router: &mut Router<'_>) {
    let topology = router.topology;
    for (name, number) in router.tables.clone() {
        router.routing_rule(Rule {
            priority: names::ROUTE_TABLE_PRIORITY,
            from: None,
            to: None,
            fwmark: Some(number),
            table: number,
        });
        for cidr in router.vpc.cidrs() {
            router.route(number, cidr, Hop::Blackhole);
        }
        let routes = topology.routes_of(name);
        for route in &routes {
            let table = if middlebox::is_inside(router, route) { names::local_table(number) } else { number };
            for (destination, hop) in hops(router, &routes, route) {
                router.route(table, destination, hop);
            }
        }
        if !routes.iter().any(|route| route.destination == Ipv4Net::default()) {
            router.route(number, Ipv4Net::default(), Hop::Blackhole);
        }
    }
}

/// What a route becomes, among all of its table.
pub(super) fn hops(router: &Router<'_>, routes: &[Route], route: &Route) -> Vec<(Ipv4Net, Hop)> {
    let whole = |hop| vec![(route.destination, hop)];
    match &route.target {
        RouteTarget::Blackhole => whole(Hop::Blackhole),
        RouteTarget::PeeringConnection(name) => whole(peering_connection::hop(router, name)),
        RouteTarget::VpnGateway(name) => vpn_gateway::hops(router, routes, route, name),
        RouteTarget::InternetGateway(name) => {
            let gateway = &router.topology.internet_gateways[name];
            whole(Hop::Gateway(router.links.far(&gateway.id).addr(), names::gateway_link()))
        }
        RouteTarget::NetworkInterface(name) => whole(middlebox::hop(router.topology, name)),
        RouteTarget::NatGateway(name) => whole(nat_gateway::hop(router.topology, &router.topology.nat_gateways[name])),
    }
}

/// The value of a map that leads to a subnet's route table.
pub(super) fn number_of(router: &Router<'_>, subnet: &Name) -> Part {
    Part::Number(router.tables[&router.topology.subnets[subnet].route_table])
}
