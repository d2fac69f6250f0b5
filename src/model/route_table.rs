//! Route tables (section 3 of the rules).

use super::{Id, Line, Name, PrefixListRef, Topology};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A route table. The `local` route is in each and not listed (RT-01).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    /// `rtb-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// Its VPC.
    pub vpc: Name,
    /// Its routes, sorted by destination, no destination twice (RT-14).
    pub routes: Vec<Route>,
    /// Its routes to prefix lists, sorted by them, none twice.
    #[serde(default)]
    pub prefix_list_routes: Vec<PrefixListRoute>,
    /// The virtual private gateways that propagate their routes into it (VGW-02).
    pub propagating_vgws: Vec<Name>,
    /// The gateways by which comes what it leads: internet gateways and virtual private gateways (RT-20).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gateways: Vec<Target>,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Where packets go.
    pub destination: Ipv4Net,
    /// By what.
    pub target: Target,
    /// Where the file says it.
    #[serde(default)]
    pub line: Line,
}

/// A route whose destination is a prefix list: to each of its networks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixListRoute {
    /// The list.
    pub destination: PrefixListRef,
    /// By what packets go there.
    pub target: Target,
    /// Where the file says it.
    #[serde(default)]
    pub line: Line,
}

impl Topology {
    /// All routes of a table but the local ones, no destination twice: static ones, those to the networks of prefix
    /// lists that have no static one, and those that are propagated where neither is (RT-03, RT-04). Of two lists with
    /// the same network the first one holds, always (RT-05).
    pub fn routes_of(&self, name: &Name) -> Vec<Route> {
        let mut routes = self.static_routes(name);
        let taken: BTreeSet<_> = routes.iter().map(|route| route.destination).collect();
        let propagated = self.propagated_routes(name).into_iter();
        routes.extend(propagated.filter(|route| !taken.contains(&route.destination)));
        routes
    }

    /// Those of them that the file says.
    pub fn static_routes(&self, name: &Name) -> Vec<Route> {
        let mut routes = self.route_tables[name].routes.clone();
        for (route, networks) in self.networks_of_prefix_list_routes(name) {
            let whole = |destination| Route { destination, target: route.target.clone(), line: route.line };
            routes.extend(networks.into_iter().map(whole));
        }
        routes
    }

    /// The routes of a table to prefix lists, each with those networks of its list to which it leads.
    pub fn networks_of_prefix_list_routes(&self, name: &Name) -> Vec<(&PrefixListRoute, Vec<Ipv4Net>)> {
        let table = &self.route_tables[name];
        let vpc = &self.vpcs[&table.vpc];
        let mut taken: BTreeSet<_> = table.routes.iter().map(|route| route.destination).collect();
        let mut own = |route: &PrefixListRoute| {
            let networks = self.prefix_list_cidrs(&table.vpc, &route.destination).into_iter();
            networks.filter(|net| vpc.cidr_of(*net).is_none() && taken.insert(*net)).collect()
        };
        table.prefix_list_routes.iter().map(|route| (route, own(route))).collect()
    }
}

/// The target of a route (RT-17).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The VPC's internet gateway.
    InternetGateway(Name),
    /// A virtual private gateway that is attached to the VPC.
    VpnGateway(Name),
    /// A peering connection of the VPC. One that is not active is a black hole (PCX-04).
    PeeringConnection(Name),
    /// A NAT gateway of the VPC.
    NatGateway(Name),
    /// A network interface of the VPC. One that no instance has is a black hole (RT-11).
    NetworkInterface(Name),
    /// A target that is gone: packets are dropped and no other route is asked (RT-11).
    Blackhole,
}
