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
use rtnetlink::{LinkMessageBuilder, LinkUnspec, LinkVeth};
use std::{
    collections::BTreeMap,
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

/// What passed a link since it was made, in bytes without their Ethernet headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Into the namespace.
    pub received: u64,
    /// Out of it.
    pub sent: u64,
}

/// The length of an Ethernet header.
const HEADER: u64 = 14;

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
    let peer = describe(LinkMessageBuilder::<LinkUnspec>::default(), far).setns_by_fd(netns.as_raw_fd()).build();
    let veth = LinkMessageBuilder::<LinkVeth>::new_with_info_kind(InfoKind::Veth)
        .set_info_data(InfoData::Veth(InfoVeth::Peer(peer)))
        .up();
    Request::create(RouteNetlinkMessage::NewLink(describe(veth, near).build()))
}

/// `ip link set NAME mtu MTU up`.
pub fn set(name: &LinkName, mtu: u32) -> Request {
    Request::plain(RouteNetlinkMessage::SetLink(LinkUnspec::new_with_name(name.as_str()).mtu(mtu).up().build()))
}

/// `ip link delete NAME`; the other end of a veth pair goes with it.
pub fn delete(name: &LinkName) -> Request {
    Request::plain(RouteNetlinkMessage::DelLink(LinkUnspec::new_with_name(name.as_str()).build()))
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

    /// One link, as it is at once: for this question, unlike for that of all links, the kernel (6.7 and later) first does
    /// what it would else do for the link up to a second later, such as beginning to carry.
    pub fn link(&mut self, index: u32) -> io::Result<Option<Found>> {
        let mut get = LinkMessage::default();
        get.header.index = index;
        get.attributes = vec![LinkAttribute::ExtMask(vec![LinkExtentMask::SkipStats])];
        let answers = self.ask(RouteNetlinkMessage::GetLink(get), 0)?;
        let link = |answer| if let RouteNetlinkMessage::NewLink(link) = answer { found(link) } else { None };
        Ok(answers.into_iter().find_map(link))
    }

    /// What has passed each link.
    pub fn counters(&mut self) -> io::Result<BTreeMap<LinkName, Counters>> {
        let messages = self.dump(&RouteNetlinkMessage::GetLink(LinkMessage::default()))?.into_iter();
        Ok(messages
            .filter_map(|message| if let RouteNetlinkMessage::NewLink(link) = message { counters(link) } else { None })
            .collect())
    }
}

/// One queue is what a pair uses anyway; asked for none, the kernel makes one a core, and then waits for all cores until it
/// has put the others out of use, which takes longer than all else about a pair.
fn describe<T>(link: LinkMessageBuilder<T>, end: End<'_>) -> LinkMessageBuilder<T> {
    link.name(end.name.as_str())
        .address(end.mac.0.into())
        .mtu(end.mtu)
        .append_extra_attribute(LinkAttribute::NumTxQueues(1))
        .append_extra_attribute(LinkAttribute::NumRxQueues(1))
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

/// The counters of a message.
fn counters(message: LinkMessage) -> Option<(LinkName, Counters)> {
    let (mut name, mut counters) = (None, None);
    for attribute in message.attributes {
        match attribute {
            LinkAttribute::IfName(text) => name = Some(LinkName::new(text)),
            LinkAttribute::Stats64(stats) => {
                let without = |bytes: u64, packets: u64| bytes.saturating_sub(HEADER * packets);
                let received = without(stats.rx_bytes, stats.rx_packets);
                counters = Some(Counters { received, sent: without(stats.tx_bytes, stats.tx_packets) });
            }
            _ => {}
        }
    }
    Some((name?, counters?))
}

/// Whether IPv4's settings of a link say `proxy_arp`.
fn answers_arp(family: &AfSpecUnspec) -> bool {
    let AfSpecUnspec::Inet(settings) = family else { return false };
    settings.iter().any(|setting| matches!(setting, AfSpecInet::DevConf(conf) if conf.proxy_arp != 0))
}
