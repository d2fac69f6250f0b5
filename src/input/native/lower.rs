//! What the sections of a file are lowered into: the draft, and what is wrong on the way.

use crate::model::{
    diagnostic::{Diagnostics, Span},
    draft::{Draft, Label, Ref},
};
use std::{collections::BTreeMap, path::Path};

/// The draft so far.
pub(super) struct Lowering<'a> {
    /// What has been written.
    pub(super) draft: Draft,
    /// What is wrong.
    pub(super) notes: Diagnostics,
    /// Where relative paths begin.
    pub(super) directory: &'a Path,
}

/// A name and its tag.
pub(super) fn label(name: Ref, tag: Option<String>) -> Label {
    Label { name, tag }
}

impl Lowering<'_> {
    /// Notes names that two resources of a kind have: one of them was made on the way, such as a subnet's own
    /// route table or a listener's own target group, for the keys of one mapping differ already.
    pub(super) fn note_doubles(&mut self) {
        let draft = &self.draft;
        let notes = &mut self.notes;
        doubles("route tables", draft.route_tables.iter().map(|table| &table.label), notes);
        doubles("internet gateways", draft.internet_gateways.iter().map(|gateway| &gateway.label), notes);
        doubles("elastic IPs", draft.elastic_ips.iter().map(|address| &address.label), notes);
        doubles("target groups", draft.target_groups.iter().map(|group| &group.label), notes);
    }
}

fn doubles<'a>(kind: &str, labels: impl Iterator<Item = &'a Label>, notes: &mut Diagnostics) {
    let mut places: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for label in labels {
        places.entry(label.name.value.as_str()).or_default().push(label.name.span);
    }
    for (name, mut places) in places {
        places.sort();
        for place in &places[1..] {
            notes.push_with_hint(*place, format!("two {kind} are called `{name}`"), "give one of them another name");
        }
    }
}
