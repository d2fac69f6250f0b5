//! Which lints a file silences: `lints: { allow: [NAME] }`, and in a template's metadata
//! `Metadata: { vpcns: { allow: [NAME] } }`.

use super::{
    check::of_metadata,
    decode::{Decode, OneOrMany},
    mapping::mapping,
    tree::Node,
};
use crate::model::{diagnostic::Diagnostics, draft::Text};

mapping! {
    pub(in crate::input),
    /// What a file says of lints.
    struct Lints = "a mapping of `allow`" {
        /// Lints that find nothing in this file, by name: `[unused-security-group]`. [lints.md](lints.md) names them all.
        allow: Option<OneOrMany<Text>>,
    }
}

impl Lints {
    /// The names.
    pub(super) fn names(self) -> Vec<Text> {
        self.allow.map_or(Vec::new(), |OneOrMany(names)| names)
    }
}

/// The lints that a template's metadata silence.
pub(super) fn of_template(root: &Node, notes: &mut Diagnostics) -> Vec<Text> {
    let allow = of_metadata(root, "allow").map(|node| OneOrMany::<Text>::decode(node, notes));
    allow.map_or(Vec::new(), |OneOrMany(names)| names)
}
