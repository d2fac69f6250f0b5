//! Instances.

use super::{Id, Name};
use crate::spec::service::Content;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An instance. Its logical name is its host name in `LAB.HOST`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// `i-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// Its network interface.
    pub interface: Name,
    /// What answers HTTP on it, by TCP port.
    pub httpd: BTreeMap<u16, Content>,
    /// UserData: what it runs at its first boot (IMDS-09).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_data: Option<String>,
    /// The key pair with which `ec2-user` logs in (NAME-09).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_pair: Option<Name>,
}
