//! What passes an internet gateway, and what becomes of it on its way.

use super::world::World;

/// Counts packets of this kind that an instance has.
fn count(world: &World, rule: &str) {
    world.ok(&format!(
        "ip netns exec internet-gateway.fixed nft 'add table inet seen
         add chain inet seen c {{ type filter hook prerouting priority -500; }}
         add rule inet seen c {rule} counter'"
    ));
}

#[test]
fn nobody_comes_in_with_a_private_source_igw_08() {
    let world = World::up("internet-gateway");
    count(&world, "ip saddr { 10.9.9.9, 100.64.9.9, 10.0.1.9 }");
    for source in ["10.9.9.9", "100.64.9.9", "10.0.1.9"] {
        world.ok(&format!("vpcns exec laptop ip addr add {source}/32 dev eth0"));
        world.fails(1, &format!("vpcns exec laptop ping -qc1 -W1 -I {source} 43.201.10.20"));
    }
    world.ok("vpcns exec laptop ping -qc1 -W5 43.201.10.20");
    let seen = world.ok("ip netns exec internet-gateway.fixed nft list table inet seen | grep -o 'packets [0-9]*'");
    assert_eq!(seen, "packets 0");
    world.finish();
}

#[test]
fn frames_of_the_internet_are_smaller_than_those_of_the_vpc_igw_11() {
    let world = World::up("internet-gateway");
    let ping = |size: u16, to: &str| format!("vpcns exec web ping -qc2 -i0.2 -W1 -M do -s {size} {to}");
    // ENI-07
    let hidden = world.ok("output instances.hidden.private_ip");
    world.ok(&ping(9001 - 28, &hidden));
    world.fails(1, &ping(9001 - 27, &hidden));
    world.ok(&ping(1500 - 28, "203.0.113.10"));
    world.fails(1, &ping(1500 - 27, "203.0.113.10"));
    // What the instance has learned of the path is nobody's drift.
    world.ok("ip -n internet-gateway.web route show cache | grep -q 'mtu 1500'");
    world.ok("vpcns status");
    world.finish();
}

#[test]
fn by_public_addresses_an_instance_is_a_stranger_to_its_own_group_igw_09() {
    let world = World::new();
    let text = World::topology("internet-gateway");
    let grouped = text.replacen("{ type: HTTP, source: 0.0.0.0/0 }", "{ type: HTTP, source: web }", 1);
    assert_ne!(grouped, text);
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up /run/lab.yaml");
    // IGW-01: both addresses are translated on the way.
    world.ok("vpcns exec web curl -sS -m 5 43.201.10.20");
    let log = world.ok("vpcns logs fixed --access | tail -n1 | cut -d' ' -f1");
    assert_eq!(log, world.ok("output instances.web.public_ip"));
    world.write("/run/lab.yaml", &grouped);
    world.ok("vpcns up /run/lab.yaml");
    // SG-10, SG-11
    world.ok("vpcns exec web curl -sS -m 5 $(output instances.fixed.private_ip)");
    world.fails(28, "vpcns exec web curl -s -m 1 43.201.10.20");
    world.ok("rm /run/lab.yaml");
    world.finish();
}
