//! The tables of `docs/native-format.md`, made from the schema, so that the page cannot lag behind it.

use super::{
    File,
    command::{Options, Program},
    default_vpc::DefaultVpc,
    endpoint::{Endpoint, EndpointService},
    gateway_endpoint::GatewayEndpoint,
    instance::{Answer, ElasticIp, Instance},
    key_pair::KeyPair,
    load_balancer::LoadBalancer,
    nat_gateway::NatGateway,
    network_acl::{Entry, NetworkAcl},
    on_premises::{Host, Site},
    peering_connection::{Options as PeeringOptions, PeeringConnection},
    security_group::{Rule, SecurityGroup},
    target_group::{HealthCheck, TargetGroup},
    vpc::{RouteTable, Subnet, Vpc},
    vpn_gateway::{CustomerGateway, VirtualInterface, VpnConnection, VpnGateway},
};
use crate::input::mapping::table;

/// The name and the table of each mapping, in the page's order.
pub fn reference() -> Vec<(&'static str, String)> {
    vec![
        ("file", table::<File>()),
        ("vpc", table::<Vpc>()),
        ("default-vpc", table::<DefaultVpc>()),
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
        ("command", table::<Program>()),
        ("metadata-options", table::<Options>()),
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
        ("vpn-gateway", table::<VpnGateway>()),
        ("customer-gateway", table::<CustomerGateway>()),
        ("vpn-connection", table::<VpnConnection>()),
        ("private-virtual-interface", table::<VirtualInterface>()),
    ]
}
