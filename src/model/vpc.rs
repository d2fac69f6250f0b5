//! Virtual private clouds (section 1 of the rules).

use super::{Id, Name, Region};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// A VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpc {
    /// `vpc-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// The account that owns it, twelve digits.
    pub account: String,
    /// Its region.
    pub region: Region,
    /// Its primary CIDR, /16 to /28 (VPC-01), canonical (VPC-02).
    pub cidr: Ipv4Net,
    /// Whether the resolver at base+2 answers (DNS-03).
    pub enable_dns_support: bool,
    /// Whether public names are given to instances (VPC-08, NAME-03).
    pub enable_dns_hostnames: bool,
    /// The table of subnets without one of their own (RT-09).
    pub main_route_table: Name,
    /// The group of interfaces for which none is named (SG-03).
    pub default_security_group: Name,
    /// The network ACL of subnets without one of their own (NACL-03).
    pub default_network_acl: Name,
}

impl Vpc {
    /// The address of the VPC's resolver: base+2 of the primary CIDR (DNS-01, SUB-04).
    pub fn resolver(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.cidr.network()) + 2)
    }
}
