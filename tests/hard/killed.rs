//! `kill -9` anywhere: of `up`, of a live change, of `down` and of the daemon. After each, either `up` gives a lab that
//! is as it should be and works, or `down` leaves nothing.
//!
//! Between two steps of a plan the program kills itself (`VPCNS_DIE_AT_STEP`, `src/apply/execute/fault.rs`); before,
//! after and inside of steps it is killed from outside, at moments spread over the time that it takes. Most points are in
//! a small lab, where each takes less time; the documents' lab has the rest. How many there were, and what became of
//! them, is told at the end, whether or not anybody asked for the output of tests.

use crate::{random::Random, world::World};
use std::{
    env, fs,
    io::{self, Write},
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// A lab, and what it is changed into.
#[derive(Clone, Copy)]
struct Lab {
    name: &'static str,
    text: &'static str,
    /// A command that succeeds if the lab works.
    works: &'static str,
    /// The words in the file in whose place others come, and those.
    change: [(&'static str, &'static str); 2],
    /// How many times as many points it has.
    share: usize,
}

/// The documents' lab; then with an instance and an internet gateway more.
const DOCUMENTS: Lab = Lab {
    name: "privatelink",
    text: include_str!("../../topologies/privatelink.yaml"),
    works: "vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)",
    change: [
        ("instances:\n", "instances:\n  added: { subnet: consumer/public, httpd: hello }\n"),
        ("    cidr: 10.20.0.0/16", "    internet_gateway: true\n    cidr: 10.20.0.0/16"),
    ],
    share: 1,
};

/// A small one; then with an instance more and another rule.
const SMALL: Lab = Lab {
    name: "small",
    text: "
name: small
vpcs:
  main:
    cidr: 10.0.0.0/16
    internet_gateway: true
    subnets: { public: { cidr: 10.0.0.0/24, routes: { 0.0.0.0/0: internet_gateway } } }
    security_groups: { web: { inbound: [{ type: HTTP, source: 0.0.0.0/0 }] } }
instances:
  one: { subnet: main/public, security_groups: [web], public_ip: true }
  two: { subnet: main/public, security_groups: [web], httpd: hello }
",
    works: "vpcns exec one curl -sS -m 10 $(output instances.two.private_ip)",
    change: [
        ("instances:\n", "instances:\n  added: { subnet: main/public, httpd: hello }\n"),
        ("type: HTTP", "type: All TCP"),
    ],
    share: 2,
};

/// Machines at a time.
const WORKERS: usize = 4;

const DAEMON: &str = "cut -d' ' -f1 /run/vpcns/*/daemon.pid";

static WRITING: Mutex<()> = Mutex::new(());

/// At how many points something was killed, and how many of these were mended without a trace.
static POINTS: AtomicUsize = AtomicUsize::new(0);
static SURVIVED: AtomicUsize = AtomicUsize::new(0);
static LEAKS: AtomicUsize = AtomicUsize::new(0);

/// A number from the environment.
fn number(name: &str, default: usize) -> usize {
    env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

/// So many of the numbers from 1 to `last`, evenly spread, the first and the last among them.
fn spread(last: usize, cases: usize) -> Vec<usize> {
    let cases = cases.clamp(2, last.max(2));
    let mut points: Vec<_> = (0..cases).map(|case| 1 + case * (last - 1) / (cases - 1)).collect();
    points.dedup();
    points
}

/// Ways to kill a command that does so many steps in so many seconds: prefixes of its line.
fn kills(steps: usize, time: Duration, share: usize) -> Vec<String> {
    let cases = number("VPCNS_CASES", 12) * share;
    let at_steps = spread(steps, cases).into_iter().map(|step| format!("VPCNS_DIE_AT_STEP={step}"));
    let mut random = Random::new(number("VPCNS_SEED", 1) as u64);
    let at_times = (0..cases).map(|case| {
        format!("timeout --foreground -s KILL {:.4}", part(time, case * 1000 + random.below(1000), cases * 1000))
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
    fn mend(self, world: &World, lab: Lab, file: &str) {
        POINTS.fetch_add(1, Ordering::Relaxed);
        if let Self::Up = self {
            world.ok(&format!("vpcns up --replace {file}"));
            world.ok("vpcns status");
            world.ok(lab.works);
        }
        world.ok("vpcns down --all");
        let leaks = world.leaks();
        LEAKS.fetch_add(leaks.len(), Ordering::Relaxed);
        assert!(leaks.is_empty(), "{}", leaks.join("\n"));
        SURVIVED.fetch_add(1, Ordering::Relaxed);
    }
}

impl Lab {
    /// The file of the lab, and of what it is changed into.
    fn files(self) -> [String; 2] {
        let replaced = |text: String, (words, others): &(&str, &str)| text.replace(words, others);
        let (text, changed) = (self.text, self.change.iter().fold(self.text.to_owned(), replaced));
        assert_ne!(text, changed);
        let write = |text: &str, ending: &str| {
            let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("killed-{}{ending}.yaml", self.name));
            // Others may be reading it.
            let _alone = WRITING.lock().unwrap();
            if fs::read_to_string(&path).ok().as_deref() != Some(text) {
                fs::write(&path, text).unwrap();
            }
            path.display().to_string()
        };
        [write(text, ""), write(&changed, "-changed")]
    }
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

fn up_killed_anywhere(lab: Lab) {
    let (world, [file, _]) = (World::new(), lab.files());
    let (steps, time) = measured(&world, &format!("vpcns up {file}"));
    world.ok("vpcns down");
    for (case, kill) in kills(steps, time, lab.share).iter().enumerate() {
        killed(&world, kill, &format!("vpcns up {file}"));
        Mend::nth(case).mend(&world, lab, &file);
    }
}

fn a_live_change_killed_anywhere(lab: Lab) {
    let (world, [file, changed]) = (World::new(), lab.files());
    world.ok(&format!("vpcns up {file}"));
    let (steps, time) = measured(&world, &format!("vpcns up --replace {changed}"));
    world.ok("vpcns down");
    for (case, kill) in kills(steps, time, lab.share).iter().enumerate() {
        world.ok(&format!("vpcns up {file}"));
        killed(&world, kill, &format!("vpcns up --replace {changed}"));
        // Forward or back: both must do.
        Mend::nth(case / 2).mend(&world, lab, [&changed, &file][case % 2]);
    }
}

fn down_killed_anywhere(lab: Lab) {
    let (world, [file, _]) = (World::new(), lab.files());
    world.ok(&format!("vpcns up {file}"));
    let namespaces: usize = world.ok("ip netns list | wc -l").parse().unwrap();
    let (_, time) = measured(&world, "vpcns down");
    for (case, kill) in kills(namespaces, time, lab.share).iter().enumerate() {
        world.ok(&format!("vpcns up {file}"));
        killed(&world, kill, "vpcns down --all");
        Mend::nth(case).mend(&world, lab, &file);
    }
}

fn the_daemon_killed_anywhere(lab: Lab) {
    let (world, [file, _]) = (World::new(), lab.files());
    let (_, time) = measured(&world, &format!("vpcns up {file}"));
    world.ok("vpcns down");
    let cases = number("VPCNS_CASES", 12) * lab.share;
    for case in 0..cases {
        // While it starts, while it serves its first checks, and while `up` asks it for more.
        let after = part(time, 1 + case, cases);
        println!("the daemon killed after {after:.4}");
        let kill = format!("(until kill -9 $({DAEMON} 2>/dev/null) 2>/dev/null; do :; done)");
        world.run(&format!("vpcns up {file} & sleep {after:.4}; timeout 3 sh -c \"{kill}\"; wait"));
        Mend::nth(case).mend(&world, lab, &file);
    }
}

#[test]
fn killed_anywhere() {
    let kinds = [up_killed_anywhere, a_live_change_killed_anywhere, down_killed_anywhere, the_daemon_killed_anywhere];
    let all: Vec<_> = [DOCUMENTS, SMALL].into_iter().flat_map(|lab| kinds.map(|kind| (kind, lab))).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((kind, lab)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            kind(*lab);
        }
    };
    let ended: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    let told = |number: &AtomicUsize| number.load(Ordering::Relaxed);
    let (points, survived, leaks) = (told(&POINTS), told(&SURVIVED), told(&LEAKS));
    // The output of a test that succeeds is not shown; this is.
    writeln!(io::stderr(), "killed anywhere: {survived} of {points} points survived, {leaks} leaks").unwrap();
    for ended in ended {
        ended.unwrap();
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
        Mend::nth(case).mend(&world, DOCUMENTS, &file);
    }
}
