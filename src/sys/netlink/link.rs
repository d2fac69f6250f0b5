//! Links: `ip link`.

use super::{Netlink, Request};
use crate::spec::{LinkName, MacAddress};
use netlink_packet_route::{
    RouteNetlinkMessage,
    link::{
        AfSpecInet, AfSpecUnspec, InfoData, InfoKind, InfoVeth, LinkAttribute, LinkExtentMask, LinkFlags, LinkInfo,
        LinkMessage,
    },
};
use std::{
    io,
    os::fd::{AsRawFd, BorrowedFd},
};

/// One end of a veth pair that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct End<'a> {
    /// Its name.
    pub name: &'a LinkName,
    /// Its Ethernet address.
    pub mac: MacAddress,
    /// Its MTU.
    pub mtu: u32,
}

/// A link as the kernel describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: LinkName,
    /// Its Ethernet address.
    pub mac: Option<MacAddress>,
    /// Its MTU.
    pub mtu: u32,
    /// Whether it is up.
    pub up: bool,
    /// Whether it carries packets, or never will because it is down.
    pub settled: bool,
    /// Whether it answers ARP for others.
    pub proxy_arp: bool,
    /// What it is.
    pub kind: Kind,
}

/// What a link is, as far as this program makes such links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `lo`.
    Loopback,
    /// One end of a veth pair.
    Veth {
        /// The other end's number, in its own namespace.
        peer: u32,
        /// What this namespace calls the other end's; none if it is the same.
        namespace: Option<i32>,
    },
    /// Nothing of ours.
    Other,
}

/// `ip link add NEAR type veth peer name FAR netns …`: both ends at once, the near one up.
/// The far one cannot be brought up before it is there.
pub fn add_veth(near: End<'_>, far: End<'_>, netns: BorrowedFd<'_>) -> Request {
    let mut peer = LinkMessage::default();
    peer.attributes = describe(far);
    peer.attributes.push(LinkAttribute::NetNsFd(netns.as_raw_fd()));
    let mut message = LinkMessage::default();
    bring_up(&mut message);
    message.attributes = describe(near);
    let veth = [LinkInfo::Kind(InfoKind::Veth), LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(peer)))];
    message.attributes.push(LinkAttribute::LinkInfo(veth.into()));
    Request::create(RouteNetlinkMessage::NewLink(message))
}

/// `ip link set NAME mtu MTU up`.
pub fn set(name: &LinkName, mtu: u32) -> Request {
    let mut message = LinkMessage::default();
    bring_up(&mut message);
    message.attributes = vec![LinkAttribute::IfName(name.to_string()), LinkAttribute::Mtu(mtu)];
    Request::plain(RouteNetlinkMessage::SetLink(message))
}

/// `ip link delete NAME`; the other end of a veth pair goes with it.
pub fn delete(name: &LinkName) -> Request {
    let mut message = LinkMessage::default();
    message.attributes = vec![LinkAttribute::IfName(name.to_string())];
    Request::plain(RouteNetlinkMessage::DelLink(message))
}

impl Netlink {
    /// All links of the namespace.
    pub fn links(&mut self) -> io::Result<Vec<Found>> {
        let mut get = LinkMessage::default();
        get.attributes = vec![LinkAttribute::ExtMask(vec![LinkExtentMask::SkipStats])];
        let messages = self.dump(&RouteNetlinkMessage::GetLink(get))?.into_iter();
        Ok(messages
            .filter_map(|message| if let RouteNetlinkMessage::NewLink(link) = message { found(link) } else { None })
            .collect())
    }
}

fn describe(end: End<'_>) -> Vec<LinkAttribute> {
    vec![
        LinkAttribute::IfName(end.name.to_string()),
        LinkAttribute::Address(end.mac.0.into()),
        LinkAttribute::Mtu(end.mtu),
    ]
}

fn bring_up(message: &mut LinkMessage) {
    message.header.flags = LinkFlags::Up;
    message.header.change_mask = LinkFlags::Up;
}

/// What a message says; none if it does not even say a name.
fn found(message: LinkMessage) -> Option<Found> {
    let loopback = message.header.flags.contains(LinkFlags::Loopback);
    let (mut name, mut mac, mut mtu, mut proxy_arp) = (None, None, 0, false);
    let (mut peer, mut namespace, mut is_veth) = (None, None, false);
    for attribute in message.attributes {
        match attribute {
            LinkAttribute::IfName(text) => name = Some(LinkName::new(text)),
            LinkAttribute::Address(bytes) => mac = bytes.try_into().ok().map(MacAddress),
            LinkAttribute::Mtu(bytes) => mtu = bytes,
            LinkAttribute::Link(index) => peer = Some(index),
            LinkAttribute::LinkNetNsId(id) => namespace = Some(id),
            LinkAttribute::LinkInfo(infos) => is_veth = infos.contains(&LinkInfo::Kind(InfoKind::Veth)),
            LinkAttribute::AfSpecUnspec(families) => proxy_arp = families.iter().any(answers_arp),
            _ => {}
        }
    }
    let kind = match peer {
        _ if loopback => Kind::Loopback,
        Some(peer) if is_veth => Kind::Veth { peer, namespace },
        _ => Kind::Other,
    };
    let up = message.header.flags.contains(LinkFlags::Up);
    let settled = !up || message.header.flags.contains(LinkFlags::Running);
    Some(Found { index: message.header.index, name: name?, mac, mtu, up, settled, proxy_arp, kind })
}

/// Whether IPv4's settings of a link say `proxy_arp`.
fn answers_arp(family: &AfSpecUnspec) -> bool {
    let AfSpecUnspec::Inet(settings) = family else { return false };
    settings.iter().any(|setting| matches!(setting, AfSpecInet::DevConf(conf) if conf.proxy_arp != 0))
}
