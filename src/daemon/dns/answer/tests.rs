//! Answers, named after the rules they follow.

use super::{Answer, Kind, Question, answer};
use crate::spec::service::{DnsServer, HostNames, Records, ZonedAddress};
use proptest::prelude::*;
use std::{collections::BTreeMap, net::Ipv4Addr};

const SUFFIX: &str = "ap-northeast-2.compute.internal";

fn at(address: &str, zone: &str) -> ZonedAddress {
    ZonedAddress { address: address.parse().unwrap(), zone: (!zone.is_empty()).then(|| zone.into()) }
}

fn records<const N: usize>(a: [(&str, Vec<ZonedAddress>); N], ptr: &[(&str, &str)]) -> Records {
    Records {
        a: a.map(|(name, addresses)| (name.to_owned(), addresses)).into(),
        ptr: ptr.iter().map(|(address, name)| (address.parse().unwrap(), (*name).to_owned())).collect(),
    }
}

fn server() -> DnsServer {
    DnsServer {
        private: records([("ec2-3-38-0-9.example", vec![at("10.10.0.9", "a")])], &[]),
        host_names: vec![HostNames { suffix: SUFFIX.into(), networks: vec!["10.10.0.0/16".parse().unwrap()] }],
        client_zones: vec![
            ("10.10.0.0/24".parse().unwrap(), "a".into()),
            ("10.10.1.0/24".parse().unwrap(), "c".into()),
        ],
        ..DnsServer::default()
    }
}

fn public() -> Records {
    let endpoint = vec![at("10.10.0.1", "a"), at("10.10.1.1", "c"), at("10.10.2.1", "b")];
    records(
        [("ec2-3-38-0-9.example", vec![at("3.38.0.9", "")]), ("vpce.example", endpoint)],
        &[("3.38.0.9", "ec2-3-38-0-9.example"), ("10.10.0.9", "never")],
    )
}

fn ask(client: &str, name: &str, kind: Kind, turn: usize) -> Answer {
    answer(&server(), &public(), Question { client: client.parse().unwrap(), name, kind, turn })
}

fn addresses(list: &[&str]) -> Answer {
    Answer::Addresses(list.iter().map(|text| text.parse().unwrap()).collect())
}

#[test]
fn private_records_come_before_public_ones() {
    assert_eq!(ask("10.10.0.4", "ec2-3-38-0-9.example", Kind::A, 0), addresses(&["10.10.0.9"]), "NAME-04");
    let laptop = DnsServer { private: Records::default(), host_names: Vec::new(), ..server() };
    let question = Question { client: [1, 1, 1, 1].into(), name: "ec2-3-38-0-9.example", kind: Kind::A, turn: 0 };
    assert_eq!(answer(&laptop, &public(), question), addresses(&["3.38.0.9"]));
}

#[test]
fn a_star_stands_for_every_name_below_that_is_not_there_itself() {
    let star = ("*.s3.example", vec![at("52.0.0.1", "")]);
    let apex = ("s3.example", vec![at("52.0.0.2", "")]);
    let public = records([star, apex, ("own.s3.example", vec![at("52.0.0.3", "")])], &[]);
    let ask = |name| answer(&server(), &public, Question { client: [1, 1, 1, 1].into(), name, kind: Kind::A, turn: 0 });
    assert_eq!(ask("bucket.s3.example"), addresses(&["52.0.0.1"]));
    assert_eq!(ask("a.bucket.s3.example"), addresses(&["52.0.0.1"]));
    assert_eq!(ask("own.s3.example"), addresses(&["52.0.0.3"]));
    assert_eq!(ask("s3.example"), addresses(&["52.0.0.2"]));
    // RFC 4592: what is there itself has nothing below it but what is there too.
    assert_eq!(ask("below.own.s3.example"), Answer::NoName);
    assert_eq!(ask("example"), Answer::NoName);
    assert_eq!(ask("other.example"), Answer::NoName);
}

#[test]
fn every_address_of_the_vpc_has_a_name_both_ways() {
    let name = format!("ip-10-10-77-1.{SUFFIX}");
    assert_eq!(ask("10.10.0.4", &name, Kind::A, 0), addresses(&["10.10.77.1"]), "NAME-08");
    assert_eq!(ask("10.10.0.4", "1.77.10.10.in-addr.arpa", Kind::Ptr, 0), Answer::Pointer(name), "NAME-05");
    assert_eq!(ask("10.10.0.4", "9.0.38.3.in-addr.arpa", Kind::Ptr, 0), Answer::Pointer("ec2-3-38-0-9.example".into()));
}

#[test]
fn only_the_canonical_spelling_of_an_address_is_a_name() {
    for label in ["ip-10-10-077-1", "ip-10-20-0-1", "ip-10-10-0", "ip-10-10-0-1-1", "ip-10-10-0-256", "ip-10-10-0-+1"] {
        assert_eq!(ask("10.10.0.4", &format!("{label}.{SUFFIX}"), Kind::A, 0), Answer::NoName, "{label}");
    }
    for name in ["1.0.20.10.in-addr.arpa", "01.0.10.10.in-addr.arpa", "0.10.10.in-addr.arpa", "in-addr.arpa"] {
        assert_eq!(ask("10.10.0.4", name, Kind::Ptr, 0), Answer::NoName, "{name}");
    }
}

#[test]
fn the_own_zone_comes_first_and_the_rest_turns() {
    let from = |client, turn| ask(client, "vpce.example", Kind::A, turn);
    assert_eq!(from("10.10.0.4", 0), addresses(&["10.10.0.1", "10.10.1.1", "10.10.2.1"]), "VPCE-22");
    assert_eq!(from("10.10.0.4", 1), addresses(&["10.10.0.1", "10.10.2.1", "10.10.1.1"]), "DNS-11");
    assert_eq!(from("10.10.1.4", 0), addresses(&["10.10.1.1", "10.10.0.1", "10.10.2.1"]));
    assert_eq!(from("192.0.2.1", 1), addresses(&["10.10.1.1", "10.10.2.1", "10.10.0.1"]), "no zone: all turn");
}

#[test]
fn another_type_of_an_existing_name_is_no_data_and_the_rest_is_no_name() {
    for name in ["vpce.example", "localhost", SUFFIX, "", "9.0.38.3.in-addr.arpa"] {
        assert_eq!(ask("10.10.0.4", name, Kind::Other, 0), Answer::NoData, "{name}");
    }
    for kind in [Kind::A, Kind::Ptr, Kind::Other] {
        assert_eq!(ask("10.10.0.4", "vpce-1.ap-south-q.vpce.amazonaws.com", kind, 0), Answer::NoName, "DNS-22");
    }
    assert_eq!(ask("10.10.0.4", SUFFIX, Kind::A, 0), Answer::NoData);
}

#[test]
fn localhost_is_known() {
    assert_eq!(ask("10.10.0.4", "localhost", Kind::A, 3), addresses(&["127.0.0.1"]), "DNS-13");
    assert_eq!(ask("10.10.0.4", "1.0.0.127.in-addr.arpa", Kind::Ptr, 0), Answer::Pointer("localhost".into()));
}

#[test]
fn a_name_that_is_left_without_addresses_still_exists() {
    let public = records([("gone.example", vec![])], &[]);
    let question = Question { client: [10, 10, 0, 4].into(), name: "gone.example", kind: Kind::A, turn: 7 };
    assert_eq!(answer(&server(), &public, question), Answer::NoData);
}

proptest! {
    #[test]
    fn turning_loses_and_adds_nothing(count in 0_u8..9, zone in 0_u8..3, turn: usize) {
        let zones = ["a", "b", "c"];
        let all = (0..count).map(|n| at(&format!("10.0.0.{n}"), zones[usize::from(n) % 3])).collect::<Vec<_>>();
        let public = Records { a: BTreeMap::from([("x".to_owned(), all.clone())]), ptr: BTreeMap::new() };
        let client = Ipv4Addr::new(10, 10, zone, 4);
        let got = answer(&server(), &public, Question { client, name: "x", kind: Kind::A, turn });
        let mut got = match got { Answer::Addresses(list) => list, _ => vec![] };
        got.sort_unstable();
        prop_assert_eq!(got, all.into_iter().map(|found| found.address).collect::<Vec<_>>());
    }

    #[test]
    fn no_name_is_a_surprise(name in "[a-z0-9.-]{0,40}(\\.in-addr\\.arpa|\\.ap-northeast-2\\.compute\\.internal)?", turn: usize) {
        for kind in [Kind::A, Kind::Ptr, Kind::Other] {
            ask("10.10.0.4", &name, kind, turn);
        }
    }
}
