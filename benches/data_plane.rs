//! Packets: throughput and new connections through a VPC's router, load balancers and PrivateLink, beside a bare veth
//! pair between two namespaces and beside `HAProxy`.

use crate::{
    lab::{Lab, sh, wait_for_kernel},
    load::{self, GREETER, SINK, Server},
    peers::Haproxy,
    report::{self, Pairs, Setting, Target, progress, rate, throughput},
};
use std::{
    fmt::Write,
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use vpcns::{spec::NetnsName, sys::netns::Netns};

/// Where to send load from, and to.
struct Path {
    from: Netns,
    to: IpAddr,
}

/// Of throughput and of new connections.
fn at_least(throughput: f64, connections: f64) -> (Target, Target) {
    (Target::AtLeast(throughput), Target::AtLeast(connections))
}

/// Measures both, throughput and new connections, over two paths in turns.
fn beside(what: &str, other: &str, setting: Setting, paths: (&Path, &Path), targets: (Target, Target)) {
    let (one, two) = paths;
    for path in [one, two] {
        load::wait_for(&path.from, path.to);
        // Whatever is learned with the first packets, and ports that were used before.
        load::connections(&path.from, path.to, Duration::from_secs(1));
    }
    let measure = |measure: fn(&Netns, IpAddr, Duration) -> f64| {
        let through = |path: &Path| measure(&path.from, path.to, setting.load());
        Pairs::measure(setting.pairs(), || through(one), || through(two))
    };
    let pairs = measure(load::throughput);
    pairs.row(&format!("throughput {what}"), other, targets.0, throughput);
    let pairs = measure(load::connections);
    pairs.row(&format!("new connections/s {what}"), other, targets.1, rate);
}

/// Namespaces that the kernel's own commands make, `a` and `b` among them, with a server in `b`.
struct Plain {
    lab: &'static str,
    hosts: &'static str,
    path: Path,
    _server: Server,
}

impl Plain {
    /// A bare veth pair.
    fn pair() -> Self {
        let links = "ip -n bare.a link add eth0 mtu 9001 up type veth peer name eth0 mtu 9001 netns bare.b
            ip -n bare.b link set eth0 up
            ip -n bare.a address add 192.0.2.1/24 dev eth0; ip -n bare.b address add 192.0.2.2/24 dev eth0";
        Self::new("bare", "a b", links)
    }

    /// One between the two that forwards, with nft's rules and nothing else of ours.
    fn forwarded(rules: &str) -> Self {
        let links = "
            ip -n hop.r link add to-a mtu 9001 type veth peer name eth0 mtu 9001 netns hop.a
            ip -n hop.r link add to-b mtu 9001 type veth peer name eth0 mtu 9001 netns hop.b
            ip netns exec hop.r sysctl -qw net.ipv4.ip_forward=1
            for side in 'a 1' 'b 2'; do
                set -- $side
                ip -n hop.r link set to-$1 up
                ip -n hop.r address add 192.0.$2.1/24 dev to-$1
                ip -n hop.$1 link set eth0 up
                ip -n hop.$1 address add 192.0.$2.2/24 dev eth0
                ip -n hop.$1 route add default via 192.0.$2.1
            done";
        Self::new("hop", "a r b", &format!("{links}\nip netns exec hop.r nft '{rules}'"))
    }

    fn new(lab: &'static str, hosts: &'static str, links: &str) -> Self {
        sh(&format!("for host in {hosts}; do ip netns add {lab}.$host; done\n{links}"));
        let open = |host| Netns::open(&NetnsName::new(lab, host)).unwrap();
        let server = Server::start(&open("b"));
        let path = Path { from: open("a"), to: Ipv4Addr::new(192, 0, 2, 2).into() };
        Self { lab, hosts, path, _server: server }
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        sh(&format!("for host in {}; do ip netns delete {}.$host; done", self.hosts, self.lab));
        wait_for_kernel();
    }
}

/// What one hop costs that only forwards, and what tracking adds to it: no router can be faster.
pub(crate) fn hop(setting: Setting) {
    let bare = Plain::pair();
    let tracking = "add table inet t; add chain inet t f { type filter hook forward priority 0; }; \
                    add rule inet t f ct state established,related accept";
    for (what, rules) in [("forwarded by a namespace between two", ""), ("forwarded and tracked by one", tracking)] {
        let forwarded = Plain::forwarded(rules);
        beside(what, "bare veth", setting, (&forwarded.path, &bare.path), (Target::Told, Target::Told));
    }
}

/// Rules of a group: those that are needed, and others up to this number.
fn rules(number: usize) -> String {
    let mut text = format!("{{ protocol: tcp, ports: {SINK}-{GREETER}, source: 0.0.0.0/0 }}");
    for rule in 1..number {
        let (port, high, low) = (6000 + rule, 16 + rule % 16, rule % 250);
        write!(text, ", {{ protocol: tcp, ports: {port}, source: 172.{high}.{low}.0/24 }}").unwrap();
    }
    text
}

/// A provider with a load balancer, and a consumer of it.
fn lab() -> Lab {
    let rules = rules(50);
    let check = "health_check: { interval: 5s, timeout: 2s, healthy_threshold: 2 }";
    Lab::up(
        "plane",
        &format!(
            "
name: plane
vpcs:
  provider:
    cidr: 10.0.0.0/16
    subnets: {{ a: {{ cidr: 10.0.0.0/24, az: a }} }}
    security_groups: {{ app: {{ inbound: [{rules}] }} }}
  consumer:
    cidr: 10.0.0.0/16
    subnets: {{ a: {{ cidr: 10.0.0.0/24, az: a }} }}
    security_groups: {{ app: {{ inbound: [{rules}] }} }}
instances:
  client: {{ subnet: provider/a, security_groups: [app] }}
  server: {{ subnet: provider/a, security_groups: [app] }}
  proxy: {{ subnet: provider/a, security_groups: [app] }}
  consumer: {{ subnet: consumer/a, security_groups: [app] }}
load_balancers:
  nlb:
    scheme: internal
    subnets: [provider/a]
    listeners:
      TCP:{SINK}: {{ targets: [server], {check} }}
      TCP:{GREETER}: {{ targets: [server], {check} }}
endpoint_services: {{ service: {{ load_balancer: nlb, acceptance_required: false }} }}
endpoints: {{ endpoint: {{ service: service, subnets: [consumer/a], security_groups: [app] }} }}
"
        ),
    )
}

/// From one instance to another's address.
fn direct(lab: &Lab) -> Path {
    Path { from: lab.netns("client"), to: lab.address("server").into() }
}

/// From an instance to the load balancer.
fn through_nlb(lab: &Lab) -> Path {
    let topology = lab.topology();
    let node = &topology.load_balancers["nlb"].nodes[0].interface;
    Path { from: lab.netns("client"), to: topology.network_interfaces[node].private_ip.into() }
}

/// From an instance of another VPC to the endpoint, behind which the load balancer is.
fn through_privatelink(lab: &Lab) -> Path {
    let topology = lab.topology();
    let interface = topology.endpoints["endpoint"].interfaces.values().next().unwrap();
    Path { from: lab.netns("consumer"), to: topology.network_interfaces[interface].private_ip.into() }
}

/// Instance to instance through a VPC's router.
pub(crate) fn router(setting: Setting) {
    let (lab, bare) = (lab(), Plain::pair());
    let _server = Server::start(&lab.netns("server"));
    let what = "instance → instance through a VPC router, 50 rules";
    beside(what, "bare veth", setting, (&direct(&lab), &bare.path), at_least(0.9, 0.8));
}

/// Through an endpoint and the load balancer behind it.
pub(crate) fn privatelink(setting: Setting) {
    let (lab, bare) = (lab(), Plain::pair());
    let _server = Server::start(&lab.netns("server"));
    beside(
        "through PrivateLink and NLB",
        "bare veth",
        setting,
        (&through_privatelink(&lab), &bare.path),
        at_least(0.8, 0.6),
    );
}

/// Through a load balancer.
pub(crate) fn nlb(setting: Setting) {
    let lab = lab();
    let _server = Server::start(&lab.netns("server"));
    let _haproxy = Haproxy::start(&lab.host("proxy"), lab.address("server"), &[SINK, GREETER]);
    let proxied = Path { from: lab.netns("client"), to: lab.address("proxy").into() };
    beside(
        "through an internal NLB",
        "HAProxy in TCP mode",
        setting,
        (&through_nlb(&lab), &proxied),
        at_least(1.7, 1.15),
    );
}

/// An interface with as many rules as AWS lets a group have, five times, beside one with five. The last group is the one
/// that lets in.
pub(crate) fn many_rules(setting: Setting) {
    let mut text = "name: rules\nlints: { allow: [quota] }\nvpcs:\n".to_owned();
    let needed = rules(1);
    let many = rules(1001).replacen(&format!("{needed}, "), "", 1);
    for (vpc, last, groups) in [("few", 5, 1), ("many", 1000, 5)] {
        let last = rules(last);
        write!(
            text,
            "  {vpc}:\n    cidr: 10.0.0.0/16\n    subnets: {{ a: {{ cidr: 10.0.0.0/24, az: a }} }}\n    security_groups:\n      \
             z: {{ inbound: [{last}] }}\n"
        )
        .unwrap();
        for group in 1..groups {
            writeln!(text, "      g{group}: {{ inbound: [{many}] }}").unwrap();
        }
    }
    text += "instances:\n";
    for (vpc, groups) in [("few", "z"), ("many", "g1, g2, g3, g4, z")] {
        for host in ["client", "server"] {
            writeln!(text, "  {vpc}-{host}: {{ subnet: {vpc}/a, security_groups: [{groups}] }}").unwrap();
        }
    }
    let lab = Lab::up("rules", &text);
    let _servers = ["few-server", "many-server"].map(|server| Server::start(&lab.netns(server)));
    let path = |vpc: &str| {
        let (client, server) = (format!("{vpc}-client"), format!("{vpc}-server"));
        Path { from: lab.netns(&client), to: lab.address(&server).into() }
    };
    let what = "with 5,000 rules in the groups of an interface";
    beside(what, "5 rules", setting, (&path("many"), &path("few")), at_least(0.95, 0.95));
}

/// Through the load balancer for three minutes.
pub(crate) fn sustained_nlb(_: Setting) {
    let lab = lab();
    sustained(&lab, "NLB", &through_nlb(&lab));
}

/// Through PrivateLink for three minutes.
pub(crate) fn sustained_privatelink(_: Setting) {
    let lab = lab();
    sustained(&lab, "PrivateLink and NLB", &through_privatelink(&lab));
}

/// New connections in the third minute beside the first.
fn sustained(lab: &Lab, what: &str, path: &Path) {
    let _server = Server::start(&lab.netns("server"));
    load::wait_for(&path.from, path.to);
    progress(format_args!("three minutes of connections through {what}"));
    let counts = load::connections_by_second(&path.from, path.to, Duration::from_mins(3));
    let minute = |number: usize| {
        let sum: u64 = counts[60 * number..60 * (number + 1)].iter().sum();
        f64::from(u32::try_from(sum).unwrap()) / 60.0
    };
    let minutes = [minute(0), minute(1), minute(2)];
    let ratio = minutes[2] / minutes[0];
    let measured = format!("**{ratio:.2}**; {}", minutes.map(rate).join(", "));
    let what = format!("new connections/s through {what} in the third minute of full load from one client");
    report::row((&what, "the first minute"), Target::AtLeast(0.9), "", (ratio, &measured));
}
