//! Bad moments: killed processes, two commands at once, Ctrl-C; and that the next `up` or `down` mends them.

use super::world::World;
use std::process::Stdio;

#[test]
fn the_lab_lives_on_without_its_daemon_and_up_brings_it_back() {
    let world = World::up("privatelink");
    let pid = "cut -d' ' -f1 /run/vpcns/privatelink/daemon.pid";
    world.ok(&format!("kill -9 $({pid})"));
    world.eventually(&format!("! kill -0 $({pid}) 2>/dev/null"));
    world.ok("vpcns exec bastion ping -c1 -W5 10.10.1.49");
    assert!(world.fails(3, "vpcns status").contains("daemon"));
    world.ok("vpcns show endpoints && vpcns ls | grep dead");
    world.ok("vpcns up topologies/privatelink.yaml");
    world.ok("vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)");
    world.finish();
}

#[test]
fn down_needs_neither_daemon_nor_file_nor_record() {
    let world = World::up("privatelink");
    world.ok("kill -9 $(cut -d' ' -f1 /run/vpcns/privatelink/daemon.pid) && rm /run/vpcns/privatelink/record.json");
    world.ok("ip netns del privatelink.private");
    world.ok("vpcns down --lab privatelink");
    world.assert_untouched();
    assert!(world.fails(1, "vpcns down --lab privatelink").contains("is not up"));
    world.finish();
}

#[test]
fn a_second_up_at_once_is_told_of_the_first() {
    let world = World::new();
    world.ok("mkdir -p /run/vpcns/privatelink");
    let mut first = world.command("exec flock /run/vpcns/privatelink/lock cat").stdin(Stdio::piped()).spawn().unwrap();
    world.eventually("! flock -n /run/vpcns/privatelink/lock true");
    let refused = world.fails(1, "vpcns up topologies/privatelink.yaml");
    assert!(refused.contains("is being changed by another command"), "{refused}");
    drop(first.stdin.take());
    first.wait().unwrap();
    world.ok("vpcns up topologies/privatelink.yaml");
    world.finish();
}

#[test]
fn labs_stand_side_by_side() {
    let world = World::up("privatelink");
    world.ok("vpcns up topologies/privatelink.yaml --lab second");
    assert!(world.fails(2, "vpcns show").contains("privatelink, second"));
    world.ok(
        "VPCNS_LAB=second vpcns exec private curl -sS -m 10 $(VPCNS_LAB=second output endpoints.customer.dns_name)",
    );
    world.ok("vpcns down --lab second");
    world.ok("vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)");
    world.finish();
}

#[test]
fn ctrl_c_in_the_middle_is_mended_by_up_and_by_down() {
    for mend in ["vpcns up topologies/privatelink.yaml && vpcns status", "vpcns down --all"] {
        let world = World::new();
        world.write("/run/lab.yaml", &many_instances());
        let mut up = world.command("exec vpcns up /run/lab.yaml").stderr(Stdio::piped()).spawn().unwrap();
        world.eventually("test -e /run/netns/privatelink.i1");
        world.ok("pkill -INT -x vpcns");
        let mut said = String::new();
        std::io::Read::read_to_string(&mut up.stderr.take().unwrap(), &mut said).unwrap();
        assert_eq!(up.wait().unwrap().code(), Some(130), "{said}");
        assert!(said.contains("goes on") && said.contains("vpcns down"), "{said}");
        world.ok(mend.replace("topologies/privatelink.yaml", "/run/lab.yaml").as_str());
        world.ok("rm /run/lab.yaml");
        world.finish();
    }
}

#[test]
fn a_killed_up_is_mended() {
    let world = World::new();
    world.write("/run/lab.yaml", &many_instances());
    let mut up = world.command("exec vpcns up /run/lab.yaml").stderr(Stdio::null()).spawn().unwrap();
    world.eventually("test -e /run/netns/privatelink.i1");
    world.ok("pkill -KILL -x vpcns");
    up.wait().unwrap();
    world.ok("vpcns up /run/lab.yaml");
    world.ok("vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

/// The documents' lab with so many instances more that a signal comes in the middle.
fn many_instances() -> String {
    let many: Vec<_> = (0..150).map(|n| format!("  i{n}: {{ subnet: consumer/private }}\n")).collect();
    World::topology("privatelink").replace("instances:\n", &format!("instances:\n{}", many.concat()))
}
