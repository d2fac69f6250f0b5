//! Random specs out of few names, so that two of them often mean the same things.

use crate::spec::{
    Address, Hop, Link, LinkKind, LinkName, MAIN_TABLE, MacAddress, Namespace, NetnsName, Route, Rule, Spec,
    nft::{Chain, Field, Filter, Map, Part, Rule as NftRule, Set, Statement, Table, Type, Value, Verdict},
};
use proptest::{collection::vec, prelude::*, sample::subsequence};
use std::collections::{BTreeMap, BTreeSet};

const HOSTS: [&str; 3] = ["a", "b", "vpc.v"];
/// The first one more often than the other.
const LINKS: [&str; 4] = ["eth0", "eth0", "eth0", "eth1"];

/// What `compile` could have written.
pub(super) fn desired() -> impl Strategy<Value = Spec> {
    spec(false)
}

/// What the kernel could show: links that are down, several routes to a place, unknown tables, names without namespaces.
pub(super) fn observed() -> impl Strategy<Value = Spec> {
    (spec(true), vec(any::<bool>(), 6)).prop_map(|(mut spec, odd)| {
        for (namespace, (down, unknown)) in spec.namespaces.values_mut().zip(odd[..3].iter().zip(&odd[3..])) {
            if *unknown && namespace.nft != Filter::None {
                namespace.nft = Filter::Unknown;
            }
            if *down {
                namespace.links.get_mut(&LinkName::lo()).expect("every namespace has it").mtu = 0;
            }
        }
        if odd.iter().all(|odd| *odd) {
            spec.namespaces.insert(host("left"), Namespace::default());
        }
        spec
    })
}

fn host(name: &str) -> NetnsName {
    NetnsName::new("t", name)
}

fn spec(odd: bool) -> impl Strategy<Value = Spec> {
    // Mostly the same hosts, wired in the same way, so that most of what differs is smaller than that.
    let usual = vec![("a", "eth0"), ("vpc.v", "eth0"), ("b", "eth0"), ("vpc.v", "eth1"), ("a", "eth1"), ("b", "eth1")];
    let ends = prop_oneof![4 => Just(usual.clone()), 1 => Just(usual).prop_shuffle()];
    let hosts = prop_oneof![4 => Just(HOSTS.to_vec()), 1 => subsequence(HOSTS.to_vec(), 0..=3)];
    let look = (prop::bool::weighted(0.1).prop_map(u8::from), any::<bool>(), any::<bool>());
    let pairs = (ends, prop_oneof![4 => Just(2_usize), 1 => 0..=3_usize], vec(look, 6));
    (hosts, pairs, vec(content(), 3)).prop_map(move |(hosts, pairs, contents)| {
        let mut spec = Spec::default();
        for name in &hosts {
            let lo = Link { kind: LinkKind::Loopback, mtu: 65536 };
            let links = BTreeMap::from([(LinkName::lo(), lo)]);
            spec.namespaces.insert(host(name), Namespace { links, ..Namespace::default() });
        }
        let (ends, count, looks) = pairs;
        for pair in ends.chunks(2).zip(looks.chunks(2)).take(count) {
            let ([one, other], [look, other_look]) = pair else { continue };
            if hosts.contains(&one.0) && hosts.contains(&other.0) {
                add_end(&mut spec, *one, *other, *look);
                add_end(&mut spec, *other, *one, *other_look);
            }
        }
        spec.namespaces.values_mut().zip(contents).for_each(|(namespace, content)| content.put_into(namespace, odd));
        spec
    })
}

fn add_end(spec: &mut Spec, this: (&str, &str), other: (&str, &str), look: (u8, bool, bool)) {
    let (mac, proxy_arp, large) = look;
    let (peer_namespace, peer) = (host(other.0), LinkName::new(other.1));
    let kind = LinkKind::Veth { mac: MacAddress([2, 0, 0, 0, 0, mac]), peer_namespace, peer, proxy_arp };
    let link = Link { kind, mtu: if large { 9001 } else { 1500 } };
    spec.namespaces.get_mut(&host(this.0)).expect("it was just made").links.insert(LinkName::new(this.1), link);
}

/// What is in a namespace if it has the links for it.
#[derive(Debug, Clone)]
struct Content {
    forward: bool,
    addresses: Vec<(&'static str, &'static str)>,
    routes: Vec<(u32, &'static str, u8, &'static str)>,
    rules: Vec<u32>,
    files: BTreeMap<String, String>,
    table: Option<Table>,
}

fn content() -> impl Strategy<Value = Content> {
    let link = prop::sample::select(LINKS.to_vec());
    let net = prop::sample::select(vec!["10.0.0.1/24", "10.0.0.2/24", "10.1.0.1/32"]);
    let destination = prop::sample::select(vec!["0.0.0.0/0", "10.9.0.0/16"]);
    let route = (prop::sample::select(vec![MAIN_TABLE, 1000]), destination, 0..4_u8, link.clone());
    let files = prop::collection::btree_map("[ab]", "[xy]", 0..3);
    (any::<bool>(), vec((link, net), 0..4), vec(route, 0..4), vec(1..4_u32, 0..3), files, prop::option::of(table()))
        .prop_map(|(forward, addresses, routes, rules, files, table)| Content {
            forward,
            addresses,
            routes,
            rules,
            files,
            table,
        })
}

impl Content {
    fn put_into(self, namespace: &mut Namespace, odd: bool) {
        let value = if self.forward { "1" } else { "0" };
        namespace.sysctls.insert("ipv4/ip_forward".into(), value.into());
        namespace.files = self.files;
        namespace.nft = self.table.map_or(Filter::None, Filter::Table);
        let rule = |table| Rule { priority: table, from: None, to: None, fwmark: Some(table), table };
        namespace.rules = self.rules.into_iter().map(rule).collect();
        let has = |link: &str| namespace.links.contains_key(&LinkName::new(link));
        for (link, net) in self.addresses.into_iter().filter(|(link, _)| has(link)) {
            namespace
                .addresses
                .insert(Address { link: LinkName::new(link), net: net.parse().expect("it is a network") });
        }
        for (table, destination, hop, link) in self.routes {
            let hop = match hop {
                0 => Hop::Blackhole,
                _ if !has(link) => continue,
                1 => Hop::Link(LinkName::new(link)),
                last => Hop::Gateway([10, 0, 0, last].into(), LinkName::new(link)),
            };
            let route = Route { table, destination: destination.parse().expect("it is a network"), hop };
            let same = |other: &Route| (other.table, other.destination) == (route.table, route.destination);
            if odd || !namespace.routes.iter().any(same) {
                namespace.routes.insert(route);
            }
        }
    }
}

/// Tables whose maps lead to chains of their own, and whose sets are sometimes of another kind.
fn table() -> impl Strategy<Value = Table> {
    let names = || subsequence(vec!["one", "two"], 0..=2);
    (names(), names(), vec((0..3_u8, 0..3_usize), 0..3), vec(0..3_u32, 0..3), prop::bool::weighted(0.1)).prop_map(
        |(chains, sets, elements, numbers, interval)| {
            let rule = |number: &u32| {
                NftRule::new([Statement::Match { field: Field::IpTtl, not: false, value: Value::Number(*number) }])
            };
            let counters: BTreeSet<_> = sets.iter().map(|name| format!("{name}_count")).collect();
            let counts = counters.iter().map(|name| NftRule::new([Statement::Count(name.clone())]));
            let rules: Vec<_> = numbers.iter().map(rule).chain(counts).collect();
            let part = |number: &u8| vec![Part::address([10, 0, 0, *number].into())];
            let keys: BTreeSet<_> = elements.iter().map(|(number, _)| part(number)).collect();
            let set = Set { key: vec![Type::Ipv4Addr], interval, elements: keys };
            let verdict = |to: usize| match chains.get(to) {
                Some(chain) => Part::Verdict(Verdict::Jump((*chain).into())),
                None => Part::Verdict(Verdict::Accept),
            };
            let pairs = elements.iter().map(|(number, to)| (part(number), verdict(*to))).collect();
            let map = Map { key: vec![Type::Ipv4Addr], value: Type::Verdict, interval, elements: pairs };
            let chain = Chain { hook: None, rules };
            Table {
                counters,
                maps: sets.iter().map(|name| (format!("{name}_map"), map.clone())).collect(),
                sets: sets.iter().map(|name| (format!("{name}_set"), set.clone())).collect(),
                chains: chains.iter().map(|name| ((*name).into(), chain.clone())).collect(),
            }
        },
    )
}
