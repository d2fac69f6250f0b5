//! How often this namespace's nftables were changed, and by whom; and whether our table is there.
//!
//! Small messages of nfnetlink, asked of the calling thread's namespace. No crate has them.

use crate::{
    spec::nft::TABLE,
    sys::nfnetlink::{self, NFTABLES, find, messages, request, socket},
};
use netlink_packet_core::DefaultNla;
use netlink_sys::Socket;
use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
};

/// `NFT_MSG_GETTABLE`.
const GET_TABLE: u16 = NFTABLES + 1;
/// `NFT_MSG_NEWGEN` and `NFT_MSG_GETGEN`.
const NEW_GENERATION: u16 = NFTABLES + 15;
const GET_GENERATION: u16 = NFTABLES + 16;
/// `NFTA_TABLE_NAME` and `NFTA_GEN_ID`.
const NAME: u16 = 1;
const COUNT: u16 = 1;
/// `NFPROTO_INET`.
const INET: u8 = 1;
/// `NFNLGRP_NFTABLES`, as a bit.
const CHANGES: u32 = 1 << 6;

/// The kernel's count of changes.
pub fn generation() -> io::Result<u32> {
    let answer = ask(&request(GET_GENERATION, 0, (0, 0), &[]))?;
    messages(&answer).find_map(|message| count(&message)).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Whether there is a table `inet vpcns`.
pub fn has_table() -> io::Result<bool> {
    let name = TABLE.bytes().chain([0]).collect();
    match ask(&request(GET_TABLE, 0, (INET, 0), &[DefaultNla::new(NAME, name)])) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Who hears of every change to the nftables of a namespace.
#[derive(Debug)]
pub(super) struct Changes(Socket);

impl Changes {
    /// Begins to hear of those to the calling thread's namespace.
    pub(super) fn listen() -> io::Result<Self> {
        socket(CHANGES).map(Self)
    }

    /// Hears once; the count after the change, if that was one of this process. Blocks.
    pub(super) fn made_by(&self, process: u32) -> io::Result<Option<u32>> {
        let (datagram, _) = self.0.recv_from_full()?;
        // The kernel names a socket after its process, unless that has several.
        Ok(messages(&datagram).filter(|message| message.port == process).find_map(|message| count(&message)))
    }
}

impl AsFd for Changes {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The count that a message tells.
fn count(message: &nfnetlink::Message<'_>) -> Option<u32> {
    let count = || Some(u32::from_be_bytes(find(message.attributes(), COUNT)?.try_into().ok()?));
    if message.kind == NEW_GENERATION { count() } else { None }
}

/// Sends a question and takes the answer.
fn ask(question: &[u8]) -> io::Result<Vec<u8>> {
    let socket = socket(0)?;
    socket.send(question, 0)?;
    let (answer, _) = socket.recv_from_full()?;
    let refused = messages(&answer).find_map(|message| message.outcome()?.err());
    refused.map_or(Ok(answer), Err)
}
