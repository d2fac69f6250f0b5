//! `describe-load-balancers` of `elbv2`.

use super::hosted_zone;
use crate::model::{LoadBalancer, Scheme, Topology, dns_name};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.load_balancers.iter().map(|(name, balancer)| {
        let scheme = match balancer.scheme {
            Scheme::Internal => "internal",
            Scheme::InternetFacing => "internet-facing",
        };
        let groups = balancer.nodes.first().map(|node| &topology.network_interfaces[&node.interface].security_groups);
        let groups = groups.into_iter().flatten().map(|group| &topology.security_groups[group].id);
        let enforce = if balancer.enforce_security_groups_on_private_link { "on" } else { "off" };
        json!({
            "Name": balancer.tag,
            "LogicalId": name,
            "LoadBalancerName": balancer.tag,
            "LoadBalancerArn": balancer.arn,
            "DNSName": balancer.dns_name,
            "CanonicalHostedZoneId": hosted_zone(topology, "elb"),
            "Scheme": scheme,
            "Type": "network",
            "State": { "Code": "active" },
            "VpcId": topology.vpcs[&balancer.vpc].id,
            "IpAddressType": "ipv4",
            "AvailabilityZones": zones(topology, balancer),
            "SecurityGroups": groups.collect::<Vec<_>>(),
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": enforce,
            "CrossZoneEnabled": balancer.cross_zone,
        })
    });
    rows.collect()
}

fn zones(topology: &Topology, balancer: &LoadBalancer) -> Vec<Value> {
    let zone = |node: &crate::model::Node| {
        let interface = &topology.network_interfaces[&node.interface];
        json!({
            "ZoneName": node.az,
            "SubnetId": topology.subnets[&interface.subnet].id,
            "DnsName": dns_name::load_balancer_zonal(balancer, &node.az),
            "LoadBalancerAddresses": [{
                "IpAddress": interface.public.as_ref().map(|public| public.ip),
                "PrivateIPv4Address": interface.private_ip,
                "AllocationId": interface.public.as_ref().and_then(|public| public.allocation.as_ref()),
            }],
        })
    };
    balancer.nodes.iter().map(zone).collect()
}
