//! What listeners carry, how they share it out, and when they end it. Targets are small servers that say their name, who
//! asks them, and what they were asked.

use super::world::World;
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdout, Stdio},
};

/// Answers each line of TCP, and each datagram, on port 53.
const SERVER: &str = "import socket as s, socketserver as t, threading
class H(t.StreamRequestHandler):
  def handle(self):
    for line in self.rfile: self.wfile.write(f'NAME {self.client_address[0]} '.encode() + line)
t.ThreadingTCPServer.allow_reuse_address = True
threading.Thread(target=t.ThreadingTCPServer(('', 53), H).serve_forever).start()
u = s.socket(s.AF_INET, s.SOCK_DGRAM); u.bind(('', 53))
while True:
  line, who = u.recvfrom(999); u.sendto(f'NAME {who[0]} '.encode() + line, who)
";

/// Sends each line that it reads over one connection, or from one port, and prints what comes back.
const CLIENT: &str = "import socket, sys
kind, host = sys.argv[1:]
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == 'tcp' else socket.SOCK_DGRAM)
s.settimeout(2)
try:
  s.connect((host, 53))
except OSError as e:
  print(type(e).__name__, flush=True); sys.exit()
for line in sys.stdin:
  try:
    s.send(line.encode()); print(s.recv(999).decode().strip() or 'closed', flush=True)
  except OSError as e:
    print(type(e).__name__, flush=True)
";

/// What the client says when nothing came back.
const SILENCE: &str = "TimeoutError";

/// The load balancer, for a client in another VPC.
const FAR: &str = "$(vpcns exec far dig +short $(output endpoints.e.dns_name))";

/// Two targets in one zone and a client there; `listener` and `groups` are what the tests change.
fn lab(listener: &str, groups: &str) -> String {
    let command = |name: &str| {
        let lines: Vec<_> = SERVER.replace("NAME", name).lines().map(|line| format!("        {line}\n")).collect();
        format!("    command:\n      - python3\n      - -c\n      - |\n{}", lines.concat())
    };
    format!(
        "
name: lb
vpcs:
  v:
    cidr: 10.0.0.0/16
    subnets: {{ a: {{ cidr: 10.0.1.0/24, az: a }} }}
    security_groups:
      web: {{ inbound: [{{ protocol: tcp, ports: [53, 80], source: 10.0.0.0/16 }}, {{ protocol: udp, ports: 53, source: 10.0.1.20/32 }}] }}
  consumer:
    cidr: 10.0.0.0/16
    subnets: {{ s: {{ cidr: 10.0.2.0/24, az: a }} }}
    security_groups: {{ open: {{ inbound: [{{ protocol: all, source: 0.0.0.0/0 }}] }} }}
instances:
  client: {{ subnet: v/a, private_ip: 10.0.1.20 }}
  far: {{ subnet: consumer/s }}
  a1:
    subnet: v/a
    private_ip: 10.0.1.11
    security_groups: [web]
    httpd: ok
{}  a2:
    subnet: v/a
    private_ip: 10.0.1.12
    security_groups: [web]
    httpd: ok
{}target_groups:
{groups}
load_balancers:
  nlb: {{ subnets: [{{ subnet: v/a, private_ip: 10.0.1.100 }}], listeners: {{ {listener} }} }}
endpoint_services: {{ s: {{ load_balancer: nlb, acceptance_required: false }} }}
endpoints: {{ e: {{ service: s, subnets: [consumer/s], security_groups: [consumer/open] }} }}
",
        command("a1"),
        command("a2")
    )
}

/// A group of these targets, checked on port 80 as often as AWS allows.
fn group(name: &str, protocol: &str, targets: &str, more: &str) -> String {
    let check = "{ protocol: HTTP, port: 80, interval: 5, timeout: 2, healthy_threshold: 2 }";
    format!("  {name}: {{ protocol: {protocol}, port: 53, targets: [{targets}], health_check: {check}{more} }}\n")
}

fn up(text: &str) -> World {
    let world = World::new();
    world.write("/run/client.py", CLIENT);
    change(&world, text);
    for target in ["a1", "a2"] {
        world.eventually(&format!("vpcns exec {target} ss -Hltn sport = 53 | grep -q ."));
    }
    world
}

fn change(world: &World, text: &str) {
    world.write("/run/lab.yaml", text);
    world.ok("vpcns up /run/lab.yaml");
}

fn finish(world: World) {
    world.ok("rm /run/lab.yaml /run/client.py");
    world.finish();
}

/// A connection that stays open between two things that are said.
struct Talk(Child, BufReader<ChildStdout>);

impl Talk {
    fn open(world: &World, from: &str, kind: &str, to: &str) -> Self {
        let script = format!("exec ip netns exec lb.{from} python3 /run/client.py {kind} {to}");
        let mut child = world.command(&script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self(child, answers)
    }

    /// What is answered: the target's name, who it thinks asks, and what was said; or the error.
    fn say(&mut self, line: &str) -> String {
        // Who could not connect has gone by now.
        let _ = self.0.stdin.as_mut().unwrap().write_all(format!("{line}\n").as_bytes());
        let mut answer = String::new();
        self.1.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// The targets that this many connections, or flows, meet; each with how often.
fn met(world: &World, kind: &str, count: usize) -> Vec<(String, usize)> {
    let each = format!("echo hello | ip netns exec lb.client python3 /run/client.py {kind} 10.0.1.100");
    let answers = world.ok(&format!("for i in $(seq {count}); do {each}; done"));
    let mut met = std::collections::BTreeMap::<String, usize>::new();
    for answer in answers.lines() {
        *met.entry(answer.split(' ').next().unwrap_or_default().to_owned()).or_default() += 1;
    }
    met.into_iter().collect()
}

fn names(met: &[(String, usize)]) -> Vec<&str> {
    met.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn a_tcp_udp_listener_carries_both_nlb_13_nlb_14_svc_23() {
    let world = up(&lab("'TCP_UDP:53': dns", &group("dns", "TCP_UDP", "a1, a2", "")));
    assert_eq!(names(&met(&world, "udp", 20)), ["a1", "a2"]);
    assert_eq!(names(&met(&world, "tcp", 20)), ["a1", "a2"]);
    // A flow stays with its target, which sees the client (NLB-32).
    let mut flow = Talk::open(&world, "client", "udp", "10.0.1.100");
    let first = flow.say("one");
    assert!(first.ends_with(" 10.0.1.20 one"), "{first}");
    assert_eq!(flow.say("two"), first.replace("one", "two"));
    // PrivateLink carries UDP too; the target sees the node (NLB-33), which its group does not admit by UDP.
    let mut far = Talk::open(&world, "far", "udp", FAR);
    assert_eq!(far.say("one"), SILENCE);
    let open =
        lab("'TCP_UDP:53': dns", &group("dns", "TCP_UDP", "a1, a2", "")).replace("10.0.1.20/32", "10.0.1.100/32");
    change(&world, &open);
    let answer = Talk::open(&world, "far", "udp", FAR).say("one");
    assert!(answer.ends_with(" 10.0.1.100 one"), "{answer}");
    // Now it admits the node, and no longer the client whose address is kept.
    assert_eq!(Talk::open(&world, "client", "udp", "10.0.1.100").say("one"), SILENCE);
    finish(world);
}

#[test]
fn a_listener_carries_nothing_else_nlb_17_vpce_24() {
    let groups = group("dns", "UDP", "a1, a2", "");
    let world = up(&lab("'UDP:53': dns", &groups));
    assert_eq!(names(&met(&world, "udp", 12)), ["a1", "a2"]);
    for (from, to) in [("client", "10.0.1.100"), ("far", FAR)] {
        assert!(Talk::open(&world, from, "tcp", to).say("one") == SILENCE);
    }
    change(&world, &lab("'TCP:53': dns", &groups.replace("UDP", "TCP")));
    assert_eq!(names(&met(&world, "tcp", 12)), ["a1", "a2"]);
    assert_eq!(Talk::open(&world, "client", "udp", "10.0.1.100").say("one"), SILENCE);
    finish(world);
}

#[test]
fn a_sticky_group_keeps_a_client_s_target_nlb_19() {
    let text = |more| lab("'TCP:53': dns", &group("dns", "TCP", "a1, a2", more));
    let world = up(&text(", stickiness: source_ip"));
    assert_eq!(met(&world, "tcp", 20).len(), 1);
    change(&world, &text(""));
    assert_eq!(met(&world, "tcp", 20).len(), 2);
    finish(world);
}

#[test]
fn weights_share_connections_out_nlb_16() {
    let groups = group("blue", "TCP", "a1", "") + &group("green", "TCP", "a2", ", preserve_client_ip: false");
    let text = |blue, green| lab(&format!("'TCP:53': {{ forward: {{ blue: {blue}, green: {green} }} }}"), &groups);
    let world = up(&text(9, 1));
    let found = met(&world, "tcp", 60);
    assert!(found[0].0 == "a1" && found[0].1 > 40, "{found:?}");
    // Each group keeps the client's address or does not, by itself (NLB-32).
    change(&world, &text(0, 1));
    let answer = Talk::open(&world, "client", "tcp", "10.0.1.100").say("one");
    assert_eq!(answer, "a2 10.0.1.100 one");
    change(&world, &text(999, 0));
    assert_eq!(names(&met(&world, "tcp", 10)), ["a1"]);
    finish(world);
}

#[test]
fn connections_to_a_target_that_leaves_end_only_if_the_group_says_so_nlb_27() {
    let text = |targets, more| lab("'TCP:53': dns", &group("dns", "TCP", targets, more));
    let ends = ", deregistration_delay: 6, terminate_deregistered_connections: true";
    let world = up(&text("a1", ends));
    let mut talk = Talk::open(&world, "client", "tcp", "10.0.1.100");
    assert_eq!(talk.say("one"), "a1 10.0.1.20 one");
    change(&world, &text("a2", ends));
    assert_eq!(talk.say("two"), "a1 10.0.1.20 two", "it drains");
    assert_eq!(names(&met(&world, "tcp", 5)), ["a2"]);
    world.eventually("grep -q 'a connection is over' /run/vpcns/lb/daemon.log");
    assert_eq!(talk.say("three"), "ConnectionResetError");
    // Without the attribute the connection outlives the delay, here of no time at all.
    let goes_on = ", deregistration_delay: 0";
    change(&world, &text("a2", goes_on));
    let mut talk = Talk::open(&world, "client", "tcp", "10.0.1.100");
    assert_eq!(talk.say("one"), "a2 10.0.1.20 one");
    change(&world, &text("a1", goes_on));
    assert_eq!(names(&met(&world, "tcp", 5)), ["a1"]);
    assert_eq!(talk.say("two"), "a2 10.0.1.20 two");
    finish(world);
}

#[test]
fn connections_to_a_target_that_fails_are_reset_unless_the_group_says_otherwise_nlb_28() {
    let text = |more: &str| lab("'TCP:53': dns", &group("dns", "TCP", "a1, a2", more));
    let fails = |text: String| text.replacen("    httpd: ok\n", "", 1);
    for (more, after) in
        [("", "ConnectionResetError"), (", terminate_unhealthy_connections: false", "a1 10.0.1.20 two")]
    {
        let world = up(&text(more));
        let mut talk = loop {
            let mut talk = Talk::open(&world, "client", "tcp", "10.0.1.100");
            if talk.say("one") == "a1 10.0.1.20 one" {
                break talk;
            }
        };
        change(&world, &fails(text(more)));
        world.eventually("vpcns show target-health -o json | grep -q '\"State\": \"unhealthy\"'");
        if more.is_empty() {
            world.eventually("grep -q 'a connection is over' /run/vpcns/lb/daemon.log");
        }
        let each = "echo hello | ip netns exec lb.client python3 /run/client.py tcp 10.0.1.100";
        world.eventually(&format!("! for i in $(seq 8); do {each}; done | grep -qv ^a2"));
        assert_eq!(talk.say("two"), after);
        finish(world);
    }
}

#[test]
fn an_idle_connection_is_forgotten_and_then_reset_nlb_18_vpce_28() {
    let world = up(&lab("'TCP:53': { forward: dns, idle_timeout: 60 }", &group("dns", "TCP", "a1", "")));
    let mut near = Talk::open(&world, "client", "tcp", "10.0.1.100");
    let mut far = Talk::open(&world, "far", "tcp", FAR);
    let mut direct = Talk::open(&world, "client", "tcp", "10.0.1.11");
    let all = |near: &mut Talk, far: &mut Talk, direct: &mut Talk, line: &str| {
        [near.say(line), far.say(line), direct.say(line)]
    };
    let answers = ["a1 10.0.1.20", "a1 10.0.1.100", "a1 10.0.1.20"];
    let with = |line: &str| answers.map(|answer| format!("{answer} {line}"));
    // With so much more time for a connection, those that there are look as if nothing had been sent for so long.
    let older = |seconds: u32| {
        for router in ["v", "consumer"] {
            let name = "net.netfilter.nf_conntrack_tcp_timeout_established";
            world.ok(&format!("ip netns exec lb.vpc.{router} sysctl -qw {name}=$((432000 + {seconds}))"));
        }
    };
    assert_eq!(all(&mut near, &mut far, &mut direct, "one"), with("one"));
    older(30);
    let again = world.ok("grep -c 'a connection is over' /run/vpcns/lb/daemon.log || true");
    assert_eq!(again, "0");
    assert_eq!(all(&mut near, &mut far, &mut direct, "two"), with("two"));
    // A late acknowledgement makes a connection young again; so more than once.
    let mut seconds = 130;
    while world.run("test $(grep -c 'a connection is over' /run/vpcns/lb/daemon.log) -ge 3").code != 0 {
        older(seconds);
        seconds += 100;
        assert!(seconds < 100_000, "connections live on");
    }
    let [near, far, direct] = all(&mut near, &mut far, &mut direct, "three");
    assert_eq!([near.as_str(), far.as_str()], ["ConnectionResetError"; 2]);
    assert_eq!(direct, "a1 10.0.1.20 three", "security groups know no such timeout");
    finish(world);
}

#[test]
fn a_target_that_meets_itself_hears_nothing_nlb_34() {
    let text = |more| lab("'TCP:53': dns", &group("dns", "TCP", "a1", more));
    let world = up(&text(""));
    let ask = |world: &World| Talk::open(world, "a1", "tcp", "10.0.1.100").say("one");
    assert_eq!(ask(&world), SILENCE);
    change(&world, &text(", preserve_client_ip: false"));
    assert_eq!(ask(&world), "a1 10.0.1.100 one");
    finish(world);
}

#[test]
fn the_balancer_s_groups_judge_both_of_its_sides_nlb_40() {
    let groups = group("dns", "TCP", "a1", "");
    let text = |inbound: &str, outbound: &str| {
        let own = format!(
            "security_groups:\n      nlb: {{ inbound: [{{ protocol: tcp, ports: 53, source: {inbound} }}], outbound: [{{ protocol: tcp, ports: [53, 80], destination: {outbound} }}] }}\n      web:"
        );
        lab("'TCP:53': dns }, security_groups: [nlb], tag: { ", &groups).replace(", tag: {  }", "").replacen(
            "security_groups:\n      web:",
            &own,
            1,
        )
    };
    let world = up(&text("10.0.1.20/32", "10.0.1.11/32"));
    let ask = || Talk::open(&world, "client", "tcp", "10.0.1.100").say("one");
    assert_eq!(ask(), "a1 10.0.1.20 one");
    change(&world, &text("10.0.1.21/32", "10.0.1.11/32"));
    assert_eq!(ask(), SILENCE);
    change(&world, &text("10.0.1.20/32", "10.0.1.12/32"));
    assert_eq!(ask(), SILENCE);
    finish(world);
}

#[test]
fn a_target_may_let_in_the_balancer_s_group_nlb_42() {
    let text = |keeps: bool, group_of_target: &str| {
        let groups = group("dns", "TCP", "a1", &format!(", preserve_client_ip: {keeps}"));
        let own = "security_groups:\n      nlb: { inbound: [{ protocol: tcp, ports: 53, source: 10.0.1.20/32 }] }\n      other: {}\n      web:";
        let text = lab("'TCP:53': dns }, security_groups: [nlb], tag: { ", &groups).replace(", tag: {  }", "");
        let let_in = format!("ports: [53, 80], source: {group_of_target} }}");
        text.replacen("security_groups:\n      web:", own, 1).replacen(
            "ports: [53, 80], source: 10.0.0.0/16 }",
            &let_in,
            1,
        )
    };
    let world = up(&text(false, "nlb"));
    let ask = || Talk::open(&world, "client", "tcp", "10.0.1.100").say("one");
    assert_eq!(ask(), "a1 10.0.1.100 one");
    change(&world, &text(false, "other"));
    assert_eq!(ask(), SILENCE);
    // The client's own address, and yet the balancer's group.
    change(&world, &text(true, "nlb"));
    assert_eq!(ask(), "a1 10.0.1.20 one");
    finish(world);
}
