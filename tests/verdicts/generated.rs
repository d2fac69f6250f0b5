//! Topologies at random, as text of the native format: two VPCs, often with the same CIDR, with a load balancer and
//! an endpoint between them, and a third; NAT gateways; neighbours whose CIDRs differ peer, and some route tables know
//! it.

use crate::random::Random;
use std::fmt::Write;

const PORTS: [&str; 5] = ["80", "81", "80-90", "0-65535", "443"];

/// A topology.
pub(crate) fn topology(random: &mut Random) -> String {
    let mut text = String::from("name: verdicts\nvpcs:\n");
    let same = random.one_in(2);
    let second_of_b = if same { 10 } else { 20 };
    let accepted = [!same && random.below(4) > 0, random.below(4) > 0];
    for (vpc, second) in [("a", 10), ("b", second_of_b), ("c", 30)] {
        let peers = Peers { vpc, second_of_b, accepted };
        add_vpc(&mut text, random, &peers, second);
    }
    text.push_str("peering_connections:\n");
    if !same {
        writeln!(text, "  ab: {{ requester: a, accepter: b, accepted: {} }}", accepted[0]).unwrap();
    }
    writeln!(text, "  bc: {{ requester: c, accepter: b, accepted: {} }}", accepted[1]).unwrap();
    text.push_str(
        "nat_gateways: { nat-a: { subnet: a/public }, nat-b: { subnet: b/public }, nat-c: { subnet: c/public } }\n",
    );
    text.push_str("instances:\n");
    for index in 0..10 {
        let vpc = if index < 8 { ["a", "b"][index % 2] } else { "c" };
        let subnet = random.pick(&["public", "private"]);
        let groups = groups(random, vpc);
        let public = if random.one_in(2) { ", public_ip: true" } else { "" };
        writeln!(text, "  i{index}: {{ subnet: {vpc}/{subnet}, security_groups: [{groups}]{public} }}").unwrap();
    }
    let target = ["i1", "i3", "i5", "i7"][random.below(4)];
    let cross = random.pick(&["true", "false"]);
    let keep = random.pick(&["", ", preserve_client_ip: false"]);
    writeln!(text, "load_balancers:\n  nlb: {{ scheme: internal, subnets: [b/public, b/private], cross_zone: {cross}, listeners: {{ 'TCP:80': {{ targets: [{target}]{keep} }} }} }}").unwrap();
    text.push_str("endpoint_services: { service: { load_balancer: nlb } }\n");
    let accepted = random.below(4) > 0;
    let groups = groups(random, "a");
    writeln!(text, "endpoints: {{ e: {{ service: service, subnets: [a/public, a/private], security_groups: [{groups}], accepted: {accepted} }} }}").unwrap();
    text
}

/// Something of such a topology that fails: kind and name.
pub(crate) fn failure(random: &mut Random) -> (&'static str, &'static str) {
    const ALL: [(&str, &str); 8] = [
        ("az", "a"),
        ("az", "b"),
        ("nat", "nat-a"),
        ("nat", "nat-c"),
        ("target", "i1"),
        ("target", "i4"),
        ("node", "nlb/a"),
        ("node", "nlb/b"),
    ];
    ALL[random.below(ALL.len())]
}

/// What a VPC can know of its neighbours.
struct Peers<'a> {
    vpc: &'a str,
    second_of_b: usize,
    /// Whether `ab` and `bc` are active.
    accepted: [bool; 2],
}

impl Peers<'_> {
    /// Some routes to peers, and some that would need a peer to pass packets on.
    fn routes(&self, random: &mut Random) -> String {
        let b = self.second_of_b;
        let known = match self.vpc {
            _ if self.vpc != "c" && b == 10 => vec![(30, "bc")],
            "a" => vec![(b, "ab"), (30, "ab")],
            "b" => vec![(10, "ab"), (30, "bc")],
            _ if b == 10 => vec![(10, "bc")],
            _ => vec![(b, "bc"), (10, "bc")],
        };
        let known = known.into_iter().filter(|_| self.vpc != "a" || b != 10);
        let some = known.filter(|_| random.below(5) > 0);
        some.map(|(second, name)| format!("10.{second}.0.0/16: peering_connection/{name}"))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// A group of an active peer.
    fn group(&self, random: &mut Random) -> Option<String> {
        let [ab, bc] = self.accepted;
        let peer = match self.vpc {
            "a" if ab => "b",
            "b" if bc => "c",
            "b" if ab => "a",
            "c" if bc => "b",
            _ => return None,
        };
        Some(format!("{peer}/{}", random.pick(&["one", "two", "three"])))
    }
}

fn add_vpc(text: &mut String, random: &mut Random, peers: &Peers<'_>, second: usize) {
    let vpc = peers.vpc;
    let default = if random.below(4) > 0 {
        "0.0.0.0/0: internet_gateway"
    } else {
        "43.0.0.0/9: internet_gateway, 43.201.0.0/17: blackhole"
    };
    let acls = format!("    network_acls: {{ one: {}, two: {} }}\n", acl(random, second), acl(random, second));
    let mut own = || random.pick(&["", "", ", network_acl: one", ", network_acl: two"]);
    let (public_acl, private_acl) = (own(), own());
    let behind = if random.one_in(2) { format!("0.0.0.0/0: nat_gateway/nat-{vpc}") } else { String::new() };
    let mut routes = |first: &str| {
        let routes = [first.to_owned(), peers.routes(random)];
        routes.into_iter().filter(|routes| !routes.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let (public, private) = (routes(default), routes(&behind));
    writeln!(text, "  {vpc}:\n    cidr: 10.{second}.0.0/16\n    internet_gateway: true\n    subnets:").unwrap();
    writeln!(text, "      public: {{ cidr: 10.{second}.0.0/24, az: a, routes: {{ {public} }}{public_acl} }}").unwrap();
    writeln!(text, "      private: {{ cidr: 10.{second}.1.0/24, az: b, routes: {{ {private} }}{private_acl} }}")
        .unwrap();
    text.push_str(&acls);
    text.push_str("    security_groups:\n");
    for group in ["one", "two", "three"] {
        let inbound = rules(random, second, "source", peers);
        let outbound = if random.one_in(3) {
            format!(", outbound: [{}]", rules(random, second, "destination", peers))
        } else {
            String::new()
        };
        writeln!(text, "      {group}: {{ inbound: [{inbound}]{outbound} }}").unwrap();
    }
}

/// A network ACL: mostly open, or hardly anything would pass.
fn acl(random: &mut Random, second: usize) -> String {
    let mut entries = |number: usize| {
        let mut entries = String::new();
        for offset in 0..random.below(3) {
            let ports = random.pick(&["80", "81", "80-90", "1024-65535", "all"]);
            let subnet = format!("10.{second}.{}.0/24", random.below(2));
            let half = format!("10.{second}.1.0/25");
            let cidr = random.pick(&["0.0.0.0/0", "43.201.0.0/16", "3.38.0.0/16", &subnet, &half]);
            let action = random.pick(&["allow", "deny"]);
            let number = number + offset;
            write!(entries, "{number}: {{ protocol: tcp, ports: {ports}, cidr: {cidr}, action: {action} }}, ").unwrap();
        }
        let last = random.pick(&["type: All traffic", "type: All traffic", "protocol: tcp, ports: 1024-65535"]);
        format!("{{ {entries}900: {{ {last}, cidr: 0.0.0.0/0, action: allow }} }}")
    };
    let (inbound, outbound) = (entries(100), entries(200));
    format!("{{ inbound: {inbound}, outbound: {outbound} }}")
}

fn rules(random: &mut Random, second: usize, peer: &str, peers: &Peers<'_>) -> String {
    let mut rules = Vec::new();
    for _ in 0..=random.below(4) {
        let subnet = format!("10.{second}.{}.0/24", random.below(2));
        let vpc = format!("10.{second}.0.0/16");
        let half = format!("10.{second}.0.0/25");
        let group = peers.group(random).unwrap_or_else(|| "10.0.0.0/8".into());
        let who = [&*group, "0.0.0.0/0", "one", "two", "three", "43.201.0.0/16", "10.0.0.0/8", &subnet, &vpc, &half];
        let who = random.pick(&who).to_owned();
        let rule = match random.below(5) {
            0 => format!("{{ protocol: all, {peer}: {who} }}"),
            1 => format!("{{ protocol: icmp, {peer}: {who} }}"),
            _ => format!("{{ protocol: tcp, ports: {}, {peer}: {who} }}", random.pick(&PORTS)),
        };
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    rules.join(", ")
}

fn groups(random: &mut Random, vpc: &str) -> String {
    let mut groups: Vec<_> = ["one", "two", "three"].into_iter().filter(|_| random.one_in(2)).collect();
    if groups.is_empty() {
        groups.push("one");
    }
    groups.into_iter().map(|group| format!("{vpc}/{group}")).collect::<Vec<_>>().join(", ")
}
