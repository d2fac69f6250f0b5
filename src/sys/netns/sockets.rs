//! Sockets that live in a namespace whoever uses them: a socket keeps the namespace of the thread that made it.
//!
//! All are non-blocking, ready for an async runtime to take over. A [`Netns`] sends a thread in for each; whoever needs
//! many opens them on a [`Traveller`]'s way.

use super::{Netns, Traveller};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{IpAddr, SocketAddr, SocketAddrV4, TcpListener, UdpSocket},
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr as UnixAddr, UnixListener, UnixStream},
    },
};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

impl Traveller {
    /// A TCP socket that listens, where this thread is.
    pub fn tcp_listener(&self, at: SocketAddr) -> io::Result<TcpListener> {
        let socket = socket(at, Type::STREAM, Protocol::TCP)?;
        socket.set_reuse_address(true)?;
        socket.bind(&at.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    }

    /// A UDP socket, where this thread is.
    pub fn udp_socket(&self, at: SocketAddr) -> io::Result<UdpSocket> {
        let socket = socket(at, Type::DGRAM, Protocol::UDP)?;
        socket.bind(&at.into())?;
        Ok(socket.into())
    }

    /// A local socket that listens under a name without a file, which is known in this thread's namespace only.
    pub fn unix_listener(&self, name: &str) -> io::Result<UnixListener> {
        let listener = UnixListener::bind_addr(&UnixAddr::from_abstract_name(name)?)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    }
}

impl Netns {
    /// A TCP socket that listens.
    pub fn tcp_listener(&self, at: SocketAddr) -> io::Result<TcpListener> {
        self.visit(|traveller| traveller.tcp_listener(at))?
    }

    /// A UDP socket.
    pub fn udp_socket(&self, at: SocketAddr) -> io::Result<UdpSocket> {
        self.visit(|traveller| traveller.udp_socket(at))?
    }

    /// A TCP socket that will connect from this address.
    pub fn tcp_socket(&self, from: IpAddr) -> io::Result<Socket> {
        let from = SocketAddr::new(from, 0);
        let socket = self.socket(from, Type::STREAM, Protocol::TCP)?;
        socket.bind(&from.into())?;
        Ok(socket)
    }

    /// A TCP socket that will connect from this address, whoever has it, and whose packets have this mark. The answers
    /// come to it if a route leads them to the namespace itself.
    pub fn stand_in_socket(&self, from: SocketAddrV4, mark: u32) -> io::Result<Socket> {
        let socket = self.socket(from.into(), Type::STREAM, Protocol::TCP)?;
        socket.set_mark(mark)?;
        socket.set_ip_transparent_v4(true)?;
        socket.set_reuse_address(true)?;
        socket.bind(&from.into())?;
        Ok(socket)
    }

    /// A connection to such a socket; it blocks.
    pub fn unix_stream(&self, name: &str) -> io::Result<UnixStream> {
        let address = UnixAddr::from_abstract_name(name)?;
        self.enter(|| UnixStream::connect_addr(&address))?
    }

    /// A socket, not yet bound.
    fn socket(&self, at: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
        self.enter(|| socket(at, kind, protocol))?
    }
}

/// A socket where this thread is, not yet bound.
fn socket(at: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(at), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}
