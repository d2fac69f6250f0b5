//! IAM roles, as which instances call AWS's services.

use super::id;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A role that the file declares. One that is only named by an instance has no policies and may do everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// `AROA…`.
    pub id: String,
    /// `RoleName`, by which instances name it.
    pub role_name: String,
    /// Its path, most often `/`.
    pub path: String,
    /// Its inline policies by their names, JSON.
    pub policies: BTreeMap<String, String>,
    /// The managed policies of the file that are attached to it, by their names, JSON.
    pub customer_policies: BTreeMap<String, String>,
    /// The names of AWS managed policies that are attached to it.
    pub managed_policies: BTreeSet<String>,
}

impl Role {
    /// The id of the role of this name, declared or not.
    pub fn id(lab: &str, role_name: &str) -> String {
        format!("AROA{}", id::hex(lab, "role", role_name).to_uppercase())
    }

    /// Its ARN in an account.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.role_name)
    }
}
