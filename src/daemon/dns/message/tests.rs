//! Messages as bytes: refusals, limits, and whatever a client may send.

use super::{Outcome, Transport, UDP_DEFAULT, UDP_LIMIT, View, reply};
use crate::spec::service::{DnsServer, HostNames, Records, ZonedAddress};
use hickory_proto::{
    op::{Edns, Message, OpCode, Query, ResponseCode},
    rr::{DNSClass, Name, RecordType},
};
use proptest::prelude::*;
use std::net::Ipv4Addr;

fn server() -> DnsServer {
    let host_names = HostNames { suffix: "ec2.internal".into(), networks: vec!["10.0.0.0/16".parse().unwrap()] };
    DnsServer { host_names: vec![host_names], ..DnsServer::default() }
}

fn public() -> Records {
    let many = (0..200).map(|n| ZonedAddress { address: Ipv4Addr::new(10, 9, 0, n), zone: None });
    Records { a: [("many.example".to_owned(), many.collect())].into(), ..Records::default() }
}

fn exchange(bytes: &[u8], transport: Transport) -> Option<Vec<u8>> {
    let zones = std::collections::BTreeMap::new();
    let view = View { server: &server(), public: &public(), public_zones: &zones };
    match reply(view, Ipv4Addr::LOCALHOST, transport, 0, bytes) {
        Outcome::Reply(bytes) => Some(bytes),
        Outcome::Silence => None,
        Outcome::Forward(_) => panic!("nothing is forwarded"),
    }
}

fn query(name: &str, kind: RecordType) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message
}

fn ask(message: &Message, transport: Transport) -> Message {
    Message::from_vec(&exchange(&message.to_vec().unwrap(), transport).unwrap()).unwrap()
}

#[test]
fn a_reply_is_a_resolvers() {
    let got = ask(&query("IP-10-0-0-49.Ec2.Internal.", RecordType::A), Transport::Udp);
    assert_eq!(got.answers[0].to_string().split_whitespace().last(), Some("10.0.0.49"));
    assert_eq!(got.answers[0].ttl, 60, "DNS-21");
    assert_eq!(got.queries[0].name.to_ascii(), "IP-10-0-0-49.Ec2.Internal.", "as it was spelt");
    assert!(!got.metadata.authoritative && got.metadata.recursion_available && got.metadata.recursion_desired);
}

#[test]
fn a_no_in_the_private_zone_names_the_zone() {
    let got = ask(&query("nobody.ec2.internal.", RecordType::A), Transport::Udp);
    assert_eq!(got.metadata.response_code, ResponseCode::NXDomain);
    assert_eq!(got.authorities[0].name.to_ascii(), "ec2.internal.");
    let got = ask(&query("ip-10-0-0-1.ec2.internal.", RecordType::AAAA), Transport::Udp);
    assert_eq!((got.metadata.response_code, got.answers.len(), got.authorities.len()), (ResponseCode::NoError, 0, 1));
}

#[test]
fn what_is_not_for_us_is_refused() {
    let code = |message: &Message| ask(message, Transport::Udp).metadata.response_code;
    let mut chaos = query("version.bind.", RecordType::TXT);
    chaos.queries[0].query_class = DNSClass::CH;
    assert_eq!(code(&chaos), ResponseCode::Refused);
    assert_eq!(code(&query("many.example.", RecordType::ANY)), ResponseCode::Refused);
    let mut update = query("many.example.", RecordType::A);
    update.metadata.op_code = OpCode::Update;
    assert_eq!(code(&update), ResponseCode::NotImp);
    let mut two = query("many.example.", RecordType::A);
    two.add_query(two.queries[0].clone());
    assert_eq!(code(&two), ResponseCode::FormErr);
    let mut future = query("many.example.", RecordType::A);
    future.set_edns(Edns::new()).edns.as_mut().unwrap().set_version(1);
    assert_eq!(u16::from(code(&future)), u16::from(ResponseCode::BADVERS));
}

#[test]
fn what_does_not_fit_is_truncated_and_whole_over_tcp() {
    let plain = query("many.example.", RecordType::A);
    let udp = exchange(&plain.to_vec().unwrap(), Transport::Udp).unwrap();
    assert!(udp.len() <= usize::from(UDP_DEFAULT));
    assert!(Message::from_vec(&udp).unwrap().metadata.truncation);
    let tcp = ask(&plain, Transport::Tcp);
    assert_eq!((tcp.answers.len(), tcp.metadata.truncation), (200, false), "DNS-02");
}

#[test]
fn the_clients_buffer_is_used_within_reason() {
    for (offer, most) in [(0, UDP_DEFAULT), (900, 900), (65_535, UDP_LIMIT)] {
        let mut message = query("many.example.", RecordType::A);
        message.set_edns(Edns::new()).edns.as_mut().unwrap().set_max_payload(offer);
        let got = exchange(&message.to_vec().unwrap(), Transport::Udp).unwrap();
        assert!(got.len() <= usize::from(most), "{} bytes for an offer of {offer}", got.len());
        assert!(got.len() > usize::from(most) - 64, "{} bytes for an offer of {offer}", got.len());
    }
}

#[test]
fn garbage_is_a_format_error_and_replies_are_no_questions() {
    let mut bytes = query("many.example.", RecordType::A).to_vec().unwrap();
    bytes.truncate(15);
    let got = Message::from_vec(&exchange(&bytes, Transport::Udp).unwrap()).unwrap();
    assert_eq!(
        (got.metadata.response_code, got.metadata.id),
        (ResponseCode::FormErr, u16::from_be_bytes([bytes[0], bytes[1]]))
    );
    let reply = ask(&query("many.example.", RecordType::A), Transport::Tcp).to_vec().unwrap();
    assert_eq!(exchange(&reply, Transport::Udp), None);
    assert_eq!(exchange(&[0; 11], Transport::Udp), None);
}

proptest! {
    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let got = exchange(&bytes, Transport::Udp);
        prop_assert!(got.is_none_or(|reply| reply.len() <= usize::from(UDP_LIMIT)));
    }

    #[test]
    fn broken_queries_never_panic(place in 0_usize..40, with: u8, cut in 0_usize..40) {
        let mut bytes = query("ip-10-0-0-1.ec2.internal.", RecordType::A).to_vec().unwrap();
        let last = bytes.len() - 1;
        bytes[place.min(last)] = with;
        bytes.truncate(bytes.len() - cut.min(last));
        for transport in [Transport::Udp, Transport::Tcp] {
            exchange(&bytes, transport);
        }
    }
}
