//! Route netlink, blocking and in batches: many requests in one send, the machine's answer as errors by place.
//!
//! Only the last request of a send asks for an acknowledgement: the kernel reports the others' errors anyway, and
//! hundreds of acknowledgements would overflow the socket. A batch is not a transaction; what failed is named by its
//! place in the batch, and the rest was done. The nouns (`link`, `address`, `route`, `rule`) each translate between
//! `spec` and netlink's messages. A [`Netlink`] belongs to the namespace of the thread that opened it.

pub mod address;
pub mod link;
pub mod route;
pub mod rule;

use crate::spec::LinkName;
use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST, NetlinkMessage,
    NetlinkPayload,
};
use netlink_packet_route::{
    AddressFamily, RouteNetlinkMessage,
    nsid::{NsidAttribute, NsidMessage},
};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use std::{
    collections::BTreeMap,
    io,
    os::fd::{AsRawFd, BorrowedFd},
};

/// Requests in one send, so few that even an error for each fits into the socket's default buffer.
pub const CHUNK: usize = 128;
/// What one receive takes: the kernel makes its messages as large as the reader's buffer, up to 32 KiB.
const BUFFER: usize = 64 * 1024;

/// A socket to the kernel's network configuration.
#[derive(Debug)]
pub struct Netlink {
    socket: Socket,
    sequence: u32,
}

/// One change, not yet sent.
#[derive(Debug, Clone)]
pub struct Request {
    message: RouteNetlinkMessage,
    flags: u16,
}

impl Request {
    /// Makes what must not be there yet.
    fn create(message: RouteNetlinkMessage) -> Self {
        Self { message, flags: NLM_F_CREATE | NLM_F_EXCL }
    }

    /// Makes it, or takes the place of what is there.
    fn replace(message: RouteNetlinkMessage) -> Self {
        Self { message, flags: NLM_F_CREATE | NLM_F_REPLACE }
    }

    /// Changes or deletes what is there.
    fn plain(message: RouteNetlinkMessage) -> Self {
        Self { message, flags: 0 }
    }
}

/// A request of a batch that the kernel refused.
#[derive(Debug)]
pub struct Refusal {
    /// Its place in the batch.
    pub index: usize,
    /// Why.
    pub source: io::Error,
}

/// The number of each link of a namespace.
pub type Indexes = BTreeMap<LinkName, u32>;

impl Netlink {
    /// A socket in the calling thread's namespace.
    pub fn open() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        // An error then repeats the request's header only, not the whole request.
        socket.set_cap_ack(true)?;
        Ok(Self { socket, sequence: 0 })
    }

    /// Has the kernel do all of this, and says what it refused.
    pub fn send(&mut self, requests: &[Request]) -> io::Result<Vec<Refusal>> {
        let mut refused = Vec::new();
        for (chunk, requests) in requests.chunks(CHUNK).enumerate() {
            let first = self.sequence + 1;
            let last = first + u32::try_from(requests.len()).expect("a chunk is small") - 1;
            let mut bytes = Vec::new();
            for request in requests {
                let ack = if self.sequence + 1 == last { NLM_F_ACK } else { 0 };
                self.push(&mut bytes, request.message.clone(), request.flags | ack);
            }
            self.socket.send(&bytes, 0)?;
            self.receive(|message| {
                let NetlinkPayload::Error(error) = message.payload else { return false };
                let place = message.header.sequence_number.wrapping_sub(first) as usize;
                if error.code.is_some() && place < requests.len() {
                    refused.push(Refusal { index: chunk * CHUNK + place, source: error.to_io() });
                }
                message.header.sequence_number == last
            })?;
        }
        Ok(refused)
    }

    /// The number of each link.
    pub fn indexes(&mut self) -> io::Result<Indexes> {
        Ok(self.links()?.into_iter().map(|link| (link.name, link.index)).collect())
    }

    /// The numbers that this namespace calls others by (the `link-netnsid` of its links), in the same order.
    pub fn namespace_ids(&mut self, others: &[BorrowedFd<'_>]) -> io::Result<Vec<Option<i32>>> {
        let mut ids = Vec::new();
        for other in others {
            let mut message = NsidMessage::default();
            let fd = u32::try_from(other.as_raw_fd()).expect("an open file has a positive number");
            message.attributes.push(NsidAttribute::Fd(fd));
            let answers = self.ask(RouteNetlinkMessage::GetNsId(message), 0)?;
            ids.push(answers.into_iter().find_map(|answer| {
                let RouteNetlinkMessage::NewNsId(answer) = answer else { return None };
                answer.attributes.into_iter().find_map(|attribute| match attribute {
                    NsidAttribute::Id(id) if id >= 0 => Some(id),
                    _ => None,
                })
            }));
        }
        Ok(ids)
    }

    /// All objects of a kind, in one consistent reading.
    fn dump(&mut self, get: &RouteNetlinkMessage) -> io::Result<Vec<RouteNetlinkMessage>> {
        loop {
            match self.ask(get.clone(), NLM_F_DUMP) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                answered => return answered,
            }
        }
    }

    /// Asks one question and takes all its answers.
    fn ask(&mut self, question: RouteNetlinkMessage, flags: u16) -> io::Result<Vec<RouteNetlinkMessage>> {
        let mut bytes = Vec::new();
        // With an acknowledgement, the end of an answer that is no dump is certain too.
        let ack = if flags & NLM_F_DUMP == NLM_F_DUMP { 0 } else { NLM_F_ACK };
        self.push(&mut bytes, question, flags | ack);
        self.socket.send(&bytes, 0)?;
        let (mut answers, mut interrupted, mut failed) = (Vec::new(), false, None);
        self.receive(|message| {
            interrupted |= message.header.flags & NLM_F_DUMP_INTR != 0;
            match message.payload {
                NetlinkPayload::InnerMessage(answer) => answers.push(answer),
                NetlinkPayload::Error(error) => {
                    failed = error.code.map(|_| error.to_io());
                    return true;
                }
                NetlinkPayload::Done(_) => return true,
                _ => {}
            }
            false
        })?;
        match failed {
            Some(error) => Err(error),
            None if interrupted => Err(io::ErrorKind::Interrupted.into()),
            None => Ok(answers),
        }
    }

    /// Appends a message with the next sequence number.
    fn push(&mut self, bytes: &mut Vec<u8>, message: RouteNetlinkMessage, flags: u16) {
        self.sequence += 1;
        let mut message = NetlinkMessage::from(message);
        message.header.flags = flags | NLM_F_REQUEST;
        message.header.sequence_number = self.sequence;
        message.finalize();
        let start = bytes.len();
        bytes.resize(start + message.buffer_len().next_multiple_of(4), 0);
        message.serialize(&mut bytes[start..]);
    }

    /// Takes messages until `is_last` says so of one.
    fn receive(&mut self, mut is_last: impl FnMut(NetlinkMessage<RouteNetlinkMessage>) -> bool) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(BUFFER);
        loop {
            bytes.clear();
            self.socket.recv(&mut bytes, 0)?;
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let message = NetlinkMessage::<RouteNetlinkMessage>::deserialize(rest)
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
                let length = (message.header.length as usize).next_multiple_of(4);
                rest = rest.get(length..).unwrap_or_default();
                if is_last(message) {
                    return Ok(());
                }
            }
        }
    }
}

/// The one family that the spec speaks.
const FAMILY: AddressFamily = AddressFamily::Inet;

#[cfg(test)]
mod tests;
