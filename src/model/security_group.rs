//! Security groups (section 7 of the rules).

use super::{Id, Line, Name, PrefixListRef};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// A security group. Rules only allow (SG-01).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// `sg-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// The group's own name, unique in its VPC; `default` for the default one (SG-03, SG-19).
    pub group_name: String,
    /// What it is for.
    pub description: String,
    /// Its VPC.
    pub vpc: Name,
    /// Who may open connections to a member.
    pub inbound: Vec<SecurityGroupRule>,
    /// To whom a member may open connections.
    pub outbound: Vec<SecurityGroupRule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroupRule {
    /// What passes.
    pub protocol: Protocol,
    /// From or to whom.
    pub peer: Peer,
    /// What it is for.
    pub description: Option<String>,
    /// Where the file says it.
    #[serde(default)]
    pub line: Line,
}

/// Protocol and ports of a rule (SG-15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Everything; AWS's `-1`.
    All,
    /// TCP to these ports.
    Tcp(RangeInclusive<u16>),
    /// UDP to these ports.
    Udp(RangeInclusive<u16>),
    /// ICMP of a type and code; none means any.
    Icmp {
        /// The type, such as 8 for echo request.
        kind: Option<u8>,
        /// The code.
        code: Option<u8>,
    },
    /// Another protocol, by number.
    Number(u8),
}

/// The other side of a rule (SG-09).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    /// Addresses.
    Cidr(Ipv4Net),
    /// The private addresses of a group's members (SG-10).
    Group(Name),
    /// The networks of a prefix list.
    PrefixList(PrefixListRef),
}
