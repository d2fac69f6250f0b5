//! What the sections of a file are lowered into: the draft, and what is wrong on the way.

use crate::model::{
    diagnostic::Diagnostics,
    draft::{Draft, Label, Ref},
};
use std::path::Path;

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
