//! Labs written by hand, and a guard that removes them.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};
use vpcns::{
    apply::{Plan, diff, execute, observe, remove},
    spec::{
        Address, Hop, Link, LinkKind, LinkName, MAIN_TABLE, MacAddress, Namespace, NetnsName, Route, Rule, Spec,
        nft::{
            Chain, Field, Filter, Hook, HookKind, HookPoint, Map, MarkSource, Part, Rule as NftRule, Set, Statement,
            Table, Type, Value, Verdict,
        },
    },
    sys::{
        netns::{self, Netns},
        state::{Lab, Lock},
    },
};

/// A locked lab that is removed at the end of the test.
pub(crate) struct Scratch {
    pub(crate) lab: Lab,
    lock: Option<Lock>,
}

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let lab = Lab::named(name);
        let lock = Some(lab.lock().unwrap());
        Self { lab, lock }
    }

    pub(crate) fn name(&self) -> &str {
        self.lab.name()
    }

    pub(crate) fn host(&self, host: &str) -> NetnsName {
        NetnsName::new(self.name(), host)
    }

    pub(crate) fn up(&self, wanted: &Spec, expected: &Spec) {
        self.run(&diff(wanted, &self.observe(expected)));
    }

    pub(crate) fn run(&self, plan: &Plan) {
        if let Err(error) = execute(&self.lab, plan, &mut |_| {}) {
            panic!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string));
        }
    }

    pub(crate) fn observe(&self, expected: &Spec) -> Spec {
        observe(&self.lab, expected).unwrap()
    }

    pub(crate) fn down(&self) {
        remove(&self.lab, &mut |_| {}).unwrap();
    }

    /// The table of a namespace in nft's own words, without the order of elements that nft does not keep.
    pub(crate) fn listed(&self, host: &str) -> String {
        let list = || Command::new("nft").args(["list", "ruleset"]).output();
        let output = Netns::open(&self.host(host)).unwrap().enter(list).unwrap().unwrap();
        let mut blocks: Vec<_> =
            String::from_utf8(output.stdout).unwrap().split("\n\n").map(str::trim).map(String::from).collect();
        for block in &mut blocks {
            *block = block.trim_end_matches("}\n}").trim().into();
        }
        blocks[0] = blocks[0].trim_start_matches("table inet vpcns {").trim().into();
        blocks.sort();
        blocks.join("\n")
    }

    pub(crate) fn assert_nothing_is_left(&self) {
        let prefix = format!("{}.", self.name());
        assert!(netns::names().unwrap().iter().all(|name| !name.starts_with(&prefix)));
        let files = std::fs::read_dir("/etc/netns").into_iter().flatten().flatten();
        assert!(files.into_iter().all(|file| !file.file_name().to_str().unwrap().starts_with(&prefix)));
        assert!(self.lab.journal().unwrap().is_empty());
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let removed = remove(&self.lab, &mut |_| {});
        let lock = self.lock.take().expect("it is taken here only");
        self.lab.remove(lock).expect("the lab's directory can be removed");
        assert!(removed.is_ok() || std::thread::panicking(), "{removed:?}");
        assert!(!Path::new("/run/vpcns").join(self.name()).exists());
    }
}

pub(crate) fn address(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

/// Whether a ping is answered, sooner or later: a busy machine may lose the first.
pub(crate) fn ping(from: &NetnsName, to: &str) -> bool {
    ping_for(from, to, "10")
}

/// Whether no ping is answered within a second.
pub(crate) fn is_silent(from: &NetnsName, to: &str) -> bool {
    !ping_for(from, to, "1")
}

fn ping_for(from: &NetnsName, to: &str, seconds: &str) -> bool {
    let mut command = Command::new("ping");
    command.args(["-c", "1", "-w", seconds, to]).stdout(Stdio::null()).stderr(Stdio::null());
    Netns::open(from).unwrap().enter(|| command.status()).unwrap().unwrap().success()
}

/// Runs and prints how long it took.
pub(crate) fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    println!("{what}: {:?}", started.elapsed());
    result
}

pub(crate) fn router_of<'a>(spec: &'a mut Spec, lab: &str) -> &'a mut Namespace {
    spec.namespaces.get_mut(&NetnsName::new(lab, "vpc.v")).unwrap()
}

/// `a` (10.0.0.10) and `b` (10.0.0.20) in one subnet, with a router that has a table.
pub(crate) fn two_hosts(lab: &str) -> Spec {
    let hosts = [("a", Ipv4Addr::new(10, 0, 0, 10)), ("b", Ipv4Addr::new(10, 0, 0, 20))];
    with_hosts(lab, "10.0.0.0/24", hosts.map(|(name, address)| (name.into(), address)).into_iter())
}

/// `h0` (10.0.0.10) and so on in one large subnet.
pub(crate) fn many_hosts(lab: &str, count: u32) -> Spec {
    let first = u32::from(Ipv4Addr::new(10, 0, 0, 10));
    with_hosts(lab, "10.0.0.0/16", (0..count).map(|n| (format!("h{n}"), Ipv4Addr::from(first + n))))
}

fn with_hosts(lab: &str, subnet: &str, hosts: impl Iterator<Item = (String, Ipv4Addr)>) -> Spec {
    let subnet: ipnet::Ipv4Net = subnet.parse().unwrap();
    let (mut spec, router_name) = (Spec::default(), NetnsName::new(lab, "vpc.v"));
    let mut router = router(subnet);
    for (name, address) in hosts {
        let (near, far) = (LinkName::new(format!("eni-{name}")), LinkName::new("eth0"));
        let host = NetnsName::new(lab, &name);
        let mac = |side| {
            let [_, _, c, d] = address.octets();
            MacAddress([2, 0, side, 0, c, d])
        };
        let end = |side, namespace: &NetnsName, peer: &LinkName, proxy_arp| Link {
            kind: LinkKind::Veth { mac: mac(side), peer_namespace: namespace.clone(), peer: peer.clone(), proxy_arp },
            mtu: 9001,
        };
        router.links.insert(near.clone(), end(0, &host, &far, true));
        router.routes.insert(Route { table: MAIN_TABLE, destination: address.into(), hop: Hop::Link(near.clone()) });
        let gateway = subnet.hosts().next().unwrap();
        let namespace = Namespace {
            sysctls: BTreeMap::from([("ipv6/conf/all/disable_ipv6".into(), "1".into())]),
            links: BTreeMap::from([(LinkName::lo(), loopback()), (far.clone(), end(1, &router_name, &near, false))]),
            addresses: BTreeSet::from([Address {
                link: far.clone(),
                net: ipnet::Ipv4Net::new(address, subnet.prefix_len()).unwrap(),
            }]),
            routes: BTreeSet::from([Route {
                table: MAIN_TABLE,
                destination: "0.0.0.0/0".parse().unwrap(),
                hop: Hop::Gateway(gateway, far),
            }]),
            files: BTreeMap::from([("resolv.conf".into(), "nameserver 10.0.0.2\n".into())]),
            ..Namespace::default()
        };
        spec.namespaces.insert(host, namespace);
    }
    spec.namespaces.insert(router_name, router);
    spec
}

fn loopback() -> Link {
    Link { kind: LinkKind::Loopback, mtu: 65536 }
}

fn router(subnet: ipnet::Ipv4Net) -> Namespace {
    let gateway = subnet.hosts().next().unwrap();
    Namespace {
        sysctls: BTreeMap::from([("ipv4/ip_forward".into(), "1".into())]),
        links: BTreeMap::from([(LinkName::lo(), loopback())]),
        addresses: BTreeSet::from([Address { link: LinkName::lo(), net: gateway.into() }]),
        routes: BTreeSet::from([Route { table: 1000, destination: "0.0.0.0/0".parse().unwrap(), hop: Hop::Blackhole }]),
        rules: BTreeSet::from([Rule { priority: 20, from: None, to: None, fwmark: Some(0x1001), table: 1000 }]),
        nft: Filter::Table(table()),
        ..Namespace::default()
    }
}

fn table() -> Table {
    let key = vec![Field::IpSaddr, Field::L4proto, Field::ThDport];
    let web = [Statement::In { key, not: false, set: "allowed".into() }, Statement::Verdict(Verdict::Accept)];
    let is_icmp = Statement::Match { field: Field::L4proto, not: false, value: Value::Words(vec!["icmp".into()]) };
    let mark = MarkSource::Map { key: vec![Field::Iifname], map: "marks".into() };
    let forward = vec![
        NftRule::new([Statement::SetMark { mark: Field::Mark, to: mark }]),
        NftRule::new([Statement::Vmap { key: vec![Field::Oifname], map: "inbound".into() }]),
        NftRule::new([is_icmp, Statement::Verdict(Verdict::Accept)]).comment("ping"),
    ];
    let set = Set {
        key: vec![Type::Ipv4Addr, Type::InetProto, Type::InetService],
        interval: true,
        elements: BTreeSet::from([vec![
            Part::Net("10.0.0.0/8".parse().unwrap()),
            Part::Number(6),
            Part::Range(80, 90),
        ]]),
    };
    let by_link = |value, to: Part| Map {
        key: vec![Type::Ifname],
        value,
        interval: false,
        elements: BTreeMap::from([(vec![Part::Ifname(LinkName::new("eni-a"))], to)]),
    };
    let hook = Hook { kind: HookKind::Filter, at: HookPoint::Forward, priority: 0, drop_by_default: true };
    Table {
        counters: BTreeSet::new(),
        sets: BTreeMap::from([("allowed".into(), set)]),
        maps: BTreeMap::from([
            ("inbound".into(), by_link(Type::Verdict, Part::Verdict(Verdict::Jump("web".into())))),
            ("marks".into(), by_link(Type::Mark, Part::Number(7))),
        ]),
        chains: BTreeMap::from([
            ("web".into(), Chain { hook: None, rules: vec![NftRule::new(web)] }),
            ("forward".into(), Chain { hook: Some(hook), rules: forward }),
        ]),
    }
}
