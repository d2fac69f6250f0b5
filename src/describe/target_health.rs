//! `describe-target-health` of every target group (NLB-24, NLB-25).
//!
//! AWS shows one state per target, while each load balancer node checks for itself: a target is
//! `healthy` as soon as one node says so, `unhealthy` once all say so, and `initial` until then.

use crate::{
    model::{LoadBalancer, Name, Target, TargetGroup, Topology},
    spec::service::{CheckId, Health},
};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology, health: &Health) -> Vec<Value> {
    let rows = topology.target_groups.iter().flat_map(|(name, group)| {
        let registered = group.targets.iter().map(move |target| {
            let state = state(topology, health, (name, group), target);
            object(topology, (name, group), (&target.id, target.port), (Some(target), state))
        });
        let is_gone = move |ip, port| !group.targets.iter().any(|target| target.ip == ip && target.port == port);
        let draining = health
            .draining
            .iter()
            .filter(move |draining| draining.target_group == name.as_str() && is_gone(draining.target, draining.port));
        let draining = draining.map(move |draining| {
            let id = deregistered_id(topology, group, draining.target);
            object(topology, (name, group), (&id, draining.port), (None, State::Draining))
        });
        registered.chain(draining).collect::<Vec<_>>()
    });
    rows.collect()
}

/// Whether every target has had its first health check.
pub fn is_settled(topology: &Topology, health: &Health) -> bool {
    let is_initial = |object: &Value| object.pointer("/TargetHealth/State").and_then(Value::as_str) == Some("initial");
    !describe(topology, health).iter().any(is_initial)
}

/// The state of a target, with AWS's reasons and descriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Initial,
    Healthy,
    Unhealthy,
    NotReceiving,
    ZoneNotEnabled,
    Draining,
}

impl State {
    fn to_json(self) -> Value {
        let (state, reason, description) = match self {
            State::Healthy => return json!({ "State": "healthy" }),
            State::Initial => ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress"),
            State::Unhealthy => ("unhealthy", "Target.FailedHealthChecks", "Health checks failed"),
            State::NotReceiving => (
                "unused",
                "Target.NotInUse",
                "Target group is not configured to receive traffic from the load balancer",
            ),
            State::ZoneNotEnabled => (
                "unused",
                "Target.NotInUse",
                "Target is in an Availability Zone that is not enabled for the load balancer",
            ),
            State::Draining => ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"),
        };
        json!({ "State": state, "Reason": reason, "Description": description })
    }
}

fn state(topology: &Topology, health: &Health, (name, group): (&Name, &TargetGroup), target: &Target) -> State {
    let uses = |balancer: &&LoadBalancer| balancer.listeners.iter().any(|listener| listener.uses(name));
    let balancers: Vec<_> = topology.load_balancers.values().filter(uses).collect();
    if balancers.is_empty() {
        return State::NotReceiving;
    }
    let az = &topology.subnets[&target.subnet].az;
    let checks: Vec<_> = balancers
        .into_iter()
        .flat_map(|balancer| {
            let crosses = topology.crosses_zones(balancer, group);
            balancer.nodes.iter().filter(move |node| crosses || node.az == *az)
        })
        .map(|node| CheckId {
            target_group: name.as_str().to_owned(),
            target: target.ip,
            port: target.port,
            node: topology.network_interfaces[&node.interface].private_ip,
        })
        .collect();
    if checks.is_empty() {
        State::ZoneNotEnabled
    } else if checks.iter().any(|check| health.healthy.contains(check)) {
        State::Healthy
    } else if checks.iter().all(|check| health.unhealthy.contains(check)) {
        State::Unhealthy
    } else {
        State::Initial
    }
}

fn object(
    topology: &Topology,
    (name, group): (&Name, &TargetGroup),
    (id, port): (&str, u16),
    (target, state): (Option<&Target>, State),
) -> Value {
    let who = target.and_then(|target| target.instance.as_ref()).map_or(id, |instance| instance.as_str());
    let check_port = group.health_check.port.unwrap_or(port);
    json!({
        "Name": who,
        "LogicalId": format!("{name}/{who}"),
        "TargetGroupArn": group.arn,
        "Target": {
            "Id": id,
            "Port": port,
            "AvailabilityZone": target.map(|target| &topology.subnets[&target.subnet].az),
        },
        "HealthCheckPort": check_port.to_string(),
        "TargetHealth": state.to_json(),
    })
}

/// The id that a deregistered target had: its instance's, if the group holds instances.
fn deregistered_id(topology: &Topology, group: &TargetGroup, ip: std::net::Ipv4Addr) -> String {
    let instance = topology.instances.values().find(|instance| {
        let interface = &topology.network_interfaces[&instance.interface];
        interface.private_ip == ip && interface.vpc == group.vpc
    });
    let is_instance = group.target_type == crate::model::TargetType::Instance;
    instance.filter(|_| is_instance).map_or_else(|| ip.to_string(), |instance| instance.id.to_string())
}
