//! `describe-vpc-endpoints` (OUT-02): DNS names, the regional one first (VPCE-12).

use super::{groups, hosted_zone};
use crate::model::{Endpoint, Name, Topology, dns_name};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.endpoints.iter().map(|(name, endpoint)| {
        let interfaces = || endpoint.interfaces.values().map(|interface| &topology.network_interfaces[interface]);
        let of_first = interfaces().next().map_or(&[][..], |first| &first.security_groups);
        json!({
            "Name": endpoint.tag,
            "LogicalId": name,
            "VpcEndpointId": endpoint.id,
            "VpcEndpointType": "Interface",
            "VpcId": topology.vpcs[&endpoint.vpc].id,
            "ServiceName": topology.endpoint_services[&endpoint.service].service_name,
            "State": endpoint.state.as_str(),
            "SubnetIds": interfaces().map(|one| &topology.subnets[&one.subnet].id).collect::<Vec<_>>(),
            "Groups": groups(topology, of_first),
            "IpAddressType": "ipv4",
            "PrivateDnsEnabled": false,
            "RequesterManaged": false,
            "NetworkInterfaceIds": interfaces().map(|one| &one.id).collect::<Vec<_>>(),
            "DnsEntries": dns_entries(topology, name, endpoint),
            "OwnerId": topology.vpcs[&endpoint.vpc].account,
        })
    });
    rows.collect()
}

/// `[{DnsName, HostedZoneId}]`: the regional name, then one per zone (VPCE-12, SVC-18).
pub(super) fn dns_entries(topology: &Topology, name: &Name, endpoint: &Endpoint) -> Vec<Value> {
    let regional = dns_name::endpoint_regional(topology, name);
    let zonal = endpoint.interfaces.keys().map(|az| dns_name::endpoint_zonal(topology, name, az));
    let entry = |name| json!({ "DnsName": name, "HostedZoneId": hosted_zone(topology, "vpce") });
    std::iter::once(regional).chain(zonal).map(entry).collect()
}
