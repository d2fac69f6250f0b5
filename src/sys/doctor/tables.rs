//! Tables with each kind of expression that those of labs have, one table for each part of the kernel, so that what is
//! missing is named. `tests/doctor.rs` holds them against the tables of all topologies.

use crate::spec::{
    LinkName,
    flow_log::GROUP,
    nft::{
        Chain, Field, Hash, HeaderByte, Hook, HookKind, HookPoint, Map, MarkSource, Part as Element, Rule, Set,
        Statement, Table, Translation, Type, Value, Verdict,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// A part of the kernel's nftables.
#[derive(Debug)]
pub struct Part {
    /// What it does.
    pub name: &'static str,
    /// The modules that have it.
    pub modules: &'static str,
    /// A table that needs it.
    pub table: Table,
}

/// All that labs use.
pub fn parts() -> Vec<Part> {
    let part = |name, modules, table| Part { name, modules, table };
    vec![
        part("sets, maps and packet headers", "nf_tables", sets()),
        part("marks", "nf_tables", marks()),
        part("changes of headers", "nf_tables", headers()),
        part("connection tracking", "nf_conntrack nft_ct", tracking()),
        part("routes (fib)", "nft_fib nft_fib_ipv4 nft_fib_inet", fib()),
        part("hashes", "nft_hash", hashes()),
        part("address translation", "nft_nat nft_chain_nat", translation()),
        part("packet log", "nft_log nfnetlink_log", log()),
        part("resets", "nft_reject nft_reject_inet", reset()),
        part("counters", "nft_counter", counters()),
    ]
}

const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// A chain that the kernel calls.
fn base(kind: HookKind, at: HookPoint, rules: Vec<Rule>) -> Chain {
    Chain { hook: Some(Hook { kind, at, priority: 0, drop_by_default: false }), rules }
}

/// A table with one base chain.
fn table(kind: HookKind, at: HookPoint, rules: Vec<Vec<Statement>>) -> Table {
    let rules = rules.into_iter().map(Rule::new).collect();
    let aim = Chain { hook: None, rules: vec![Rule::new([Statement::Verdict(Verdict::Return)])] };
    let chains = BTreeMap::from([("base".into(), base(kind, at, rules)), ("aim".into(), aim)]);
    Table { chains, ..Table::default() }
}

fn field(field: Field, value: Value) -> Statement {
    Statement::Match { field, not: false, value }
}

fn words(field: Field, words: &[&str]) -> Statement {
    self::field(field, Value::Words(words.iter().map(|word| (*word).into()).collect()))
}

fn tcp() -> Statement {
    words(Field::L4proto, &["tcp"])
}

/// Verdict maps by an interface, sets with networks and ports, chains at each hook.
fn sets() -> Table {
    let net = Value::Net("192.0.2.0/24".parse().expect("this is a network"));
    let pass = || Statement::Verdict(Verdict::Accept);
    let whole = vec![Field::Iifname, Field::IpSaddr, Field::IpDaddr, Field::L4proto, Field::ThDport];
    let fields = vec![
        vec![Statement::In { key: whole, not: false, set: "set".into() }, pass()],
        vec![Statement::Vmap { key: vec![Field::Iifname], map: "verdicts".into() }],
        vec![
            field(Field::Iifname, Value::Link("eth*".into())),
            field(Field::Oifname, Value::Link("eth0".into())),
            pass(),
        ],
        vec![
            field(Field::IpSaddr, net.clone()),
            field(Field::IpDaddr, net),
            tcp(),
            field(Field::ThDport, Value::Range(80, 90)),
            pass(),
        ],
        vec![tcp(), field(Field::ThSport, Value::Range(1, 2)), words(Field::TcpFlags, &["syn", "rst"]), pass()],
        vec![tcp(), field(Field::TcpSequence, Value::Number(1)), pass()],
        vec![field(Field::IpFragment, Value::Number(0)), field(Field::IpTtl, Value::Number(1)), pass()],
        vec![
            words(Field::L4proto, &["icmp"]),
            words(Field::IcmpType, &["echo-request"]),
            field(Field::IcmpCode, Value::Number(0)),
            pass(),
        ],
        vec![Statement::Verdict(Verdict::Jump("aim".into()))],
        vec![Statement::Verdict(Verdict::Goto("aim".into()))],
    ];
    let mut table = table(HookKind::Filter, HookPoint::Forward, fields);
    for (name, at) in [
        ("input", HookPoint::Input),
        ("output", HookPoint::Output),
        ("before", HookPoint::Prerouting),
        ("after", HookPoint::Postrouting),
    ] {
        let drop = vec![Rule::new([Statement::Verdict(Verdict::Drop)])];
        table.chains.insert(name.into(), base(HookKind::Filter, at, drop));
    }
    let eth0 = || Element::Ifname(LinkName::new("eth0"));
    let network = || Element::Net("192.0.2.0/24".parse().expect("this is a network"));
    let element = vec![eth0(), network(), network(), Element::Number(6), Element::Range(80, 90)];
    let key = vec![Type::Ifname, Type::Ipv4Addr, Type::Ipv4Addr, Type::InetProto, Type::InetService];
    table.sets.insert("set".into(), Set { key, interval: true, elements: BTreeSet::from([element]) });
    for (name, key, element) in [
        ("icmp", vec![Type::IcmpType, Type::IcmpCode], vec![Element::Range(8, 8), Element::Range(0, 255)]),
        ("marks", vec![Type::Mark, Type::CtDir], vec![Element::Number(7), Element::Number(0)]),
    ] {
        let interval = name == "icmp";
        table.sets.insert(name.into(), Set { key, interval, elements: BTreeSet::from([element]) });
    }
    let verdict = Element::Verdict(Verdict::Goto("aim".into()));
    table.maps.insert("verdicts".into(), map([Type::Ifname], Type::Verdict, [(vec![eth0()], verdict)]));
    table
}

fn map<const N: usize>(
    key: [Type; N],
    value: Type,
    elements: impl IntoIterator<Item = (Vec<Element>, Element)>,
) -> Map {
    Map { key: key.into(), value, interval: false, elements: elements.into_iter().collect() }
}

fn marks() -> Table {
    let set = |to| Statement::SetMark { mark: Field::Mark, to };
    let rules = vec![vec![field(Field::Mark, Value::Number(0)), set(MarkSource::Number(7))], vec![set(by_link())]];
    let mut table = table(HookKind::Filter, HookPoint::Prerouting, rules);
    table.maps.insert("marks".into(), link_marks());
    table
}

/// A mark by the link on which a packet came.
fn by_link() -> MarkSource {
    MarkSource::Map { key: vec![Field::Iifname], map: "marks".into() }
}

fn link_marks() -> Map {
    let element = (vec![Element::Ifname(LinkName::new("eth0"))], Element::Number(7));
    map([Type::Ifname], Type::Mark, [element])
}

fn headers() -> Table {
    let bits = |byte| vec![Statement::MatchBits { byte, mask: 1, value: 0 }, Statement::FlipBits { byte, mask: 1 }];
    let mut rules: Vec<_> =
        [HeaderByte::TimeToLive, HeaderByte::ChecksumHigh, HeaderByte::ChecksumLow].map(bits).into();
    rules.push(vec![Statement::SetTtl(64)]);
    table(HookKind::Filter, HookPoint::Postrouting, rules)
}

fn tracking() -> Table {
    let zones = BTreeMap::from([(Element::Number(7), 1)]);
    let rules = vec![
        vec![
            words(Field::CtState, &["established", "related"]),
            words(Field::CtDirection, &["reply"]),
            words(Field::CtStatus, &["dnat"]),
        ],
        vec![
            field(Field::CtMark, Value::Number(0)),
            Statement::SetMark { mark: Field::CtMark, to: MarkSource::Field(Field::Mark) },
        ],
        vec![Statement::SetMark { mark: Field::Mark, to: MarkSource::Field(Field::CtMark) }],
        vec![Statement::SetMark { mark: Field::CtMark, to: MarkSource::Number(7) }],
        vec![Statement::SetMark { mark: Field::CtMark, to: by_link() }],
    ];
    let mut table = table(HookKind::Filter, HookPoint::Forward, rules);
    table.maps.insert("marks".into(), link_marks());
    let zone = Rule::new([Statement::SetZone { key: Field::Mark, zones }]);
    let before = Hook { kind: HookKind::Filter, at: HookPoint::Prerouting, priority: -300, drop_by_default: false };
    table.chains.insert("zone".into(), Chain { hook: Some(before), rules: vec![zone] });
    table
}

fn fib() -> Table {
    let rule = vec![field(Field::FibOifname, Value::Link("eth0".into())), Statement::Verdict(Verdict::Accept)];
    table(HookKind::Filter, HookPoint::Prerouting, vec![rule])
}

fn hash() -> Hash {
    Hash { fields: vec![Field::IpSaddr, Field::IpDaddr, Field::ThSport, Field::ThDport], modulus: 4 }
}

fn hashes() -> Table {
    let verdicts = vec![(0..=1, Verdict::Goto("aim".into())), (2..=3, Verdict::Drop)];
    let spread = vec![tcp(), Statement::Spread { hash: hash(), verdicts }];
    table(HookKind::Filter, HookPoint::Forward, vec![spread])
}

fn translation() -> Table {
    let targets = vec![(0..=1, (ADDRESS, 80)), (2..=3, (Ipv4Addr::new(192, 0, 2, 2), 8080))];
    let to = |to| vec![Statement::Dnat(to)];
    let rules = vec![
        vec![tcp(), Statement::Dnat(Translation::Balance { hash: hash(), targets })],
        to(Translation::Map { key: Field::IpDaddr, map: "addresses".into() }),
        to(Translation::Address(ADDRESS)),
    ];
    let mut table = table(HookKind::Nat, HookPoint::Prerouting, rules);
    let element = (vec![Element::address(ADDRESS)], Element::address(ADDRESS));
    table.maps.insert("addresses".into(), map([Type::Ipv4Addr], Type::Ipv4Addr, [element]));
    let [from, into] = ["192.0.2.0/24", "198.51.100.0/24"].map(|net| net.parse().expect("this is a network"));
    let after = [
        vec![Statement::Snat(Translation::Prefix { from, to: into })],
        vec![tcp(), Statement::Snat(Translation::Ports { address: ADDRESS, first: 1024, last: 65535 })],
        vec![Statement::Snat(Translation::Map { key: Field::IpSaddr, map: "addresses".into() })],
        vec![Statement::Snat(Translation::Address(ADDRESS))],
    ];
    let after = base(HookKind::Nat, HookPoint::Postrouting, after.into_iter().map(Rule::new).collect());
    table.chains.insert("after".into(), after);
    let output = vec![Rule::new(to(Translation::Address(ADDRESS)))];
    table.chains.insert("output".into(), base(HookKind::Nat, HookPoint::Output, output));
    table
}

fn log() -> Table {
    let log = Statement::Log { group: GROUP, prefix: "doctor".into(), bytes: 64 };
    table(HookKind::Filter, HookPoint::Forward, vec![vec![log]])
}

fn reset() -> Table {
    table(HookKind::Filter, HookPoint::Forward, vec![vec![tcp(), Statement::RejectWithReset]])
}

/// Those by which `vpcns test --coverage` counts.
fn counters() -> Table {
    let own = Statement::In { key: vec![Field::CtOriginalSaddr], not: false, set: "own".into() };
    let marked = field(Field::CtMark, Value::Range(0, 7));
    let rules = vec![vec![own, marked, Statement::Verdict(Verdict::Return)], vec![Statement::Count("packets".into())]];
    let mut table = table(HookKind::Filter, HookPoint::Forward, rules);
    let elements = BTreeSet::from([vec![Element::address(ADDRESS)]]);
    table.sets.insert("own".into(), Set { key: vec![Type::Ipv4Addr], interval: false, elements });
    Table { counters: BTreeSet::from(["packets".into()]), ..table }
}
