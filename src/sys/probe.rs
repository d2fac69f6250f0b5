//! One packet into the network, to see what comes back: a TCP connection or an ICMP echo request from inside a
//! namespace.

mod marked;
mod say;
mod stream;
mod trace;

pub use marked::marked;
pub use say::{tcp as say, udp as send};
pub use stream::{drain, pour};
pub use trace::trace;

use super::netns::Netns;
use nix::errno::Errno;
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io::{self, Read},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    time::{Duration, Instant},
};

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// A connection, or the answer to a ping.
    Answered,
    /// A reset: the host is there, nothing listens (GEN-02).
    Refused,
    /// Nothing (GEN-01).
    Silence,
}

/// Opens a TCP connection.
pub fn tcp(netns: &Netns, to: SocketAddrV4, patience: Duration) -> io::Result<Echo> {
    let connected = netns.enter(|| {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.connect_timeout(&SocketAddr::from(to).into(), patience)
    })?;
    echo(connected)
}

/// Sends an ICMP echo request.
pub fn ping(netns: &Netns, to: Ipv4Addr, patience: Duration) -> io::Result<Echo> {
    let answered = netns.enter(|| {
        let mut socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4))?;
        let id = u16::try_from(std::process::id() & 0xffff).expect("16 bits").to_be_bytes();
        socket.send_to(&echo_request(id), &SocketAddr::from((to, 0)).into())?;
        let deadline = Instant::now() + patience;
        let mut packet = [0; 1500];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::Error::from(io::ErrorKind::TimedOut));
            }
            socket.set_read_timeout(Some(left))?;
            let length = socket.read(&mut packet)?;
            if is_reply(&packet[..length], to, id) {
                return Ok(());
            }
        }
    })?;
    echo(answered)
}

fn echo(outcome: io::Result<()>) -> io::Result<Echo> {
    let Err(error) = outcome else { return Ok(Echo::Answered) };
    match (error.kind(), error.raw_os_error().map(Errno::from_raw)) {
        (io::ErrorKind::ConnectionRefused, _) => Ok(Echo::Refused),
        (io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock, _)
        | (_, Some(Errno::EHOSTUNREACH | Errno::ENETUNREACH | Errno::EINVAL)) => Ok(Echo::Silence),
        _ => Err(error),
    }
}

/// An ICMP echo request with sequence number 1 and no data (RFC 792).
fn echo_request(id: [u8; 2]) -> [u8; 8] {
    let mut request = [8, 0, 0, 0, id[0], id[1], 0, 1];
    let words = request.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let sum: u32 = words.sum();
    let folded =
        u16::try_from((sum & 0xffff) + (sum >> 16)).expect("the words of a request this short do not carry twice");
    request[2..4].copy_from_slice(&(!folded).to_be_bytes());
    request
}

/// Whether an IPv4 packet is the reply to the request.
fn is_reply(packet: &[u8], from: Ipv4Addr, id: [u8; 2]) -> bool {
    let Some(header) = packet.first().map(|first| usize::from(first & 0xf) * 4) else { return false };
    let source = packet.get(12..16) == Some(&from.octets());
    source && packet.get(header) == Some(&0) && packet.get(header + 4..header + 6) == Some(&id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_sums_up_to_nothing() {
        let request = echo_request([0xff, 0xfe]);
        let sum: u32 = request.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
        assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff);
    }

    #[test]
    fn only_the_reply_to_this_request_counts() {
        let mut packet = [0; 28];
        packet[0] = 0x45;
        packet[12..16].copy_from_slice(&[10, 0, 0, 1]);
        packet[24..26].copy_from_slice(&[1, 2]);
        assert!(is_reply(&packet, Ipv4Addr::new(10, 0, 0, 1), [1, 2]));
        assert!(!is_reply(&packet, Ipv4Addr::new(10, 0, 0, 2), [1, 2]));
        assert!(!is_reply(&packet, Ipv4Addr::new(10, 0, 0, 1), [1, 3]));
        assert!(!is_reply(&packet[..20], Ipv4Addr::new(10, 0, 0, 1), [1, 2]));
        assert!(!is_reply(&[], Ipv4Addr::LOCALHOST, [0, 0]));
    }
}
