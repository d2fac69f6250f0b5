//! Netfilter's part of netlink (nfnetlink): its sockets, requests with attributes, and the messages that come back. Who
//! knows what they mean is [`conntrack`](super::conntrack), [`packet_log`](super::packet_log) and [`nft`](super::nft).

use netlink_packet_core::{
    DefaultNla, Emitable, NLA_HEADER_SIZE, NLM_F_REQUEST, NLMSG_ERROR, NetlinkBuffer, NetlinkHeader, NlasIterator,
};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_NETFILTER};
use std::io;

/// The subsystems (`NFNL_SUBSYS_*`), in whose numbers their messages are counted.
pub(super) const CONNTRACK: u16 = 1 << 8;
pub(super) const PACKET_LOG: u16 = 4 << 8;
pub(super) const NFTABLES: u16 = 10 << 8;

/// The sizes of `struct nlmsghdr` and `struct nfgenmsg`.
const HEADER: usize = 16;
const GENMSG: usize = 4;

/// A socket to the calling thread's namespace, which also hears of these groups: a bit each.
pub(super) fn socket(groups: u32) -> io::Result<Socket> {
    let mut socket = Socket::new(NETLINK_NETFILTER)?;
    socket.bind(&SocketAddr::new(0, groups))?;
    socket.connect(&SocketAddr::new(0, 0))?;
    Ok(socket)
}

/// A request about something of an address family, or of a number that the subsystem knows.
pub(super) fn request(kind: u16, flags: u16, (family, number): (u8, u16), attributes: &[DefaultNla]) -> Vec<u8> {
    let mut message = vec![0; HEADER + GENMSG + attributes.buffer_len()];
    let mut header = NetlinkHeader::default();
    header.length = u32::try_from(message.len()).expect("a request is short");
    header.message_type = kind;
    header.flags = NLM_F_REQUEST | flags;
    header.emit(&mut message);
    message[HEADER] = family;
    message[HEADER + 2..HEADER + GENMSG].copy_from_slice(&number.to_be_bytes());
    attributes.emit(&mut message[HEADER + GENMSG..]);
    message
}

/// One message of a datagram.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    /// What it is.
    pub(super) kind: u16,
    /// The port of the socket that caused it.
    pub(super) port: u32,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    /// What it tells, attribute by attribute.
    pub(super) fn attributes(&self) -> &'a [u8] {
        self.body.get(GENMSG..).unwrap_or_default()
    }

    /// How a request ended, if that is what it tells.
    pub(super) fn outcome(&self) -> Option<io::Result<()>> {
        let code = || self.body.get(..4)?.try_into().ok().map(i32::from_ne_bytes);
        (self.kind == NLMSG_ERROR).then(|| match code() {
            Some(0) => Ok(()),
            Some(code) => Err(io::Error::from_raw_os_error(-code)),
            None => Err(io::ErrorKind::InvalidData.into()),
        })
    }
}

/// The messages of a datagram, up to one that is cut short.
pub(super) fn messages(datagram: &[u8]) -> impl Iterator<Item = Message<'_>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        let header = NetlinkBuffer::new_checked(rest).ok()?;
        let length = usize::try_from(header.length()).ok()?;
        let message =
            Message { kind: header.message_type(), port: header.port_number(), body: rest.get(HEADER..length)? };
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(message)
    })
}

/// Attributes: number and value of each.
pub(super) fn attributes(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    NlasIterator::new(bytes).map_while(Result::ok).map(|attribute| {
        let (number, end) = (attribute.kind(), usize::from(attribute.length()));
        (number, &attribute.into_inner()[NLA_HEADER_SIZE..end])
    })
}

/// The value of the attribute of this number.
pub(super) fn find(bytes: &[u8], number: u16) -> Option<&[u8]> {
    attributes(bytes).find(|(found, _)| *found == number).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::{attributes, find, messages, request};
    use netlink_packet_core::{DefaultNla, NLA_F_NESTED, NLM_F_ACK};

    #[test]
    fn what_is_asked_is_read_again() {
        let wanted = [DefaultNla::new(1, b"abcde".to_vec()), DefaultNla::new(7 | NLA_F_NESTED, vec![0; 4])];
        let bytes = request(0x0a10, NLM_F_ACK, (2, 513), &wanted);
        assert_eq!(bytes[6..8], 5_u16.to_ne_bytes());
        assert_eq!(bytes[16..20], [2, 0, 2, 1]);
        let both = [bytes.clone(), bytes].concat();
        let read: Vec<_> = messages(&both).collect();
        assert_eq!(read.len(), 2);
        for message in read {
            assert_eq!((message.kind, message.port), (0x0a10, 0));
            assert!(message.outcome().is_none());
            let values: Vec<_> = attributes(message.attributes()).collect();
            assert_eq!(values, [(1, &b"abcde"[..]), (7, &[0; 4][..])]);
            assert_eq!(find(message.attributes(), 7), Some(&[0; 4][..]));
            assert_eq!(find(message.attributes(), 2), None);
        }
    }

    #[test]
    fn an_outcome_is_a_code() {
        let outcome = |code: i32| {
            let mut bytes = request(2, 0, (0, 0), &[]);
            bytes[16..20].copy_from_slice(&code.to_ne_bytes());
            messages(&bytes).next().and_then(|message| message.outcome()).expect("it is one")
        };
        assert!(outcome(0).is_ok());
        assert_eq!(outcome(-2).unwrap_err().raw_os_error(), Some(2));
    }

    #[test]
    fn what_is_cut_short_is_not_read() {
        let bytes = request(0x0a10, 0, (2, 0), &[DefaultNla::new(1, b"abcde".to_vec())]);
        for end in 0..bytes.len() {
            assert_eq!(messages(&bytes[..end]).count(), 0, "{end}");
        }
        let cut = [&[12, 0, 1, 0][..], b"abcd"].concat();
        assert_eq!(attributes(&cut).count(), 0);
        assert_eq!(messages(&[0; 64]).count(), 0);
    }
}
