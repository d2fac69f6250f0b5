//! DNS messages: the bytes of a query to the bytes of its reply, without sockets.
//!
//! What is answered is decided by [`lookup`]; this file knows headers, limits and refusals. Replies are those
//! of a recursive resolver (never authoritative: DNS-19), and fit what the client can take, else they say that they
//! are truncated and the client asks again over TCP (DNS-02).

use super::{
    answer::{Kind, Question},
    lookup::{End, Soa, Value, lookup},
};
use crate::spec::{
    service::{DnsServer, Records},
    zone::{Forward, Zone},
};
use hickory_proto::{
    ProtoError,
    op::{Edns, Message, MessageType, Metadata, OpCode, Query, ResponseCode},
    rr::{
        DNSClass, Name, RData, Record, RecordType,
        rdata::{CNAME, MX, NS, PTR, SOA, SRV, TXT},
    },
    serialize::binary::{BinEncodable, BinEncoder},
};
use std::{collections::BTreeMap, net::Ipv4Addr};

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
    /// Its zones.
    pub(crate) public_zones: &'a BTreeMap<String, Zone>,
}

/// What becomes of a message.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It deserves no reply: it is one itself, or too short to be a message.
    Silence,
    /// This one.
    Reply(Vec<u8>),
    /// A reply, once another server was asked.
    Forward(Box<Pending>),
}

/// A reply that waits for another server's.
#[derive(Debug)]
pub(crate) struct Pending {
    /// As far as it is known.
    response: Message,
    limit: u16,
    /// What is to be asked.
    query: Query,
    /// Where.
    pub(crate) forward: Forward,
}

/// What becomes of a message.
pub(crate) fn reply(view: View<'_>, client: Ipv4Addr, transport: Transport, turn: usize, message: &[u8]) -> Outcome {
    let encoded = |bytes: Option<Vec<u8>>| bytes.map_or(Outcome::Silence, Outcome::Reply);
    let Ok(request) = Message::from_vec(message) else { return encoded(malformed(message)) };
    if request.metadata.message_type == MessageType::Response {
        return Outcome::Silence;
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
    let limit = match transport {
        Transport::Udp => {
            request.edns.as_ref().map_or(UDP_DEFAULT, |edns| edns.max_payload().clamp(UDP_DEFAULT, UDP_LIMIT))
        }
        Transport::Tcp => u16::MAX,
    };
    match question(&request).map(|query| respond(view, client, turn, query, &mut response)) {
        Ok(None) => {}
        Ok(Some((query, forward))) => return Outcome::Forward(Box::new(Pending { response, limit, query, forward })),
        Err(code) => response.metadata.response_code = code,
    }
    encoded(encode(&response, limit).ok())
}

impl Pending {
    /// The message that asks.
    pub(crate) fn query(&self, id: u16) -> Result<Vec<u8>, ProtoError> {
        let mut message = Message::query();
        message.metadata.id = id;
        message.metadata.recursion_desired = true;
        message.add_query(self.query.clone());
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_LIMIT);
        message.set_edns(edns);
        message.to_vec()
    }

    /// The other server's reply, if these bytes are one to the message that asked.
    pub(crate) fn answer(&self, id: u16, bytes: &[u8]) -> Option<Message> {
        let message = Message::from_vec(bytes).ok()?;
        let is_it = message.metadata.id == id
            && message.metadata.message_type == MessageType::Response
            && matches!(message.queries.as_slice(), [query] if *query == self.query);
        is_it.then_some(message)
    }

    /// The reply with what the other server said; without that it is SERVFAIL.
    pub(crate) fn finish(mut self, said: Option<Message>) -> Option<Vec<u8>> {
        if let Some(said) = said {
            self.response.metadata.response_code = said.metadata.response_code;
            self.response.add_answers(said.answers);
            self.response.add_authorities(said.authorities);
        } else {
            self.response.answers.clear();
            self.response.metadata.response_code = ResponseCode::ServFail;
        }
        encode(&self.response, self.limit).ok()
    }
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

/// Writes the answer to a question into the response, or says what is to be asked where.
fn respond(
    view: View<'_>,
    client: Ipv4Addr,
    turn: usize,
    query: &Query,
    response: &mut Message,
) -> Option<(Query, Forward)> {
    let asked = query.name.to_lowercase().to_ascii();
    // An asterisk is an asterisk, however it is written.
    let asked = asked.replace("\\052", "*");
    let name = asked.strip_suffix('.').unwrap_or(&asked);
    let found = lookup(view, Question { client, name, kind: kind(query.query_type), turn });
    for record in found.records {
        // A name that is the question's is spelt as there.
        let owner = if record.name == name { Ok(query.name.clone()) } else { wire_name(&record.name) };
        match owner.and_then(|owner| Ok(Record::from_rdata(owner, record.ttl, wire_data(record.value)?))) {
            Ok(record) => _ = response.add_answer(record),
            Err(_) => response.metadata.response_code = ResponseCode::ServFail,
        }
    }
    match found.end {
        End::Records => {}
        End::NoData(authority) => _ = response.add_authorities(authority.as_ref().and_then(start_of_authority)),
        End::NoName(authority) => {
            response.metadata.response_code = ResponseCode::NXDomain;
            response.add_authorities(authority.as_ref().and_then(start_of_authority));
        }
        End::Circle => response.metadata.response_code = ResponseCode::ServFail,
        End::Forward(next, forward) => {
            let owner = if next == name { Ok(query.name.clone()) } else { wire_name(&next) };
            match owner {
                Ok(owner) => return Some((Query::query(owner, query.query_type), forward)),
                Err(_) => response.metadata.response_code = ResponseCode::ServFail,
            }
        }
    }
    None
}

fn kind(asked: RecordType) -> Kind {
    match asked {
        RecordType::A => Kind::A,
        RecordType::AAAA => Kind::Aaaa,
        RecordType::CNAME => Kind::Cname,
        RecordType::MX => Kind::Mx,
        RecordType::NS => Kind::Ns,
        RecordType::PTR => Kind::Ptr,
        RecordType::SOA => Kind::Soa,
        RecordType::SRV => Kind::Srv,
        RecordType::TXT => Kind::Txt,
        _ => Kind::Other,
    }
}

fn wire_name(name: &str) -> Result<Name, ProtoError> {
    Name::from_ascii(format!("{name}."))
}

fn wire_data(value: Value) -> Result<RData, ProtoError> {
    Ok(match value {
        Value::A(address) => RData::A(address.into()),
        Value::Aaaa(address) => RData::AAAA(address.into()),
        Value::Cname(name) => RData::CNAME(CNAME(wire_name(&name)?)),
        Value::Mx(preference, name) => RData::MX(MX::new(preference, wire_name(&name)?)),
        Value::Ns(name) => RData::NS(NS(wire_name(&name)?)),
        Value::Ptr(name) => RData::PTR(PTR(wire_name(&name)?)),
        Value::Soa(authority) => RData::SOA(wire_authority(&authority)?),
        Value::Srv(priority, weight, port, name) => RData::SRV(SRV::new(priority, weight, port, wire_name(&name)?)),
        Value::Txt(texts) => RData::TXT(TXT::new(texts)),
    })
}

fn wire_authority(soa: &Soa) -> Result<SOA, ProtoError> {
    let [refresh, retry, expire, minimum] = soa.times;
    // RFC 1035 has these as signed numbers; all of ours are small.
    let signed = |seconds: u32| i32::try_from(seconds).unwrap_or(i32::MAX);
    let (primary, mailbox) = (wire_name(&soa.primary)?, wire_name(soa.mailbox)?);
    Ok(SOA::new(primary, mailbox, soa.serial, signed(refresh), signed(retry), signed(expire), minimum))
}

/// The record beside a "no".
fn start_of_authority(soa: &Soa) -> Option<Record> {
    let data = wire_authority(soa).ok()?;
    Some(Record::from_rdata(wire_name(&soa.zone).ok()?, soa.ttl, RData::SOA(data)))
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
