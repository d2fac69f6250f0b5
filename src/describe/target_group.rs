//! `describe-target-groups`.

use crate::model::{HealthProtocol, Name, TargetGroup, TargetType, Topology};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.target_groups.iter().map(|(name, group)| {
        let check = &group.health_check;
        let (protocol, path, matcher) = match &check.protocol {
            HealthProtocol::Tcp => ("TCP", Value::Null, Value::Null),
            HealthProtocol::Http { path, matcher } => {
                let codes = matcher.iter().map(|codes| match (codes.start(), codes.end()) {
                    (first, last) if first == last => first.to_string(),
                    (first, last) => format!("{first}-{last}"),
                });
                ("HTTP", json!(path), json!({ "HttpCode": codes.collect::<Vec<_>>().join(",") }))
            }
        };
        json!({
            "Name": group.tag,
            "LogicalId": name,
            "TargetGroupName": group.tag,
            "TargetGroupArn": group.arn,
            "Protocol": group.protocol.as_str(),
            "Port": group.port,
            "VpcId": topology.vpcs[&group.vpc].id,
            "TargetType": target_type(group),
            "HealthCheckProtocol": protocol,
            "HealthCheckPort": check.port.map_or("traffic-port".to_owned(), |port| port.to_string()),
            "HealthCheckPath": path,
            "Matcher": matcher,
            "HealthCheckIntervalSeconds": check.interval.as_secs(),
            "HealthCheckTimeoutSeconds": check.timeout.as_secs(),
            "HealthyThresholdCount": check.healthy_threshold,
            "UnhealthyThresholdCount": check.unhealthy_threshold,
            "LoadBalancerArns": balancers(topology, name),
            "PreserveClientIp": group.preserve_client_ip,
            "DeregistrationDelaySeconds": group.deregistration_delay.as_secs(),
            "Attributes": attributes(group),
        })
    });
    rows.collect()
}

/// `describe-target-group-attributes`.
fn attributes(group: &TargetGroup) -> Vec<Value> {
    let cross_zone =
        group.cross_zone.map_or("use_load_balancer_configuration".to_owned(), |crosses| crosses.to_string());
    let pairs = [
        ("deregistration_delay.connection_termination.enabled", group.terminates_deregistered.to_string()),
        ("deregistration_delay.timeout_seconds", group.deregistration_delay.as_secs().to_string()),
        ("load_balancing.cross_zone.enabled", cross_zone),
        ("preserve_client_ip.enabled", group.preserve_client_ip.to_string()),
        ("proxy_protocol_v2.enabled", group.proxy_protocol.to_string()),
        ("stickiness.enabled", group.is_sticky.to_string()),
        ("stickiness.type", "source_ip".to_owned()),
        ("target_health_state.unhealthy.connection_termination.enabled", group.terminates_unhealthy.to_string()),
    ];
    pairs.into_iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

fn target_type(group: &TargetGroup) -> &'static str {
    match group.target_type {
        TargetType::Instance => "instance",
        TargetType::Ip => "ip",
    }
}

fn balancers<'a>(topology: &'a Topology, group: &Name) -> Vec<&'a str> {
    let uses = |balancer: &&crate::model::LoadBalancer| balancer.listeners.iter().any(|listener| listener.uses(group));
    topology.load_balancers.values().filter(uses).map(|balancer| balancer.arn.as_str()).collect()
}
