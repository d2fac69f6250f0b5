//! The commands that look at a lab, and those that run something in it.

use super::world::World;

#[test]
fn show_speaks_for_people_and_for_machines() {
    let world = World::up("privatelink");
    assert!(world.ok("vpcns show").contains("VPC-A-BastionHost"));
    for kind in ["vpcs", "instances", "endpoint", "vpc-endpoints", "target_health"] {
        let json = world.ok(&format!("vpcns show {kind} -o json"));
        let resources: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(!resources.as_array().unwrap().is_empty(), "{kind}");
    }
    let outputs: serde_json::Value = serde_json::from_str(&world.ok("vpcns show outputs -o json")).unwrap();
    assert!(outputs["endpoints.customer.dns_name"].as_str().unwrap().starts_with("vpce-0"));
    let instance: serde_json::Value = serde_json::from_str(&world.ok("vpcns show 10.10.1.49 -o json")).unwrap();
    assert_eq!(instance["Name"], "VPC-A-Private-EC2");
    assert!(world.fails(2, "vpcns show instnaces").contains("did you mean `instances`?"));
    assert!(world.fails(2, "vpcns show nothing-of-the-kind").contains("hint: "));
    // Looking needs no root.
    world.ok("setpriv --reuid 65534 --clear-groups vpcns show endpoints");
    world.finish();
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let world = World::up("privatelink");
    assert_eq!(world.ok("vpcns show -o json | head -1; vpcns show -o yaml | :"), "{");
    world.finish();
}

#[test]
fn exec_ends_as_its_command_ended() {
    let world = World::up("privatelink");
    for (code, command) in [(0, "true"), (7, "sh -c 'exit 7'"), (127, "no-such-command"), (126, "/etc/passwd")] {
        world.fails(code, &format!("vpcns exec private -- {command}"));
    }
    world.fails(128 + 9, "vpcns exec private -- sh -c 'kill -9 $$'; exit $?");
    for host in ["private", "VPC-A-Private-EC2", "10.10.1.49", "privatelink.private"] {
        assert_eq!(world.ok(&format!("vpcns exec {host} hostname -I")), "10.10.1.49", "{host}");
    }
    assert_eq!(world.ok("ip netns exec privatelink.private hostname -I"), "10.10.1.49");
    assert_eq!(world.ok("echo out | vpcns exec private cat"), "out");
    assert!(world.fails(2, "vpcns exec privat1 true").contains("did you mean `private`?"));
    world.finish();
}

#[test]
fn the_shell_has_the_documents_prompt_s000_055() {
    let world = World::up("privatelink");
    let typed = "printf 'cd\\nexit 4\\n' | script -qec 'vpcns exec private' /dev/null";
    let seen = world.fails(4, typed);
    assert!(seen.contains("[root@ip-10-10-1-49 "), "{seen}");
    world.finish();
}

#[test]
fn programs_in_an_instance_live_until_down() {
    let world = World::up("privatelink");
    world.ok("vpcns exec private -- sh -c 'nohup sleep 1000 >/dev/null 2>&1 &'");
    world.ok("pgrep -f 'sleep 1000'");
    world.finish();
}

#[test]
fn a_decision_twice_changes_nothing() {
    let world = World::up("privatelink");
    assert!(world.run("vpcns accept customer").stderr.contains("already"));
    world.ok("vpcns reject customer && vpcns reject customer");
    // The decision holds as long as the file says the same as before.
    world.ok("vpcns up topologies/privatelink.yaml");
    assert!(world.ok("vpcns show endpoints").contains("rejected"));
    assert!(world.fails(2, "vpcns accept custommer").contains("did you mean `customer`?"));
    world.finish();
}
