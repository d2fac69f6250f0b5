//! Links and their addresses.

use super::{LinkName, NetnsName};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An Ethernet address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MacAddress(pub [u8; 6]);

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// A link, always up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What the link is.
    pub kind: LinkKind,
    /// Its MTU in bytes; 0 for one that is down, which is only ever observed, never desired.
    pub mtu: u32,
}

/// What a link is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkKind {
    /// `lo`, which the kernel makes.
    Loopback,
    /// One end of a veth pair. Both ends stand in the spec, each in its namespace and naming the other.
    Veth {
        /// This end's own Ethernet address.
        mac: MacAddress,
        /// The namespace of the other end.
        peer_namespace: NetnsName,
        /// The other end.
        peer: LinkName,
        /// Answer ARP at once for addresses that lie behind other links (`proxy_arp`, `proxy_delay=0`).
        proxy_arp: bool,
    },
}

/// An address on a link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Address {
    /// The link.
    pub link: LinkName,
    /// Address and prefix length; host bits are set.
    pub net: Ipv4Net,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} dev {}", self.net, self.link)
    }
}
