//! Instances on other people's way, several network interfaces and addresses: what gets through, by whom, and what not.

use super::world::World;

fn curl(world: &World, host: &str, to: &str, code: i32) -> String {
    let command = format!("vpcns exec {host} curl -sS -m {} {to}", if code == 0 { 5 } else { 2 });
    if code == 0 { world.ok(&command) } else { world.fails(code, &command) }
}

/// Has the firewall forward nothing any more.
fn close_the_firewall(world: &World) {
    world.ok("vpcns exec firewall -- nft add table inet no");
    world.ok("vpcns exec firewall -- nft 'add chain inet no it { type filter hook forward priority 0; policy drop; }'");
}

#[test]
fn an_instance_is_a_nat_instance_if_its_check_is_off_eni_02() {
    let world = World::up("middlebox");
    curl(&world, "app", "203.0.113.80", 0);
    let text = World::topology("middlebox");
    // With the check on, its interface takes nothing that is for others.
    let on = text.replacen("    source_dest_check: false\n", "", 1);
    world.write("/run/lab.yaml", &on);
    world.ok("vpcns up --replace /run/lab.yaml");
    world.ok("rm /run/lab.yaml");
    curl(&world, "app", "203.0.113.80", 28);
    let why = world.run("vpcns why --no-probe app 203.0.113.80:80").stdout;
    assert!(why.contains("ENI_SOURCE_DEST_CHECK_RESTRICTION"), "{why}");
    // Nor does anybody send from what is not its own.
    world.ok("vpcns exec app ip address add 10.0.2.99/32 dev eth0");
    world.fails(1, "vpcns exec app ping -qc1 -W1 -I 10.0.2.99 10.0.0.10");
    world.ok("vpcns exec app ping -qc1 -W5 10.0.0.10");
    world.finish();
}

#[test]
fn a_firewall_sees_both_ways_between_subnets_and_from_the_internet_rt_07_rt_20() {
    let world = World::up("middlebox");
    assert_eq!(curl(&world, "app", "10.0.3.10", 0), "data");
    assert_eq!(curl(&world, "laptop", "43.201.30.1", 0), "web");
    curl(&world, "web", "203.0.113.80", 0);
    let hops = world.ok("vpcns exec app traceroute -nI -q1 -w2 10.0.3.10");
    assert!(hops.contains(" 1  10.0.0.30 ") && hops.contains(" 2  10.0.3.10 "), "{hops}");
    // The receiver sees the sender's own address, whether or not the firewall changed it.
    close_the_firewall(&world);
    curl(&world, "app", "10.0.3.10", 28);
    curl(&world, "laptop", "43.201.30.1", 28);
    curl(&world, "web", "203.0.113.80", 28);
    // What does not go by it goes on.
    curl(&world, "app", "203.0.113.80", 0);
    curl(&world, "web", "10.0.3.10", 0);
    world.finish();
}

#[test]
fn a_group_does_not_mean_what_a_middlebox_forwarded_sg_11() {
    let world = World::up("middlebox");
    curl(&world, "app", "10.0.3.10:8080", 28);
    // Without the routes both meet directly, and the group means its members again.
    let text = World::topology("middlebox");
    let direct = text.replace(", 10.0.3.0/24: network_interface/firewall/eth0", "");
    let direct = direct.replace(", routes: { 10.0.2.0/24: network_interface/firewall/eth0 }", "");
    world.write("/run/lab.yaml", &direct);
    world.ok("vpcns up --replace /run/lab.yaml");
    world.ok("rm /run/lab.yaml");
    assert_eq!(curl(&world, "app", "10.0.3.10:8080", 0), "admin");
    world.finish();
}

#[test]
fn neighbours_of_a_subnet_meet_without_its_table_rt_24() {
    let world = World::new();
    let own =
        "10.0.2.0/24: network_interface/firewall/eth0, 10.0.3.0/24: network_interface/firewall/eth0 }\n      data";
    let text = World::topology("middlebox")
        .replacen("10.0.3.0/24: network_interface/firewall/eth0 }\n      data", own, 1)
        .replacen(
            "  data: { subnet",
            "  neighbour: { subnet: main/app, security_groups: [open], httpd: neighbour }\n  data: { subnet",
            1,
        );
    assert!(text.contains(own) && text.contains("neighbour"));
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up /run/lab.yaml");
    world.ok("rm /run/lab.yaml");
    close_the_firewall(&world);
    assert_eq!(curl(&world, "app", "$(output instances.neighbour.private_ip)", 0), "neighbour");
    // From another subnet it is the route that decides.
    curl(&world, "data", "10.0.2.10", 28);
    world.finish();
}

#[test]
fn the_middlebox_s_groups_judge_what_it_forwards() {
    let world = World::up("middlebox");
    let text = World::topology("middlebox");
    let strict = text.replace("{ type: All traffic, source: 0.0.0.0/0 }", "{ type: HTTP, source: 10.0.2.0/24 }");
    world.write("/run/lab.yaml", &strict);
    world.ok("vpcns up --replace /run/lab.yaml");
    world.ok("rm /run/lab.yaml");
    assert_eq!(curl(&world, "app", "10.0.3.10", 0), "data");
    world.fails(1, "vpcns exec app ping -qc1 -W1 10.0.3.10");
    curl(&world, "laptop", "43.201.30.1", 28);
    world.finish();
}

#[test]
fn interfaces_have_groups_addresses_and_elastic_ips_of_their_own_eni_01_eip_03() {
    let world = World::up("middlebox");
    assert_eq!(curl(&world, "laptop", "43.201.30.2:8080", 0), "management");
    // The group of `eth1` allows no more than that port.
    world.fails(1, "vpcns exec laptop ping -qc1 -W1 43.201.30.2");
    world.ok("vpcns exec nat ping -qc1 -W5 10.0.0.30");
    world.fails(1, "vpcns exec nat ping -qc1 -W1 10.0.4.10");
    let addresses = world.ok("vpcns exec firewall ip -br address show eth1");
    assert!(addresses.contains("10.0.4.10/24 10.0.4.11/24"), "{addresses}");
    let macs = "http://169.254.169.254/latest/meta-data/network/interfaces/macs/";
    let script = format!(
        "for mac in $(curl -s {macs}); do echo $(curl -s {macs}${{mac}}device-number) $(curl -s {macs}${{mac}}local-ipv4s); done"
    );
    let told = world.ok(&format!("vpcns exec firewall -- bash -c '{script}'"));
    assert!(told.contains("0 10.0.0.30") && told.contains("1 10.0.4.10 10.0.4.11"), "{told}");
    // The interface that nobody has answers nobody, and is available (ENI-04).
    let shown = world.ok("vpcns show spare -o json");
    assert!(shown.contains("\"available\""), "{shown}");
    world.finish();
}

#[test]
fn an_interface_moves_while_the_lab_runs_and_its_routes_become_black_holes_rt_11() {
    let world = World::up("middlebox");
    let text = World::topology("middlebox");
    let moved = text
        .replace("    network_interfaces: [management]\n", "")
        .replace("  nat:\n    subnet", "  nat:\n    network_interfaces: [management]\n    subnet")
        .replace("    user_data: |\n      #!/bin/sh -e\n      sysctl -w net.ipv4.ip_forward=1\n      nft", "    httpd: { 8080: moved }\n    user_data: |\n      #!/bin/sh -e\n      sysctl -w net.ipv4.ip_forward=1\n      nft")
        .replace("0.0.0.0/0: instance/nat, ", "0.0.0.0/0: network_interface/spare, ");
    world.write("/run/lab.yaml", &moved);
    world.ok("vpcns up --replace /run/lab.yaml");
    world.ok("rm /run/lab.yaml");
    assert_eq!(curl(&world, "laptop", "43.201.30.2:8080", 0), "moved");
    curl(&world, "app", "203.0.113.80", 28);
    let tables = world.ok("vpcns show route-tables -o json");
    assert!(tables.contains("\"blackhole\""), "{tables}");
    world.finish();
}

#[test]
fn a_template_says_the_same_eni_10_rt_08_rt_20() {
    let world = World::new();
    world.ok("vpcns up --lab cfn tests/cloudformation/middlebox.yaml");
    let hops = world.ok("vpcns exec App traceroute -nI -q1 -w2 10.0.3.10");
    assert!(hops.contains(" 1  10.0.0.30 ") && hops.contains(" 2  10.0.3.10 "), "{hops}");
    let addresses = world.ok("vpcns exec Firewall ip -br address show eth1");
    assert!(addresses.contains("10.0.0.40/24"), "{addresses}");
    world.ok("vpcns exec laptop ping -qc1 -W5 $(output ManagementAddress)");
    world.ok("vpcns exec laptop ping -qc1 -W5 $(output AppAddress)");
    world.ok("vpcns exec Firewall -- sysctl -qw net.ipv4.ip_forward=0");
    world.fails(1, "vpcns exec App ping -qc1 -W1 10.0.3.10");
    world.fails(1, "vpcns exec laptop ping -qc1 -W1 $(output AppAddress)");
    world.ok("vpcns exec laptop ping -qc1 -W5 $(output ManagementAddress)");
    world.finish();
}
