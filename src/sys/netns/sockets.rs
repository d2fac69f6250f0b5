//! Sockets that live in a namespace whoever uses them: a socket keeps the namespace of the thread that made it.
//!
//! All are non-blocking, ready for an async runtime to take over.

use super::Netns;
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

impl Netns {
    /// A TCP socket that listens.
    pub fn tcp_listener(&self, at: SocketAddr) -> io::Result<TcpListener> {
        let socket = self.socket(at, Type::STREAM, Protocol::TCP)?;
        socket.set_reuse_address(true)?;
        socket.bind(&at.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    }

    /// A UDP socket.
    pub fn udp_socket(&self, at: SocketAddr) -> io::Result<UdpSocket> {
        let socket = self.socket(at, Type::DGRAM, Protocol::UDP)?;
        socket.bind(&at.into())?;
        Ok(socket.into())
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

    /// A local socket that listens under a name without a file, which is known in this namespace only.
    pub fn unix_listener(&self, name: &str) -> io::Result<UnixListener> {
        let address = UnixAddr::from_abstract_name(name)?;
        let listener = self.enter(|| UnixListener::bind_addr(&address))??;
        listener.set_nonblocking(true)?;
        Ok(listener)
    }

    /// A connection to such a socket; it blocks.
    pub fn unix_stream(&self, name: &str) -> io::Result<UnixStream> {
        let address = UnixAddr::from_abstract_name(name)?;
        self.enter(|| UnixStream::connect_addr(&address))?
    }

    /// A socket, not yet bound.
    fn socket(&self, at: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
        let socket = self.enter(|| Socket::new(Domain::for_address(at), kind, Some(protocol)))??;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }
}
