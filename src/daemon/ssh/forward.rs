//! Connections that a client wants from inside the instance: they leave by its interface, so that its security groups and
//! routes judge them.

use crate::sys::netns::Netns;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, ToSocketAddrs},
    time::Duration,
};
use tokio::{
    net::{TcpSocket, TcpStream},
    task::spawn_blocking,
    time::timeout,
};

/// How long a connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(130);

/// Connects to a host, by name as the instance resolves it, or by address.
pub(super) async fn connect(host: String, port: u16) -> io::Result<TcpStream> {
    let found = spawn_blocking(move || (host.as_str(), port).to_socket_addrs()).await.map_err(io::Error::other)??;
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in found.filter(SocketAddr::is_ipv4) {
        let socket = Netns::current()?.tcp_socket(Ipv4Addr::UNSPECIFIED.into())?;
        match timeout(PATIENCE, TcpSocket::from_std_stream(socket.into()).connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}
