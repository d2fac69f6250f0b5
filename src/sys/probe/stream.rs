//! As many bytes as the way lets through: who pours them into a TCP connection, and who takes them out and counts.

use crate::sys::netns::Netns;
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, SocketAddrV4, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

/// What is written and read at once.
const PIECE: usize = 256 * 1024;
/// How long to wait before looking again for a client.
const GLANCE: Duration = Duration::from_millis(2);

/// Connects, and sends until the time is over or so many bytes are sent.
pub fn pour(netns: &Netns, to: SocketAddrV4, (patience, time): (Duration, Duration), bytes: u64) -> io::Result<()> {
    netns.enter(|| {
        let mut socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.connect_timeout(&SocketAddr::from(to).into(), patience)?;
        let end = Instant::now() + time;
        let piece = vec![0; PIECE];
        let mut left = bytes;
        loop {
            let wait = end.saturating_duration_since(Instant::now());
            if left == 0 || wait.is_zero() {
                return Ok(());
            }
            socket.set_write_timeout(Some(wait))?;
            let length = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
            match socket.write(&piece[..length]) {
                Ok(sent) => left = left.saturating_sub(sent as u64),
                // the way is slow: what is in it counts nevertheless
                Err(error) if is_over(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    })?
}

/// Takes the first client, and all that it sends until the deadline: how many bytes came in which time.
pub fn drain(listener: &TcpListener, deadline: Instant) -> io::Result<Option<(u64, Duration)>> {
    let Some(mut client) = accept(listener, deadline)? else { return Ok(None) };
    client.set_nonblocking(false)?;
    let (began, mut last, mut bytes) = (Instant::now(), Instant::now(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        let wait = deadline.saturating_duration_since(Instant::now());
        if wait.is_zero() {
            break;
        }
        client.set_read_timeout(Some(wait))?;
        match client.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => (bytes, last) = (bytes + length as u64, Instant::now()),
            Err(error) if is_over(&error) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(Some((bytes, last - began)))
}

fn accept(listener: &TcpListener, deadline: Instant) -> io::Result<Option<TcpStream>> {
    loop {
        match listener.accept() {
            Ok((client, _)) => return Ok(Some(client)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < deadline => {
                thread::sleep(GLANCE);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}

fn is_over(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
