//! Which flows a change of security groups cuts, and which live on.

use super::world::World;
use std::process::Child;

const LAB: &str = "
name: tracking
vpcs:
  main:
    cidr: 10.0.0.0/16
    internet_gateway: true
    subnets:
      public: { cidr: 10.0.0.0/24, az: a, routes: { 0.0.0.0/0: internet_gateway } }
      app: { cidr: 10.0.1.0/24, az: a, routes: { 0.0.0.0/0: nat_gateway/out } }
    security_groups:
      none: { inbound: [], outbound: [] }
      client: { inbound: [], outbound: [{ type: All traffic, destination: 0.0.0.0/0 }] }
      open_client:
        inbound: [{ type: All traffic, source: 0.0.0.0/0 }]
        outbound: [{ type: HTTP, destination: 0.0.0.0/0 }] # of open_client
      everybody:
        inbound: [{ type: HTTP, source: 0.0.0.0/0 }, { type: All ICMP - IPv4, source: 0.0.0.0/0 }] # of everybody
      everybody_narrow_answers:
        inbound: [{ type: HTTP, source: 0.0.0.0/0 }] # of everybody_narrow_answers
        outbound: [{ type: All traffic, destination: 10.0.0.0/16 }]
      some:
        inbound: [{ type: HTTP, source: 10.0.0.0/24 }] # of some
nat_gateways:
  out: { subnet: main/public }
instances:
  client: { subnet: main/public, private_ip: 10.0.0.10, security_groups: [client] }
  open_client: { subnet: main/public, private_ip: 10.0.0.11, security_groups: [open_client] }
  behind_nat: { subnet: main/app, private_ip: 10.0.1.10, security_groups: [open_client] }
  everybody: { subnet: main/public, private_ip: 10.0.0.20, security_groups: [everybody], httpd: DIRECTORY }
  everybody_narrow_answers: { subnet: main/public, private_ip: 10.0.0.21, security_groups: [everybody_narrow_answers], httpd: DIRECTORY }
  some: { subnet: main/public, private_ip: 10.0.0.22, security_groups: [some], httpd: DIRECTORY }
  stays: { subnet: main/public, public_ip: true, private_ip: 10.0.0.23, security_groups: [stays], httpd: DIRECTORY }
load_balancers:
  nlb: { scheme: internal, subnets: [main/public], listeners: { 'TCP:80': { targets: [everybody] } } }
";

/// The lab, with a file to download from each server.
fn lab(world: &World) -> String {
    world.ok("mkdir /run/www && head -c 32M /dev/zero > /run/www/large");
    let text = LAB.replace("DIRECTORY", "{ 80: { directory: /run/www } }");
    let stays = "      stays: { inbound: [{ type: HTTP, source: 0.0.0.0/0 }] }\nnat_gateways:";
    let text = text.replace("nat_gateways:", stays);
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up /run/lab.yaml");
    text
}

/// A download that takes some seconds, and ends with curl's 28 when nothing arrives any more.
fn download(world: &World, from: &str, to: &str) -> Child {
    let got = format!("/run/got-{from}-{}", to.replace(|c: char| !c.is_alphanumeric(), "-"));
    let get = format!(
        "vpcns exec {from} curl -sS -m 60 --limit-rate 4M --speed-time 3 --speed-limit 1 http://{to}/large > {got}"
    );
    let child = world.command(&get).spawn().unwrap();
    world.eventually(&format!("test -s {got}"));
    child
}

/// Brings up the lab as it is without what `is_gone` names.
fn change(world: &World, text: &str, changes: &[(&str, &str)]) {
    let mut changed = text.to_owned();
    for (from, to) in changes {
        assert!(changed.contains(from), "{from}");
        changed = changed.replace(from, to);
    }
    world.write("/run/lab.yaml", &changed);
    world.ok("vpcns up /run/lab.yaml");
}

fn finish(world: World) {
    world.ok("rm -r /run/got* /run/www /run/lab.yaml");
    world.finish();
}

/// How the downloads ended, by what they were.
fn ends(downloads: Vec<(&str, Child)>) -> Vec<(&str, Option<i32>)> {
    downloads.into_iter().map(|(what, mut child)| (what, child.wait().unwrap().code())).collect()
}

const CUT: Option<i32> = Some(28);
const LIVES: Option<i32> = Some(0);

#[test]
fn a_rule_that_goes_cuts_untracked_flows_and_lets_tracked_ones_live_sg_05_sg_06() {
    let world = World::new();
    let text = lab(&world);
    let mut ping = world.command("vpcns exec client ping -q -i 0.5 -c 12 10.0.0.20").spawn().unwrap();
    let downloads = vec![
        ("rule for everybody", download(&world, "client", "10.0.0.20")),
        ("answers to some only", download(&world, "client", "10.0.0.21")),
        ("rule for some", download(&world, "client", "10.0.0.22")),
        ("load balancer", download(&world, "client", "$(output load_balancers.nlb.dns_name)")),
        ("the sender's rule", download(&world, "open_client", "10.0.0.23")),
        ("the sender's rule, by NAT", download(&world, "behind_nat", "$(output instances.stays.public_ip)")),
        ("no change", download(&world, "client", "10.0.0.23")),
    ];
    let gone = [
        (
            "inbound: [{ type: HTTP, source: 0.0.0.0/0 }, { type: All ICMP - IPv4, source: 0.0.0.0/0 }] # of everybody\n",
            "inbound: []\n",
        ),
        ("inbound: [{ type: HTTP, source: 0.0.0.0/0 }] # of everybody_narrow_answers", "inbound: []"),
        ("inbound: [{ type: HTTP, source: 10.0.0.0/24 }] # of some", "inbound: []"),
        ("outbound: [{ type: HTTP, destination: 0.0.0.0/0 }] # of open_client", "outbound: []"),
    ];
    change(&world, &text, &gone);
    // New connections obey the new rules at once, whatever became of the old ones.
    for address in ["10.0.0.20", "10.0.0.21", "10.0.0.22"] {
        world.fails(28, &format!("vpcns exec client curl -s -m 1 {address}/large"));
    }
    world.fails(28, "vpcns exec open_client curl -s -m 1 10.0.0.23/large");
    let expected = [
        ("rule for everybody", CUT),
        ("answers to some only", LIVES),
        ("rule for some", LIVES),
        ("load balancer", LIVES),
        ("the sender's rule", CUT),
        ("the sender's rule, by NAT", LIVES),
        ("no change", LIVES),
    ];
    assert_eq!(ends(downloads), expected);
    assert!(ping.wait().unwrap().success(), "ICMP is always tracked");
    world.fails(1, "vpcns exec client ping -q -c1 -W1 10.0.0.20");
    finish(world);
}

#[test]
fn a_change_of_an_interface_s_groups_is_a_change_of_its_rules_sg_23() {
    let world = World::new();
    let text = lab(&world);
    let downloads = vec![
        ("everybody", download(&world, "client", "10.0.0.20")),
        ("some", download(&world, "client", "10.0.0.22")),
        ("answers", download(&world, "client", "10.0.0.23")),
    ];
    change(
        &world,
        &text,
        &[
            ("security_groups: [everybody]", "security_groups: [none]"),
            ("security_groups: [some]", "security_groups: [none]"),
            // Answers of an untracked flow are let out by a rule, not by what is remembered.
            (
                "stays: { inbound: [{ type: HTTP, source: 0.0.0.0/0 }] }",
                "stays: { inbound: [{ type: HTTP, source: 0.0.0.0/0 }], outbound: [] }",
            ),
        ],
    );
    assert_eq!(ends(downloads), [("everybody", CUT), ("some", LIVES), ("answers", CUT)]);
    // Back again: new connections pass.
    change(&world, &text, &[]);
    world.ok("vpcns exec client curl -sS -m 20 -o /dev/null 10.0.0.20/large");
    finish(world);
}

#[test]
fn a_flow_that_became_narrow_passes_as_long_as_a_rule_lets_it_sg_06() {
    let world = World::new();
    let text = lab(&world);
    let downloads = vec![
        ("admitted", download(&world, "client", "10.0.0.20")),
        ("not", download(&world, "open_client", "10.0.0.20")),
    ];
    let narrow = "inbound: [{ type: HTTP, source: 10.0.0.10/32 }]";
    let wide =
        "inbound: [{ type: HTTP, source: 0.0.0.0/0 }, { type: All ICMP - IPv4, source: 0.0.0.0/0 }] # of everybody\n";
    change(&world, &text, &[(wide, &format!("{narrow}\n"))]);
    assert_eq!(ends(downloads), [("admitted", LIVES), ("not", CUT)]);
    finish(world);
}
