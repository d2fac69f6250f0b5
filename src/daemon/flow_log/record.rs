//! Records: a flow in a window as AWS's line (FL-01, FL-03, FL-06, FL-09).
//!
//! ```text
//! 2 111122223333 eni-00a1b2c3d4e5f6071 10.0.0.10 10.0.1.20 40112 80 6 6 420 1795238400 1795238401 ACCEPT OK
//! 2 111122223333 eni-00a1b2c3d4e5f6071 - - - - - - - 1795238400 1795238460 - NODATA
//! ```

use crate::spec::flow_log::{Field, FlowDirection, LoggedInterface, Seen};
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

/// What a record is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Flow {
    pub(super) seen: Seen,
    /// The packets' source and destination.
    pub(super) addresses: (Ipv4Addr, Ipv4Addr),
    pub(super) ports: (u16, u16),
    pub(super) protocol: u8,
}

/// What is counted of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) packets: u64,
    pub(super) bytes: u64,
    /// Seconds since 1970 of its first packet.
    pub(super) first: u64,
    /// And of its last.
    pub(super) last: u64,
    /// All flags of TCP that came.
    pub(super) flags: u8,
}

/// How a window went in which no flow was counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Status {
    /// There was none.
    NoData,
    /// Some were not counted.
    SkipData,
}

/// An interface, and how records about it are written.
pub(super) struct About<'a> {
    pub(super) format: &'a [Field],
    pub(super) id: &'a str,
    pub(super) interface: &'a LoggedInterface,
    pub(super) services: &'a [(Ipv4Net, String)],
}

/// What a record does not have.
const NONE: &str = "-";

impl About<'_> {
    /// The record of a flow.
    pub(super) fn flow(&self, flow: &Flow, counts: &Counts) -> String {
        self.line(|field| self.of_flow(field, flow, counts))
    }

    /// The record of a window without flows.
    pub(super) fn nothing(&self, status: Status, (began, ended): (u64, u64)) -> String {
        self.line(|field| match field {
            Field::Start => Some(began.to_string()),
            Field::End => Some(ended.to_string()),
            Field::LogStatus => Some(match status {
                Status::NoData => "NODATA".into(),
                Status::SkipData => "SKIPDATA".into(),
            }),
            _ => None,
        })
    }

    fn line(&self, value: impl Fn(Field) -> Option<String>) -> String {
        let values = self.format.iter().map(|field| {
            let value = self.of_interface(*field).or_else(|| value(*field));
            value.unwrap_or_else(|| NONE.to_owned())
        });
        values.collect::<Vec<_>>().join(" ") + "\n"
    }

    /// What is the same in all records of the interface.
    fn of_interface(&self, field: Field) -> Option<String> {
        let interface = self.interface;
        match field {
            Field::Version => self.format.iter().map(|field| field.version()).max().map(|version| version.to_string()),
            Field::AccountId => Some(interface.account.clone()),
            Field::InterfaceId => Some(self.id.to_owned()),
            Field::VpcId => Some(interface.vpc.clone()),
            Field::SubnetId => Some(interface.subnet.clone()),
            Field::InstanceId => interface.instance.clone(),
            Field::Region => Some(interface.region.clone()),
            Field::AzId => Some(interface.az_id.clone()),
            _ => None,
        }
    }

    fn of_flow(&self, field: Field, flow: &Flow, counts: &Counts) -> Option<String> {
        let (source, destination) = self.private(flow);
        let own = self.interface.private_ip;
        let is_out = flow.seen.direction == FlowDirection::Egress;
        Some(match field {
            // Of the interface itself a record has the private address, whatever the packet has (FL-06).
            Field::Srcaddr => if is_out { own } else { source }.to_string(),
            Field::Dstaddr => if is_out { destination } else { own }.to_string(),
            Field::PktSrcaddr => source.to_string(),
            Field::PktDstaddr => destination.to_string(),
            Field::Srcport => flow.ports.0.to_string(),
            Field::Dstport => flow.ports.1.to_string(),
            Field::Protocol => flow.protocol.to_string(),
            Field::Packets => counts.packets.to_string(),
            Field::Bytes => counts.bytes.to_string(),
            Field::Start => counts.first.to_string(),
            Field::End => counts.last.to_string(),
            Field::Action => flow.seen.action().to_owned(),
            Field::LogStatus => "OK".to_owned(),
            Field::TcpFlags => counts.flags.to_string(),
            Field::Type => "IPv4".to_owned(),
            Field::PktSrcAwsService => self.service(source)?,
            Field::PktDstAwsService => self.service(destination)?,
            Field::FlowDirection => flow.seen.direction.as_str().to_owned(),
            Field::TrafficPath if is_out => self.path(destination)?,
            _ => return None,
        })
    }

    /// The packet's addresses as they are inside the VPC.
    fn private(&self, flow: &Flow) -> (Ipv4Addr, Ipv4Addr) {
        let inside = |address| {
            if self.interface.public_ip == Some(address) { self.interface.private_ip } else { address }
        };
        (inside(flow.addresses.0), inside(flow.addresses.1))
    }

    fn service(&self, address: Ipv4Addr) -> Option<String> {
        most_specific(self.services.iter().map(|(net, name)| (*net, name)), address).cloned()
    }

    fn path(&self, destination: Ipv4Addr) -> Option<String> {
        most_specific(self.interface.paths.iter().map(|(net, path)| (*net, path)), destination).map(u8::to_string)
    }
}

fn most_specific<T>(nets: impl Iterator<Item = (Ipv4Net, T)>, address: Ipv4Addr) -> Option<T> {
    nets.filter(|(net, _)| net.contains(&address)).max_by_key(|(net, _)| net.prefix_len()).map(|(_, value)| value)
}
