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
    /// Its secondary CIDRs, in the file's order (VPC-09). None overlaps another or the primary one (VPC-10).
    #[serde(default)]
    pub secondary_cidrs: Vec<Ipv4Net>,
    /// Whether the resolver at base+2 answers (DNS-03).
    pub enable_dns_support: bool,
    /// Whether public names are given to instances (VPC-08, NAME-03).
    pub enable_dns_hostnames: bool,
    /// Its DHCP options; none means the account's default set (VPC-06).
    #[serde(default)]
    pub dhcp_options: Option<Name>,
    /// The table of subnets without one of their own (RT-09).
    pub main_route_table: Name,
    /// The group of interfaces for which none is named (SG-03).
    pub default_security_group: Name,
    /// The network ACL of subnets without one of their own (NACL-03).
    pub default_network_acl: Name,
}

impl Vpc {
    /// All its CIDRs, the primary one first.
    pub fn cidrs(&self) -> impl Iterator<Item = Ipv4Net> + '_ {
        std::iter::once(self.cidr).chain(self.secondary_cidrs.iter().copied())
    }

    /// The CIDR in which a network, or with /32 an address, lies.
    pub fn cidr_of(&self, net: impl Into<Ipv4Net>) -> Option<Ipv4Net> {
        let net = net.into();
        self.cidrs().find(|cidr| cidr.contains(&net))
    }

    /// The id of the association of one of its CIDRs, `vpc-cidr-assoc-…` (VPC-13).
    pub fn association(&self, lab: &str, name: &Name, cidr: Ipv4Net) -> Id {
        Id::derive(lab, "vpc-cidr-assoc", &format!("{name} {cidr}"))
    }

    /// The address of the VPC's resolver: base+2 of the primary CIDR (DNS-01, SUB-04).
    pub fn resolver(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.cidr.network()) + 2)
    }
}
