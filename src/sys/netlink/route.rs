//! Routes: `ip route`.

use super::{FAMILY, Indexes, Netlink, Request};
use crate::spec::{Hop, LinkName, Route};
use ipnet::Ipv4Net;
use netlink_packet_route::{
    RouteNetlinkMessage,
    route::{RouteAddress, RouteAttribute, RouteFlags, RouteMessage, RouteProtocol, RouteScope, RouteType},
};
use rtnetlink::RouteMessageBuilder;
use std::{collections::BTreeMap, io, net::Ipv4Addr};

/// The kernel's table of the namespace's own addresses.
const LOCAL_TABLE: u32 = 255;

/// `ip route replace …`; none if its link is not there.
pub fn add(route: &Route, links: &Indexes) -> Option<Request> {
    let mut message = message(route, links)?;
    (message.header.kind, message.header.scope) = match route.hop {
        Hop::Link(_) => (RouteType::Unicast, RouteScope::Link),
        Hop::Gateway(..) => (RouteType::Unicast, RouteScope::Universe),
        Hop::Blackhole => (RouteType::BlackHole, RouteScope::Universe),
    };
    Some(Request::replace(RouteNetlinkMessage::NewRoute(message)))
}

/// `ip route delete …`, of whatever kind the route is; none if its link is not there.
pub fn delete(route: &Route, links: &Indexes) -> Option<Request> {
    let mut message = message(route, links)?;
    message.header.scope = RouteScope::NoWhere;
    message.header.kind = RouteType::Unspec;
    message.header.protocol = RouteProtocol::Unspec;
    Some(Request::plain(RouteNetlinkMessage::DelRoute(message)))
}

impl Netlink {
    /// The IPv4 routes that somebody made. The kernel's own are not told, nor those out of links that are not given.
    pub fn routes(&mut self, links: &BTreeMap<u32, LinkName>) -> io::Result<Vec<Route>> {
        let mut get = RouteMessage::default();
        get.header.address_family = FAMILY;
        let messages = self.dump(&RouteNetlinkMessage::GetRoute(get))?.into_iter();
        Ok(messages.filter_map(|message| found(&message, links)).collect())
    }
}

/// What adding and deleting have in common.
fn message(route: &Route, links: &Indexes) -> Option<RouteMessage> {
    let message = RouteMessageBuilder::<Ipv4Addr>::new()
        .table_id(route.table)
        .destination_prefix(route.destination.network(), route.destination.prefix_len());
    Some(match &route.hop {
        Hop::Link(link) => message.output_interface(*links.get(link)?).build(),
        Hop::Gateway(via, link) => message.gateway(*via).output_interface(*links.get(link)?).build(),
        Hop::Blackhole => message.build(),
    })
}

/// What a message says. Kinds of route that the spec does not know (`unreachable`, several hops) show as the
/// nearest that it knows; where they differ from what is wanted, they are replaced.
fn found(message: &RouteNetlinkMessage, links: &BTreeMap<u32, LinkName>) -> Option<Route> {
    let RouteNetlinkMessage::NewRoute(message) = message else { return None };
    let header = &message.header;
    if header.flags.contains(RouteFlags::Cloned) {
        return None; // what the kernel learned of a path, its MTU for example
    }
    let (mut table, mut destination) = (u32::from(header.table), Ipv4Addr::UNSPECIFIED);
    let (mut gateway, mut link) = (None, None);
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Table(number) => table = *number,
            RouteAttribute::Destination(RouteAddress::Inet(address)) => destination = *address,
            RouteAttribute::Gateway(RouteAddress::Inet(address)) => gateway = Some(*address),
            RouteAttribute::Oif(index) => link = Some(links.get(index)?.clone()),
            _ => {}
        }
    }
    if header.protocol == RouteProtocol::Kernel || table == LOCAL_TABLE {
        return None;
    }
    let hop = match (gateway, link) {
        (Some(gateway), Some(link)) => Hop::Gateway(gateway, link),
        (None, Some(link)) => Hop::Link(link),
        (_, None) => Hop::Blackhole,
    };
    Some(Route { table, destination: Ipv4Net::new(destination, header.destination_prefix_length).ok()?, hop })
}
