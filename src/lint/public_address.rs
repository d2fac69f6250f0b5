//! Lints about public addresses: they, a route and a gateway mean something only together (IGW-02, IGW-03).

use super::{
    Finding,
    scene::{Noun, Scene},
};
use crate::model::{Name, Owner, Route, RouteTarget};
use std::collections::BTreeSet;

/// Instances that a default route leads to an internet gateway, which lets no private address pass.
pub(super) fn without_address(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, instance) in &scene.topology.instances {
        let interface = &scene.topology.network_interfaces[&instance.interface];
        let table = &scene.topology.subnets[&interface.subnet].route_table;
        let is_way_out = |route: &Route| route.destination.prefix_len() == 0 && is_internet(route);
        // A middlebox sends on what has other addresses than its own.
        let is_private = interface.source_dest_check && interface.addresses().all(|(_, public)| public.is_none());
        if is_private && scene.routes(table).iter().any(is_way_out) {
            let Some(place) = scene.place(Noun::Instance, name) else { continue };
            let subnet = &interface.subnet;
            let message = format!(
                "`{name}` has no public address, and the route `0.0.0.0/0` of its subnet `{subnet}` leads to the internet \
                 gateway: nothing gets out"
            );
            let hint = "give it a public address or an elastic IP, or put it into a subnet whose route leads to a NAT \
                        gateway";
            found.push(Finding::new(place, message, hint));
        }
    }
    found
}

/// Public addresses in subnets without a way to the internet gateway.
pub(super) fn without_route(scene: &Scene<'_>) -> Vec<Finding> {
    let topology = scene.topology;
    // What comes in by a gateway's own table may go out by the same middlebox.
    let has_table = |vpc: &Name| {
        let mut tables = topology.route_tables.values().filter(|table| table.vpc == *vpc);
        tables.any(|table| table.gateways.iter().any(|gateway| matches!(gateway, RouteTarget::InternetGateway(_))))
    };
    let mut said = BTreeSet::new();
    let mut found = Vec::new();
    for (name, interface) in &topology.network_interfaces {
        let is_public = interface.addresses().any(|(_, public)| public.is_some());
        let table = &topology.subnets[&interface.subnet].route_table;
        if !is_public || has_table(&interface.vpc) || scene.routes(table).iter().any(is_internet) {
            continue;
        }
        let Some(place) = scene.place_of_interface(name, interface) else { continue };
        let who = match &interface.owner {
            Owner::Instance(owner) => format!("`{owner}`"),
            Owner::LoadBalancer(owner) => format!("the load balancer `{owner}`"),
            Owner::NatGateway(owner) => format!("the NAT gateway `{owner}`"),
            Owner::Endpoint(_) | Owner::ResolverEndpoint(_) | Owner::Nobody => format!("the interface `{name}`"),
        };
        let subnet = &interface.subnet;
        let message = format!("{who} has a public address, and its subnet `{subnet}` no route to an internet gateway");
        if said.insert(message.clone()) {
            let hint = format!("`{table}` needs a route `0.0.0.0/0` to the VPC's internet gateway");
            found.push(Finding::new(place, message, hint));
        }
    }
    found
}

fn is_internet(route: &Route) -> bool {
    matches!(route.target, RouteTarget::InternetGateway(_))
}
