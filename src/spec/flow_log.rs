//! Flow logs: of which interfaces a router tells the daemon each packet, and which records the daemon makes of that.

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::Ipv4Addr,
};

/// The group of the kernel's packet log in which a router tells of packets.
pub const GROUP: u16 = 1;

/// How many bytes of a packet are told: the IPv4 header with all its options, and of TCP's the flags.
pub const HEADERS: u32 = 76;

/// What is logged in one namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlowTap {
    /// The interfaces that some log is about, by their ids.
    pub interfaces: BTreeMap<String, LoggedInterface>,
    /// The logs, by their names.
    pub logs: BTreeMap<String, FlowLog>,
    /// The public networks of AWS's services, with the names that records have for them.
    pub services: Vec<(Ipv4Net, String)>,
}

/// What records say of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedInterface {
    /// The account that owns it.
    pub account: String,
    /// The VPC's id.
    pub vpc: String,
    /// The subnet's.
    pub subnet: String,
    /// The instance's, if it is one's.
    pub instance: Option<String>,
    /// The region.
    pub region: String,
    /// The id of the availability zone.
    pub az_id: String,
    /// Its private address.
    pub private_ip: Ipv4Addr,
    /// Its public address, which no record has (FL-06).
    pub public_ip: Option<Ipv4Addr>,
    /// The ways out, by destination; the most specific decides (FL-09).
    pub paths: Vec<(Ipv4Net, u8)>,
}

/// A flow log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowLog {
    /// Which traffic.
    pub traffic: Traffic,
    /// The fields of a record, in order.
    pub format: Vec<Field>,
    /// The longest time that a record is about, in seconds (FL-04).
    pub interval: u32,
    /// The ids of its interfaces.
    pub interfaces: BTreeSet<String>,
}

/// Which traffic a flow log is about (FL-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Traffic {
    /// What passes, and what does not.
    All,
    /// What security groups and network ACLs let pass.
    Accept,
    /// What one of them refuses.
    Reject,
}

impl Traffic {
    /// All of them.
    pub const EVERY: [Self; 3] = [Self::All, Self::Accept, Self::Reject];

    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Accept => "ACCEPT",
            Self::Reject => "REJECT",
        }
    }

    /// Whether the log is about what passes, or about what is refused.
    pub fn is_about(self, accepted: bool) -> bool {
        match self {
            Self::All => true,
            Self::Accept => accepted,
            Self::Reject => !accepted,
        }
    }
}

/// Whether a packet leaves its interface or comes to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlowDirection {
    /// It comes to the interface.
    Ingress,
    /// It leaves the interface.
    Egress,
}

impl FlowDirection {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

/// What a router says of a packet, beside the packet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// At which interface, by its id.
    pub interface: String,
    /// Which way.
    pub direction: FlowDirection,
    /// Whether it passed there.
    pub accepted: bool,
}

impl Seen {
    /// The words in the kernel's log, again as what they mean.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let interface = words.next()?.to_owned();
        let direction = match words.next()? {
            "ingress" => FlowDirection::Ingress,
            "egress" => FlowDirection::Egress,
            _ => return None,
        };
        let accepted = match words.next()? {
            "ACCEPT" => true,
            "REJECT" => false,
            _ => return None,
        };
        Some(Self { interface, direction, accepted })
    }

    /// AWS's word for whether it passed.
    pub fn action(&self) -> &'static str {
        if self.accepted { Traffic::Accept.as_str() } else { Traffic::Reject.as_str() }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.interface, self.direction.as_str(), self.action())
    }
}

/// A field of a record (FL-01, FL-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "they are AWS's own names")]
pub enum Field {
    Version,
    AccountId,
    InterfaceId,
    Srcaddr,
    Dstaddr,
    Srcport,
    Dstport,
    Protocol,
    Packets,
    Bytes,
    Start,
    End,
    Action,
    LogStatus,
    VpcId,
    SubnetId,
    InstanceId,
    TcpFlags,
    Type,
    PktSrcaddr,
    PktDstaddr,
    Region,
    AzId,
    SublocationType,
    SublocationId,
    PktSrcAwsService,
    PktDstAwsService,
    FlowDirection,
    TrafficPath,
}

/// Each field with AWS's name and the version that brought it.
const FIELDS: [(Field, &str, u8); 29] = [
    (Field::Version, "version", 2),
    (Field::AccountId, "account-id", 2),
    (Field::InterfaceId, "interface-id", 2),
    (Field::Srcaddr, "srcaddr", 2),
    (Field::Dstaddr, "dstaddr", 2),
    (Field::Srcport, "srcport", 2),
    (Field::Dstport, "dstport", 2),
    (Field::Protocol, "protocol", 2),
    (Field::Packets, "packets", 2),
    (Field::Bytes, "bytes", 2),
    (Field::Start, "start", 2),
    (Field::End, "end", 2),
    (Field::Action, "action", 2),
    (Field::LogStatus, "log-status", 2),
    (Field::VpcId, "vpc-id", 3),
    (Field::SubnetId, "subnet-id", 3),
    (Field::InstanceId, "instance-id", 3),
    (Field::TcpFlags, "tcp-flags", 3),
    (Field::Type, "type", 3),
    (Field::PktSrcaddr, "pkt-srcaddr", 3),
    (Field::PktDstaddr, "pkt-dstaddr", 3),
    (Field::Region, "region", 4),
    (Field::AzId, "az-id", 4),
    (Field::SublocationType, "sublocation-type", 4),
    (Field::SublocationId, "sublocation-id", 4),
    (Field::PktSrcAwsService, "pkt-src-aws-service", 5),
    (Field::PktDstAwsService, "pkt-dst-aws-service", 5),
    (Field::FlowDirection, "flow-direction", 5),
    (Field::TrafficPath, "traffic-path", 5),
];

impl Field {
    /// All fields, in AWS's order.
    pub fn all() -> impl Iterator<Item = Self> {
        FIELDS.iter().map(|(field, ..)| *field)
    }

    /// Those of a record without a format of its own (FL-01).
    pub fn default_format() -> Vec<Self> {
        FIELDS.iter().filter(|(.., version)| *version == 2).map(|(field, ..)| *field).collect()
    }

    /// The field that AWS calls so.
    pub fn parse(name: &str) -> Option<Self> {
        FIELDS.iter().find(|(_, known, _)| *known == name).map(|(field, ..)| *field)
    }

    /// AWS's name.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// The version of the format that brought it.
    pub fn version(self) -> u8 {
        self.row().2
    }

    fn row(self) -> &'static (Self, &'static str, u8) {
        FIELDS.iter().find(|(field, ..)| *field == self).expect("every field has a row")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_row_and_the_default_is_version_2_fl_01() {
        assert!(Field::all().all(|field| Field::parse(field.as_str()) == Some(field)));
        let names: Vec<_> = Field::default_format().into_iter().map(Field::as_str).collect();
        let aws = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end \
                   action log-status";
        assert_eq!(names.join(" "), aws);
    }

    #[test]
    fn what_a_router_says_is_understood() {
        let seen = Seen { interface: "eni-0a".into(), direction: FlowDirection::Egress, accepted: false };
        assert_eq!(seen.to_string(), "eni-0a egress REJECT");
        assert_eq!(Seen::parse(&seen.to_string()), Some(seen));
        assert_eq!(Seen::parse("eni-0a sideways REJECT"), None);
    }
}
