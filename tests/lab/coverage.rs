//! `vpcns test --coverage`: the kernel counts what packets use, whoever sends them, and the lab is as before afterwards.

use super::world::World;
use serde_json::Value;
use std::{collections::BTreeMap, process::Stdio};

/// Rules that overlap, in one group and in two; entries in their order; routes inside of one another; two listeners.
const LAB: &str = "
name: counted
vpcs:
  main:
    cidr: 10.0.0.0/16
    internet_gateway: true
    route_tables:
      public: { routes: { 0.0.0.0/0: internet_gateway, 203.0.113.0/25: internet_gateway, 198.51.100.0/24: instance/other } }
    subnets:
      a: { cidr: 10.0.0.0/24, az: a, route_table: public }
      guarded: { cidr: 10.0.1.0/24, az: a, network_acl: strict }
    security_groups:
      clients: {}
      more: { inbound: [{ protocol: tcp, ports: 86, source: 10.0.0.0/24 }] }
      web:
        inbound:
          - { protocol: tcp, ports: 80-90, source: 10.0.0.0/16 }
          - { protocol: tcp, ports: 85-95, source: 10.0.0.10/32 }
          - { protocol: tcp, ports: 443, source: 10.0.0.0/16 }
          - { protocol: tcp, ports: 8080, source: clients }
    network_acls:
      strict:
        inbound:
          90: { protocol: tcp, ports: 22, cidr: 0.0.0.0/0, action: deny }
          95: { protocol: icmp, cidr: 0.0.0.0/0, action: deny }
          100: { type: All traffic, cidr: 10.0.0.0/16, action: allow }
          110: { type: HTTP, cidr: 0.0.0.0/0, action: allow }
        outbound: { 100: { type: All traffic, cidr: 0.0.0.0/0, action: allow } }
instances:
  client: { subnet: main/a, private_ip: 10.0.0.10, public_ip: true, security_groups: [clients] }
  other: { subnet: main/a, private_ip: 10.0.0.20, security_groups: [clients] }
  web: { subnet: main/guarded, private_ip: 10.0.1.30, security_groups: [more, web], httpd: { 80: hello, 86: both, 94: second, 8080: hidden } }
load_balancers:
  nlb:
    scheme: internal
    subnets: [{ subnet: main/a, private_ip: 10.0.0.100 }]
    listeners:
      TCP:80: { targets: [web], health_check: { interval: 5s, timeout: 2s } }
      TCP:81: { targets: ['web:94'], health_check: { interval: 5s, timeout: 2s } }
lints: { allow: [public-subnet-without-public-address, shadowed-rule] }
";

/// A lab of this text with checks.
fn up(world: &World, lab: &str, tests: &str) {
    world.write("/run/lab.yaml", &format!("{lab}tests:\n{tests}"));
    world.ok("vpcns up /run/lab.yaml");
}

/// What `vpcns test --coverage` counted, by `KIND OF: SAYS`; nothing for what was not used.
fn counted(world: &World, arguments: &str) -> BTreeMap<String, u64> {
    let json: Value = serde_json::from_str(&world.ok(&format!("vpcns test --coverage -o json {arguments}"))).unwrap();
    let coverage = &json["Coverage"];
    let items = ["Exercised", "Unused"].map(|list| coverage[list].as_array().unwrap());
    assert_eq!(coverage["Used"], items[0].len());
    assert_eq!(coverage["Total"], items[0].len() + items[1].len());
    let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
    let name = |item: &Value| format!("{} {}: {}", text(item, "Kind"), text(item, "Of"), text(item, "Says"));
    items.into_iter().flatten().map(|item| (name(item), item["Packets"].as_u64().unwrap_or_default())).collect()
}

/// Those that were used.
fn used(counted: &BTreeMap<String, u64>) -> Vec<&str> {
    counted.iter().filter(|(_, packets)| **packets > 0).map(|(name, _)| name.as_str()).collect()
}

/// The ruleset of the lab's router, which has counted nothing.
fn ruleset(world: &World) -> String {
    world.ok("ip netns exec counted.vpc.main nft list ruleset")
}

#[test]
fn packets_decide_what_is_used_and_the_lab_is_as_before() {
    let world = World::new();
    // Nobody but the kernel can know what these do.
    up(
        &world,
        LAB,
        "  - { from: other, run: \"sleep 12\", tags: [idle] }
  - { from: other, run: \"curl -sS 10.0.1.30\", expect: { stdout: hello } }
  - { from: other, run: \"ping -c 1 -W 1 10.0.1.30\", expect: { exit: 1 } }\n",
    );
    let before = ruleset(&world);
    // Targets were asked meanwhile how they are.
    assert_eq!(used(&counted(&world, "--only idle")), [""; 0]);
    let counted = counted(&world, "--only curl --only ping");
    let expected = [
        "inbound entry main/strict: 100: 10.0.0.0/16",
        "inbound entry main/strict: 95: 0.0.0.0/0",
        "inbound rule main/web: tcp 80-90 from 10.0.0.0/16",
        "outbound entry main/strict: 100: 0.0.0.0/0",
    ];
    assert_eq!(used(&counted), expected);
    let [rule, entry] = [expected[2], expected[0]].map(|name| counted[name]);
    assert!(rule < entry, "of a connection the first packet, at an entry each: {counted:?}");
    assert_eq!(counted["inbound entry main/strict: 95: 0.0.0.0/0"], 1);
    assert_eq!(ruleset(&world), before);
    assert!(!before.contains("counter"));
    world.ok("vpcns status");

    let said = world.ok("vpcns test --coverage --only ping");
    let unused = said.lines().find(|line| line.starts_with("inbound rule") && line.contains("tcp 443 from")).unwrap();
    assert!(unused.ends_with(" 19"), "the rule is in that line of the file: {said}");
    assert!(said.contains("\n1 of 15 rules, entries, routes and listeners were used by packets\n"), "{said}");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn each_rule_that_allows_a_packet_is_used_and_only_one_entry_and_route() {
    let world = World::new();
    up(
        &world,
        LAB,
        "  - { from: client, run: \"curl -sS 10.0.1.30:86\", tags: [both] }
  - { from: client, run: \"curl -sS 10.0.1.30:94\", tags: [second] }
  - { from: other, run: \"curl -sS 10.0.1.30:8080\", tags: [member] }
  - { from: other, run: \"curl -m 1 10.0.0.100:81\", tags: [listener] }
  - { from: client, run: \"curl -m 20 203.0.113.10\", expect: { exit: 7 }, tags: [nearer] }
  - { from: client, run: \"curl -m 1 192.0.2.1\", expect: { exit: 28 }, tags: [default] }
  - { from: client, run: \"curl -m 1 198.51.100.1\", expect: { exit: 28 }, tags: [nowhere] }
  - { from: client, run: \"curl -m 1 10.0.0.99\", expect: { exit: 28 }, tags: [local] }\n",
    );
    let rules = |tag: &str| {
        let counted = counted(&world, &format!("--only {tag}"));
        let used = used(&counted).into_iter().filter(|name| !name.contains(" entry "));
        used.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        rules("both"),
        [
            "inbound rule main/more: tcp 86 from 10.0.0.0/24",
            "inbound rule main/web: tcp 80-90 from 10.0.0.0/16",
            "inbound rule main/web: tcp 85-95 from 10.0.0.10/32",
        ],
    );
    assert_eq!(rules("second"), ["inbound rule main/web: tcp 85-95 from 10.0.0.10/32"]);
    assert_eq!(rules("member"), ["inbound rule main/web: tcp 8080 from group main/clients"]);
    assert_eq!(rules("nearer"), ["route main/public: 203.0.113.0/25"]);
    assert_eq!(rules("default"), ["route main/public: 0.0.0.0/0"]);
    assert_eq!(rules("nowhere"), ["route main/public: 198.51.100.0/24"], "into a blackhole");
    assert_eq!(rules("local"), [""; 0]);
    // The target is not open to the client, and the listener was used all the same.
    let failed = world.run("vpcns test --coverage -o json --only listener");
    let json: Value = serde_json::from_str(&failed.stdout).unwrap();
    let exercised = json["Coverage"]["Exercised"].as_array().unwrap();
    assert!(
        exercised.iter().any(|it| it["Says"] == "tcp 81 → nlb-81" && it["Packets"].as_u64() > Some(0)),
        "{exercised:?}"
    );
    world.ok("rm /run/lab.yaml");
    world.finish();
}

/// What a check uses of a lab that is up, but for rules.
fn routes(world: &World, check: &str) -> Vec<String> {
    world.write("/run/checks.yaml", &format!("tests: [{check}]"));
    let counted = counted(world, "/run/checks.yaml");
    let used = used(&counted).into_iter().filter(|name| !name.contains(" rule "));
    used.map(ToOwned::to_owned).collect()
}

#[test]
fn routes_past_middleboxes_and_gateways_are_counted_table_by_table() {
    let world = World::up("middlebox");
    world.eventually("vpcns exec app curl -sS -m 5 10.0.3.10");
    // Inside the VPC, both ways past the firewall; the rule that names the client's group does not mean it then (SG-11).
    let inside = routes(&world, "{ from: app, run: 'curl -sS 10.0.3.10' }");
    assert_eq!(inside, ["route main/app: 10.0.3.0/24", "route main/data: 10.0.2.0/24"]);
    let counted = counted(&world, "/run/checks.yaml");
    assert!(counted["inbound rule main/data: tcp 80 from 10.0.0.0/16"] > 0, "{counted:?}");
    assert_eq!(counted["inbound rule main/data: tcp 8080 from group main/client"], 0);
    // By the gateway's own table, and back by two.
    let from_outside = routes(&world, "{ from: internet, run: 'curl -sS 43.201.30.1' }");
    let back = ["route main/public: 0.0.0.0/0", "route main/web: 0.0.0.0/0"];
    assert_eq!(from_outside, [&["route main/edge: 10.0.1.0/24"], &back[..]].concat());
    // A NAT gateway inside the VPC; its answers have no route.
    let translated = routes(&world, "{ from: web, run: 'curl -sS 10.0.3.10' }");
    assert_eq!(translated, ["route main/web: 10.0.3.0/24"]);
    world.ok("rm /run/checks.yaml");
    world.finish();
}

#[test]
fn what_nodes_send_and_what_gateways_know_uses_routes_too() {
    let world = World::new();
    let lab = "
name: counted
vpcs:
  main:
    cidr: 10.0.0.0/16
    internet_gateway: true
    subnets: { a: { cidr: 10.0.0.0/24, az: a, routes: { 0.0.0.0/0: internet_gateway } }, b: { cidr: 10.0.1.0/24, az: a } }
    security_groups: { web: { inbound: [{ type: HTTP, source: 10.0.0.0/24 }] } }
instances: { web: { subnet: main/b, security_groups: [web], httpd: web } }
target_groups: { web: { vpc: main, port: 80, preserve_client_ip: false, targets: [web], health_check: { interval: 5s, timeout: 2s } } }
load_balancers:
  nlb: { subnets: [main/a], listeners: { TLS:443: { forward: web, certificate: a.example } } }
";
    up(
        &world,
        lab,
        "  - { health: web, retry: 30s }
  - { from: internet, run: \"curl -skS https://${load_balancers.nlb.dns_name}\" }
",
    );
    world.ok("vpcns test --only health");
    let counted = counted(&world, "--only curl");
    let all =
        ["inbound rule main/web: tcp 80 from 10.0.0.0/24", "listener nlb: tls 443 → web", "route main/a: 0.0.0.0/0"];
    assert_eq!(used(&counted), all);
    world.ok("vpcns down && rm /run/lab.yaml");

    // The gateway has a route for a part of the table's.
    let text = World::topology("on-premises");
    let text = text.replacen("{ propagating_vgws: [consumer] }", "{ routes: { 192.0.0.0/8: vpn_gateway } }", 1);
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up /run/lab.yaml");
    let answers = routes(&world, "{ from: desk, run: 'curl -sS 10.10.1.10' }");
    assert_eq!(answers, ["route consumer/office: 192.0.0.0/8"]);
    world.ok("rm /run/lab.yaml /run/checks.yaml");
    world.finish();
}

#[test]
fn connections_go_on_and_failures_do_not_end_the_counting() {
    let world = World::new();
    up(
        &world,
        LAB,
        "  - { from: other, run: \"curl -sS 10.0.1.30\" }
  - { from: other, deny: \"web:80\", after: { fail: target/web } }\n",
    );
    let begin = |host: &str, command: &str| {
        world.ok(&format!("ip netns exec counted.{host} sh -c '{command}' >/dev/null 2>&1 & echo $! >>/run/pids"));
    };
    begin("web", "exec nc -lp 85 >/run/heard");
    world.eventually("ip netns exec counted.web ss -ltn | grep -F :85");
    begin("client", "while echo again; do sleep 0.1; done | exec nc 10.0.1.30 85");
    world.eventually("test -s /run/heard");
    let before = ruleset(&world);
    let counted = counted(&world, "");
    assert!(counted["inbound rule main/web: tcp 80-90 from 10.0.0.0/16"] > 0, "{counted:?}");
    assert!(counted["inbound entry main/strict: 100: 10.0.0.0/16"] > 10, "what goes on counts too: {counted:?}");
    assert_eq!(ruleset(&world), before);
    let heard = world.ok("wc -c < /run/heard");
    world.eventually(&format!("test $(wc -c < /run/heard) -gt {heard}"));
    world.ok("xargs kill </run/pids; rm /run/pids /run/heard /run/lab.yaml");
    world.finish();
}

#[test]
fn ctrl_c_ends_the_counting_and_what_a_kill_leaves_ends_with_the_next() {
    let world = World::new();
    up(
        &world,
        LAB,
        "  - { from: other, run: sleep 300, timeout: 5m }\n  - { from: other, reach: \"web:80\", tags: [quick] }\n",
    );
    let before = ruleset(&world);
    let begin = || {
        let test = world.command("exec vpcns test --coverage").stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        world.eventually("pgrep -x sleep && vpcns status 2>&1 | grep 'packets are counted'");
        assert!(ruleset(&world).contains("counter count_in_main/web_0 {"));
        test.unwrap()
    };
    let mut test = begin();
    world.ok("vpcns status");
    world.ok("pkill -INT -f '^vpcns test'");
    assert_eq!(test.wait().unwrap().code(), Some(130));
    assert_eq!(ruleset(&world), before);

    for end in ["vpcns test --coverage --only quick", "vpcns up /run/lab.yaml"] {
        let mut test = begin();
        world.ok("pkill -KILL -f '^vpcns test'; pkill -KILL -x sleep");
        test.wait().unwrap();
        world.ok("vpcns status 2>&1 | grep 'packets are counted'");
        world.ok("vpcns test /run/lab.yaml --only quick");
        world.ok(end);
        assert_eq!(ruleset(&world), before, "{end}");
        world.ok("vpcns status");
    }
    world.ok("vpcns down && rm /run/lab.yaml");
    world.assert_untouched();
    world.finish();
}
