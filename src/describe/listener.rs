//! `describe-listeners` of every load balancer.

use crate::model::{Id, Listener, Name, Share, Topology};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let pairs = topology
        .load_balancers
        .iter()
        .flat_map(|(name, balancer)| balancer.listeners.iter().map(move |listener| (name, balancer, listener)));
    let rows = pairs.map(|(name, balancer, listener)| {
        let own = listener.name();
        let logical = format!("{name}/{own}");
        let hex = Id::derive(&topology.lab, "listener", &logical);
        let mut described = json!({
            "Name": own,
            "LogicalId": logical,
            "ListenerArn": format!("{}/{}", balancer.arn.replace(":loadbalancer/", ":listener/"), &hex.digits()[1..]),
            "LoadBalancerArn": balancer.arn,
            "Protocol": listener.protocol.as_str(),
            "Port": listener.port,
            "DefaultActions": [action(topology, listener)],
            "Attributes": attributes(listener),
        });
        if let Some(tls) = &listener.tls {
            // A listener shows its default certificate only.
            let arns = tls.certificates.iter().take(1).map(|name| &topology.certificates[name].arn);
            described["Certificates"] = arns.map(|arn| json!({ "CertificateArn": arn })).collect();
            described["SslPolicy"] = json!(tls.policy.as_str());
        }
        described
    });
    rows.collect()
}

/// Several groups have weights.
fn action(topology: &Topology, listener: &Listener) -> Value {
    let group = |name: &Name| &topology.target_groups[name];
    if let [Share { target_group, .. }] = listener.forward.as_slice() {
        let group = group(target_group);
        return json!({ "Type": "forward", "TargetGroupArn": group.arn, "TargetGroupName": group.tag });
    }
    let groups = listener
        .forward
        .iter()
        .map(|share| json!({ "TargetGroupArn": group(&share.target_group).arn, "Weight": share.weight }));
    json!({ "Type": "forward", "ForwardConfig": { "TargetGroups": groups.collect::<Vec<_>>() } })
}

/// `describe-listener-attributes` (NLB-18).
fn attributes(listener: &Listener) -> Vec<Value> {
    let seconds = listener.idle_timeout.as_secs().to_string();
    let tcp = listener.protocol.has_tcp().then(|| json!({ "Key": "tcp.idle_timeout.seconds", "Value": seconds }));
    tcp.into_iter().collect()
}
