//! IAM roles in a draft.

use super::{Label, Text};

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub label: Label,
    /// Its `RoleName`; none means the logical name.
    pub role_name: Option<Text>,
    /// Its path; none means `/`.
    pub path: Option<Text>,
    /// Its inline policies.
    pub policies: Vec<RolePolicy>,
    /// The managed policies of the file that are attached to it.
    pub customer_policies: Vec<RolePolicy>,
    /// AWS managed policies that are attached to it, by name or ARN.
    pub managed_policies: Vec<Text>,
}

/// A policy of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolePolicy {
    /// Its name.
    pub name: Text,
    /// Its text, JSON.
    pub document: Text,
}
