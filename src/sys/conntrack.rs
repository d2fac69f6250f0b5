//! The connections that the calling thread's namespace tracks: which there are, and forgetting one. No crate has this
//! part of nfnetlink.
//!
//! What comes after a connection was forgotten is new to the kernel, and to the rules.

use super::nfnetlink::{CONNTRACK, find, messages, request, socket};
use crate::spec::connection::{Served, Tracked};
use netlink_packet_core::{DefaultNla, NLA_F_NESTED, NLM_F_ACK, NLM_F_DUMP, NLMSG_DONE};
use std::{
    io,
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};

/// `IPCTNL_MSG_CT_GET` and `IPCTNL_MSG_CT_DELETE`.
const GET: u16 = CONNTRACK + 1;
const DELETE: u16 = CONNTRACK + 2;
/// `AF_INET`, of whatever number.
const IPV4: (u8, u16) = (2, 0);
/// `CTA_TUPLE_ORIG`, `CTA_TUPLE_REPLY`, `CTA_PROTOINFO`, `CTA_TIMEOUT`, `CTA_MARK` and `CTA_ID`.
const ORIGINAL: u16 = 1;
const REPLY: u16 = 2;
const STATE: u16 = 4;
const TIMEOUT: u16 = 7;
const MARK: u16 = 8;
const ID: u16 = 12;
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
    name: Vec<DefaultNla>,
}

/// All connections of IPv4 that have a mark. `established` is for how long the kernel keeps one of TCP without packets.
pub fn marked(established: Duration) -> io::Result<Vec<Entry>> {
    let socket = socket(0)?;
    socket.send(&request(GET, NLM_F_DUMP, IPV4, &[]), 0)?;
    let mut entries = Vec::new();
    loop {
        let (datagram, _) = socket.recv_from_full()?;
        for message in messages(&datagram) {
            if let Some(outcome) = message.outcome() {
                return outcome.map(|()| entries);
            } else if message.kind == NLMSG_DONE {
                return Ok(entries);
            }
            entries.extend(entry(message.attributes(), established));
        }
    }
}

/// Forgets a connection; one that is gone already is as good.
pub fn forget(entry: &Entry) -> io::Result<()> {
    let socket = socket(0)?;
    socket.send(&request(DELETE, NLM_F_ACK, IPV4, &entry.name), 0)?;
    let (answer, _) = socket.recv_from_full()?;
    match messages(&answer).find_map(|message| message.outcome()) {
        Some(Err(gone)) if gone.kind() == io::ErrorKind::NotFound => Ok(()),
        Some(outcome) => outcome,
        None => Err(io::ErrorKind::InvalidData.into()),
    }
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
    let name = vec![
        DefaultNla::new(ORIGINAL | NLA_F_NESTED, original.to_vec()),
        DefaultNla::new(ID, find(bytes, ID)?.to_vec()),
    ];
    Some(Entry { tracked: Tracked { served, target, idle }, name })
}

/// A part of a tuple's `CTA_TUPLE_PROTO`: 1 is the protocol, 2 the source's port, 3 the destination's.
fn protocol(tuple: &[u8], part: u16) -> Option<&[u8]> {
    find(find(tuple, 2)?, part)
}

fn port(tuple: &[u8], part: u16) -> Option<u16> {
    Some(u16::from_be_bytes(protocol(tuple, part)?.try_into().ok()?))
}
