//! What a file says of network interfaces that are resources of their own.

use super::{super::diagnostic::Spanned, Label, Ref, Text};

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkInterface {
    /// Its name.
    pub label: Label,
    /// Its subnet.
    pub subnet: Ref,
    /// Its primary private address; none lets the subnet choose.
    pub private_ip: Option<Text>,
    /// Its secondary private addresses, as far as the file names them.
    pub secondary_private_ips: Vec<Text>,
    /// How many more the subnet chooses.
    pub secondary_private_ip_count: Option<Spanned<i64>>,
    /// Its groups; none means the VPC's default group.
    pub security_groups: Option<Vec<Ref>>,
    /// Default true.
    pub source_dest_check: Option<bool>,
}

/// A network interface of an instance, other than the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its place: 1 is `eth1`.
    pub device_index: Spanned<i64>,
    /// The interface.
    pub interface: Ref,
}
