//! The hosts on the way to another, as `traceroute -I` finds them: echo requests that may go ever further.

use super::{echo_request, is_reply};
use crate::sys::netns::Netns;
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io::{self, Read},
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

/// How far is looked.
const FURTHEST: u32 = 30;
/// How many in a row may be silent before nobody is expected any more.
const SILENT: usize = 3;
/// ICMP's type of the message that a packet came too far (RFC 792).
const TIME_EXCEEDED: u8 = 11;

/// The addresses on the way to a host and its own, none where nobody answers. Silence at the end is left out, but for
/// one.
pub fn trace(netns: &Netns, to: Ipv4Addr, patience: Duration) -> io::Result<Vec<Option<Ipv4Addr>>> {
    netns.enter(|| {
        let mut socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4))?;
        let mut found = Vec::new();
        for ttl in 1..=FURTHEST {
            let hop = hop(&mut socket, to, ttl, patience)?;
            found.push(hop);
            let silent = found.iter().rev().take_while(|hop| hop.is_none()).count();
            if silent == SILENT {
                found.truncate(found.len() - SILENT + 1);
                break;
            }
            if hop == Some(to) {
                break;
            }
        }
        Ok(found)
    })?
}

/// Who answers to a packet that may go so far.
fn hop(socket: &mut Socket, to: Ipv4Addr, ttl: u32, patience: Duration) -> io::Result<Option<Ipv4Addr>> {
    // each distance has an id of its own, so that a late answer is not taken for another's
    let id = (u16::try_from(std::process::id() & 0x7ff).expect("11 bits") << 5) | u16::try_from(ttl).expect("small");
    let id = id.to_be_bytes();
    socket.set_ttl_v4(ttl)?;
    match socket.send_to(&echo_request(id), &SocketAddr::from((to, 0)).into()) {
        Err(error) if error.kind() == io::ErrorKind::NetworkUnreachable => return Ok(None),
        sent => sent?,
    };
    let deadline = Instant::now() + patience;
    let mut packet = [0; 1500];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        let length = match socket.read(&mut packet) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Ok(None);
            }
            read => read?,
        };
        let packet = &packet[..length];
        if is_reply(packet, to, id) {
            return Ok(Some(to));
        }
        if let Some(router) = too_far(packet, id) {
            return Ok(Some(router));
        }
    }
}

/// The router that says that the request with this id came too far.
fn too_far(packet: &[u8], id: [u8; 2]) -> Option<Ipv4Addr> {
    let header = usize::from(packet.first()? & 0xf) * 4;
    let message = packet.get(header..)?;
    let inner = message.get(8..).filter(|_| message.first() == Some(&TIME_EXCEEDED))?;
    let inner_header = usize::from(inner.first()? & 0xf) * 4;
    let asked = inner.get(inner_header + 4..inner_header + 6) == Some(&id);
    let router = <[u8; 4]>::try_from(packet.get(12..16)?).ok()?;
    asked.then_some(Ipv4Addr::from(router))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_to_this_request_is_taken() {
        let mut packet = vec![0; 20 + 8 + 20 + 8];
        packet[0] = 0x45;
        packet[12..16].copy_from_slice(&[10, 0, 0, 254]);
        packet[20] = TIME_EXCEEDED;
        packet[28] = 0x45;
        packet[52..54].copy_from_slice(&[1, 2]);
        assert_eq!(too_far(&packet, [1, 2]), Some(Ipv4Addr::new(10, 0, 0, 254)));
        assert_eq!(too_far(&packet, [1, 3]), None);
        assert_eq!(too_far(&packet[..30], [1, 2]), None);
        assert_eq!(too_far(&[], [0, 0]), None);
    }
}
