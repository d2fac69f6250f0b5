//! The tables of `docs/native-format.md`, made from the schema, so that the page cannot lag behind it.

use super::{
    File,
    endpoint::{Endpoint, EndpointService},
    gateway_endpoint::GatewayEndpoint,
    hosted_zone::{HostedZone, Record},
    instance::{Answer, ElasticIp, Instance},
    key_pair::KeyPair,
    load_balancer::LoadBalancer,
    nat_gateway::NatGateway,
    network_acl::{Entry, NetworkAcl},
    on_premises::{Dns, Host, Site},
    peering_connection::{Options as PeeringOptions, PeeringConnection},
    resolver::{ResolverAddress, ResolverEndpoint, ResolverRule},
    security_group::{Rule, SecurityGroup},
    target_group::{HealthCheck, TargetGroup},
    vpc::{RouteTable, Subnet, Vpc},
    vpn_gateway::{CustomerGateway, VirtualInterface, VpnConnection, VpnGateway},
};
use crate::input::mapping::Mapping;
use std::fmt::Write;

/// The name and the table of each mapping, in the page's order.
pub fn reference() -> Vec<(&'static str, String)> {
    vec![
        ("file", table::<File>()),
        ("vpc", table::<Vpc>()),
        ("subnet", table::<Subnet>()),
        ("route-table", table::<RouteTable>()),
        ("security-group", table::<SecurityGroup>()),
        ("rule", table::<Rule>()),
        ("network-acl", table::<NetworkAcl>()),
        ("entry", table::<Entry>()),
        ("peering-connection", table::<PeeringConnection>()),
        ("peering-options", table::<PeeringOptions>()),
        ("key-pair", table::<KeyPair>()),
        ("instance", table::<Instance>()),
        ("answer", table::<Answer>()),
        ("elastic-ip", table::<ElasticIp>()),
        ("nat-gateway", table::<NatGateway>()),
        ("target-group", table::<TargetGroup>()),
        ("health-check", table::<HealthCheck>()),
        ("load-balancer", table::<LoadBalancer>()),
        ("endpoint-service", table::<EndpointService>()),
        ("endpoint", table::<Endpoint>()),
        ("gateway-endpoint", table::<GatewayEndpoint>()),
        ("site", table::<Site>()),
        ("host", table::<Host>()),
        ("dns-server", table::<Dns>()),
        ("vpn-gateway", table::<VpnGateway>()),
        ("customer-gateway", table::<CustomerGateway>()),
        ("vpn-connection", table::<VpnConnection>()),
        ("private-virtual-interface", table::<VirtualInterface>()),
        ("hosted-zone", table::<HostedZone>()),
        ("record", table::<Record>()),
        ("resolver-endpoint", table::<ResolverEndpoint>()),
        ("resolver-address", table::<ResolverAddress>()),
        ("resolver-rule", table::<ResolverRule>()),
    ]
}

fn table<M: Mapping>() -> String {
    let mut table = String::from("| key | value | meaning |\n|---|---|---|\n");
    for key in M::KEYS {
        let required = if key.required { " (required)" } else { "" };
        let docs: Vec<_> = key.docs.iter().map(|line| line.trim()).collect();
        writeln!(table, "| `{}`{required} | {} | {} |", key.name, (key.what)(), docs.join(" "))
            .expect("a string takes whatever is written");
    }
    table
}
