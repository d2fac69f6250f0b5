//! Lints about where routes lead.

use super::{
    Finding,
    scene::{Noun, Scene},
};
use crate::model::{Name, Owner, PeeringState, Route, RouteTarget};
use std::collections::BTreeSet;

/// Routes that are black holes as things stand (RT-11). A route that the file itself makes one is meant.
pub(super) fn blackhole(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in scene.topology.route_tables.keys() {
        for route in scene.topology.static_routes(name) {
            let Some((why, hint)) = reason(scene, &route) else { continue };
            let Some(place) = scene.place_of_route(name, &route) else { continue };
            let message = format!("the route to {} of `{name}` is a black hole: {why}", route.destination);
            found.push(Finding::new(place, message, hint));
        }
    }
    found
}

fn reason(scene: &Scene<'_>, route: &Route) -> Option<(String, &'static str)> {
    match &route.target {
        RouteTarget::PeeringConnection(name) => match scene.topology.peering_connections[name].state {
            PeeringState::Active => None,
            PeeringState::PendingAcceptance => {
                let hint = "`accepted: true` accepts it in the file, `vpcns accept` in the lab";
                Some((format!("the peering connection `{name}` is not accepted"), hint))
            }
            PeeringState::Rejected => {
                Some((format!("the peering connection `{name}` was rejected"), "a rejected one stays so (PCX-01)"))
            }
        },
        RouteTarget::NetworkInterface(name) => {
            let interface = &scene.topology.network_interfaces[name];
            let hint = "attach it to an instance";
            (interface.owner == Owner::Nobody).then(|| (format!("no instance has the interface `{name}`"), hint))
        }
        // What leads nowhere by intent, and what AWS does not let go while routes lead there.
        RouteTarget::Blackhole
        | RouteTarget::InternetGateway(_)
        | RouteTarget::VpnGateway(_)
        | RouteTarget::NatGateway(_) => None,
    }
}

/// Instances that leave by a NAT gateway of another zone.
pub(super) fn other_zone(scene: &Scene<'_>) -> Vec<Finding> {
    let topology = scene.topology;
    let interfaces = topology.network_interfaces.values();
    let instances = interfaces.filter(|interface| matches!(interface.owner, Owner::Instance(_)));
    let subnets: BTreeSet<&Name> = instances.map(|interface| &interface.subnet).collect();
    let mut found = Vec::new();
    for name in subnets {
        let subnet = &topology.subnets[name];
        for route in topology.static_routes(&subnet.route_table) {
            let RouteTarget::NatGateway(gateway) = &route.target else { continue };
            let of = &topology.subnets[&topology.nat_gateways[gateway].subnet];
            let Some(place) = scene.place_of_route(&subnet.route_table, &route) else { continue };
            if of.az_id != subnet.az_id {
                let message = format!(
                    "the instances of subnet `{name}` in {} leave by the NAT gateway `{gateway}` in {}",
                    subnet.az, of.az
                );
                let hint =
                    "each zone needs a NAT gateway of its own, or goes down with the other, and pays for the way";
                found.push(Finding::new(place, message, hint));
            }
        }
    }
    found
}

/// Active peering connections to which a VPC has no route: packets go one way at most.
pub(super) fn one_way_peering(scene: &Scene<'_>) -> Vec<Finding> {
    let topology = scene.topology;
    let leads = |vpc: &Name, connection: &Name| {
        let mut tables = topology.route_tables.iter().filter(|(_, table)| table.vpc == *vpc);
        let target = RouteTarget::PeeringConnection(connection.clone());
        tables.any(|(name, _)| scene.routes(name).iter().any(|route| route.target == target))
    };
    let mut found = Vec::new();
    for (name, connection) in topology.peering_connections.iter().filter(|(_, connection)| connection.is_active()) {
        let sides = [&connection.requester.vpc, &connection.accepter.vpc];
        let without: Vec<_> = sides.into_iter().filter(|vpc| !leads(vpc, name)).map(|vpc| format!("`{vpc}`")).collect();
        let Some(place) = scene.place(Noun::PeeringConnection, name) else { continue };
        if !without.is_empty() {
            let message = format!("no route of {} leads to the peering connection `{name}`", without.join(" or "));
            let hint = "answers need a way back: both VPCs need a route to the other's CIDR";
            found.push(Finding::new(place, message, hint));
        }
    }
    found
}
