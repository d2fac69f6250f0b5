//! `describe-route-tables`: the `local` route first (RT-01), then the static ones by destination, then those
//! that virtual private gateways propagate (RT-18), then those of gateway endpoints.

use crate::model::{Id, Name, Owner, RouteTable, RouteTarget, Topology, aws_address};
use ipnet::Ipv4Net;
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.route_tables.iter().map(|(name, table)| {
        json!({
            "Name": table.tag,
            "LogicalId": name,
            "RouteTableId": table.id,
            "VpcId": topology.vpcs[&table.vpc].id,
            "OwnerId": topology.vpcs[&table.vpc].account,
            "Routes": routes(topology, name, table),
            "Associations": associations(topology, name, table),
            "PropagatingVgws": propagating(topology, table),
        })
    });
    rows.collect()
}

fn routes(topology: &Topology, name: &Name, table: &RouteTable) -> Vec<Value> {
    // One for each CIDR of the VPC (RT-01, VPC-12), if no other target stands instead (RT-08).
    let cidrs = topology.vpcs[&table.vpc].cidrs();
    let cidrs = cidrs.filter(|cidr| table.routes.iter().all(|route| route.destination != *cidr));
    let local = cidrs.map(|cidr| {
        json!({
            "DestinationCidrBlock": cidr,
            "GatewayId": "local",
            "Origin": "CreateRouteTable",
            "State": "active",
        })
    });
    let others = table.routes.iter();
    let others =
        others.map(|route| describe_route(topology, table, &route.target, "CreateRoute", by_cidr(route.destination)));
    let to_lists = table.prefix_list_routes.iter().map(|route| {
        let destination = ("DestinationPrefixListId", json!(topology.prefix_list_id(&table.vpc, &route.destination)));
        describe_route(topology, table, &route.target, "CreateRoute", destination)
    });
    let propagated = topology.propagated_routes(name);
    let propagated = propagated.iter().map(|route| {
        describe_route(topology, table, &route.target, "EnableVgwRoutePropagation", by_cidr(route.destination))
    });
    // GWE-17
    let endpoints = topology.gateway_endpoints.values().filter(|endpoint| endpoint.route_tables.contains(name));
    let to_services = endpoints.map(|endpoint| {
        json!({
            "DestinationPrefixListId": aws_address::prefix_list(topology.region_of(&table.vpc), &endpoint.service).id,
            "GatewayId": endpoint.id,
            "Origin": "CreateRoute",
            "State": "active",
        })
    });
    local.chain(others).chain(to_lists).chain(propagated).chain(to_services).collect()
}

/// The field of a destination, and what it says.
fn by_cidr(destination: Ipv4Net) -> (&'static str, Value) {
    ("DestinationCidrBlock", json!(destination))
}

fn describe_route(
    topology: &Topology,
    table: &RouteTable,
    target: &RouteTarget,
    origin: &str,
    (by, destination): (&str, Value),
) -> Value {
    let (field, target, state) = match target {
        RouteTarget::InternetGateway(gateway) => gateway_state(topology, gateway, &table.vpc),
        RouteTarget::NatGateway(gateway) => ("NatGatewayId", json!(topology.nat_gateways[gateway].id), "active"),
        RouteTarget::PeeringConnection(name) => peering_state(topology, name),
        RouteTarget::VpnGateway(gateway) => ("GatewayId", json!(topology.vpn_gateways[gateway].id), "active"),
        RouteTarget::NetworkInterface(name) => interface_state(topology, name),
        RouteTarget::Blackhole => ("GatewayId", Value::Null, "blackhole"),
    };
    json!({
        by: destination,
        field: target,
        "Origin": origin,
        "State": state,
    })
}

/// `[{GatewayId}]` (VGW-02).
fn propagating(topology: &Topology, table: &RouteTable) -> Vec<Value> {
    table.propagating_vgws.iter().map(|name| json!({ "GatewayId": topology.vpn_gateways[name].id })).collect()
}

/// A route to a gateway that is not attached to the VPC is a black hole (RT-11).
fn gateway_state(topology: &Topology, gateway: &Name, vpc: &Name) -> (&'static str, Value, &'static str) {
    let gateway = &topology.internet_gateways[gateway];
    ("GatewayId", json!(gateway.id), if gateway.vpc.as_ref() == Some(vpc) { "active" } else { "blackhole" })
}

/// A route to a connection that is not active is a black hole (PCX-04).
fn peering_state(topology: &Topology, connection: &Name) -> (&'static str, Value, &'static str) {
    let connection = &topology.peering_connections[connection];
    let state = if connection.is_active() { "active" } else { "blackhole" };
    ("VpcPeeringConnectionId", json!(connection.id), state)
}

/// A route to an interface that no instance has is a black hole (RT-11).
fn interface_state(topology: &Topology, name: &Name) -> (&'static str, Value, &'static str) {
    let interface = &topology.network_interfaces[name];
    let state = if interface.owner == Owner::Nobody { "blackhole" } else { "active" };
    ("NetworkInterfaceId", json!(interface.id), state)
}

/// The main table has an association without a subnet; each subnet that chose the table has one of its own.
fn associations(topology: &Topology, name: &Name, table: &RouteTable) -> Vec<Value> {
    let state = json!({ "State": "associated" });
    let is_main = topology.vpcs[&table.vpc].main_route_table == *name;
    let main = is_main.then(|| {
        json!({
            "Main": true,
            "RouteTableAssociationId": Id::derive(&topology.lab, "rtbassoc", table.vpc.as_str()),
            "RouteTableId": table.id,
            "AssociationState": state,
        })
    });
    let chosen = topology.subnets.iter().filter(|(_, subnet)| !is_main && subnet.route_table == *name);
    let chosen = chosen.map(|(subnet_name, subnet)| {
        json!({
            "Main": false,
            "RouteTableAssociationId": Id::derive(&topology.lab, "rtbassoc", subnet_name.as_str()),
            "RouteTableId": table.id,
            "SubnetId": subnet.id,
            "AssociationState": state,
        })
    });
    let gateways = table.gateways.iter().map(|gateway| {
        let id = match gateway {
            RouteTarget::InternetGateway(name) => topology.internet_gateways.get(name).map(|gateway| &gateway.id),
            RouteTarget::VpnGateway(name) => topology.vpn_gateways.get(name).map(|gateway| &gateway.id),
            RouteTarget::PeeringConnection(_)
            | RouteTarget::NatGateway(_)
            | RouteTarget::NetworkInterface(_)
            | RouteTarget::Blackhole => None,
        };
        json!({
            "Main": false,
            "RouteTableAssociationId": id.map(|id| Id::derive(&topology.lab, "rtbassoc", id.as_str())),
            "RouteTableId": table.id,
            "GatewayId": id,
            "AssociationState": state,
        })
    });
    main.into_iter().chain(chosen).chain(gateways).collect()
}
