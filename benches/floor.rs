//! The kernel's floor: the same namespaces, veth pairs, addresses and routes as a lab has, and nothing else, by
//! pipelined netlink in one thread. Link numbers are chosen here, so that nothing is ever asked; each namespace gets its
//! links in as few sends as there are hundreds of them, and its addresses and routes in one.

use ipnet::Ipv4Net;
use netlink_packet_core::{NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NetlinkMessage, NetlinkPayload};
use netlink_packet_route::{
    RouteNetlinkMessage,
    link::{InfoData, InfoKind, InfoVeth, LinkAttribute},
    route::{RouteMessage, RouteScope, RouteType},
};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use nix::{
    mount::{MntFlags, MsFlags, umount2},
    sched::CloneFlags,
};
use rtnetlink::{AddressMessageBuilder, LinkMessageBuilder, LinkUnspec, LinkVeth, RouteMessageBuilder};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::Ipv4Addr,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
    thread,
};
use vpcns::spec::{Hop, Link, LinkKind, LinkName, Namespace, NetnsName, Route, Spec};

const DIRECTORY: &str = "/run/floor";
/// Requests in one send.
const CHUNK: usize = 128;

/// A namespace that was made: its file, its socket to the kernel, the numbers of its links.
struct Made {
    file: File,
    socket: Socket,
    indexes: BTreeMap<LinkName, u32>,
}

/// Makes it all, on a thread of its own, which ends in one of the namespaces.
pub(crate) fn make(spec: &Spec) {
    fs::create_dir_all(DIRECTORY).unwrap();
    thread::scope(|scope| scope.spawn(|| on_this_thread(spec)).join().unwrap());
}

/// Takes the names away; the kernel does the rest.
pub(crate) fn remove(spec: &Spec) {
    for name in spec.namespaces.keys() {
        umount2(&path(name), MntFlags::MNT_DETACH).unwrap();
        fs::remove_file(path(name)).unwrap();
    }
}

fn on_this_thread(spec: &Spec) {
    let mut made: BTreeMap<_, _> =
        spec.namespaces.iter().map(|(name, namespace)| (name, create(name, namespace))).collect();
    for (name, namespace) in &spec.namespaces {
        let requests: Vec<_> =
            namespace.links.iter().filter_map(|(link, is)| veth(spec, &made, (name, link), is)).collect();
        send(&mut made.get_mut(name).unwrap().socket, &requests);
    }
    for (name, namespace) in &spec.namespaces {
        let made = made.get_mut(name).unwrap();
        let mut requests: Vec<_> = namespace
            .links
            .keys()
            .map(|link| RouteNetlinkMessage::SetLink(LinkUnspec::new_with_index(made.indexes[link]).up().build()))
            .collect();
        requests
            .extend(namespace.addresses.iter().map(|address| add_address(address.net, made.indexes[&address.link])));
        requests.extend(namespace.routes.iter().map(|route| add_route(route, &made.indexes)));
        send(&mut made.socket, &requests);
    }
}

#[expect(clippy::disallowed_methods, reason = "the floor is what the kernel takes, without the product's own code")]
fn create(name: &NetnsName, namespace: &Namespace) -> Made {
    let path = path(name);
    nix::sched::unshare(CloneFlags::CLONE_NEWNET).unwrap();
    File::create(&path).unwrap();
    nix::mount::mount(Some("/proc/thread-self/ns/net"), &path, None::<&str>, MsFlags::MS_BIND, None::<&str>).unwrap();
    let mut socket = Socket::new(NETLINK_ROUTE).unwrap();
    socket.bind_auto().unwrap();
    socket.connect(&SocketAddr::new(0, 0)).unwrap();
    socket.set_cap_ack(true).unwrap();
    let others = namespace.links.keys().filter(|link| **link != LinkName::lo()).cloned();
    let indexes = std::iter::once(LinkName::lo()).chain(others).zip(1..).collect();
    Made { file: File::open(path).unwrap(), socket, indexes }
}

/// The request for a pair, from the end whose namespace has more links.
fn veth(
    spec: &Spec,
    made: &BTreeMap<&NetnsName, Made>,
    (name, link): (&NetnsName, &LinkName),
    is: &Link,
) -> Option<RouteNetlinkMessage> {
    let LinkKind::Veth { mac, peer_namespace, peer, .. } = &is.kind else { return None };
    let rank = |name: &NetnsName, link: &LinkName| (spec.namespaces[name].links.len(), name.clone(), link.clone());
    if rank(name, link) < rank(peer_namespace, peer) {
        return None;
    }
    let far = &spec.namespaces[peer_namespace].links[peer];
    let LinkKind::Veth { mac: far_mac, .. } = &far.kind else { return None };
    let far_end = LinkMessageBuilder::<LinkUnspec>::default()
        .index(made[peer_namespace].indexes[peer])
        .name(peer.as_str())
        .address(far_mac.0.into())
        .mtu(far.mtu)
        .append_extra_attribute(LinkAttribute::NumTxQueues(1))
        .append_extra_attribute(LinkAttribute::NumRxQueues(1))
        .setns_by_fd(made[peer_namespace].file.as_raw_fd())
        .build();
    let near = LinkMessageBuilder::<LinkVeth>::new_with_info_kind(InfoKind::Veth)
        .set_info_data(InfoData::Veth(InfoVeth::Peer(far_end)))
        .index(made[name].indexes[link])
        .name(link.as_str())
        .address(mac.0.into())
        .mtu(is.mtu)
        .append_extra_attribute(LinkAttribute::NumTxQueues(1))
        .append_extra_attribute(LinkAttribute::NumRxQueues(1))
        .up();
    Some(RouteNetlinkMessage::NewLink(near.build()))
}

fn add_address(net: Ipv4Net, index: u32) -> RouteNetlinkMessage {
    let message = AddressMessageBuilder::<Ipv4Addr>::new().index(index).address(net.addr(), net.prefix_len());
    RouteNetlinkMessage::NewAddress(message.build())
}

fn add_route(route: &Route, indexes: &BTreeMap<LinkName, u32>) -> RouteNetlinkMessage {
    let builder = RouteMessageBuilder::<Ipv4Addr>::new()
        .table_id(route.table)
        .destination_prefix(route.destination.network(), route.destination.prefix_len());
    let mut message: RouteMessage = match &route.hop {
        Hop::Link(link) => builder.output_interface(indexes[link]).build(),
        Hop::Gateway(via, link) => builder.gateway(*via).output_interface(indexes[link]).build(),
        Hop::Blackhole => builder.build(),
        Hop::Local => builder.output_interface(indexes[&LinkName::lo()]).build(),
    };
    (message.header.kind, message.header.scope) = match route.hop {
        Hop::Link(_) => (RouteType::Unicast, RouteScope::Link),
        Hop::Gateway(..) => (RouteType::Unicast, RouteScope::Universe),
        Hop::Blackhole => (RouteType::BlackHole, RouteScope::Universe),
        Hop::Local => (RouteType::Local, RouteScope::Host),
    };
    RouteNetlinkMessage::NewRoute(message)
}

/// Sends all, a chunk at a time; the last of each asks for an answer, and no error may come.
fn send(socket: &mut Socket, requests: &[RouteNetlinkMessage]) {
    for chunk in requests.chunks(CHUNK) {
        let mut bytes = Vec::new();
        for (place, request) in chunk.iter().enumerate() {
            let mut message = NetlinkMessage::from(request.clone());
            let create = if matches!(request, RouteNetlinkMessage::SetLink(_)) { 0 } else { NLM_F_CREATE | NLM_F_EXCL };
            let ack = if place + 1 == chunk.len() { NLM_F_ACK } else { 0 };
            message.header.flags = NLM_F_REQUEST | create | ack;
            message.finalize();
            let start = bytes.len();
            bytes.resize(start + message.buffer_len().next_multiple_of(4), 0);
            message.serialize(&mut bytes[start..]);
        }
        socket.send(&bytes, 0).unwrap();
        let mut answer = Vec::with_capacity(1 << 16);
        socket.recv(&mut answer, 0).unwrap();
        let message = NetlinkMessage::<RouteNetlinkMessage>::deserialize(&answer).unwrap();
        let NetlinkPayload::Error(error) = message.payload else { panic!("{message:?}") };
        assert!(error.code.is_none(), "{error}");
    }
}

fn path(name: &NetnsName) -> PathBuf {
    Path::new(DIRECTORY).join(name.as_str())
}
