//! Logical names: how the file calls its resources.

use serde::{Deserialize, Serialize};
use std::{borrow::Borrow, fmt};

/// A resource's logical name, unique among the resources of its kind: `bastion`, `consumer/private`.
///
/// What lies inside a VPC carries the VPC's name before a slash in the native format; CloudFormation's
/// logical ids have no slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Takes `name` as it is; the characters were checked when the file was read.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the last slash: `private` of `consumer/private`.
    pub fn last(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}
