//! The resources of one kind that are known so far, and the looking up of references to them.

use super::{
    super::{
        Name,
        diagnostic::{Diagnostics, did_you_mean},
        draft::Ref,
    },
    deletion,
};
use std::collections::{BTreeMap, BTreeSet};

/// The resources of one kind.
pub(super) struct Known<T> {
    kind: &'static str,
    good: BTreeMap<Name, T>,
    /// Names whose resource is wrong, which has been reported.
    bad: BTreeSet<Name>,
    /// Names of those that run.
    running: BTreeSet<Name>,
}

impl<T> Known<T> {
    /// None yet; some may run.
    pub(super) fn new(kind: &'static str, running: Option<&BTreeMap<Name, T>>) -> Self {
        let running = running.into_iter().flat_map(BTreeMap::keys).cloned().collect();
        Self { kind, good: BTreeMap::new(), bad: BTreeSet::new(), running }
    }

    /// Adds a resource; `None` if it turned out wrong.
    pub(super) fn insert(&mut self, name: &Ref, resource: Option<T>, found: &mut Diagnostics) {
        if self.good.contains_key(&name.value) || self.bad.contains(&name.value) {
            found.push(name.span, format!("there are two {}s called `{}`", self.kind, name.value));
            return;
        }
        match resource {
            Some(resource) => _ = self.good.insert(name.value.clone(), resource),
            None => _ = self.bad.insert(name.value.clone()),
        }
    }

    /// Adds a resource that AWS makes by itself.
    pub(super) fn insert_own(&mut self, name: Name, resource: T) {
        self.good.insert(name, resource);
    }

    /// Whether the name is taken, by a right or a wrong resource.
    pub(super) fn contains(&self, name: &Name) -> bool {
        self.good.contains_key(name) || self.bad.contains(name)
    }

    /// What a reference leads to. Nothing there is reported, unless the resource itself was: as AWS does if the
    /// resource runs and this is the last of it.
    pub(super) fn find(&self, reference: &Ref, found: &mut Diagnostics) -> Option<&T> {
        let resource = self.good.get(&reference.value);
        if resource.is_none() && !self.bad.contains(&reference.value) {
            if self.running.contains(&reference.value)
                && let Some((message, hint)) = deletion::refusal(self.kind, &reference.value)
            {
                found.push_with_hint(reference.span, message, hint);
                return None;
            }
            let message = format!("there is no {} `{}`", self.kind, reference.value);
            match did_you_mean(reference.value.as_str(), self.good.keys().map(Name::as_str)) {
                Some(hint) => found.push_with_hint(reference.span, message, hint),
                None if self.good.is_empty() => found.push(reference.span, message),
                None => found.push_with_hint(reference.span, message, self.some_names()),
            }
        }
        resource
    }

    /// A resource that is known to be there.
    pub(super) fn get(&self, name: &Name) -> Option<&T> {
        self.good.get(name)
    }

    pub(super) fn get_mut(&mut self, name: &Name) -> Option<&mut T> {
        self.good.get_mut(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Name, &T)> {
        self.good.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&Name, &mut T)> {
        self.good.iter_mut()
    }

    pub(super) fn into_map(self) -> BTreeMap<Name, T> {
        self.good
    }

    fn some_names(&self) -> String {
        let names: Vec<_> = self.good.keys().take(8).map(|name| format!("`{name}`")).collect();
        let more = if self.good.len() > names.len() { ", …" } else { "" };
        format!("there is {}{more}", names.join(", "))
    }
}
