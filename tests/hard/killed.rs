//! `kill -9` anywhere: of `up`, of a live change, of `down` and of the daemon. After each, either `up` gives a lab that
//! is as it should be and works, or `down` leaves nothing.
//!
//! Between two steps of a plan the program kills itself (`VPCNS_DIE_AT_STEP`, `src/apply/execute/fault.rs`); before,
//! after and inside of steps it is killed from outside, at moments spread over the time that it takes.

use crate::world::World;
use std::{
    env, fs,
    path::PathBuf,
    time::{Duration, Instant},
};

const LAB: &str = "topologies/privatelink.yaml";
const DAEMON: &str = "cut -d' ' -f1 /run/vpcns/privatelink/daemon.pid";

/// A number from the environment.
fn number(name: &str, default: usize) -> usize {
    env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

/// So many of the numbers from 1 to `last`, evenly spread, the first and the last among them.
fn spread(last: usize) -> Vec<usize> {
    let cases = number("VPCNS_CASES", 12).clamp(2, last.max(2));
    let mut points: Vec<_> = (0..cases).map(|case| 1 + case * (last - 1) / (cases - 1)).collect();
    points.dedup();
    points
}

/// Ways to kill a command that does so many steps in so many seconds: prefixes of its line.
fn kills(steps: usize, time: Duration) -> Vec<String> {
    let at_steps = spread(steps).into_iter().map(|step| format!("VPCNS_DIE_AT_STEP={step}"));
    let cases = number("VPCNS_CASES", 12);
    let mut random = number("VPCNS_SEED", 1);
    let at_times = (0..cases).map(|case| {
        // A linear congruential generator; its high bits are as good as needed here.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("timeout --foreground -s KILL {:.4}", part(time, case * 1000 + (random >> 33) % 1000, cases * 1000))
    });
    at_steps.chain(at_times).collect()
}

/// A part of a time, in seconds.
fn part(time: Duration, numerator: usize, denominator: usize) -> f64 {
    let small = |number: usize| u32::try_from(number).unwrap();
    (time * small(numerator) / small(denominator)).as_secs_f64()
}

/// Runs a command that is killed this way; at a moment left to chance it may have been done already.
fn killed(world: &World, kill: &str, command: &str) {
    println!("{kill} {command}");
    let done = world.run(&format!("{kill} {command}; exit $?"));
    assert!(
        done.code == 128 + 9 || kill.starts_with("timeout") && [0, 124].contains(&done.code),
        "{}: {}",
        done.code,
        done.stderr
    );
}

/// What a killed command is mended by, in turns.
#[derive(Clone, Copy)]
enum Mend {
    Up,
    Down,
}

impl Mend {
    fn nth(case: usize) -> Self {
        [Self::Up, Self::Down][case % 2]
    }

    /// Does it, and takes the lab down.
    fn mend(self, world: &World, file: &str) {
        if let Self::Up = self {
            world.ok(&format!("vpcns up --replace {file}"));
            assert_works(world);
        }
        world.ok("vpcns down --all");
        world.assert_untouched();
    }
}

/// The lab is as it should be, and its service answers.
fn assert_works(world: &World) {
    world.ok("vpcns status");
    world.ok("vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)");
}

/// The documents' lab with an instance, a rule and a second service's port more, and an instance less.
fn changed() -> PathBuf {
    let text = World::topology("privatelink")
        .replace("instances:\n", "instances:\n  added: { subnet: consumer/public, httpd: hello }\n")
        .replace("    cidr: 10.20.0.0/16", "    internet_gateway: true\n    cidr: 10.20.0.0/16");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("privatelink-changed.yaml");
    fs::write(&path, text).unwrap();
    path
}

/// How many steps a command did, as it says, and how long it took.
fn measured(world: &World, command: &str) -> (usize, Duration) {
    let began = Instant::now();
    let done = world.run(command);
    assert_eq!(done.code, 0, "`{command}`\n{}", done.stderr);
    let time = began.elapsed();
    let steps = done.stderr.split_once(" steps in ").and_then(|(before, _)| before.rsplit(' ').next());
    (steps.map_or(1, |steps| steps.parse().unwrap()), time)
}

#[test]
fn up_killed_anywhere() {
    let world = World::new();
    let (steps, time) = measured(&world, &format!("vpcns up {LAB}"));
    world.ok("vpcns down");
    for (case, kill) in kills(steps, time).iter().enumerate() {
        killed(&world, kill, &format!("vpcns up {LAB}"));
        Mend::nth(case).mend(&world, LAB);
    }
}

#[test]
fn a_live_change_killed_anywhere() {
    let world = World::up("privatelink");
    let file = changed().display().to_string();
    let (steps, time) = measured(&world, &format!("vpcns up --replace {file}"));
    world.ok("vpcns down");
    for (case, kill) in kills(steps, time).iter().enumerate() {
        world.ok(&format!("vpcns up {LAB}"));
        killed(&world, kill, &format!("vpcns up --replace {file}"));
        // Forward or back: both must do.
        Mend::nth(case / 2).mend(&world, [&file, LAB][case % 2]);
    }
}

#[test]
fn down_killed_anywhere() {
    let world = World::up("privatelink");
    let namespaces: usize = world.ok("ip netns list | wc -l").parse().unwrap();
    let (_, time) = measured(&world, "vpcns down");
    for (case, kill) in kills(namespaces, time).iter().enumerate() {
        world.ok(&format!("vpcns up {LAB}"));
        killed(&world, kill, "vpcns down --all");
        Mend::nth(case).mend(&world, LAB);
    }
}

#[test]
fn the_daemon_killed_anywhere() {
    let world = World::new();
    let (_, time) = measured(&world, &format!("vpcns up {LAB}"));
    world.ok("vpcns down");
    let cases = number("VPCNS_CASES", 12);
    for case in 0..cases {
        // While it starts, while it serves its first checks, and while `up` asks it for more.
        let after = part(time, 1 + case, cases);
        println!("the daemon killed after {after:.4}");
        let kill = format!("(until kill -9 $({DAEMON} 2>/dev/null) 2>/dev/null; do :; done)");
        world.run(&format!("vpcns up {LAB} & sleep {after:.4}; timeout 3 sh -c \"{kill}\"; wait"));
        Mend::nth(case).mend(&world, LAB);
    }
}

#[test]
fn the_daemon_killed_in_the_middle_of_a_change_of_its_own() {
    // As long as no target is known to be healthy, the load balancer uses both; then only the one that is.
    let text = World::topology("privatelink")
        .replace("instances:\n", "instances:\n  silent: { subnet: provider/services }\n")
        .replace("targets: [service]", "targets: [service, silent]");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("privatelink-silent.yaml");
    fs::write(&path, text).unwrap();
    let file = path.display().to_string();
    for case in 0..2 {
        let world = World::new();
        // A daemon that cannot start leaves the filters as they are at first.
        world.ok("mkdir -p /run/vpcns/privatelink/daemon.log");
        assert!(world.fails(1, &format!("vpcns up {file}")).contains("cannot start the daemon"));
        world.ok("rmdir /run/vpcns/privatelink/daemon.log");
        world.run(&format!("VPCNS_DIE_AT_STEP=1 vpcns up {file}"));
        world.eventually("vpcns ls | grep dead");
        assert!(world.fails(3, "vpcns status").contains("dead"));
        Mend::nth(case).mend(&world, &file);
    }
}
