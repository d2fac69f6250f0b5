//! The parts of keys and values of sets and maps, and their types.

use super::Verdict;
use crate::spec::LinkName;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// The type of a part of a key, or of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    /// A link's name.
    Ifname,
    /// An IPv4 address, or a network as an interval.
    Ipv4Addr,
    /// A transport protocol's number.
    InetProto,
    /// A port, or a range of them as an interval.
    InetService,
    /// An ICMP type.
    IcmpType,
    /// An ICMP code.
    IcmpCode,
    /// A packet mark.
    Mark,
    /// Which way a packet goes: as its connection's first one, 0, or back, 1.
    CtDir,
    /// What becomes of the packet.
    Verdict,
}

impl Type {
    /// nft's own name of the type.
    pub fn as_str(self) -> &'static str {
        match self {
            Type::Ifname => "ifname",
            Type::Ipv4Addr => "ipv4_addr",
            Type::InetProto => "inet_proto",
            Type::InetService => "inet_service",
            Type::IcmpType => "icmp_type",
            Type::IcmpCode => "icmp_code",
            Type::Mark => "mark",
            Type::CtDir => "ct_dir",
            Type::Verdict => "verdict",
        }
    }
}

/// One part of a key, or a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// A link's name.
    Ifname(LinkName),
    /// A network; one address is a `/32`.
    Net(Ipv4Net),
    /// A number: a protocol, an ICMP type or code, a mark.
    Number(u32),
    /// Ports, or ICMP types or codes, from the first to the last, both included.
    Range(u16, u16),
    /// What becomes of the packet.
    Verdict(Verdict),
}

impl Part {
    /// One address.
    pub fn address(address: Ipv4Addr) -> Self {
        Part::Net(Ipv4Net::from(address))
    }

    /// One port.
    pub fn port(port: u16) -> Self {
        Part::Range(port, port)
    }
}
