//! A few words over TCP or UDP: what a capture at the other end looks for.

use crate::sys::netns::Netns;
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, SocketAddrV4},
    time::Duration,
};

/// Opens a TCP connection, says something, and hears what comes back until the other side ends.
pub fn tcp(netns: &Netns, to: SocketAddrV4, words: &[u8], patience: Duration) -> io::Result<()> {
    netns.enter(|| {
        let mut socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.connect_timeout(&SocketAddr::from(to).into(), patience)?;
        socket.set_write_timeout(Some(patience))?;
        socket.write_all(words)?;
        // Whoever listens may take it as it likes; that it was heard is seen elsewhere.
        let _ = socket.shutdown(Shutdown::Write);
        let _ = socket.set_read_timeout(Some(patience.min(Duration::from_millis(200))));
        let _ = socket.read(&mut [0; 512]);
        Ok(())
    })?
}

/// Sends one UDP packet.
pub fn udp(netns: &Netns, to: SocketAddrV4, words: &[u8]) -> io::Result<()> {
    netns.enter(|| {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.send_to(words, &SocketAddr::from(to).into()).map(drop)
    })?
}
