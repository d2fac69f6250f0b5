//! NAT gateways: what they forward, for how long, for whom, and what becomes of them while the lab runs.

use super::world::World;

/// Waits until `command`, which has been started, has printed `word` into `file`.
fn until(world: &World, word: &str, file: &str) {
    world.eventually(&format!("grep -q {word} {file}"));
}

#[test]
fn tcp_udp_and_icmp_pass_and_nothing_else_nat_03() {
    let world = World::up("nat-gateway");
    world.ok("vpcns exec app curl -sS -m 5 203.0.113.80");
    world.ok("vpcns exec app dig +time=2 +tries=2 @203.0.113.53 archive.ubuntu.com");
    world.ok("vpcns exec app ping -qc1 -W5 203.0.113.10");
    // GRE to the laptop: it is seen where it enters the NAT gateway, and is not forwarded.
    let count = |rule: &str, host: &str| {
        world.ok(&format!(
            "ip netns exec nat-gateway.{host} nft add table inet seen;
             ip netns exec nat-gateway.{host} nft 'add chain inet seen c {{ type filter hook prerouting priority -500; }}';
             ip netns exec nat-gateway.{host} nft 'add rule inet seen c {rule} counter'"
        ));
    };
    count("meta l4proto 47", "nat.out");
    count("meta l4proto 47", "laptop");
    world.ok("vpcns exec app -- python3 -c '
import socket
socket.socket(socket.AF_INET, socket.SOCK_RAW, 47).sendto(b\"x\" * 8, (\"203.0.113.10\", 0))'");
    let seen = |host: &str| world.ok(&format!("ip netns exec nat-gateway.{host} nft list table inet seen"));
    world.eventually("! ip netns exec nat-gateway.nat.out nft list table inet seen | grep -q 'packets 0 '");
    assert!(seen("laptop").contains("packets 0 "), "{}", seen("laptop"));
    world.finish();
}

#[test]
fn it_is_the_first_hop_of_a_traceroute_nat_14() {
    let world = World::up("nat-gateway");
    let hops = world.ok("vpcns exec app traceroute -nI -q1 -w2 203.0.113.10");
    assert!(hops.lines().nth(1).is_some_and(|first| first.starts_with(" 1  10.0.0.10 ")), "{hops}");
    world.finish();
}

#[test]
fn fragments_pass_of_udp_only_nat_09() {
    let world = World::up("nat-gateway");
    // Of several packets, the first ones may only teach the sender the path's MTU.
    world.ok("vpcns exec app ping -qc2 -W5 -s 1400 203.0.113.10");
    world.fails(1, "vpcns exec app ping -qc3 -i0.2 -W1 -M dont -s 10000 203.0.113.10");
    let mut server = world
        .command(
            "vpcns exec laptop -- timeout 20 python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((\"0.0.0.0\", 5000))
print(\"ready\", flush=True)
data, peer = s.recvfrom(65535)
print(len(data), peer[0], flush=True)' > /tmp/udp",
        )
        .spawn()
        .unwrap();
    until(&world, "ready", "/tmp/udp");
    world.ok("vpcns exec app -- python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, 10, 0)
s.sendto(b\"x\" * 9500, (\"203.0.113.10\", 5000))'");
    assert!(server.wait().unwrap().success());
    assert_eq!(world.ok("tail -n1 /tmp/udp"), "9500 43.201.20.20");
    world.ok("rm /tmp/udp");
    world.finish();
}

#[test]
fn a_connection_that_was_idle_for_too_long_is_reset_nat_06() {
    let world = World::up("nat-gateway");
    let setting = "sysctl -n net.netfilter.nf_conntrack_tcp_timeout_established";
    assert_eq!(world.ok(&format!("ip netns exec nat-gateway.nat.out {setting}")), "350");
    // Nobody wants to wait that long: what is forgotten after 350 seconds is forgotten after 2.
    world.ok("ip netns exec nat-gateway.nat.out sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=2");
    let script = "
import socket, time
s = socket.create_connection((\"203.0.113.80\", 80), 5)
s.sendall(b\"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\")
assert b\"packages\" in s.recv(1000)
time.sleep(4)
s.sendall(b\"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\")
try:
    print(s.recv(1000))
except ConnectionResetError:
    print(\"reset\")";
    assert_eq!(world.ok(&format!("vpcns exec app -- timeout 20 python3 -c '{script}'")), "reset");
    // `up` puts the setting right.
    assert!(world.fails(3, "vpcns status").contains("timeout_established"));
    world.ok("vpcns up topologies/nat-gateway.yaml");
    assert_eq!(world.ok(&format!("ip netns exec nat-gateway.nat.out {setting}")), "350");
    world.finish();
}

#[test]
fn a_route_to_it_comes_and_goes_while_the_lab_runs_nat_12() {
    let world = World::up("nat-gateway");
    let text = World::topology("nat-gateway");
    let curl = |host: &str, code| match code {
        0 => _ = world.ok(&format!("vpcns exec {host} curl -sS -m 5 203.0.113.80")),
        code => _ = world.fails(code, &format!("vpcns exec {host} curl -s -m 1 203.0.113.80")),
    };
    // `data` gets a route, `app`'s becomes a black hole, and the private gateway goes.
    let changed = text
        .replace("cidr: 10.0.2.0/24, az: a }", "cidr: 10.0.2.0/24, az: a, routes: { 0.0.0.0/0: nat_gateway } }")
        .replace(
            "cidr: 10.0.1.0/24, az: a, routes: { 0.0.0.0/0: nat_gateway/out }",
            "cidr: 10.0.1.0/24, az: a, routes: { 0.0.0.0/0: blackhole }",
        )
        .replace("routes: { 0.0.0.0/0: nat_gateway/inner }", "routes: {}")
        .replace("  inner: { subnet: main/public, connectivity_type: private, private_ip: 10.0.0.20 }\n", "");
    world.write("/run/lab.yaml", &changed);
    assert!(world.fails(1, "vpcns up /run/lab.yaml").contains("--replace"));
    world.ok("vpcns up --replace /run/lab.yaml");
    curl("db", 0);
    curl("app", 28);
    world.fails(1, "ip netns list | grep -q nat.inner");
    world.ok("vpcns up --replace topologies/nat-gateway.yaml");
    curl("db", 28);
    curl("app", 0);
    world.ok("ip netns list | grep -q nat.inner; rm /run/lab.yaml");
    world.finish();
}

#[test]
fn without_a_route_to_the_internet_gateway_it_leads_nowhere_nat_11_and_loops_end() {
    let world = World::new();
    // In the first lab its subnet has no route, in the second one that leads to itself, in the third in a circle.
    for routes in ["", ", routes: { 0.0.0.0/0: nat_gateway/out }", ", routes: { 0.0.0.0/0: nat_gateway/other }"] {
        let text = format!(
            "
name: loops
vpcs:
  v:
    cidr: 10.0.0.0/16
    internet_gateway: true
    subnets:
      one: {{ cidr: 10.0.0.0/24{routes} }}
      two: {{ cidr: 10.0.1.0/24, routes: {{ 0.0.0.0/0: nat_gateway/out }} }}
nat_gateways: {{ out: {{ subnet: v/one }}, other: {{ subnet: v/two }} }}
instances: {{ app: {{ subnet: v/two }} }}
"
        );
        world.write("/run/lab.yaml", &text);
        world.ok("vpcns up /run/lab.yaml");
        world.fails(28, "vpcns exec app curl -s -m 1 203.0.113.80");
        // Nothing goes round: no packet is left once the client has given up.
        let packets = "ip -n loops.vpc.v -s -j link | tr ',' '\\n' | grep packets | tr -dc '0-9\\n' | paste -sd+ | bc";
        let before: u64 = world.ok(packets).parse().unwrap();
        world.ok("vpcns exec app ping -qc1 -W1 203.0.113.10; true");
        let after: u64 = world.ok(packets).parse().unwrap();
        assert!(after - before < 20, "{routes}: {} packets for one", after - before);
        world.ok("vpcns down");
    }
    world.ok("rm /run/lab.yaml");
    world.finish();
}
