//! Names that the kernel accepts: network namespaces and links.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A network namespace's name, `LAB.HOST`, as in `ip netns list`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NetnsName(String);

impl NetnsName {
    /// The namespace of `host` in `lab`. Both were validated as names when the file was read.
    pub fn new(lab: &str, host: &str) -> Self {
        Self(format!("{lab}.{host}"))
    }

    /// The whole name, `LAB.HOST`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NetnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A link's name, at most 15 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkName(String);

impl LinkName {
    /// The longest name that the kernel takes (`IFNAMSIZ` less the closing zero).
    pub const MAX: usize = 15;

    /// Takes `name` as it is.
    ///
    /// # Panics
    /// If it is longer than [`LinkName::MAX`]: only `compile::names` makes names, and it never does.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        assert!(name.len() <= Self::MAX, "link name `{name}` is too long for the kernel");
        Self(name)
    }

    /// The loopback link.
    pub fn lo() -> Self {
        Self("lo".into())
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
