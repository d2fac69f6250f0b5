//! `describe-vpc-endpoint-service-configurations` (SVC-01 to SVC-05, SVC-21).

use crate::model::{Principal, Topology, dns_name};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.endpoint_services.iter().map(|(name, service)| {
        let balancers = || service.load_balancers.iter().map(|balancer| &topology.load_balancers[balancer]);
        let mut zones: Vec<_> = balancers().flat_map(|balancer| balancer.nodes.iter().map(|node| &node.az)).collect();
        zones.sort();
        zones.dedup();
        let principals = service.allowed_principals.iter().map(|principal| match principal {
            Principal::Everybody => "*".to_owned(),
            Principal::Service(name) => name.clone(),
            Principal::Account(account) => format!("arn:aws:iam::{account}:root"),
        });
        json!({
            "Name": service.tag,
            "LogicalId": name,
            "ServiceType": [{ "ServiceType": "Interface" }],
            "ServiceId": service.id,
            "ServiceName": service.service_name,
            "ServiceState": "Available",
            "AvailabilityZones": zones,
            "AcceptanceRequired": service.acceptance_required,
            "ManagesVpcEndpoints": false,
            "NetworkLoadBalancerArns": balancers().map(|balancer| &balancer.arn).collect::<Vec<_>>(),
            "SupportedIpAddressTypes": ["ipv4"],
            "BaseEndpointDnsNames": [dns_name::endpoint_service_base(topology, name)],
            "AllowedPrincipals": principals.collect::<Vec<_>>(),
        })
    });
    rows.collect()
}
