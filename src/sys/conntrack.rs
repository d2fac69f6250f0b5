//! The connections that the calling thread's namespace tracks: which there are, and forgetting one. No crate has this
//! part of nfnetlink.
//!
//! What comes after a connection was forgotten is new to the kernel, and to the rules.

use crate::spec::connection::{Served, Tracked};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_NETFILTER};
use std::{
    io,
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};

/// `NFNL_SUBSYS_CTNETLINK << 8`, of which the questions are numbers.
const CONNTRACK: u16 = 1 << 8;
/// `IPCTNL_MSG_CT_GET` and `IPCTNL_MSG_CT_DELETE`.
const GET: u16 = CONNTRACK | 1;
const DELETE: u16 = CONNTRACK | 2;
/// `NLM_F_REQUEST`, `NLM_F_ACK` and `NLM_F_DUMP`.
const REQUEST: u16 = 1;
const ACKNOWLEDGE: u16 = 4;
const DUMP: u16 = 0x300;
/// `NLMSG_ERROR` and `NLMSG_DONE`.
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// `AF_INET`.
const INET: u8 = 2;
/// The sizes of `struct nlmsghdr`, and of it with `struct nfgenmsg`.
const HEADER: usize = 16;
const HEADERS: usize = 16 + 4;
/// `CTA_TUPLE_ORIG`, `CTA_TUPLE_REPLY`, `CTA_PROTOINFO`, `CTA_TIMEOUT`, `CTA_MARK` and `CTA_ID`.
const ORIGINAL: u16 = 1;
const REPLY: u16 = 2;
const STATE: u16 = 4;
const TIMEOUT: u16 = 7;
const MARK: u16 = 8;
const ID: u16 = 12;
/// The bits of an attribute's type that are its number.
const NUMBER: u16 = 0x3fff;
/// `TCP_CONNTRACK_ESTABLISHED`.
const ESTABLISHED: u8 = 3;
/// The bit of a mark that only says whose address the target sees.
const SOURCE_IS_NODE: u32 = 1 << 31;

/// A connection, and what the kernel calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is known of it.
    pub tracked: Tracked,
    /// The attributes by which it can be forgotten.
    name: Vec<u8>,
}

/// All connections of IPv4 that have a mark. `established` is for how long the kernel keeps one of TCP without packets.
pub fn marked(established: Duration) -> io::Result<Vec<Entry>> {
    let socket = open()?;
    socket.send(&message(GET, REQUEST | DUMP, &[]), 0)?;
    let mut entries = Vec::new();
    loop {
        let (datagram, _) = socket.recv_from_full()?;
        for part in messages(&datagram) {
            match kind(part) {
                DONE => return Ok(entries),
                ERROR => return error(part).map(|()| entries),
                _ => entries.extend(entry(&part[HEADERS.min(part.len())..], established)),
            }
        }
    }
}

/// Forgets a connection; one that is gone already is as good.
pub fn forget(entry: &Entry) -> io::Result<()> {
    let socket = open()?;
    socket.send(&message(DELETE, REQUEST | ACKNOWLEDGE, &entry.name), 0)?;
    let (answer, _) = socket.recv_from_full()?;
    match error(&answer) {
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn open() -> io::Result<Socket> {
    let socket = Socket::new(NETLINK_NETFILTER)?;
    socket.connect(&SocketAddr::new(0, 0))?;
    Ok(socket)
}

fn message(kind: u16, flags: u16, attributes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADERS + attributes.len()).expect("a message is short");
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend([0; 8]);
    message.extend([INET, 0, 0, 0]);
    message.extend(attributes);
    message
}

/// The messages of a datagram, each with its header.
fn messages(datagram: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        let length = usize::try_from(u32::from_ne_bytes(rest.get(..4)?.try_into().ok()?)).ok()?;
        let (message, after) = (rest.get(..length.max(HEADER))?, rest.get(length.next_multiple_of(4)..));
        rest = after.unwrap_or_default();
        Some(message)
    })
}

fn kind(message: &[u8]) -> u16 {
    message.get(4..6).and_then(|bytes| bytes.try_into().ok()).map_or(ERROR, u16::from_ne_bytes)
}

/// What an acknowledgement says.
fn error(message: &[u8]) -> io::Result<()> {
    match message.get(HEADER..HEADER + 4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_ne_bytes) {
        Some(0) => Ok(()),
        Some(code) => Err(io::Error::from_raw_os_error(-code)),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Attributes: number and value of each.
fn attributes(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let length = usize::from(u16::from_ne_bytes(rest.get(..2)?.try_into().ok()?));
        let number = u16::from_ne_bytes(rest.get(2..4)?.try_into().ok()?) & NUMBER;
        let value = rest.get(4..length)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((number, value))
    })
}

fn find(bytes: &[u8], number: u16) -> Option<&[u8]> {
    attributes(bytes).find(|(found, _)| *found == number).map(|(_, value)| value)
}

/// A connection, if it has a mark and ports.
fn entry(bytes: &[u8], established: Duration) -> Option<Entry> {
    let number = |number| Some(u32::from_be_bytes(find(bytes, number)?.try_into().ok()?));
    let (original, reply) = (find(bytes, ORIGINAL)?, find(bytes, REPLY)?);
    let mark = number(MARK).filter(|mark| *mark != 0)?;
    let protocol = *protocol(original, 1)?.first()?;
    let served = Served { mark: mark & !SOURCE_IS_NODE, protocol, port: port(original, 3)? };
    let source = <[u8; 4]>::try_from(find(find(reply, 1)?, 1)?).ok()?;
    let target = SocketAddrV4::new(Ipv4Addr::from(source), port(reply, 2)?);
    let state = find(bytes, STATE).and_then(|info| find(info, 1)).and_then(|tcp| find(tcp, 1));
    let is_established = state.is_some_and(|state| state.first() == Some(&ESTABLISHED));
    let left = number(TIMEOUT).map(|seconds| Duration::from_secs(seconds.into())).filter(|_| is_established);
    let idle = left.map(|left| established.saturating_sub(left));
    let mut name = Vec::new();
    attribute(&mut name, ORIGINAL | NESTED, original);
    attribute(&mut name, ID, find(bytes, ID)?);
    Some(Entry { tracked: Tracked { served, target, idle }, name })
}

/// `NLA_F_NESTED`.
const NESTED: u16 = 1 << 15;

/// A part of a tuple's `CTA_TUPLE_PROTO`: 1 is the protocol, 2 the source's port, 3 the destination's.
fn protocol(tuple: &[u8], part: u16) -> Option<&[u8]> {
    find(find(tuple, 2)?, part)
}

fn port(tuple: &[u8], part: u16) -> Option<u16> {
    Some(u16::from_be_bytes(protocol(tuple, part)?.try_into().ok()?))
}

fn attribute(message: &mut Vec<u8>, number: u16, value: &[u8]) {
    let length = u16::try_from(value.len() + 4).expect("a tuple is short");
    message.extend(length.to_ne_bytes());
    message.extend(number.to_ne_bytes());
    message.extend(value);
    message.resize(message.len().next_multiple_of(4), 0);
}
