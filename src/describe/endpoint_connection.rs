//! `describe-vpc-endpoint-connections` (OUT-03): what the provider sees of the endpoints.

use super::endpoint::dns_entries;
use crate::model::{Provider, Topology};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.endpoints.iter().filter_map(|(name, endpoint)| {
        let Provider::EndpointService { service, load_balancer } = &endpoint.provider else { return None };
        Some(json!({
            "Name": endpoint.tag,
            "LogicalId": name,
            "ServiceId": topology.endpoint_services[service].id,
            "VpcEndpointId": endpoint.id,
            "VpcEndpointOwner": topology.vpcs[&endpoint.vpc].account,
            "VpcEndpointState": endpoint.state.as_str(),
            "DnsEntries": dns_entries(topology, name, endpoint),
            "NetworkLoadBalancerArns": [topology.load_balancers[load_balancer].arn],
            "IpAddressType": "ipv4",
        }))
    });
    rows.collect()
}
