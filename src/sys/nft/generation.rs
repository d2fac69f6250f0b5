//! Two questions to nfnetlink: how often were this namespace's nftables changed, and is our table there?
//!
//! Each is one small message, asked of the calling thread's namespace. No crate has them.

use crate::spec::nft::TABLE;
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_NETFILTER};
use std::io;

/// `NFNL_SUBSYS_NFTABLES << 8`, of which the questions are numbers.
const NFTABLES: u16 = 10 << 8;
/// `NFT_MSG_GETTABLE`.
const GET_TABLE: u16 = NFTABLES | 1;
/// `NFT_MSG_GETGEN`.
const GET_GENERATION: u16 = NFTABLES | 16;
/// `NFTA_TABLE_NAME` and `NFTA_GEN_ID`.
const FIRST_ATTRIBUTE: u16 = 1;
/// `NFPROTO_INET`.
const INET: u8 = 1;
/// `NLMSG_ERROR`.
const ERROR: u16 = 2;
/// `NLM_F_REQUEST`.
const REQUEST: u16 = 1;
/// The sizes of `struct nlmsghdr` and `struct nfgenmsg`.
const HEADERS: usize = 16 + 4;

/// The kernel's count of changes.
pub fn generation() -> io::Result<u32> {
    let answer = ask(GET_GENERATION, 0, &[])?;
    // The first attribute: length, number, and the count in network byte order.
    let count = answer.get(HEADERS + 4..HEADERS + 8).and_then(|bytes| bytes.try_into().ok());
    count.map(u32::from_be_bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Whether there is a table `inet vpcns`.
pub fn has_table() -> io::Result<bool> {
    let name: Vec<_> = TABLE.bytes().chain([0]).collect();
    match ask(GET_TABLE, INET, &name) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Sends a question, with one attribute if it is not empty, and takes the answer.
fn ask(question: u16, family: u8, attribute: &[u8]) -> io::Result<Vec<u8>> {
    let mut message = vec![0; 4];
    message.extend(question.to_ne_bytes());
    message.extend(REQUEST.to_ne_bytes());
    message.extend([0; 8]);
    message.extend([family, 0, 0, 0]);
    if !attribute.is_empty() {
        let length = u16::try_from(attribute.len() + 4).expect("names are short");
        message.extend(length.to_ne_bytes());
        message.extend(FIRST_ATTRIBUTE.to_ne_bytes());
        message.extend(attribute);
        message.resize(message.len().next_multiple_of(4), 0);
    }
    let length = u32::try_from(message.len()).expect("names are short");
    message[..4].copy_from_slice(&length.to_ne_bytes());

    let socket = Socket::new(NETLINK_NETFILTER)?;
    socket.connect(&SocketAddr::new(0, 0))?;
    socket.send(&message, 0)?;
    let (answer, _) = socket.recv_from_full()?;
    match answer.get(4..6) {
        Some(kind) if kind == ERROR.to_ne_bytes() => {
            let code = answer.get(16..20).and_then(|bytes| bytes.try_into().ok()).map_or(0, i32::from_ne_bytes);
            Err(io::Error::from_raw_os_error(-code))
        }
        _ => Ok(answer),
    }
}
