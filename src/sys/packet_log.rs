//! The kernel's packet log (`log group N` of nftables): each packet that a rule tells of, as a netlink message.
//!
//! One reader a group and namespace. What comes faster than it is read is lost, and that is known: messages are
//! numbered. The kernel collects messages for a tenth of a second, or 64 of them, and tells them at once.

use super::netns::{Netns, Traveller};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_NETFILTER};
use nix::sys::socket::{
    setsockopt,
    sockopt::{RcvBuf, RcvBufForce},
};
use std::{
    io,
    os::fd::{AsRawFd, RawFd},
};

/// Netfilter's subsystem of packet logs, with its messages.
const PACKET: u16 = 4 << 8;
const CONFIG: u16 = PACKET | 1;
/// Netlink's own: the end of a request.
const ERROR: u16 = 2;
const REQUEST_AND_ACK: u16 = 1 | 4;

/// Attributes of a configuration.
const COMMAND: u16 = 1;
const MODE: u16 = 2;
const TIMEOUT: u16 = 4;
const THRESHOLD: u16 = 5;
const FLAGS: u16 = 6;
/// Attributes of a packet.
const PAYLOAD: u16 = 9;
const PREFIX: u16 = 10;
const SEQUENCE: u16 = 12;

/// How long the kernel collects messages, in hundredths of a second.
const COLLECT: u32 = 10;
/// How many messages are told at once.
const TOGETHER: u32 = 64;
/// What may wait to be read.
const WAITING: usize = 8 << 20;
/// What one receive takes.
const BUFFER: usize = 256 << 10;
/// The length of netlink's header, and with netfilter's.
const HEADER: usize = 16;
const BOTH_HEADERS: usize = 20;

/// A reader of the packet log. It does not block.
#[derive(Debug)]
pub struct PacketLog {
    socket: Socket,
    buffer: Vec<u8>,
    next: Option<u32>,
}

/// A packet that a rule told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedPacket {
    /// What the rule says.
    pub prefix: String,
    /// The beginning of the packet, from its IPv4 header.
    pub bytes: Vec<u8>,
}

impl Traveller {
    /// The packet log of the namespace in which this thread is.
    pub fn packet_log(&self, group: u16, bytes: u32) -> io::Result<PacketLog> {
        PacketLog::open(group, bytes)
    }
}

impl Netns {
    /// The packet log of this namespace.
    pub fn packet_log(&self, group: u16, bytes: u32) -> io::Result<PacketLog> {
        self.enter(|| PacketLog::open(group, bytes))?
    }
}

impl PacketLog {
    fn open(group: u16, bytes: u32) -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_NETFILTER)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        // In a user's own machine nobody may have more than `net.core.rmem_max`, which then must do.
        setsockopt(&socket, RcvBufForce, &WAITING).or_else(|_| setsockopt(&socket, RcvBuf, &WAITING))?;
        let mut log = Self { socket, buffer: Vec::with_capacity(BUFFER), next: None };
        let mut mode = bytes.to_be_bytes().to_vec();
        mode.extend([2, 0]); // packets, not only what is known of them
        let attributes = [
            (COMMAND, vec![1]),
            (MODE, mode),
            (TIMEOUT, COLLECT.to_be_bytes().to_vec()),
            (THRESHOLD, TOGETHER.to_be_bytes().to_vec()),
            (FLAGS, 1_u16.to_be_bytes().to_vec()), // numbered
        ];
        for attribute in attributes {
            log.configure(group, &attribute)?;
        }
        log.socket.set_non_blocking(true)?;
        Ok(log)
    }

    /// Sends one setting and waits until it holds. A packet that comes meanwhile is as one that came before.
    fn configure(&mut self, group: u16, (kind, value): &(u16, Vec<u8>)) -> io::Result<()> {
        let mut message = vec![0; HEADER];
        message.extend([0, 0]); // any family
        message.extend(group.to_be_bytes());
        message.extend(u16::try_from(4 + value.len()).expect("a setting is short").to_ne_bytes());
        message.extend(kind.to_ne_bytes());
        message.extend(value);
        message.resize(message.len().next_multiple_of(4), 0);
        let length = u32::try_from(message.len()).expect("a setting is short");
        message[..4].copy_from_slice(&length.to_ne_bytes());
        message[4..6].copy_from_slice(&CONFIG.to_ne_bytes());
        message[6..8].copy_from_slice(&REQUEST_AND_ACK.to_ne_bytes());
        self.socket.send(&message, 0)?;
        loop {
            self.buffer.clear();
            self.socket.recv(&mut self.buffer, 0)?;
            for (kind, body) in messages(&self.buffer) {
                if kind == ERROR {
                    let code = body.get(..4).and_then(|code| code.try_into().ok()).map_or(0, i32::from_ne_bytes);
                    return if code == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(-code)) };
                }
            }
        }
    }

    /// The packets that have come, and whether some before them were lost. `WouldBlock` if there are none.
    pub fn receive(&mut self) -> io::Result<(Vec<LoggedPacket>, bool)> {
        self.buffer.clear();
        match self.socket.recv(&mut self.buffer, 0) {
            Ok(_) => {}
            Err(error) if error.raw_os_error() == Some(nix::libc::ENOBUFS) => return Ok((Vec::new(), true)),
            Err(error) => return Err(error),
        }
        let (mut packets, mut lost) = (Vec::new(), false);
        for (_, body) in messages(&self.buffer).into_iter().filter(|(kind, _)| *kind == PACKET) {
            let (packet, sequence) = packet(body.get(BOTH_HEADERS - HEADER..).unwrap_or_default());
            lost |= self.next.is_some_and(|next| sequence.is_some_and(|sequence| sequence != next));
            self.next = sequence.map(|sequence| sequence.wrapping_add(1));
            packets.extend(packet);
        }
        Ok((packets, lost))
    }
}

impl AsRawFd for PacketLog {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// The messages of a receive, by their kinds, without headers of netlink's.
pub(super) fn messages(bytes: &[u8]) -> Vec<(u16, &[u8])> {
    let (mut rest, mut messages) = (bytes, Vec::new());
    while let Some(header) = rest.get(..HEADER) {
        let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let Some(body) = rest.get(HEADER..length) else { break };
        messages.push((u16::from_ne_bytes([header[4], header[5]]), body));
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    messages
}

/// The packet of a message, and its number.
fn packet(attributes: &[u8]) -> (Option<LoggedPacket>, Option<u32>) {
    let (mut prefix, mut bytes, mut sequence, mut rest) = (None, None, None, attributes);
    while let Some(header) = rest.get(..4) {
        let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let Some(value) = rest.get(4..length) else { break };
        match u16::from_ne_bytes([header[2], header[3]]) {
            PREFIX => prefix = Some(String::from_utf8_lossy(value).trim_end_matches('\0').to_owned()),
            PAYLOAD => bytes = Some(value.to_vec()),
            SEQUENCE => sequence = value.try_into().ok().map(u32::from_be_bytes),
            _ => {}
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    (prefix.zip(bytes).map(|(prefix, bytes)| LoggedPacket { prefix, bytes }), sequence)
}
