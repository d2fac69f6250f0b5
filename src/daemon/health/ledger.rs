//! All that the daemon knows of its targets: the state of each check, and who drains until when (NLB-25, NLB-27).
//!
//! Pure: results, new checks and the time come in, and what `compile` needs goes out.

use super::state::{State, Target};
use crate::{
    model::{TargetGroup, Topology},
    spec::service::{CheckId, Draining, Health, HealthCheck},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// The state of all targets.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// What was said before there was a ledger; a check takes from it when it begins.
    remembered: Health,
    targets: BTreeMap<CheckId, (HealthCheck, Target)>,
    draining: BTreeSet<Draining>,
}

impl Ledger {
    /// A ledger that goes on from what was last known.
    pub(crate) fn new(last: Health) -> Self {
        Self { draining: last.draining.clone(), remembered: last, targets: BTreeMap::new() }
    }

    /// Takes over a new set of checks. A check that stays keeps its state; with other settings its thresholds
    /// begin anew.
    pub(crate) fn set_checks(&mut self, checks: &BTreeMap<CheckId, HealthCheck>) {
        let mut before = std::mem::take(&mut self.targets);
        let remembered = std::mem::take(&mut self.remembered);
        let target = |id: &CheckId, check: &HealthCheck| match before.remove(id) {
            Some((same, target)) if same == *check => target,
            Some((_, target)) => Target::new(target.state),
            None if remembered.healthy.contains(id) => Target::new(State::Healthy),
            None if remembered.unhealthy.contains(id) => Target::new(State::Unhealthy),
            None => Target::new(State::Initial),
        };
        let mut target = target;
        self.targets = checks.iter().map(|(id, check)| (id.clone(), (check.clone(), target(id, check)))).collect();
    }

    /// Lets what was taken out of its target group drain, and stops draining what is in one again.
    pub(crate) fn move_targets(&mut self, old: &Topology, new: &Topology, now: u64) {
        self.draining.extend(deregistered(&old.target_groups, &new.target_groups, now));
        self.draining.retain(|target| {
            let group = new.target_groups.get(target.target_group.as_str());
            group.is_some_and(|group| !registered(group).contains(&(target.target, target.port)))
        });
    }

    /// Takes in the result of a check, and says whether that changed the target's state. Results of checks that
    /// are no more are nothing.
    pub(crate) fn record(&mut self, id: &CheckId, passed: bool) -> bool {
        self.targets.get_mut(id).is_some_and(|(check, target)| target.record(passed, check))
    }

    /// Forgets who has drained by `now`, and says whether that was anybody.
    pub(crate) fn expire(&mut self, now: u64) -> bool {
        let before = self.draining.len();
        self.draining.retain(|target| target.until > now);
        self.draining.len() < before
    }

    /// When the next target will have drained.
    pub(crate) fn next_expiry(&self) -> Option<u64> {
        self.draining.iter().map(|target| target.until).min()
    }

    /// What is known now.
    pub(crate) fn health(&self) -> Health {
        let in_state = |state| {
            let targets = self.targets.iter().filter(move |(_, (_, target))| target.state == state);
            targets.map(|(id, _)| id.clone()).collect()
        };
        Health {
            healthy: in_state(State::Healthy),
            unhealthy: in_state(State::Unhealthy),
            draining: self.draining.clone(),
        }
    }
}

type Groups = BTreeMap<crate::model::Name, TargetGroup>;

/// Targets that left their group. A group that is gone as a whole leaves nothing to drain to.
fn deregistered(old: &Groups, new: &Groups, now: u64) -> BTreeSet<Draining> {
    let mut left = BTreeSet::new();
    for (name, group) in new {
        let delay = group.deregistration_delay.as_secs();
        let before = old.get(name).map(registered).unwrap_or_default();
        let gone = before.difference(&registered(group)).copied().collect::<Vec<_>>();
        let drain = |(target, port)| Draining { target_group: name.to_string(), target, port, until: now + delay };
        left.extend(gone.into_iter().filter(|_| delay > 0).map(drain));
    }
    left
}

fn registered(group: &TargetGroup) -> BTreeSet<(Ipv4Addr, u16)> {
    group.targets.iter().map(|target| (target.ip, target.port)).collect()
}

#[cfg(test)]
mod tests;
