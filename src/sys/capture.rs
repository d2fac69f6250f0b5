//! What arrives in a namespace, as `tcpdump` sees it: a packet socket, opened inside.
//!
//! It is how a check learns which address the other side of a translation sees, whoever listens there.

use super::netns::Netns;
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io::{self, Read},
    net::{Ipv4Addr, SocketAddrV4},
    time::Instant,
};

/// IPv4's number among the protocols of links.
const ETH_P_IP: u16 = 0x0800;
/// The numbers of TCP and UDP.
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Sees every IPv4 packet of a namespace from now on.
#[derive(Debug)]
pub struct Capture(Socket);

/// A TCP or UDP packet with something in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Whose it is, as this namespace sees it.
    pub source: SocketAddrV4,
    /// To whom.
    pub destination: SocketAddrV4,
    /// What is in it.
    pub payload: Vec<u8>,
}

impl Capture {
    /// Begins to look.
    pub fn open(netns: &Netns) -> io::Result<Self> {
        let protocol = Protocol::from(i32::from(ETH_P_IP.to_be()));
        let socket = netns.enter(|| Socket::new(Domain::PACKET, Type::DGRAM, Some(protocol)))??;
        Ok(Self(socket))
    }

    /// The next packet with something in it; none if none comes in time.
    pub fn next(&mut self, deadline: Instant) -> io::Result<Option<Packet>> {
        let mut bytes = vec![0; 1 << 16];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.0.set_read_timeout(Some(left))?;
            match self.0.read(&mut bytes) {
                Ok(length) => {
                    if let Some(packet) = parse(&bytes[..length]) {
                        return Ok(Some(packet));
                    }
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    return Ok(None);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The TCP or UDP packet in these bytes, if it is one with something in it (RFC 791, 9293, 768).
fn parse(bytes: &[u8]) -> Option<Packet> {
    let header = usize::from(bytes.first()? & 0xf) * 4;
    let length = usize::from(number(bytes.get(2..4)?)).min(bytes.len());
    let address = |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(at..at + 4)?).ok()?));
    let (source, destination, protocol) = (address(12)?, address(16)?, *bytes.get(9)?);
    let inner = bytes.get(header..length)?;
    let begins = match protocol {
        TCP => usize::from(inner.get(12)? >> 4) * 4,
        UDP => 8,
        _ => return None,
    };
    let payload = inner.get(begins..)?.to_vec();
    let port = |at: usize| Some(number(inner.get(at..at + 2)?));
    (!payload.is_empty()).then_some(Packet {
        source: SocketAddrV4::new(source, port(0)?),
        destination: SocketAddrV4::new(destination, port(2)?),
        payload,
    })
}

fn number(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[0], bytes[1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(protocol: u8, inner: &[u8]) -> Vec<u8> {
        let length = u16::try_from(20 + inner.len()).unwrap().to_be_bytes();
        let mut bytes = vec![0x45, 0, length[0], length[1], 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        bytes.extend(inner);
        bytes
    }

    #[test]
    fn what_is_in_tcp_and_udp_is_found_and_padding_is_not() {
        let udp = [0x30, 0x39, 0, 53, 0, 10, 0, 0, b'h', b'i'];
        let mut bytes = packet(UDP, &udp);
        bytes.extend([0; 6]); // a short frame is filled up
        let found = parse(&bytes).unwrap();
        assert_eq!(found.source, "10.0.0.1:12345".parse().unwrap());
        assert_eq!(found.destination, "10.0.0.2:53".parse().unwrap());
        assert_eq!(found.payload, b"hi");
        let mut tcp = [0; 26];
        tcp[12] = 6 << 4;
        tcp[24..].copy_from_slice(b"ho");
        assert_eq!(parse(&packet(TCP, &tcp)).unwrap().payload, b"ho");
    }

    #[test]
    fn what_is_empty_short_or_something_else_is_not() {
        let mut empty = [0; 20];
        empty[12] = 5 << 4;
        assert_eq!(parse(&packet(TCP, &empty)), None);
        assert_eq!(parse(&packet(TCP, &[0; 5])), None);
        assert_eq!(parse(&packet(1, &[8, 0, 0, 0, 0, 0, 0, 0, 1])), None);
        assert_eq!(parse(&[]), None);
    }
}
