//! Zones and rules, named after the rules that they follow.

use super::{End, Found, Value, lookup};
use crate::{
    daemon::dns::{
        answer::{Kind, Question},
        message::View,
    },
    spec::{
        NetnsName,
        service::{DnsServer, HostNames, Records, ZonedAddress},
        zone::{Forward, RecordData, RecordSet, RecordType, Rule, Zone},
    },
};
use std::{collections::BTreeMap, net::Ipv4Addr};

fn at(address: [u8; 4]) -> Vec<ZonedAddress> {
    vec![ZonedAddress { address: address.into(), zone: None }]
}

fn zone<const N: usize>(records: [(&str, RecordData); N]) -> Zone {
    let set = |data| vec![RecordSet { ttl: 60, data }];
    let records = records.map(|(name, data)| (name.to_owned(), set(data)));
    Zone { name_servers: vec!["ns.example".into()], records: records.into() }
}

fn forward(last: u8) -> Rule {
    let to = vec![std::net::SocketAddrV4::new([192, 168, 0, last].into(), 53)];
    Rule::Forward(Forward { netns: NetnsName::new("lab", "vpc.a"), from: vec![[10, 0, 0, 9].into()], to })
}

fn server() -> DnsServer {
    let cname = |target: &str| RecordData::Cname(target.into());
    let alias = |target: &str| RecordData::Alias(RecordType::A, target.into());
    let corp = zone([
        ("www.corp.example", RecordData::A(at([10, 0, 0, 1]))),
        ("loop.corp.example", cname("pool.corp.example")),
        ("pool.corp.example", cname("loop.corp.example")),
        ("self.corp.example", alias("self.corp.example")),
        ("out.corp.example", cname("x.office.example")),
        ("lb.corp.example", alias("lb.public.example")),
        ("gone.corp.example", alias("nobody.public.example")),
    ]);
    let deep = zone([("a.deep.office.example", RecordData::A(at([10, 0, 0, 2])))]);
    let rules = [
        ("office.example", forward(1)),
        ("stay.office.example", Rule::System),
        ("same.example", forward(2)),
        ("", forward(3)),
    ];
    DnsServer {
        zones: [
            ("corp.example".to_owned(), corp),
            ("deep.office.example".to_owned(), deep),
            ("same.example".to_owned(), zone([("same.example", RecordData::A(at([10, 0, 0, 3])))])),
        ]
        .into(),
        rules: rules.map(|(domain, rule)| (domain.to_owned(), rule)).into(),
        host_names: vec![HostNames { suffix: "ec2.internal".into(), networks: vec!["10.0.0.0/16".parse().unwrap()] }],
        ..DnsServer::default()
    }
}

fn ask(name: &str, kind: Kind) -> Found {
    let public = Records { a: [("lb.public.example".to_owned(), at([10, 9, 0, 1]))].into(), ..Records::default() };
    let zones = BTreeMap::new();
    let view = View { server: &server(), public: &public, public_zones: &zones };
    lookup(view, Question { client: Ipv4Addr::LOCALHOST, name, kind, turn: 0 })
}

fn address(name: &str) -> Option<Ipv4Addr> {
    ask(name, Kind::A).records.into_iter().find_map(|record| match record.value {
        Value::A(address) => Some(address),
        _ => None,
    })
}

fn forwarded(name: &str) -> Option<u8> {
    match ask(name, Kind::A).end {
        End::Forward(_, forward) => Some(forward.to[0].ip().octets()[3]),
        _ => None,
    }
}

#[test]
fn a_rule_as_specific_as_a_zone_wins_and_else_the_zone_dns_06() {
    assert_eq!(forwarded("same.example"), Some(2));
    assert_eq!(address("a.deep.office.example"), Some([10, 0, 0, 2].into()));
    assert!(matches!(ask("b.deep.office.example", Kind::A).end, End::NoName(Some(_))), "DNS-07");
    assert_eq!(forwarded("x.office.example"), Some(1));
    assert_eq!(forwarded("office.example"), Some(1));
    assert_eq!(forwarded("backoffice.example"), Some(3), "labels, not letters");
}

#[test]
fn the_most_specific_rule_decides_dns_15() {
    assert_eq!(forwarded("a.stay.office.example"), None);
    assert_eq!(forwarded("anything.else"), Some(3));
}

#[test]
fn names_that_aws_defines_by_itself_are_not_forwarded_with_the_root_dns_13() {
    for name in ["localhost", "ip-10-0-0-7.ec2.internal", "7.0.0.10.in-addr.arpa", "9.9.20.172.in-addr.arpa"] {
        assert_eq!(forwarded(name), None, "{name}");
    }
    assert_eq!(forwarded("9.9.32.172.in-addr.arpa"), Some(3));
}

#[test]
fn chains_are_followed_to_another_server_and_never_in_a_circle() {
    let found = ask("out.corp.example", Kind::A);
    assert_eq!(found.records.len(), 1);
    assert!(matches!(found.end, End::Forward(name, _) if name == "x.office.example"));
    for name in ["loop.corp.example", "self.corp.example"] {
        assert_eq!(ask(name, Kind::A).end, End::Circle, "{name}");
    }
    assert_eq!(ask("loop.corp.example", Kind::Cname).end, End::Records);
}

#[test]
fn an_alias_answers_in_its_own_name_dns_09() {
    let found = ask("lb.corp.example", Kind::A);
    assert_eq!(found.records[0].name, "lb.corp.example");
    assert_eq!(found.records[0].value, Value::A([10, 9, 0, 1].into()));
    assert!(matches!(ask("lb.corp.example", Kind::Mx).end, End::NoData(Some(_))));
    // What an alias leads to is found by AWS itself, whatever the rules say.
    assert!(matches!(ask("gone.corp.example", Kind::A).end, End::NoData(Some(_))));
}
