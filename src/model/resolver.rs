//! Route 53 Resolver: the ways in and out of a VPC's resolver (section 12 of the rules).

use super::{Id, Name};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddrV4},
};

/// A Resolver endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolverEndpoint {
    /// `rslvr-in-…` or `rslvr-out-…`.
    pub id: Id,
    /// Its name in AWS.
    pub tag: String,
    /// Its VPC.
    pub vpc: Name,
    /// Which way.
    pub direction: ResolverDirection,
    /// Its network interfaces.
    pub interfaces: Vec<Name>,
}

/// Which way queries go through a Resolver endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ResolverDirection {
    /// To the VPC's resolver (DNS-14).
    Inbound,
    /// From the VPC's resolver (DNS-15).
    Outbound,
}

impl ResolverDirection {
    /// AWS's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            ResolverDirection::Inbound => "INBOUND",
            ResolverDirection::Outbound => "OUTBOUND",
        }
    }
}

/// A Resolver rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolverRule {
    /// `rslvr-rr-…`.
    pub id: Id,
    /// Its name in AWS.
    pub tag: String,
    /// The names that it is for: those in this domain; without a final dot, so `.` is empty.
    pub domain: String,
    /// What becomes of them.
    pub action: ResolverAction,
    /// The VPCs in which it holds.
    pub vpcs: BTreeSet<Name>,
}

/// What becomes of the names that a rule is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResolverAction {
    /// These servers are asked, from the addresses of an outbound endpoint.
    Forward {
        /// The endpoint.
        endpoint: Name,
        /// The servers.
        to: Vec<SocketAddrV4>,
    },
    /// The VPC's resolver answers, as if there were no rule for a larger domain.
    System,
}

/// The DNS server of a site on premises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteDns {
    /// The host on which it runs.
    pub host: Name,
    /// The site's own zone: its domain and records.
    pub zone: Option<(String, super::RecordSets)>,
    /// Domains for which other servers are asked, the root as an empty one.
    pub forward: Vec<(String, Vec<Ipv4Addr>)>,
}
