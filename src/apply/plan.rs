//! A plan: the steps that make one state of the machine of another, in order.

use super::{
    Step,
    step::{Action, Effect},
};
use crate::spec::NetnsName;
use std::{collections::BTreeSet, fmt};

/// Steps by stage, inside a stage by namespace, inside a namespace in the order in which they must be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
}

/// How many objects a plan adds, changes and removes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// New ones, and everything in new namespaces.
    pub added: usize,
    /// Those that stay, but not as they are.
    pub changed: usize,
    /// Those that go.
    pub removed: usize,
}

impl Plan {
    /// The plan of these steps, which are in the right order for each namespace.
    pub(super) fn new(mut steps: Vec<Step>) -> Self {
        steps.sort_by(|a, b| (a.action.stage(), &a.namespace).cmp(&(b.action.stage(), &b.namespace)));
        Self { steps }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The namespaces that are made.
    pub fn new_namespaces(&self) -> BTreeSet<&NetnsName> {
        self.steps.iter().filter(|step| step.action == Action::AddNamespace).map(|step| &step.namespace).collect()
    }

    /// What it does, in numbers.
    pub fn counts(&self) -> Counts {
        let new = self.new_namespaces();
        let mut counts = Counts::default();
        for step in &self.steps {
            match step.action.effect() {
                Effect::Removes => counts.removed += 1,
                Effect::Changes if !new.contains(&step.namespace) => counts.changed += 1,
                Effect::Adds | Effect::Changes => counts.added += 1,
            }
        }
        counts
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, stage) in self.steps.chunk_by(|a, b| a.action.stage() == b.action.stage()).enumerate() {
            let gap = if position > 0 { "\n" } else { "" };
            writeln!(f, "{gap}# {}", stage[0].action.stage())?;
            stage.iter().try_for_each(|step| writeln!(f, "{step}"))?;
        }
        Ok(())
    }
}
