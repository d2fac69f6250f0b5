//! What the command line adds to a file: a lab's name, and what a template cannot say by itself.

use super::cloudformation::Parameters;
use std::collections::BTreeMap;

/// What is known beside the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The lab's name, which is the name of a template's stack.
    pub lab: String,
    /// The region of a template; none means the first one. A file of the native format names its own.
    pub region: Option<String>,
    /// Values of a template's parameters.
    pub parameters: Parameters,
    /// What `Fn::ImportValue` finds: the exports of other labs.
    pub imports: BTreeMap<String, String>,
    /// Whether what is not mirrored is left out with a warning, instead of refused.
    pub allow_unsupported: bool,
}

impl Options {
    /// For a lab, and nothing else said.
    pub fn of_lab(lab: impl Into<String>) -> Self {
        Self { lab: lab.into(), ..Self::default() }
    }
}
