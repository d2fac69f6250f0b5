//! What a file says of instances, their addresses and keys.

use super::{
    super::{Command, MetadataOptions, diagnostic::Spanned},
    Attachment, Label, Ref, Text,
};
use crate::spec::service::Content;
use std::collections::BTreeMap;

/// An elastic IP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElasticIp {
    /// Its name.
    pub label: Label,
    /// Its address; none lets the region choose.
    pub address: Option<Text>,
    /// The instance that has it.
    pub instance: Option<Ref>,
    /// Instead: the network interface that has it.
    pub interface: Option<Ref>,
    /// To which of the interface's private addresses it leads; none means the primary one (EIP-03).
    pub private_ip: Option<Text>,
}

/// A key pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// Its name.
    pub label: Label,
    /// Its `KeyName`; none means the logical name.
    pub key_name: Option<Text>,
    /// Its public key as OpenSSH writes it; none lets the lab make a pair.
    pub public_key: Option<Text>,
}

/// An instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its name.
    pub label: Label,
    /// Its subnet.
    pub subnet: Ref,
    /// Its private address; none lets the subnet choose.
    pub private_ip: Option<Text>,
    /// Whether it gets a public address; none asks the subnet (EIP-01).
    pub public_ip: Option<Spanned<bool>>,
    /// Its groups; none means the VPC's default group.
    pub security_groups: Option<Vec<Ref>>,
    /// What answers HTTP, by port.
    pub httpd: BTreeMap<u16, Spanned<Content>>,
    /// UserData, decoded.
    pub user_data: Option<Text>,
    /// The key pair with which one logs in.
    pub key: Option<Ref>,
    /// The image that it is launched from; none means the lab's own.
    pub image: Option<Spanned<ImageRef>>,
    /// Its type.
    pub instance_type: Option<String>,
    /// What it runs for good, by name.
    pub commands: BTreeMap<String, Command>,
    /// The role whose credentials it is told.
    pub iam_role: Option<Text>,
    /// How its metadata answers.
    pub metadata_options: MetadataOptions,
    /// Its tags other than `Name`.
    pub tags: BTreeMap<String, String>,
    /// Its network interface, if that has a name of its own.
    pub interface: Option<Ref>,
    /// Secondary private addresses of that interface.
    pub secondary_private_ips: Vec<Text>,
    /// How many more the subnet chooses.
    pub secondary_private_ip_count: Option<Spanned<i64>>,
    /// Whether that interface takes and sends only what is its own (ENI-02); default true.
    pub source_dest_check: Option<bool>,
    /// Its other network interfaces.
    pub attachments: Vec<Attachment>,
}

/// The image of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageRef {
    /// One of the lab's images, by its name or id.
    OfLab(String),
    /// Any image: one of the lab's by its id, or one from outside, for which the lab's own stands.
    Any(String),
}
