//! Health checks: each node checks each target that it can use, from its own address (NLB-26).

use super::names;
use crate::{
    model::{HealthProtocol, Listener, Target, TargetGroup, Topology},
    spec::{
        NetnsName,
        service::{CheckId, HealthCheck, Probe},
    },
};
use std::collections::BTreeMap;

pub(super) fn checks(topology: &Topology) -> BTreeMap<CheckId, HealthCheck> {
    let mut checks = BTreeMap::new();
    for balancer in topology.load_balancers.values() {
        let namespace = names::router_netns(&topology.lab, &balancer.vpc);
        let groups = || balancer.listeners.iter().flat_map(Listener::groups);
        for (node, name) in balancer.nodes.iter().flat_map(|node| groups().map(move |name| (node, name))) {
            let group = &topology.target_groups[name];
            let crosses = topology.crosses_zones(balancer, group);
            for target in &group.targets {
                if crosses || topology.subnets[&target.subnet].az == node.az {
                    let id = topology.check_id(name, node, target);
                    checks.insert(id, check(group, target, namespace.clone()));
                }
            }
        }
    }
    checks
}

fn check(group: &TargetGroup, target: &Target, namespace: NetnsName) -> HealthCheck {
    let settings = &group.health_check;
    HealthCheck {
        namespace,
        port: settings.port.unwrap_or(target.port),
        probe: match &settings.protocol {
            HealthProtocol::Tcp => Probe::Tcp,
            HealthProtocol::Http { path, matcher } => Probe::Http { path: path.clone(), matcher: matcher.clone() },
        },
        proxy_protocol: group.proxy_protocol,
        interval: settings.interval,
        timeout: settings.timeout,
        healthy_threshold: settings.healthy_threshold,
        unhealthy_threshold: settings.unhealthy_threshold,
    }
}
