//! What a lab tells whoever brought it up: a template's outputs.

use serde::{Deserialize, Serialize};

/// An output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its value; none if that is of a resource, or an attribute, that the lab does not have.
    pub value: Option<String>,
    /// The name by which other labs import it.
    pub export: Option<String>,
}
