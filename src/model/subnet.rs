//! Subnets (section 2 of the rules).

use super::{Az, Id, Name};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    /// `subnet-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// Its VPC.
    pub vpc: Name,
    /// Its CIDR, inside the VPC's.
    pub cidr: Ipv4Net,
    /// Its availability zone (SUB-06).
    pub az: Az,
    /// The zone's id, the same in all accounts (SUB-06).
    pub az_id: String,
    /// The route table that its interfaces use: an associated one, or the VPC's main one (SUB-11).
    pub route_table: Name,
    /// The network ACL at its border: an associated one, or the VPC's default one (NACL-08).
    pub network_acl: Name,
    /// Whether instances launched here get a public address without asking (SUB-09).
    pub map_public_ip_on_launch: bool,
}

impl Subnet {
    /// The VPC router's address in the subnet: base+1 (SUB-05).
    pub fn router(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.cidr.network()) + 1)
    }

    /// Whether AWS keeps the address for itself: the first four and the last (SUB-03).
    pub fn is_reserved(&self, address: Ipv4Addr) -> bool {
        let offset = u32::from(address).wrapping_sub(u32::from(self.cidr.network()));
        offset < 4 || address == self.cidr.broadcast()
    }
}
