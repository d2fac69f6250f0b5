//! Instances.

use super::{Id, MetadataOptions, Name};
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
    /// Its other tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Its network interface.
    pub interface: Name,
    /// Its other network interfaces by their device index: 1 is `eth1` (ENI-10).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub further_interfaces: BTreeMap<u16, Name>,
    /// The lab's image that it is launched from; none means the lab's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Name>,
    /// The id of an image outside of the lab, for which the lab's own stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ami: Option<String>,
    /// Its type; none means the smallest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// What answers HTTP on it, by TCP port.
    pub httpd: BTreeMap<u16, Content>,
    /// UserData: what it runs at its first boot (IMDS-09).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_data: Option<String>,
    /// The key pair with which `ec2-user` logs in (NAME-09).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_pair: Option<Name>,
    /// What it runs for good, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commands: BTreeMap<String, Command>,
    /// The role whose credentials its metadata tells (IMDS-07).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iam_role: Option<String>,
    /// How its metadata answers (IMDS-02 to IMDS-04).
    #[serde(default, skip_serializing_if = "MetadataOptions::is_default")]
    pub metadata_options: MetadataOptions,
}

impl Instance {
    /// All its network interfaces with their device indices, the first one first.
    pub fn interfaces(&self) -> impl Iterator<Item = (u16, &Name)> {
        let further = self.further_interfaces.iter().map(|(index, name)| (*index, name));
        std::iter::once((0, &self.interface)).chain(further)
    }

    /// Its type.
    pub fn instance_type(&self) -> &str {
        self.instance_type.as_deref().unwrap_or("t2.micro")
    }
}

/// A command that runs in an instance until the lab ends, or the file drops it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The account that it runs as.
    pub user: String,
}
