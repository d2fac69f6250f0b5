//! `describe-listeners` of every load balancer.

use crate::model::{Id, Topology};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let pairs = topology
        .load_balancers
        .iter()
        .flat_map(|(name, balancer)| balancer.listeners.iter().map(move |listener| (name, balancer, listener)));
    let rows = pairs.map(|(name, balancer, listener)| {
        let group = &topology.target_groups[&listener.target_group];
        let logical = format!("{name}/TCP:{}", listener.port);
        let hex = Id::derive(&topology.lab, "listener", &logical);
        json!({
            "Name": format!("TCP:{}", listener.port),
            "LogicalId": logical,
            "ListenerArn": format!("{}/{}", balancer.arn.replace(":loadbalancer/", ":listener/"), &hex.digits()[1..]),
            "LoadBalancerArn": balancer.arn,
            "Protocol": "TCP",
            "Port": listener.port,
            "DefaultActions": [{
                "Type": "forward",
                "TargetGroupArn": group.arn,
                "TargetGroupName": group.tag,
            }],
        })
    });
    rows.collect()
}
