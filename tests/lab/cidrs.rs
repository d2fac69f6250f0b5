//! What a VPC has beside its first CIDR and settings: secondary CIDRs, prefix lists, DHCP options, another main table.

use super::world::World;

fn again(world: &World, text: &str) {
    world.write("/run/lab.yaml", text);
    world.ok("vpcns up /run/lab.yaml");
}

fn up(text: &str) -> World {
    let world = World::new();
    again(&world, text);
    world
}

fn finish(world: World) {
    world.ok("rm -f /run/lab.yaml");
    world.finish();
}

/// Whether `curl` gets this answer; no answer is a timeout.
fn gets(world: &World, from: &str, address: &str) -> Option<String> {
    let done = world.run(&format!("vpcns exec {from} curl -s -m 1 {address}"));
    assert!([0, 28].contains(&done.code), "{from} to {address}: {done:?}");
    (done.code == 0).then(|| done.stdout.trim_end().to_owned())
}

#[test]
fn everybody_knows_both_cidrs_of_a_vpc_vpc_12() {
    let world = World::up("secondary-cidrs");
    world.ok("vpcns test topologies/secondary-cidrs.yaml");
    let is = |from, address, answer: Option<&str>| assert_eq!(gets(&world, from, address).as_deref(), answer, "{from}");
    // RT-01, PCX-05: by the local route, over peering to either CIDR of the other side.
    is("node", "100.64.1.10", Some("pod"));
    is("pod", "10.20.1.10", Some("peer"));
    is("pod", "10.21.1.10", Some("second"));
    is("second", "100.64.1.10", Some("pod"));
    // RT-23: nobody answers to what the other side has no route to.
    is("node", "10.21.1.10", None);
    // VGW-03: from a site to either CIDR, and back.
    is("desk", "100.64.1.10", Some("pod"));
    is("pod", "192.168.1.20", Some("desk"));
    // RT-01: an address of the secondary CIDR that nobody has leads nowhere.
    is("node", "100.64.2.10", None);
    // SUB-04: the resolver is in the primary CIDR only; NAME-08, DNS-13: names both ways.
    let dig = |from: &str, words: &str| world.ok(&format!("vpcns exec {from} dig +short {words}"));
    assert_eq!(dig("pod", "-x 100.64.1.10").trim_end(), "ip-100-64-1-10.ap-northeast-2.compute.internal.");
    assert_eq!(dig("node", "ip-100-64-1-10.ap-northeast-2.compute.internal").trim_end(), "100.64.1.10");
    assert!(world.ok("vpcns exec pod cat /etc/resolv.conf").contains("nameserver 10.10.0.2"));
    for nobody in ["100.64.0.2", "100.64.1.2"] {
        assert_eq!(world.run(&format!("vpcns exec pod dig +time=1 +tries=1 @{nobody} db")).code, 9, "{nobody}");
    }
    // IMDS-05
    let base = "http://169.254.169.254/latest/meta-data/network/interfaces/macs";
    let macs = world.ok(&format!("vpcns exec pod curl -s {base}/"));
    let blocks =
        world.ok(&format!("vpcns exec pod curl -s {base}/{}/vpc-ipv4-cidr-blocks", macs.trim().trim_end_matches('/')));
    assert_eq!(blocks.lines().collect::<Vec<_>>(), ["10.10.0.0/16", "100.64.0.0/16"]);
    // VPC-13
    let shown = world.ok("vpcns show vpcs -o yaml");
    assert!(shown.contains("vpc-cidr-assoc-") && shown.contains("CidrBlock: 100.64.0.0/16"), "{shown}");
    world.finish();
}

#[test]
fn a_secondary_cidr_comes_and_goes_while_the_lab_runs_vpc_12_vpc_13() {
    let before = "
name: c
vpcs:
  v:
    cidr: 10.0.0.0/16
    routes: { 100.64.0.0/10: blackhole }
    subnets: { s: { cidr: 10.0.1.0/24 } }
    security_groups: { all: { inbound: [{ type: All traffic, source: 0.0.0.0/0 }] } }
instances:
  one: { subnet: v/s, security_groups: [all], httpd: one }
";
    let after = before
        .replace("    cidr: 10.0.0.0/16\n", "    cidr: 10.0.0.0/16\n    secondary_cidrs: [100.64.0.0/16]\n")
        .replace("10.0.1.0/24 } }", "10.0.1.0/24 }, t: { cidr: 100.64.1.0/24 } }")
        + "  two: { subnet: v/t, private_ip: 100.64.1.10, security_groups: [all], httpd: two }\n";
    let world = up(before);
    assert_eq!(gets(&world, "one", "100.64.1.10"), None);
    again(&world, &after);
    // A local route for it stands in each table, before the one that leads nowhere.
    assert_eq!(gets(&world, "one", "100.64.1.10").as_deref(), Some("two"));
    assert!(world.ok("vpcns show route-tables -o yaml").contains("DestinationCidrBlock: 100.64.0.0/16"));
    // Not while it has a subnet.
    let without = after.replace("    secondary_cidrs: [100.64.0.0/16]\n", "");
    world.write("/run/lab.yaml", &without);
    let refused = world.run("vpcns up /run/lab.yaml");
    assert!(refused.code == 2 && refused.stderr.contains("InvalidCidrBlock.InUse"), "{refused:?}");
    assert_eq!(gets(&world, "one", "100.64.1.10").as_deref(), Some("two"));
    again(&world, before);
    assert_eq!(gets(&world, "one", "100.64.1.10"), None);
    finish(world);
}

#[test]
fn who_asked_to_peer_gets_no_further_cidr_while_the_request_waits_vpc_14() {
    let before = "
name: c
vpcs:
  a: { cidr: 10.4.0.0/16 }
  b: { cidr: 10.5.0.0/16 }
peering_connections: { ab: { requester: a, accepter: b } }
";
    let world = up(before);
    let added = |vpc: &str, cidr: &str| {
        let found = format!("  {vpc}: {{ cidr: ");
        before.replace(&found, &format!("  {vpc}: {{ secondary_cidrs: [{cidr}], cidr: "))
    };
    let refusal = |text: &str| {
        world.write("/run/lab.yaml", text);
        let done = world.run("vpcns up /run/lab.yaml");
        assert_eq!(done.code, 2, "{done:?}");
        done.stderr
    };
    assert!(refusal(&added("a", "10.6.0.0/16")).contains("OperationNotPermitted"));
    assert!(refusal(&added("b", "10.4.0.0/24")).contains("overlapping CIDR"));
    again(&world, &added("b", "10.6.0.0/16"));
    world.ok("vpcns accept ab");
    again(&world, &added("a", "10.7.0.0/16"));
    finish(world);
}

#[test]
fn a_prefix_list_is_a_peer_of_rules_and_a_destination_of_routes_rt_04_sg_09() {
    let world = World::new();
    let text = World::topology("prefix-lists");
    again(&world, &text);
    world.ok("vpcns test /run/lab.yaml");
    assert_eq!(gets(&world, "branch", "10.10.1.10").as_deref(), Some("web"));
    assert_eq!(gets(&world, "stranger", "10.10.1.10"), None);
    // RT-04: the route to the CIDR wins over the list that has the same.
    assert_eq!(gets(&world, "lost", "10.10.1.10"), None);
    let shown = world.ok("vpcns show prefix-lists -o yaml");
    assert!(shown.contains("Version: 1") && shown.contains("MaxEntries: 10"), "{shown}");

    // A longer list reaches rules and routes at once; what was open lives on.
    let longer = text.replace("      - 10.21.0.0/16\n", "      - 10.21.0.0/16\n      - 10.20.2.0/24\n");
    again(&world, &longer);
    assert_eq!(gets(&world, "stranger", "10.10.1.10").as_deref(), Some("web"));
    assert!(world.ok("vpcns show prefix-lists -o yaml").contains("Version: 2"));
    // A shorter one too: no route and no rule is left for who was in it.
    let shorter = longer.replace("      - { cidr: 10.20.1.0/24, description: the first branch }\n", "");
    again(&world, &shorter);
    assert_eq!(gets(&world, "branch", "10.10.1.10"), None);
    assert!(world.ok("vpcns show prefix-lists -o yaml").contains("Version: 3"));
    assert_eq!(gets(&world, "stranger", "10.10.1.10").as_deref(), Some("web"));

    // It cannot go while it is named.
    let (head, rest) = text.split_once("prefix_lists:").unwrap();
    let gone = format!("{head}vpcs:{}", rest.split_once("vpcs:").unwrap().1);
    world.write("/run/lab.yaml", &gone);
    let refused = world.run("vpcns up /run/lab.yaml");
    assert!(refused.code == 2 && refused.stderr.contains("DependencyViolation"), "{refused:?}");
    finish(world);
}

#[test]
fn of_two_lists_with_the_same_network_one_holds_always_rt_05() {
    let lab = "
name: c
prefix_lists: { first: { entries: [10.1.0.0/16] }, second: { entries: [10.1.0.0/16, 10.0.0.0/16] } }
vpcs:
  v:
    cidr: 10.0.0.0/16
    routes: { prefix_list/second: blackhole, prefix_list/first: peering_connection }
    subnets: { s: { cidr: 10.0.1.0/24 } }
  w:
    cidr: 10.1.0.0/16
    routes: { 10.0.0.0/16: peering_connection }
    subnets: { s: { cidr: 10.1.1.0/24 } }
    security_groups: { all: { inbound: [{ type: All traffic, source: prefix_list/second }] } }
peering_connections: { vw: { requester: v, accepter: w, accepted: true } }
instances:
  a: { subnet: v/s, private_ip: 10.0.1.10, httpd: a }
  b: { subnet: v/s, private_ip: 10.0.1.11 }
  c: { subnet: w/s, private_ip: 10.1.1.10, security_groups: [w/all], httpd: c }
";
    let world = up(lab);
    assert_eq!(gets(&world, "a", "10.1.1.10").as_deref(), Some("c"));
    // The entry that is the VPC's own CIDR changes nothing: the local route holds.
    assert_eq!(gets(&world, "b", "10.0.1.10").as_deref(), Some("a"));
    world.ok("vpcns matrix --probe");
    finish(world);
}

#[test]
fn instances_ask_whom_their_dhcp_options_name_dns_01_dns_17() {
    let world = World::new();
    let text = World::topology("dhcp-options");
    again(&world, &text);
    world.ok("vpcns test /run/lab.yaml");
    let conf = world.ok("vpcns exec app cat /etc/resolv.conf");
    assert!(conf.contains("\nsearch corp.example.net example.net\n") && !conf.contains("10.20.0.2"), "{conf}");
    assert_eq!(conf.matches("nameserver 10.10.").count(), 2, "{conf}");
    assert_eq!(gets(&world, "app", "http://db").as_deref(), Some("db"));
    // DNS-08: the VPC's own resolver is still there, and has no such zone.
    let own = world.ok("vpcns exec app dig @10.20.0.2 db.corp.example.net");
    assert!(own.contains("NXDOMAIN"), "{own}");
    let name = world.ok("vpcns exec app curl -s http://169.254.169.254/latest/meta-data/local-hostname");
    assert!(name.starts_with("ip-10-20-0-20.corp.example.net"), "{name}");
    let shown = world.ok("vpcns show dhcp-options -o yaml");
    assert!(shown.contains("dopt-") && shown.contains("ntp-servers"), "{shown}");

    // Another set is another set: at once, and back to the account's default one.
    let amazon = text.replace("[resolver_endpoint/inbound]", "[AmazonProvidedDNS]");
    again(&world, &amazon);
    let conf = world.ok("vpcns exec app cat /etc/resolv.conf");
    assert!(conf.ends_with("nameserver 10.20.0.2") && !conf.contains("10.10."), "{conf}");
    assert_ne!(world.run("vpcns exec app curl -s -m 3 http://db").code, 0);
    let options = amazon.find("    dhcp_options:").unwrap()..amazon.find("    routes: { 10.10.0.0/16").unwrap();
    let mut default = amazon.clone();
    default.replace_range(options, "");
    let (head, _) = default.split_once("tests:").unwrap();
    again(&world, head);
    let conf = world.ok("vpcns exec app cat /etc/resolv.conf");
    assert!(conf.contains("search ap-northeast-2.compute.internal\nnameserver 10.20.0.2"), "{conf}");
    finish(world);
}

#[test]
fn a_main_route_table_is_replaced_rt_09() {
    let before = "
name: c
vpcs:
  v:
    cidr: 10.0.0.0/16
    internet_gateway: true
    route_tables: { out: { routes: { 0.0.0.0/0: internet_gateway } } }
    subnets:
      implicit: { cidr: 10.0.1.0/24 }
      chosen: { cidr: 10.0.2.0/24, route_table: main }
instances:
  a: { subnet: v/implicit, public_ip: true }
  b: { subnet: v/chosen, public_ip: true }
";
    let world = up(before);
    assert!(!reaches_laptop(&world, "a") && !reaches_laptop(&world, "b"));
    let replaced = before.replace("    route_tables:", "    main_route_table: out\n    route_tables:");
    again(&world, &replaced);
    // Who chose no table has the new one; the old one goes on for who chose it.
    assert!(reaches_laptop(&world, "a") && !reaches_laptop(&world, "b"));
    let out = world.ok("vpcns show v/out -o yaml");
    assert!(out.contains("Main: true"), "{out}");
    world.write(
        "/run/lab.yaml",
        &replaced.replace("    route_tables: { out: { routes: { 0.0.0.0/0: internet_gateway } } }\n", ""),
    );
    let refused = world.run("vpcns up /run/lab.yaml");
    assert!(refused.code == 2 && refused.stderr.contains("DependencyViolation"), "{refused:?}");
    again(&world, before);
    assert!(!reaches_laptop(&world, "a"));
    finish(world);
}

#[test]
fn an_elastic_ip_moves_to_another_instance_while_the_lab_runs_eip_03() {
    let lab = "
name: c
vpcs:
  v:
    cidr: 10.0.0.0/16
    internet_gateway: true
    enable_dns_hostnames: true
    routes: { 0.0.0.0/0: internet_gateway }
    subnets: { s: { cidr: 10.0.1.0/24 } }
    security_groups: { all: { inbound: [{ type: All traffic, source: 0.0.0.0/0 }] } }
instances:
  a: { subnet: v/s, private_ip: 10.0.1.10, security_groups: [all], httpd: a }
  b: { subnet: v/s, private_ip: 10.0.1.11, public_ip: true, security_groups: [all], httpd: b }
elastic_ips: { e: { instance: a } }
";
    let world = up(lab);
    let field = |kind: &str, name: &str, field: &str| {
        let shown: Vec<serde_json::Value> =
            serde_json::from_str(&world.ok(&format!("vpcns show {kind} -o json"))).unwrap();
        // An elastic IP is listed by who has it; there is only one.
        let one = shown.iter().find(|one| one["LogicalId"] == name || kind == "addresses").unwrap();
        one[field].as_str().unwrap_or_default().to_owned()
    };
    let address = || field("addresses", "e", "PublicIp");
    let own = |name: &str| field("instances", name, "PublicIpAddress");
    let (elastic, assigned) = (address(), own("b"));
    assert_eq!(gets(&world, "laptop", &elastic).as_deref(), Some("a"));
    assert_eq!(gets(&world, "laptop", &assigned).as_deref(), Some("b"));

    again(&world, &lab.replace("{ instance: a }", "{ instance: b }"));
    assert_eq!(address(), elastic);
    assert_eq!(gets(&world, "laptop", &elastic).as_deref(), Some("b"));
    // EIP-02: who gets one gives its assigned address back; who loses one has none.
    assert_eq!((own("a").as_str(), own("b")), ("", elastic.clone()));
    assert_eq!(gets(&world, "laptop", &assigned), None);
    assert!(!reaches_laptop(&world, "a") && reaches_laptop(&world, "b"));
    // EIP-08: its name follows at once, and leads to the private address inside (NAME-04).
    let name = format!("ec2-{}.ap-northeast-2.compute.amazonaws.com", elastic.replace('.', "-"));
    assert_eq!(world.ok(&format!("vpcns exec a dig +short {name}")).trim(), "10.0.1.11");
    finish(world);
}

/// Whether an instance gets an answer from the internet.
fn reaches_laptop(world: &World, from: &str) -> bool {
    world.run(&format!("vpcns exec {from} ping -c1 -W1 203.0.113.10")).code == 0
}
