//! Network ACLs (section 8 of the rules).

use super::{Id, Line, Name, Protocol};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

/// A network ACL: judges every packet that crosses its subnets' border, and knows no connections (NACL-01).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAcl {
    /// `acl-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// Its VPC.
    pub vpc: Name,
    /// What comes in, by ascending number; what no entry says is denied (NACL-02).
    pub inbound: Vec<NetworkAclEntry>,
    /// What goes out.
    pub outbound: Vec<NetworkAclEntry>,
}

/// One entry (NACL-04). The first that means a packet decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAclEntry {
    /// Its number, 1 to 32766.
    pub number: u16,
    /// Which packets: protocol, and destination ports or ICMP type and code.
    pub protocol: Protocol,
    /// The other side's addresses.
    pub cidr: Ipv4Net,
    /// What becomes of them.
    pub action: Action,
    /// Where the file says it.
    #[serde(default)]
    pub line: Line,
}

/// What becomes of packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// They pass.
    Allow,
    /// They vanish.
    Deny,
}

impl NetworkAclEntry {
    /// Entry 100 of a default network ACL: everything passes (NACL-03).
    pub fn allow_all() -> Self {
        let (protocol, cidr) = (Protocol::All, Ipv4Net::default());
        Self { number: 100, protocol, cidr, action: Action::Allow, line: Line::default() }
    }
}

impl NetworkAcl {
    /// Whether entries let everything pass, whatever comes after the first.
    pub fn is_open(entries: &[NetworkAclEntry]) -> bool {
        entries.first().is_some_and(|first| {
            first.action == Action::Allow && first.protocol == Protocol::All && first.cidr == Ipv4Net::default()
        })
    }
}
