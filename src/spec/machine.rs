//! What an instance is besides its namespace: what its view is made for.

use super::NetnsName;
use serde::{Deserialize, Serialize};

/// An instance as a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The instance's name, by which the lab keeps things of it.
    pub host: String,
    /// Its network namespace.
    pub netns: NetnsName,
    /// What it calls itself.
    pub host_name: String,
    /// The region whose AWS its programs use, if it is a machine of AWS's.
    #[serde(default)]
    pub region: Option<String>,
    /// What it runs at its first boot.
    pub user_data: Option<String>,
    /// The public key that lets its user in: a line of `authorized_keys`.
    pub public_key: Option<String>,
    /// The lab's images of which it is launched, the uppermost first.
    pub layers: Vec<String>,
}
