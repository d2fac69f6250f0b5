//! The VPC that every account has in every region without asking (VPC-17): 172.31.0.0/16 with a default subnet in
//! each zone, an internet gateway, and public addresses for all.
//!
//! A lab has one as soon as its file needs it. It is called `default-vpc`, a name that no logical id of a template
//! can be, and its subnets `default-vpc/a`, `default-vpc/b`, ….

use super::{Az, Id, Name, Region};
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

/// How a lab calls it.
pub const DEFAULT_VPC: &str = "default-vpc";

/// Its CIDR.
pub const DEFAULT_VPC_CIDR: &str = "172.31.0.0/16";

/// The default subnet of a zone.
pub fn default_subnet(az: &Az) -> Name {
    Name::new(format!("{DEFAULT_VPC}/{}", az.letter()))
}

/// Its default security group.
pub fn default_group() -> Name {
    Name::new(format!("{DEFAULT_VPC}/default"))
}

/// The default subnets of a region and their CIDRs, a /20 in each zone.
pub fn default_subnets(region: &Region) -> Vec<(Az, Ipv4Net)> {
    let cidr = |place: usize| {
        let third = u8::try_from(16 * place).expect("a region has fewer than 16 zones");
        Ipv4Net::new(Ipv4Addr::new(172, 31, third, 0), 20).expect("20 is at most 32")
    };
    region.azs().into_iter().enumerate().map(|(place, az)| (az, cidr(place))).collect()
}

/// The ids that a lab's default VPC and its default group have.
pub fn default_ids(lab: &str) -> (Id, Id) {
    (Id::derive(lab, "vpc", DEFAULT_VPC), Id::derive(lab, "sg", default_group().as_str()))
}

/// The id of a default subnet.
pub fn default_subnet_id(lab: &str, az: &Az) -> Id {
    Id::derive(lab, "subnet", default_subnet(az).as_str())
}
