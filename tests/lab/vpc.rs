//! What a VPC does by itself: names, gates that change while the lab runs, files that every instance sees.

use super::world::World;

const LAB: &str = "
name: v
vpcs:
  v:
    cidr: 10.0.0.0/16
    subnets: { s: { cidr: 10.0.1.0/24 } }
    security_groups:
      web: { inbound: [{ type: HTTP, source: 10.0.0.0/16 }, { protocol: icmp, icmp_type: 8, source: 10.0.0.0/16 }] }
instances:
  client: { subnet: v/s, private_ip: 10.0.1.10 }
  web: { subnet: v/s, private_ip: 10.0.1.20, security_groups: [web], httpd: { 80: eighty, 8080: more } }
";

fn up(text: &str) -> World {
    let world = World::new();
    world.write("/run/lab.yaml", text);
    world.ok("vpcns up /run/lab.yaml");
    world
}

fn finish(world: World) {
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn without_dns_support_a_question_gets_no_answer_dns_03() {
    let world = up(&LAB.replace("    cidr: 10.0.0.0/16\n", "    cidr: 10.0.0.0/16\n    enable_dns_support: false\n"));
    let done = world.run("vpcns exec client dig +time=1 +tries=1 example.com");
    assert_eq!(done.code, 9, "{done:?}");
    assert!(done.stdout.contains("timed out"), "{done:?}");
    // NAME-07: names are given, and nobody resolves them.
    assert_eq!(world.ok("vpcns exec web hostname"), "ip-10-0-1-20");
    world.fails(2, "vpcns exec client getent hosts ip-10-0-1-20.ap-northeast-2.compute.internal");
    finish(world);
}

#[test]
fn a_resolver_serves_its_own_vpc_only_dns_04() {
    let other =
        LAB.replace("vpcs:\n", "vpcs:\n  other: { cidr: 10.9.0.0/16, subnets: { s: { cidr: 10.9.1.0/24 } } }\n");
    let world = up(&other);
    world.ok("vpcns exec client dig +time=2 +tries=1 @10.0.0.2 example.com");
    world.fails(9, "vpcns exec client dig +time=1 +tries=1 @10.9.0.2 example.com");
    finish(world);
}

#[test]
fn packets_arrive_as_old_as_they_were_sent_gen_03() {
    let world = up(LAB);
    assert!(world.ok("vpcns exec client ping -c1 -W5 10.0.1.20").contains(" ttl=64 "));
    for lifetime in [1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 127, 128, 200, 254, 255] {
        world.ok(&format!("vpcns exec client ping -qc1 -W5 -t {lifetime} 10.0.1.20"));
    }
    // every checksum that must be put right: a packet's number is a part of it
    let flood = world.ok("vpcns exec client ping -qc2000 -i0.001 -W5 10.0.1.20");
    assert!(flood.contains(" 0% packet loss"), "{flood}");
    let hops = world.ok("vpcns exec client traceroute -nI -q1 -w2 10.0.1.20");
    assert_eq!(hops.lines().count(), 2, "{hops}");
    finish(world);
}

#[test]
fn a_rule_comes_and_goes_while_the_lab_runs_sg_23() {
    let world = up(LAB);
    world.fails(28, "vpcns exec client curl -s -m 1 10.0.1.20:8080");
    world.write(
        "/run/lab.yaml",
        &LAB.replace("[{ type: HTTP,", "[{ protocol: tcp, ports: 8000-8100, source: 10.0.0.0/16 }, { type: HTTP,"),
    );
    assert!(world.ok("vpcns plan /run/lab.yaml").contains("in_v/web_ports"));
    world.ok("vpcns up /run/lab.yaml");
    assert_eq!(world.ok("vpcns exec client curl -sS -m 5 10.0.1.20:8080"), "more");
    world.write("/run/lab.yaml", LAB);
    world.ok("vpcns up /run/lab.yaml");
    world.fails(28, "vpcns exec client curl -s -m 1 10.0.1.20:8080");
    assert_eq!(world.ok("vpcns exec client curl -sS -m 5 10.0.1.20"), "eighty");
    finish(world);
}

#[test]
fn icmp_rules_have_types_sg_15() {
    let world = up(LAB);
    world.ok("vpcns exec client ping -qc1 -W5 10.0.1.20");
    let replies_only = LAB.replace("icmp_type: 8", "icmp_type: 0");
    world.write("/run/lab.yaml", &replies_only);
    world.ok("vpcns up /run/lab.yaml");
    world.fails(1, "vpcns exec client ping -qc1 -W1 10.0.1.20");
    finish(world);
}

#[test]
fn an_unused_address_and_the_router_answer_nobody_sub_05_sub_13() {
    let world = up(LAB);
    world.fails(1, "vpcns exec client ping -qc1 -W1 10.0.1.1");
    let done = world.run("vpcns exec client ping -qc1 -W1 10.0.1.99");
    assert_eq!(done.code, 1, "{done:?}");
    world.fails(1, "vpcns exec client ip neigh show 10.0.1.99 | grep -q lladdr");
    finish(world);
}

#[test]
fn a_forged_source_is_dropped_eni_02() {
    let world = up(LAB);
    world.ok("vpcns exec client ip addr add 10.0.1.77/32 dev eth0");
    world.ok("vpcns exec client ping -qc1 -W5 10.0.1.20");
    world.fails(1, "vpcns exec client ping -qc1 -W1 -I 10.0.1.77 10.0.1.20");
    finish(world);
}

#[test]
fn instances_see_files_as_the_dhcp_client_writes_them_dns_01() {
    let world = up(LAB);
    let expected = "options timeout:2 attempts:5\nsearch ap-northeast-2.compute.internal\nnameserver 10.0.0.2";
    assert_eq!(world.ok("vpcns exec client cat /etc/resolv.conf"), expected);
    assert_eq!(world.ok("ip netns exec v.client cat /etc/resolv.conf"), expected);
    assert_eq!(
        world.ok("vpcns exec client getent hosts ip-10-0-1-20 | tr -s ' '"),
        "10.0.1.20 ip-10-0-1-20.ap-northeast-2.compute.internal"
    );
    finish(world);
}

/// One packet of GRE.
fn gre(world: &World, from: &str, to: &str) {
    let send =
        "import socket, sys; socket.socket(socket.AF_INET, socket.SOCK_RAW, 47).sendto(b\"x\" * 8, (sys.argv[1], 0))";
    world.ok(&format!("vpcns exec {from} -- python3 -c '{send}' {to}"));
}

#[test]
fn answers_of_other_protocols_are_let_in_too_sg_07() {
    let allowed = "inbound: [{ protocol: 47, source: 10.0.0.0/16 }, { type: HTTP,";
    let world = up(&LAB.replace("inbound: [{ type: HTTP,", allowed));
    for host in ["client", "web"] {
        world.ok(&format!(
            "ip netns exec v.{host} nft 'add table inet seen
             add chain inet seen c {{ type filter hook prerouting priority -500; }}
             add rule inet seen c meta l4proto 47 counter'"
        ));
    }
    let seen = |host: &str, count: u8| {
        format!("ip netns exec v.{host} nft list table inet seen | grep -q 'counter packets {count} '")
    };
    // Nobody has asked: the client's group lets none in. Behind it comes a ping, so that it has had its time.
    gre(&world, "web", "10.0.1.10");
    world.ok("vpcns exec client ping -qc1 -W5 10.0.1.20");
    world.ok(&seen("client", 0));
    gre(&world, "client", "10.0.1.20");
    world.eventually(&seen("web", 1));
    gre(&world, "web", "10.0.1.10");
    world.eventually(&seen("client", 1));
    finish(world);
}
