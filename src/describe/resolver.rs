//! `list-resolver-endpoints` with their addresses and `list-resolver-rules` with their VPCs (DNS-14, DNS-15).

use super::groups;
use crate::model::{ResolverAction, Topology};
use serde_json::{Value, json};

pub(super) fn describe_endpoints(topology: &Topology) -> Vec<Value> {
    let rows = topology.resolver_endpoints.iter().map(|(name, endpoint)| {
        let interfaces: Vec<_> = endpoint.interfaces.iter().map(|name| &topology.network_interfaces[name]).collect();
        let addresses = interfaces.iter().map(|interface| {
            json!({
                "IpId": format!("rni-{}", interface.id.digits()),
                "SubnetId": topology.subnets[&interface.subnet].id,
                "Ip": interface.private_ip,
                "Status": "ATTACHED",
            })
        });
        let groups = interfaces.first().map(|interface| groups(topology, &interface.security_groups));
        let ids = groups.into_iter().flatten().map(|group| group["GroupId"].clone());
        json!({
            "Name": endpoint.tag,
            "LogicalId": name,
            "Id": endpoint.id,
            "Direction": endpoint.direction,
            "Status": "OPERATIONAL",
            "HostVPCId": topology.vpcs[&endpoint.vpc].id,
            "IpAddressCount": interfaces.len(),
            "IpAddresses": addresses.collect::<Vec<_>>(),
            "SecurityGroupIds": ids.collect::<Vec<_>>(),
            "ResolverEndpointType": "IPV4",
        })
    });
    rows.collect()
}

pub(super) fn describe_rules(topology: &Topology) -> Vec<Value> {
    let rows = topology.resolver_rules.iter().map(|(name, rule)| {
        let (kind, endpoint, targets) = match &rule.action {
            ResolverAction::System => ("SYSTEM", None, Vec::new()),
            ResolverAction::Forward { endpoint, to } => {
                let targets = to.iter().map(|to| json!({ "Ip": to.ip(), "Port": to.port() })).collect();
                ("FORWARD", Some(&topology.resolver_endpoints[endpoint].id), targets)
            }
        };
        json!({
            "Name": rule.tag,
            "LogicalId": name,
            "Id": rule.id,
            "DomainName": format!("{}.", rule.domain),
            "RuleType": kind,
            "Status": "COMPLETE",
            "ResolverEndpointId": endpoint,
            "TargetIps": targets,
            "VPCIds": rule.vpcs.iter().map(|vpc| &topology.vpcs[vpc].id).collect::<Vec<_>>(),
        })
    });
    rows.collect()
}
