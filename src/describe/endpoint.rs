//! `describe-vpc-endpoints` of both types (OUT-01, OUT-02): DNS names, the regional one first (VPCE-12).

use super::{groups, hosted_zone};
use crate::model::{Endpoint, GatewayEndpoint, Name, Provider, Topology, dns_name};
use serde_json::{Value, json};

/// What AWS gives an endpoint to a service of its own (GWE-13, VPCE-30).
const FULL_ACCESS: &str =
    r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let interface = topology.endpoints.iter().map(|(name, endpoint)| (name, interface(topology, name, endpoint)));
    let gateway = topology.gateway_endpoints.iter().map(|(name, endpoint)| (name, gateway(topology, name, endpoint)));
    let mut rows: Vec<_> = interface.chain(gateway).collect();
    rows.sort_by_key(|(name, _)| *name);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn interface(topology: &Topology, name: &Name, endpoint: &Endpoint) -> Value {
    let interfaces = || endpoint.interfaces.values().map(|interface| &topology.network_interfaces[interface]);
    let of_first = interfaces().next().map_or(&[][..], |first| &first.security_groups);
    let mut row = json!({
        "Name": endpoint.tag,
        "LogicalId": name,
        "VpcEndpointId": endpoint.id,
        "VpcEndpointType": "Interface",
        "VpcId": topology.vpcs[&endpoint.vpc].id,
        "ServiceName": service_name(topology, endpoint),
        "State": endpoint.state.as_str(),
        "SubnetIds": interfaces().map(|one| &topology.subnets[&one.subnet].id).collect::<Vec<_>>(),
        "Groups": groups(topology, of_first),
        "IpAddressType": "ipv4",
        "PrivateDnsEnabled": endpoint.private_dns_enabled,
        "RequesterManaged": false,
        "NetworkInterfaceIds": interfaces().map(|one| &one.id).collect::<Vec<_>>(),
        "DnsEntries": dns_entries(topology, name, endpoint),
        "OwnerId": topology.vpcs[&endpoint.vpc].account,
    });
    if endpoint.aws_service().is_some() {
        row["PolicyDocument"] = json!(endpoint.policy.as_deref().unwrap_or(FULL_ACCESS));
    }
    row
}

fn gateway(topology: &Topology, name: &Name, endpoint: &GatewayEndpoint) -> Value {
    let tables = endpoint.route_tables.iter().map(|table| &topology.route_tables[table].id);
    json!({
        "Name": endpoint.tag,
        "LogicalId": name,
        "VpcEndpointId": endpoint.id,
        "VpcEndpointType": "Gateway",
        "VpcId": topology.vpcs[&endpoint.vpc].id,
        "ServiceName": endpoint.service.service_name(topology.region_of(&endpoint.vpc)),
        "State": "available",
        "PolicyDocument": endpoint.policy.as_deref().unwrap_or(FULL_ACCESS),
        "RouteTableIds": tables.collect::<Vec<_>>(),
        "SubnetIds": [],
        "Groups": [],
        "PrivateDnsEnabled": false,
        "RequesterManaged": false,
        "NetworkInterfaceIds": [],
        "DnsEntries": [],
        "OwnerId": topology.vpcs[&endpoint.vpc].account,
    })
}

fn service_name(topology: &Topology, endpoint: &Endpoint) -> String {
    match &endpoint.provider {
        Provider::EndpointService { service, .. } => topology.endpoint_services[service].service_name.clone(),
        Provider::Aws(service) => service.service_name(topology.region_of(&endpoint.vpc)),
    }
}

/// `[{DnsName, HostedZoneId}]`: the regional name, then one per zone, then the service's own if it has private DNS
/// (VPCE-12, SVC-18).
pub(super) fn dns_entries(topology: &Topology, name: &Name, endpoint: &Endpoint) -> Vec<Value> {
    let regional = dns_name::endpoint_regional(topology, name);
    let zonal = endpoint.interfaces.keys().map(|az| dns_name::endpoint_zonal(topology, name, az));
    let entry = |name| json!({ "DnsName": name, "HostedZoneId": hosted_zone(topology, "vpce") });
    let private = dns_name::endpoint_private(topology, endpoint).into_iter().map(|private| {
        let zone = hosted_zone(topology, &format!("{name} {private}"));
        json!({ "DnsName": private, "HostedZoneId": zone })
    });
    std::iter::once(regional).chain(zonal).map(entry).chain(private).collect()
}
