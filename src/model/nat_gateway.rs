//! NAT gateways (section 6 of the rules).

use super::{Id, Name};
use serde::{Deserialize, Serialize};

/// A NAT gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatGateway {
    /// `nat-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// Its VPC.
    pub vpc: Name,
    /// Its subnet, by whose route table it sends (NAT-15).
    pub subnet: Name,
    /// Whether it has an elastic IP.
    pub connectivity: Connectivity,
    /// Its network interface (NAT-17).
    pub interface: Name,
}

/// To where a NAT gateway leads (NAT-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connectivity {
    /// To the internet: it has an elastic IP.
    Public,
    /// To other networks, from its private address.
    Private,
}

impl Connectivity {
    /// AWS's word: `public` or `private`.
    pub fn as_str(self) -> &'static str {
        match self {
            Connectivity::Public => "public",
            Connectivity::Private => "private",
        }
    }
}
