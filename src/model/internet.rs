//! The public internet of a lab: who is on it beside the VPCs. All lies in 203.0.113.0/24, which is kept for
//! documentation and belongs to nobody.

use std::net::Ipv4Addr;

/// The internet's router in the laptop's network.
pub const ROUTER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);

/// `laptop`, somebody's machine.
pub const LAPTOP: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);

/// Public DNS.
pub const PUBLIC_DNS: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 53);

/// The mirror of Ubuntu's packages, from which instances with a way to the internet install (IMDS-11).
pub const PACKAGES: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 80);

/// The hosts that can be reached, and what they are called.
pub const HOSTS: [(Ipv4Addr, &str); 3] = [(LAPTOP, "laptop"), (PUBLIC_DNS, "public DNS"), (PACKAGES, "package mirror")];
