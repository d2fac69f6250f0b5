//! A lab of a thousand instances in ten VPCs, each with its own answer. Durations are printed, and none is asserted.

use crate::world::World;
use std::{path::Path, process::Command, time::Instant};

/// A thousand instances in ten VPCs, and these lines more. An instance is called after its VPC and number, and says so.
fn topology(more: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/generate-topology");
    let made =
        Command::new(script).args(["--name", "thousand", "--instances", "1000", "--vpcs", "10"]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap() + more
}

#[test]
fn a_thousand_instances() {
    let world = World::new();
    let timed = |command: &str| {
        let began = Instant::now();
        let said = world.run(&format!("{command} 2>&1"));
        assert_eq!(said.code, 0, "`{command}`\n{}", said.stdout);
        println!("{:6.1} s  {command}", began.elapsed().as_secs_f32());
        said.stdout
    };
    world.write("/run/lab.yaml", &topology(""));
    timed("vpcns up /run/lab.yaml");
    assert_eq!(world.ok("ip netns list | grep -c '^thousand[.]v[0-9]'"), "1000");
    for (from, to) in [("v0i0", "v0i99"), ("v3i7", "v3i8"), ("v9i98", "v9i1")] {
        let name = world
            .ok(&format!("vpcns show {to} -o json | sed -n 's/.*\"PrivateDnsName\": \"\\(.*\\)\".*/\\1/p' | head -1"));
        assert_eq!(world.ok(&format!("vpcns exec {from} curl -sS -m 10 http://{name}")), format!("I am {to}"));
    }
    // Another VPC is out of reach.
    let elsewhere = world.ok("ip netns exec thousand.v1i0 hostname -I");
    world.fails(28, &format!("vpcns exec v0i0 curl -sS -m 1 http://{elsewhere}"));
    timed("vpcns status");
    assert!(timed("vpcns up /run/lab.yaml").contains("unchanged"));

    world.write(
        "/run/lab.yaml",
        &topology("  added: { subnet: v4/a, security_groups: [web], httpd: \"I am added\" }\n"),
    );
    let plan = timed("vpcns plan /run/lab.yaml");
    let steps = plan.lines().filter(|line| !line.starts_with(['#', ' ']) && !line.is_empty());
    let others: Vec<_> = steps.filter(|line| !line.contains("added") && !line.contains("thousand.vpc.v4")).collect();
    assert!(others.len() < 3, "{others:#?}");
    timed("vpcns up /run/lab.yaml");
    assert_eq!(world.ok("vpcns exec v4i0 curl -sS -m 10 $(ip netns exec thousand.added hostname -I)"), "I am added");
    timed("vpcns status");
    timed("vpcns down");
    world.ok("rm /run/lab.yaml");
    world.assert_untouched();
}
