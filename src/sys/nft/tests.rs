//! nft itself judges: what it loads from our JSON must be what it loads from our `Display`, which is its own language.

use super::{Transaction, counters, generation, has_table, program, transaction::shortened};
use crate::{
    spec::{
        LinkName, NetnsName,
        nft::{
            Chain, Field, Hash, HeaderByte, Hook, HookKind, HookPoint, Map, MarkSource, Part, Rule, Set, Statement,
            Table, Translation, Type, Value, Verdict,
        },
    },
    sys::netns::{self, Netns},
};
use ipnet::Ipv4Net;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Instant,
};

/// A namespace, deleted at the end of the test.
struct Scratch(NetnsName, Netns);

impl Scratch {
    fn new(host: &str) -> Self {
        let name = NetnsName::new("t-apply-nft", host);
        let netns = Netns::create(&name).unwrap();
        Self(name, netns)
    }

    fn commit(&self, transaction: Transaction<'_>) -> u32 {
        self.1.enter(|| transaction.commit()).unwrap().unwrap()
    }

    fn load(&self, table: &Table) -> u32 {
        let mut transaction = Transaction::new();
        transaction.replace_table(table);
        self.commit(transaction)
    }

    /// Runs nft inside, with this as its input.
    fn nft(&self, arguments: &[&str], input: &str) -> String {
        let run = || {
            let mut command = Command::new(program().unwrap());
            let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
            child.wait_with_output().unwrap()
        };
        let output = self.1.enter(run).unwrap();
        assert!(output.status.success(), "nft refused:\n{input}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn list(&self) -> String {
        self.nft(&["list", "table", "inet", "vpcns"], "")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        netns::delete(&self.0).unwrap();
    }
}

fn words(field: Field, words: &[&str], not: bool) -> Statement {
    Statement::Match { field, not, value: Value::Words(words.iter().map(|&word| word.into()).collect()) }
}

fn is(field: Field, value: Value) -> Statement {
    Statement::Match { field, not: false, value }
}

fn net(text: &str) -> ipnet::Ipv4Net {
    text.parse().unwrap()
}

fn ifname(name: &str) -> Part {
    Part::Ifname(LinkName::new(name))
}

fn sets() -> BTreeMap<String, Set> {
    let ports = Set {
        key: vec![Type::Ipv4Addr, Type::InetProto, Type::InetService],
        interval: true,
        elements: BTreeSet::from([
            vec![Part::Net(net("10.0.0.0/16")), Part::Number(6), Part::Range(80, 90)],
            vec![Part::address([10, 1, 0, 1].into()), Part::Number(17), Part::port(53)],
        ]),
    };
    let icmp = Set {
        key: vec![Type::IcmpType, Type::IcmpCode],
        interval: false,
        elements: BTreeSet::from([vec![Part::Number(8), Part::Number(0)]]),
    };
    BTreeMap::from([("web_ports".into(), ports), ("web_icmp".into(), icmp)])
}

fn maps() -> BTreeMap<String, Map> {
    let map = |key, value, interval, elements| Map { key: vec![key], value, interval, elements };
    let verdicts = BTreeMap::from([
        (vec![ifname("eni-1")], Part::Verdict(Verdict::Jump("web".into()))),
        (vec![ifname("eni-2")], Part::Verdict(Verdict::Goto("web".into()))),
        (vec![ifname("eni-3")], Part::Verdict(Verdict::Accept)),
        (vec![ifname("eni-4")], Part::Verdict(Verdict::Drop)),
    ]);
    let marks = BTreeMap::from([(vec![ifname("eni-1")], Part::Number(0x1001))]);
    let addresses = BTreeMap::from([(vec![Part::Net(net("10.0.0.7/32"))], Part::address([43, 201, 0, 7].into()))]);
    BTreeMap::from([
        ("outbound".into(), map(Type::Ifname, Type::Verdict, false, verdicts)),
        ("route_table".into(), map(Type::Ifname, Type::Mark, false, marks)),
        ("elastic_ips".into(), map(Type::Ipv4Addr, Type::Ipv4Addr, true, addresses)),
    ])
}

fn base(kind: HookKind, at: HookPoint, priority: i32, drop_by_default: bool, rules: Vec<Rule>) -> Chain {
    Chain { hook: Some(Hook { kind, at, priority, drop_by_default }), rules }
}

/// Every condition there is.
fn conditions() -> Vec<Rule> {
    let key = vec![Field::IpDaddr, Field::L4proto, Field::ThDport];
    vec![
        Rule::new([Statement::In { key, not: false, set: "web_ports".into() }, Statement::Verdict(Verdict::Accept)])
            .comment("sg-web in 1"),
        Rule::new([Statement::In { key: vec![Field::IcmpType, Field::IcmpCode], not: true, set: "web_icmp".into() }]),
        Rule::new([words(Field::CtState, &["established", "related"], false), Statement::Verdict(Verdict::Return)]),
        Rule::new([words(Field::CtState, &["invalid"], true), words(Field::CtDirection, &["reply"], false)]),
        Rule::new([words(Field::CtStatus, &["dnat"], false), words(Field::TcpFlags, &["syn", "ack"], false)]),
        Rule::new([words(Field::L4proto, &["tcp", "udp"], false), is(Field::ThSport, Value::Number(53))]),
        Rule::new([words(Field::IcmpType, &["echo-request"], true), is(Field::IcmpCode, Value::Number(0))]),
        Rule::new([is(Field::Iifname, Value::Link("eni-*".into())), is(Field::Oifname, Value::Link("eth0".into()))]),
        Rule::new([is(Field::IpSaddr, Value::Net(net("10.0.0.0/8"))), is(Field::IpTtl, Value::Number(1))]),
        Rule::new([is(Field::Mark, Value::Number(0x1001)), is(Field::CtMark, Value::Number(7))]),
        Rule::new([is(Field::TcpSequence, Value::Number(5)), Statement::Verdict(Verdict::Goto("web".into()))]),
        Rule::new([Statement::Vmap { key: vec![Field::Iifname], map: "outbound".into() }]),
        Rule::new([is(Field::CtOriginalSaddr, Value::Net(net("10.0.0.9/32"))), counted()]),
    ]
}

fn marks() -> Vec<Rule> {
    let set = |mark, to| Rule::new([Statement::SetMark { mark, to }]);
    vec![
        set(Field::Mark, MarkSource::Map { key: vec![Field::Iifname], map: "route_table".into() }),
        set(Field::CtMark, MarkSource::Field(Field::Mark)),
        set(Field::Mark, MarkSource::Field(Field::CtMark)),
        set(Field::CtMark, MarkSource::Number(7)),
        Rule::new([is(Field::Oifname, Value::Link("eth0".into())), Statement::SetTtl(59)]),
        Rule::new([
            Statement::MatchBits { byte: HeaderByte::TimeToLive, mask: 3, value: 1 },
            Statement::FlipBits { byte: HeaderByte::ChecksumHigh, mask: 0xff },
        ]),
    ]
}

fn destinations() -> Vec<Rule> {
    let to = |count: u8| Translation::Balance {
        hash: Hash { fields: vec![Field::IpSaddr, Field::ThSport], modulus: count.into() },
        targets: (0..count).map(|last| (last.into()..=last.into(), ([10, 0, 0, last].into(), 8080))).collect(),
    };
    let hash = Hash { fields: vec![Field::IpSaddr], modulus: 10 };
    let verdicts = vec![(0..=6, Verdict::Accept), (7..=7, Verdict::Drop)];
    let tcp = || words(Field::L4proto, &["tcp"], false);
    vec![
        Rule::new([tcp(), Statement::Dnat(to(3))]).comment("nlb TCP:80"),
        Rule::new([tcp(), Statement::Dnat(to(1))]),
        Rule::new([Statement::Dnat(Translation::Map { key: Field::IpDaddr, map: "elastic_ips".into() })]),
        Rule::new([Statement::Dnat(Translation::Address([10, 0, 0, 9].into()))]),
        Rule::new([Statement::Spread { hash, verdicts }]),
    ]
}

fn counted() -> Statement {
    Statement::Count("web".into())
}

fn everything() -> Table {
    let prefix = Translation::Prefix { from: net("10.10.0.0/16"), to: net("240.1.0.0/16") };
    let sources = vec![
        Rule::new([Statement::Snat(Translation::Map { key: Field::IpSaddr, map: "elastic_ips".into() })]),
        Rule::new([Statement::Snat(Translation::Address([10, 0, 0, 9].into()))]),
        Rule::new([Statement::Snat(prefix)]),
    ];
    let chains = BTreeMap::from([
        ("web".into(), Chain { hook: None, rules: vec![Rule::new([Statement::Verdict(Verdict::Drop)])] }),
        ("marks".into(), base(HookKind::Filter, HookPoint::Prerouting, -150, false, marks())),
        ("forward".into(), base(HookKind::Filter, HookPoint::Forward, 0, true, conditions())),
        ("input".into(), base(HookKind::Filter, HookPoint::Input, 0, true, vec![])),
        ("output".into(), base(HookKind::Filter, HookPoint::Output, 0, false, vec![Rule::new([counted()])])),
        ("destinations".into(), base(HookKind::Nat, HookPoint::Prerouting, -100, false, destinations())),
        ("sources".into(), base(HookKind::Nat, HookPoint::Postrouting, 100, false, sources)),
    ]);
    Table { counters: ["web".to_owned()].into(), sets: sets(), maps: maps(), chains }
}

#[test]
fn the_json_says_what_display_says() {
    let (json, text) = (Scratch::new("json"), Scratch::new("text"));
    let table = everything();
    json.load(&table);
    text.nft(&["-f", "-"], &table.to_string());
    assert_eq!(json.list(), text.list());
}

#[test]
fn a_second_load_replaces_the_first() {
    let scratch = Scratch::new("twice");
    assert!(!scratch.1.enter(has_table).unwrap().unwrap());
    let first = scratch.load(&everything());
    let listed = scratch.list();
    assert!(scratch.1.enter(has_table).unwrap().unwrap());
    assert_eq!(first, scratch.1.enter(generation).unwrap().unwrap());
    let second = scratch.load(&everything());
    assert_eq!(listed, scratch.list());
    assert!(second > first);
    scratch.nft(&["add", "chain", "inet", "vpcns", "intruder"], "");
    assert!(scratch.1.enter(generation).unwrap().unwrap() > second);
    for _ in 0..2 {
        let mut transaction = Transaction::new();
        transaction.delete_table();
        scratch.commit(transaction);
        assert!(!scratch.1.enter(has_table).unwrap().unwrap());
    }
}

/// Somebody else changes tables of the same namespace all the time: that is not taken for ours.
#[test]
fn what_is_committed_is_in_force() {
    let scratch = Scratch::new("force");
    scratch.load(&everything());
    let over = AtomicBool::new(false);
    let (first, second) = (BTreeSet::from([vec![Part::Number(1)]]), BTreeSet::from([vec![Part::Number(2)]]));
    let set = Set { key: vec![Type::InetProto], interval: false, elements: first.clone() };
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                scratch.nft(&["-f", "-"], "add table ip other\ndelete table ip other\n");
            }
        });
        let mut transaction = Transaction::new();
        transaction.add_set("turns", &set);
        scratch.commit(transaction);
        for turn in 0..20 {
            let (gone, come) = if turn % 2 == 0 { (&first, &second) } else { (&second, &first) };
            let mut transaction = Transaction::new();
            transaction.delete_keys("turns", gone);
            transaction.add_keys("turns", come);
            let told = scratch.commit(transaction);
            let listed = scratch.nft(&["-n", "list", "set", "inet", "vpcns", "turns"], "");
            let is_there = listed.contains(if turn % 2 == 0 { "elements = { 2 }" } else { "elements = { 1 }" });
            // A test that fails must not go on for ever.
            over.fetch_or(!is_there, Ordering::Relaxed);
            assert!(is_there, "turn {turn}: {listed}");
            assert!(told <= scratch.1.enter(generation).unwrap().unwrap());
        }
        over.store(true, Ordering::Relaxed);
    });
}

/// So many commands that the kernel is not asked to tell of them one by one.
#[test]
fn a_long_change_is_in_force_too() {
    let scratch = Scratch::new("long");
    scratch.load(&everything());
    let port = |number: u16| vec![Part::Net(Ipv4Net::default()), Part::Number(6), Part::Range(number, number)];
    let many: BTreeSet<_> = (10_000..11_000).map(port).collect();
    let (mut add, mut delete) = (Transaction::new(), Transaction::new());
    add.add_keys("web_ports", &many);
    delete.delete_keys("web_ports", &many);
    let before = scratch.list();
    let told = scratch.commit(add);
    assert_eq!(told, scratch.1.enter(generation).unwrap().unwrap());
    assert!(scratch.list().contains("10999"));
    assert_eq!(scratch.commit(delete), scratch.1.enter(generation).unwrap().unwrap());
    assert_eq!(scratch.list(), before);
}

#[test]
fn counters_count_on_when_their_rules_are_loaded_anew() {
    let scratch = Scratch::new("count");
    scratch.load(&everything());
    let counted = || scratch.1.enter(counters).unwrap().unwrap();
    assert_eq!(counted(), BTreeMap::from([("web".to_owned(), 0)]));
    scratch.1.enter(|| Command::new("ip").args(["link", "set", "lo", "up"]).status().unwrap()).unwrap();
    let socket = scratch.1.udp_socket(([127, 0, 0, 1], 0).into()).unwrap();
    socket.send_to(b"x", "127.0.0.1:9").unwrap();
    let before = counted()["web"];
    assert!(before > 0);
    let table = everything();
    let mut transaction = Transaction::new();
    transaction.flush_chain("output");
    transaction.add_rules("output", &table.chains["output"].rules);
    scratch.commit(transaction);
    assert_eq!(counted()["web"], before);
    let mut transaction = Transaction::new();
    transaction.flush_chain("output");
    transaction.flush_chain("forward");
    transaction.delete_counter("web");
    scratch.commit(transaction);
    assert!(counted().is_empty());
}

#[test]
fn a_refusal_is_told_in_the_words_of_nft() {
    let scratch = Scratch::new("refused");
    let mut transaction = Transaction::new();
    transaction.flush_chain("nowhere");
    let error = scratch.1.enter(|| transaction.commit()).unwrap().unwrap_err();
    assert!(error.to_string().starts_with("`nft` refused: "), "{error}");
    assert!(error.to_string().contains("No such file or directory"), "{error}");
}

#[test]
fn comments_are_cut_between_characters() {
    assert_eq!(shortened("sg-web"), "sg-web");
    assert_eq!(shortened(&"ü".repeat(100)).len(), 126);
    let scratch = Scratch::new("comment");
    let mut table = everything();
    table.chains.get_mut("web").unwrap().rules[0].comment = Some("ü".repeat(100));
    scratch.load(&table);
}

/// Prints its time: the figure to watch when the translation changes.
#[test]
fn a_thousand_interfaces_load_at_once() {
    let scratch = Scratch::new("thousand");
    let mut table = everything();
    for number in 0..1000_u32 {
        let name = vec![ifname(&format!("eni-{number:010x}"))];
        let verdict = Part::Verdict(Verdict::Jump(format!("sg{}", number % 100)));
        table.maps.get_mut("outbound").unwrap().elements.insert(name.clone(), verdict);
        table.maps.get_mut("route_table").unwrap().elements.insert(name, Part::Number(number));
    }
    for group in 0..100_u8 {
        let set = format!("sg{group}_ports");
        let key = vec![Field::IpDaddr, Field::L4proto, Field::ThDport];
        let accept = [Statement::In { key, not: false, set: set.clone() }, Statement::Verdict(Verdict::Accept)];
        table.chains.insert(format!("sg{group}"), Chain { hook: None, rules: vec![Rule::new(accept)] });
        let networks = (0..5).map(|third| Part::Net(Ipv4Net::new([10, group, third, 0].into(), 24).unwrap()));
        let elements = networks.map(|net| vec![net, Part::Number(6), Part::Range(80, 443)]).collect();
        table.sets.insert(set, Set { elements, ..table.sets["web_ports"].clone() });
    }
    let started = Instant::now();
    scratch.load(&table);
    println!("1000 interfaces, 100 groups: {:?}", started.elapsed());
}

#[test]
fn a_version_is_read_as_nft_says_it() {
    assert_eq!(super::version_in("nftables v1.0.6 (Lester Gooch #5)\n"), Some(super::Version(1, 0, 6)));
    assert_eq!(super::version_in("nftables v0.9.3 (Topsy)"), Some(super::Version(0, 9, 3)));
    assert_eq!(super::version_in("nftables v1.1"), Some(super::Version(1, 1, 0)));
    for nonsense in ["", "nftables", "nftables 1.0.6", "nftables vX.Y"] {
        assert_eq!(super::version_in(nonsense), None, "{nonsense}");
    }
}
