//! `health`: the state of a target group's targets, as `vpcns show target-health` has it (NLB-24).

use super::context::{Attempt, Context};
use crate::{
    describe::{self, Kind},
    model::Topology,
    spec::service::Health,
};
use serde_json::Value;

/// The targets of a group, or the one of `GROUP/TARGET`, with their states.
pub(super) fn states(topology: &Topology, health: &Health, of: &str) -> Vec<(String, String)> {
    let objects = describe::resources(Kind::TargetHealth, topology, health);
    let text = |object: &Value, path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let targets = objects.iter().map(|object| (text(object, "/LogicalId"), text(object, "/TargetHealth/State")));
    let is_of = |name: &str| {
        name == of
            || name
                .strip_prefix(of)
                .is_some_and(|rest| rest.starts_with('/') && topology.target_groups.contains_key(of))
    };
    targets.filter(|(name, _)| is_of(name)).collect()
}

/// Each of the targets is in this state.
pub(super) fn health(context: &Context<'_>, of: &str, expected: &str) -> Attempt {
    let states = states(context.topology, &context.health(), of);
    if states.is_empty() {
        return Err(format!("`{of}` has no targets"));
    }
    let unlike = states.iter().filter(|(_, state)| state != expected);
    let wrong: Vec<_> =
        unlike.map(|(name, state)| format!("expected that {name} is {expected}, not {state}")).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
