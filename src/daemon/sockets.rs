//! The listening sockets of a lab's services: which there should be, and opening them inside their namespaces.

use super::ssh;
use crate::{
    spec::{NetnsName, flow_log, service::Services},
    sys::{
        netns::{Identity, Netns, Traveller, spread},
        packet_log::PacketLog,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, UdpSocket},
    os::unix::net::UnixListener,
};

/// A listening socket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Socket {
    /// DNS over UDP at an address.
    DnsUdp(NetnsName, Ipv4Addr),
    /// DNS over TCP at an address.
    DnsTcp(NetnsName, Ipv4Addr),
    /// Instance metadata at an address.
    Metadata(NetnsName, Ipv4Addr),
    /// SSH on an instance, and what is told its server.
    Ssh(NetnsName),
    /// AWS's services at a port, on all addresses.
    Aws(NetnsName, u16),
    /// An HTTP responder.
    Http(NetnsName, SocketAddrV4),
    /// A load balancer's listener that ends its clients' connections.
    Relay(NetnsName, SocketAddrV4),
    /// The kernel's packet log, for flow logs.
    PacketLog(NetnsName),
}

/// An open one; non-blocking.
#[derive(Debug)]
pub(super) enum Open {
    /// Of UDP.
    Udp(UdpSocket),
    /// Of TCP.
    Tcp(TcpListener),
    /// Of TCP, and of the machine's own.
    Both(TcpListener, UnixListener),
    /// Of the kernel's packet log.
    PacketLog(PacketLog),
}

/// What a daemon has open besides: its log, its socket, requests, probes of targets.
const BESIDES: usize = 64;

/// How many files a daemon has open at least to serve these.
pub fn files_needed(services: &Services) -> u64 {
    let files = |socket: &Socket| if matches!(socket, Socket::Ssh(_)) { 2 } else { 1 };
    let sockets: usize = Socket::of(services).iter().map(files).sum();
    // Each namespace too, while its sockets are being opened.
    let namespaces: BTreeSet<_> = Socket::of(services).iter().map(|socket| socket.netns().clone()).collect();
    (sockets + namespaces.len() + BESIDES + services.checks.len()) as u64
}

/// A socket could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot serve {socket} in namespace `{}`", socket.netns())]
pub(super) struct Error {
    socket: Socket,
    source: io::Error,
}

impl Error {
    /// Why this socket could not be opened.
    pub(super) fn new(socket: Socket, source: io::Error) -> Self {
        Self { socket, source }
    }
}

impl Socket {
    /// All sockets that the services need.
    pub(super) fn of(services: &Services) -> BTreeSet<Self> {
        let dns = services.dns.iter().flat_map(|(netns, server)| {
            let both = |at: &Ipv4Addr| [Self::DnsUdp(netns.clone(), *at), Self::DnsTcp(netns.clone(), *at)];
            server.listen.iter().flat_map(both)
        });
        let http = services.responders.keys().map(|(netns, at)| Self::Http(netns.clone(), *at));
        let relays = services.relays.keys().map(|(netns, at)| Self::Relay(netns.clone(), *at));
        let metadata = services.metadata.iter().map(|(netns, server)| Self::Metadata(netns.clone(), server.listen));
        let ssh = services.ssh.keys().cloned().map(Self::Ssh);
        let aws = services.aws.iter().flat_map(|aws| [80, 443].map(|port| Self::Aws(aws.netns.clone(), port)));
        let packet_logs = services.flow_logs.keys().cloned().map(Self::PacketLog);
        dns.chain(metadata).chain(http).chain(relays).chain(ssh).chain(aws).chain(packet_logs).collect()
    }

    /// Which namespaces these are in, as their names say now.
    pub(super) fn homes(sockets: &BTreeSet<Self>) -> BTreeMap<NetnsName, Identity> {
        let names: BTreeSet<_> = sockets.iter().map(Self::netns).collect();
        let home = |name: &NetnsName| Some((name.clone(), Netns::open(name).ok()?.identity().ok()?));
        names.into_iter().filter_map(home).collect()
    }

    /// Opens all, and says which could not be. Namespaces are visited once each, by few threads. Blocks.
    pub(super) fn open(wanted: Vec<Self>) -> (Vec<(Self, Open)>, Vec<Error>) {
        let mut namespaces = BTreeMap::<NetnsName, Vec<Self>>::new();
        for socket in wanted {
            namespaces.entry(socket.netns().clone()).or_default().push(socket);
        }
        let visits: Vec<_> = namespaces.into_iter().collect();
        let opened = spread(&visits, |traveller, (name, sockets)| {
            let here = Netns::open(name).and_then(|netns| traveller.enter(&netns));
            sockets
                .iter()
                .map(|socket| here.as_ref().map_err(again).and_then(|()| socket.open_here(traveller)))
                .collect()
        });
        let all = visits.iter().flat_map(|(_, sockets)| sockets);
        // Without threads there are no sockets.
        let opened: Vec<io::Result<Open>> = match opened {
            Ok(opened) => opened.into_iter().flat_map(|opened: Vec<_>| opened).collect(),
            Err(error) => all.clone().map(|_| Err(again(&error))).collect(),
        };
        let (mut open, mut failed) = (Vec::new(), Vec::new());
        for (socket, opened) in all.cloned().zip(opened) {
            match opened {
                Ok(opened) => open.push((socket, opened)),
                Err(source) => failed.push(Error::new(socket, source)),
            }
        }
        (open, failed)
    }

    /// Opens it in the namespace in which this thread is.
    fn open_here(&self, traveller: &Traveller) -> io::Result<Open> {
        match self {
            Self::DnsUdp(..) => traveller.udp_socket(self.address()).map(Open::Udp),
            Self::Ssh(_) => {
                Ok(Open::Both(traveller.tcp_listener(self.address())?, traveller.unix_listener(ssh::SOCKET)?))
            }
            Self::PacketLog(_) => traveller.packet_log(flow_log::GROUP, flow_log::HEADERS).map(Open::PacketLog),
            Self::DnsTcp(..) | Self::Metadata(..) | Self::Aws(..) | Self::Http(..) | Self::Relay(..) => {
                traveller.tcp_listener(self.address()).map(Open::Tcp)
            }
        }
    }

    /// The namespace by name.
    pub(super) fn netns(&self) -> &NetnsName {
        match self {
            Self::Ssh(netns)
            | Self::PacketLog(netns)
            | Self::DnsUdp(netns, _)
            | Self::DnsTcp(netns, _)
            | Self::Metadata(netns, _)
            | Self::Aws(netns, _)
            | Self::Http(netns, _)
            | Self::Relay(netns, _) => netns,
        }
    }

    fn address(&self) -> SocketAddr {
        match self {
            Self::DnsUdp(_, address) | Self::DnsTcp(_, address) => SocketAddr::new((*address).into(), 53),
            Self::Metadata(_, address) => SocketAddr::new((*address).into(), 80),
            Self::Ssh(_) => SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), ssh::PORT),
            Self::Aws(_, port) => SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), *port),
            Self::Http(_, at) | Self::Relay(_, at) => SocketAddr::from(*at),
            Self::PacketLog(_) => SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0), // it listens at no address
        }
    }
}

/// The same error for another socket.
fn again(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| io::Error::new(error.kind(), error.to_string()), io::Error::from_raw_os_error)
}

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::DnsUdp(..) => "DNS over UDP",
            Self::DnsTcp(..) => "DNS over TCP",
            Self::Metadata(..) => "instance metadata",
            Self::Ssh(..) => "SSH",
            Self::Aws(..) => "AWS's services",
            Self::Http(..) => "HTTP",
            Self::Relay(..) => "a load balancer's listener",
            Self::PacketLog(_) => return f.write_str("flow logs from the kernel's packet log"),
        };
        write!(f, "{what} at `{}`", self.address())
    }
}
