//! The kernel's packet log (`log group N` of nftables): each packet that a rule tells of, as a netlink message.
//!
//! One reader a group and namespace. What comes faster than it is read is lost, and that is known: messages are
//! numbered. The kernel collects messages for a tenth of a second, or 64 of them, and tells them at once.

use super::{
    netns::{Netns, Traveller},
    nfnetlink::{PACKET_LOG, attributes, messages, request, socket},
};
use netlink_packet_core::{DefaultNla, NLM_F_ACK};
use netlink_sys::Socket;
use nix::sys::socket::{
    setsockopt,
    sockopt::{RcvBuf, RcvBufForce},
};
use std::{
    io,
    os::fd::{AsRawFd, RawFd},
};

/// `NFULNL_MSG_PACKET` and `NFULNL_MSG_CONFIG`.
const PACKET: u16 = PACKET_LOG;
const CONFIG: u16 = PACKET_LOG + 1;

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
        let socket = socket(0)?;
        // In a user's own machine nobody may have more than `net.core.rmem_max`, which then must do.
        setsockopt(&socket, RcvBufForce, &WAITING).or_else(|_| setsockopt(&socket, RcvBuf, &WAITING))?;
        let mut log = Self { socket, buffer: Vec::with_capacity(BUFFER), next: None };
        let mut mode = bytes.to_be_bytes().to_vec();
        mode.extend([2, 0]); // packets, not only what is known of them
        let settings = [
            (COMMAND, vec![1]),
            (MODE, mode),
            (TIMEOUT, COLLECT.to_be_bytes().to_vec()),
            (THRESHOLD, TOGETHER.to_be_bytes().to_vec()),
            (FLAGS, 1_u16.to_be_bytes().to_vec()), // numbered
        ];
        for (number, value) in settings {
            log.configure(group, DefaultNla::new(number, value))?;
        }
        log.socket.set_non_blocking(true)?;
        Ok(log)
    }

    /// Sends one setting and waits until it holds. A packet that comes meanwhile is as one that came before.
    fn configure(&mut self, group: u16, setting: DefaultNla) -> io::Result<()> {
        self.socket.send(&request(CONFIG, NLM_F_ACK, (0, group), &[setting]), 0)?;
        loop {
            self.buffer.clear();
            self.socket.recv(&mut self.buffer, 0)?;
            if let Some(outcome) = messages(&self.buffer).find_map(|message| message.outcome()) {
                return outcome;
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
        for message in messages(&self.buffer).filter(|message| message.kind == PACKET) {
            let (packet, sequence) = packet(message.attributes());
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

/// The packet of a message, and its number.
fn packet(bytes: &[u8]) -> (Option<LoggedPacket>, Option<u32>) {
    let (mut prefix, mut payload, mut sequence) = (None, None, None);
    for (number, value) in attributes(bytes) {
        match number {
            PREFIX => prefix = Some(String::from_utf8_lossy(value).trim_end_matches('\0').to_owned()),
            PAYLOAD => payload = Some(value.to_vec()),
            SEQUENCE => sequence = value.try_into().ok().map(u32::from_be_bytes),
            _ => {}
        }
    }
    (prefix.zip(payload).map(|(prefix, bytes)| LoggedPacket { prefix, bytes }), sequence)
}
