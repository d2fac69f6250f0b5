//! Network ACLs where packets are translated on their way, and while the lab runs.

use super::world::World;

/// Brings up the lab as it becomes by these changes, each of which must change something.
fn change(world: &World, text: &str, changes: &[(&str, &str)]) {
    let mut changed = text.to_owned();
    for (from, to) in changes {
        assert!(changed.contains(from), "{from}");
        changed = changed.replace(from, to);
    }
    world.write("/run/lab.yaml", &changed);
    world.ok("vpcns up --replace /run/lab.yaml");
}

fn finish(world: World) {
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn a_change_breaks_connections_at_once_nacl_07() {
    let world = World::new();
    let text = World::topology("network-acls").replace("httpd: web", "httpd: { 80: { directory: /run/www } }");
    world.ok("mkdir /run/www && head -c 40M /dev/zero > /run/www/large");
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up /run/lab.yaml");
    let get = "vpcns exec client curl -sS -m 60 --limit-rate 2M --speed-time 3 --speed-limit 1 http://10.0.1.20/large > /run/got";
    let mut download = world.command(get).spawn().unwrap();
    world.eventually("test -s /run/got");
    change(
        &world,
        &text,
        &[(
            "ports: 1024-65535, cidr: 0.0.0.0/0, action: allow }\n          110: { protocol: icmp, icmp_type: 0",
            "ports: 1-1023, cidr: 0.0.0.0/0, action: allow }\n          110: { protocol: icmp, icmp_type: 0",
        )],
    );
    assert_eq!(download.wait().unwrap().code(), Some(28), "the download should have stalled");
    change(&world, &text, &[]);
    world.ok("vpcns exec client curl -sS -m 5 10.0.1.20/ -o /dev/null");
    world.ok("rm -r /run/got /run/www");
    finish(world);
}

#[test]
fn each_border_of_a_load_balancer_s_way_needs_its_entry_nacl_10() {
    let world = World::new();
    let text = World::topology("network-acls");
    let targets_out = "outbound: { 100: { protocol: tcp, ports: 1024-65535, cidr: 0.0.0.0/0, action: allow } }";
    let breaks = [
        (
            "      nlb:\n        inbound:\n          100: { type: HTTP,",
            "      nlb:\n        inbound:\n          100: { type: HTTPS,",
        ),
        (
            "110: { protocol: tcp, ports: 1024-65535, cidr: 10.0.4.0/24,",
            "110: { protocol: tcp, ports: 1-1023, cidr: 10.0.4.0/24,",
        ),
        (
            "100: { protocol: tcp, ports: 8080, cidr: 10.0.4.0/24, action: allow }",
            "100: { protocol: tcp, ports: 8080, cidr: 10.0.4.0/24, action: deny }",
        ),
        (
            "          110: { protocol: tcp, ports: 1024-65535, cidr: 0.0.0.0/0, action: allow }\n      targets",
            "          110: { protocol: tcp, ports: 1024-65535, cidr: 10.0.9.0/24, action: allow }\n      targets",
        ),
        ("inbound: { 100: { protocol: tcp, ports: 8080,", "inbound: { 100: { protocol: tcp, ports: 80,"),
        (targets_out, "outbound: { 100: { type: HTTP, cidr: 0.0.0.0/0, action: allow } }"),
    ];
    change(&world, &text, &[]);
    for keep in ["", ", preserve_client_ip: false"] {
        let text = text.replace("targets: ['target:8080']", &format!("targets: ['target:8080']{keep}"));
        let curl = |limit: u8| format!("vpcns exec client curl -sS -m {limit} $(output load_balancers.nlb.dns_name)");
        for broken in breaks {
            change(&world, &text, &[broken]);
            let done = world.run(&curl(1));
            assert_eq!(done.code, 28, "{keep} {broken:?}\n{done:?}");
        }
        change(&world, &text, &[]);
        assert_eq!(world.ok(&curl(5)), "target");
    }
    finish(world);
}

#[test]
fn a_target_in_its_node_s_subnet_is_not_behind_the_border_nacl_05() {
    let world = World::new();
    let text = World::topology("network-acls").replace(
        "target: { subnet: main/targets, private_ip: 10.0.4.20",
        "target: { subnet: main/nlb, private_ip: 10.0.3.20",
    );
    // Only what crosses the border of the node's subnet has entries: port 8080 has none, and need none.
    let text = text.replace("          100: { protocol: tcp, ports: 8080, cidr: 10.0.4.0/24, action: allow }\n", "");
    change(&world, &text, &[]);
    assert_eq!(world.ok("vpcns exec client curl -sS -m 5 $(output load_balancers.nlb.dns_name)"), "target");
    world.fails(28, "vpcns exec client curl -s -m 1 10.0.3.20:8080");
    finish(world);
}

#[test]
fn a_nat_gateway_s_subnet_judges_both_of_its_sides_nat_07() {
    let world = World::new();
    let acl = "
    network_acls:
      public:
        inbound:
          100: { type: HTTP, cidr: 10.0.1.0/24, action: allow }
          110: { protocol: tcp, ports: 1024-65535, cidr: 203.0.113.0/24, action: allow }
        outbound:
          100: { type: HTTP, cidr: 203.0.113.0/24, action: allow }
          110: { protocol: tcp, ports: 1024-65535, cidr: 10.0.1.0/24, action: allow }
      app:
        inbound: { 100: { protocol: tcp, ports: 1024-65535, cidr: 203.0.113.0/24, action: allow } }
        outbound: { 100: { type: HTTP, cidr: 0.0.0.0/0, action: allow } }
    security_groups:";
    let text = World::topology("nat-gateway")
        .replace("\n    security_groups:", acl)
        .replace("az: a, route_table: public", "az: a, network_acl: public, route_table: public")
        .replace("cidr: 10.0.1.0/24, az: a,", "cidr: 10.0.1.0/24, az: a, network_acl: app,");
    change(&world, &text, &[]);
    let curl = "vpcns exec app curl -sS -m 5 203.0.113.80";
    assert_eq!(world.ok(curl), "packages");
    world.fails(1, "vpcns exec app ping -qc1 -W1 203.0.113.10");
    for broken in [
        ("100: { type: HTTP, cidr: 10.0.1.0/24,", "100: { type: HTTP, cidr: 10.0.9.0/24,"),
        (
            "110: { protocol: tcp, ports: 1024-65535, cidr: 203.0.113.0/24,",
            "110: { protocol: tcp, ports: 1-1023, cidr: 203.0.113.0/24,",
        ),
        ("100: { type: HTTP, cidr: 203.0.113.0/24,", "100: { type: HTTPS, cidr: 203.0.113.0/24,"),
        (
            "110: { protocol: tcp, ports: 1024-65535, cidr: 10.0.1.0/24,",
            "110: { protocol: udp, ports: 1024-65535, cidr: 10.0.1.0/24,",
        ),
        (
            "inbound: { 100: { protocol: tcp, ports: 1024-65535, cidr: 203.0.113.0/24,",
            "inbound: { 100: { protocol: tcp, ports: 1024-65535, cidr: 10.0.0.0/16,",
        ),
        ("outbound: { 100: { type: HTTP, cidr: 0.0.0.0/0,", "outbound: { 100: { type: HTTP, cidr: 10.0.0.0/16,"),
    ] {
        change(&world, &text, &[broken]);
        world.fails(28, &curl.replace("-m 5", "-m 1"));
    }
    change(&world, &text, &[]);
    world.ok(curl);
    finish(world);
}

#[test]
fn the_default_network_acl_can_be_changed_and_judges_endpoints_nacl_10() {
    let world = World::new();
    // The consumer's endpoint is in its own subnet here, so that each border is seen.
    let text = World::topology("privatelink");
    let acl = |inbound: &str, outbound: &str| {
        format!(
            "
    network_acls:
      default:
        inbound: {{ 100: {{ {inbound}, cidr: 0.0.0.0/0, action: allow }} }}
        outbound: {{ 100: {{ {outbound}, cidr: 0.0.0.0/0, action: allow }} }}
    security_groups:
      bastion:"
        )
    };
    let curl = |limit: u8| format!("vpcns exec bastion curl -sS -m {limit} $(output endpoints.customer.dns_name)");
    let (all, http, tcp) = ("type: All traffic", "type: HTTP", "protocol: tcp, ports: 80-65535");
    let with = |inbound, outbound| [("\n    security_groups:\n      bastion:", acl(inbound, outbound))];
    for (inbound, outbound, passes) in
        [(all, all, true), (tcp, tcp, true), (http, tcp, false), (tcp, http, false), ("type: SSH", all, false)]
    {
        let [(from, to)] = &with(inbound, outbound);
        change(&world, &text, &[(from, to)]);
        if passes {
            world.ok(&curl(10));
        } else {
            world.fails(28, &curl(1));
        }
    }
    change(&world, &text, &[]);
    world.ok(&curl(10));
    finish(world);
}

#[test]
fn the_internet_gateway_s_traffic_is_judged_with_private_addresses_and_protocols_have_numbers_nacl_04() {
    let world = World::new();
    let text = World::topology("internet-gateway").replace(
        "\n    security_groups:",
        "
    network_acls:
      public:
        inbound: { 100: { protocol: 6, ports: 80, cidr: 203.0.113.10/32, action: allow }, 101: { protocol: 1, cidr: 0.0.0.0/0, action: deny }, 102: { type: All traffic, cidr: 203.0.113.10/32, action: allow } }
        outbound: { 50: { protocol: '6', ports: all, cidr: 203.0.113.10/32, action: allow } }
    security_groups:",
    ).replace("        az: a\n        # What goes", "        az: a\n        network_acl: public\n        # What goes");
    change(&world, &text, &[]);
    world.ok("vpcns exec laptop curl -sS -m 5 43.201.10.20");
    world.fails(1, "vpcns exec laptop ping -qc1 -W1 43.201.10.20");
    change(
        &world,
        &text,
        &[(
            "cidr: 203.0.113.10/32, action: allow } }\n    security",
            "cidr: 10.0.0.0/16, action: allow } }\n    security",
        )],
    );
    world.fails(28, "vpcns exec laptop curl -s -m 1 43.201.10.20");
    finish(world);
}
