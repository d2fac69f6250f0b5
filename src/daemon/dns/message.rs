//! DNS messages: the bytes of a query to the bytes of its reply, without sockets.
//!
//! What is asked is decided by [`answer`]; this file knows headers, limits and refusals. Replies are those
//! of a recursive resolver (never authoritative: DNS-19), live 60 seconds (DNS-21), and fit what the client can take,
//! else they say that they are truncated and the client asks again over TCP (DNS-02).

use super::answer::{Answer, Kind, Question, answer, private_zone};
use crate::spec::service::{DnsServer, Records};
use hickory_proto::{
    ProtoError,
    op::{Edns, Message, MessageType, Metadata, OpCode, Query, ResponseCode},
    rr::{
        DNSClass, Name, RData, Record, RecordType,
        rdata::{PTR, SOA},
    },
    serialize::binary::{BinEncodable, BinEncoder},
};
use std::net::Ipv4Addr;

/// Seconds for which an answer may be kept (DNS-21).
const TTL: u32 = 60;
/// The most that a reply over UDP may be, whatever the client offers: larger ones are cut to pieces on the way.
const UDP_LIMIT: u16 = 1232;
/// The most that a client takes who does not say how much (RFC 1035, 4.2.1).
const UDP_DEFAULT: u16 = 512;
/// The bytes of a message's header.
const HEADER: usize = 12;

/// How a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// In one datagram.
    Udp,
    /// In a stream, which takes replies of any length.
    Tcp,
}

/// What a server knows when it is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    /// The server's own part.
    pub(crate) server: &'a DnsServer,
    /// Public DNS.
    pub(crate) public: &'a Records,
}

/// The reply to a message; none for what deserves none: replies, and what is too short to be a message.
pub(crate) fn reply(
    view: View<'_>,
    client: Ipv4Addr,
    transport: Transport,
    turn: usize,
    message: &[u8],
) -> Option<Vec<u8>> {
    let Ok(request) = Message::from_vec(message) else { return malformed(message) };
    if request.metadata.message_type == MessageType::Response {
        return None;
    }
    let mut response = Message::new(request.metadata.id, MessageType::Response, request.metadata.op_code);
    response.metadata = Metadata::response_from_request(&request.metadata);
    response.metadata.recursion_available = true;
    response.add_queries(request.queries.iter().cloned());
    if let Some(asked) = &request.edns {
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_LIMIT);
        edns.set_dnssec_ok(asked.flags().dnssec_ok);
        response.set_edns(edns);
    }
    match question(&request) {
        Ok(query) => respond(view, client, turn, query, &mut response),
        Err(code) => response.metadata.response_code = code,
    }
    let limit = match transport {
        Transport::Udp => {
            request.edns.as_ref().map_or(UDP_DEFAULT, |edns| edns.max_payload().clamp(UDP_DEFAULT, UDP_LIMIT))
        }
        Transport::Tcp => u16::MAX,
    };
    encode(&response, limit).ok()
}

/// The only question of a request that we answer, or how it is refused.
fn question(request: &Message) -> Result<&Query, ResponseCode> {
    if request.metadata.op_code != OpCode::Query {
        return Err(ResponseCode::NotImp);
    }
    if request.version() > 0 {
        return Err(ResponseCode::BADVERS);
    }
    let [query] = request.queries.as_slice() else { return Err(ResponseCode::FormErr) };
    let transfer = matches!(query.query_type, RecordType::ANY | RecordType::AXFR | RecordType::IXFR);
    if transfer || query.query_class != DNSClass::IN { Err(ResponseCode::Refused) } else { Ok(query) }
}

/// Writes the answer to a question into the response.
fn respond(view: View<'_>, client: Ipv4Addr, turn: usize, query: &Query, response: &mut Message) {
    let name = query.name.to_lowercase().to_ascii();
    let name = name.strip_suffix('.').unwrap_or(&name);
    let kind = match query.query_type {
        RecordType::A => Kind::A,
        RecordType::PTR => Kind::Ptr,
        _ => Kind::Other,
    };
    let record = |data| Record::from_rdata(query.name.clone(), TTL, data);
    match answer(view.server, view.public, Question { client, name, kind, turn }) {
        Answer::Addresses(list) => {
            response.add_answers(list.into_iter().map(|address| record(RData::A(address.into()))));
        }
        Answer::Pointer(target) => match Name::from_ascii(format!("{target}.")) {
            Ok(target) => drop(response.add_answer(record(RData::PTR(PTR(target))))),
            Err(_) => response.metadata.response_code = ResponseCode::ServFail,
        },
        negative @ (Answer::NoData | Answer::NoName) => {
            if negative == Answer::NoName {
                response.metadata.response_code = ResponseCode::NXDomain;
            }
            response.add_authorities(private_zone(view.server, name).and_then(start_of_authority));
        }
    }
}

/// The SOA record of a private zone, as AWS's resolver gives it, so that clients know how long to believe a "no".
fn start_of_authority(zone: &str) -> Option<Record> {
    let zone = Name::from_ascii(format!("{zone}.")).ok()?;
    let primary = Name::from_ascii("ns0").ok()?.append_domain(&zone).ok()?;
    let mailbox = Name::from_ascii("hostmaster.amazon.com.").ok()?;
    let data = SOA::new(primary, mailbox, 2_012_103_100, 3600, 3600, 3600, TTL);
    Some(Record::from_rdata(zone, TTL, RData::SOA(data)))
}

/// The reply to what has a header and then makes no sense.
fn malformed(message: &[u8]) -> Option<Vec<u8>> {
    let header = message.get(..HEADER)?;
    let is_reply = header[2] & 0x80 != 0;
    let op_code = OpCode::from_u8((header[2] >> 3) & 0x0f);
    let id = u16::from_be_bytes([header[0], header[1]]);
    let refusal = Message::error_msg(id, op_code, ResponseCode::FormErr);
    if is_reply { None } else { encode(&refusal, UDP_DEFAULT).ok() }
}

/// The bytes of a message, with records left out and the truncation flag set if they were too many.
fn encode(message: &Message, limit: u16) -> Result<Vec<u8>, ProtoError> {
    let mut bytes = Vec::with_capacity(usize::from(UDP_DEFAULT));
    let mut encoder = BinEncoder::new(&mut bytes);
    encoder.set_max_size(limit);
    message.emit(&mut encoder)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
