//! Addresses of links: `ip address`.

use super::{FAMILY, Netlink, Request};
use crate::spec::{Address, LinkName};
use ipnet::Ipv4Net;
use netlink_packet_route::{
    RouteNetlinkMessage,
    address::{AddressAttribute, AddressMessage},
};
use rtnetlink::AddressMessageBuilder;
use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, Ipv4Addr},
};

/// `ip address replace NET dev INDEX`.
pub fn add(net: Ipv4Net, index: u32) -> Request {
    Request::replace(RouteNetlinkMessage::NewAddress(message(net, index)))
}

/// `ip address delete NET dev INDEX`.
pub fn delete(net: Ipv4Net, index: u32) -> Request {
    Request::plain(RouteNetlinkMessage::DelAddress(message(net, index)))
}

impl Netlink {
    /// The IPv4 addresses of these links. `lo`'s own 127.0.0.1/8 comes and goes with it and is not told.
    pub fn addresses(&mut self, links: &BTreeMap<u32, LinkName>) -> io::Result<Vec<Address>> {
        let mut get = AddressMessage::default();
        get.header.family = FAMILY;
        let messages = self.dump(&RouteNetlinkMessage::GetAddress(get))?.into_iter();
        Ok(messages
            .filter_map(|message| found(&message, links))
            .filter(|found| !found.net.addr().is_loopback())
            .collect())
    }
}

fn message(net: Ipv4Net, index: u32) -> AddressMessage {
    AddressMessageBuilder::<Ipv4Addr>::new().index(index).address(net.addr(), net.prefix_len()).build()
}

fn found(message: &RouteNetlinkMessage, links: &BTreeMap<u32, LinkName>) -> Option<Address> {
    let RouteNetlinkMessage::NewAddress(message) = message else { return None };
    let link = links.get(&message.header.index)?.clone();
    let local = message.attributes.iter().find_map(|attribute| match attribute {
        AddressAttribute::Local(IpAddr::V4(address)) => Some(*address),
        _ => None,
    })?;
    Some(Address { link, net: Ipv4Net::new(local, message.header.prefix_len).ok()? })
}
