//! What a template says of its own resources where a text is wanted: `CidrIp: !Sub "${Bastion}/32"`, addresses in UserData.
//!
//! AWS makes one resource after the other, so it has each value when the next one needs it. Of a template that is read
//! once more, the texts that were missing the first time come from the lab as it was resolved without them.

use super::{evaluate::Evaluator, scope::Scope};
use crate::{
    input::tree::{Kind, Node},
    model::{Topology, diagnostic::Span},
};
use std::collections::BTreeSet;

/// What an earlier reading came to.
#[derive(Debug, Clone, Copy)]
pub(in crate::input) struct Earlier<'a> {
    /// The lab.
    pub(in crate::input) topology: &'a Topology,
    /// Where it missed texts.
    pub(in crate::input) places: &'a BTreeSet<Span>,
}

/// Puts what was missing into the values of resources.
pub(super) struct Filler<'a> {
    evaluator: Evaluator<'a>,
    places: &'a BTreeSet<Span>,
}

impl<'a> Filler<'a> {
    pub(super) fn new(earlier: Earlier<'a>, scope: &Scope) -> Self {
        Self { evaluator: Evaluator::new(scope.clone(), Some(earlier.topology)), places: earlier.places }
    }

    /// Fills a resource's value, which the properties `said` have. What the lab does not know stays open.
    pub(super) fn fill(&mut self, value: &mut Node, said: &Node) {
        if let Some(told) = self.evaluator.value(said) {
            self.put(value, told);
        }
    }

    fn put(&self, value: &mut Node, told: Node) {
        match (&mut value.kind, told.kind) {
            (Kind::Later(_), kind @ Kind::Scalar { .. }) if self.places.contains(&value.span) => value.kind = kind,
            (Kind::Sequence(items), Kind::Sequence(told)) => {
                items.iter_mut().zip(told).for_each(|(item, told)| self.put(item, told));
            }
            (Kind::Mapping(entries), Kind::Mapping(told)) => {
                entries.iter_mut().zip(told).for_each(|((_, item), (_, told))| self.put(item, told));
            }
            _ => {}
        }
    }
}
