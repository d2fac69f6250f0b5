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
            "Protocol": "TCP",
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
        })
    });
    rows.collect()
}

fn target_type(group: &TargetGroup) -> &'static str {
    match group.target_type {
        TargetType::Instance => "instance",
        TargetType::Ip => "ip",
    }
}

fn balancers<'a>(topology: &'a Topology, group: &Name) -> Vec<&'a str> {
    let uses = |balancer: &&crate::model::LoadBalancer| {
        balancer.listeners.iter().any(|listener| listener.target_group == *group)
    };
    topology.load_balancers.values().filter(uses).map(|balancer| balancer.arn.as_str()).collect()
}
