//! A daemon under load: thousands of slow clients, noise at every port, floods. Its memory and its logs stay bounded, and
//! what is not the target answers meanwhile. Bounds are those of memory and files, never of time.

use crate::world::World;
use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

const LAB: &str = "topologies/privatelink.yaml";
const CROWD: &str = "/usr/bin/python3 tests/hard/crowd.py";
const DAEMON: &str = "$(cut -d' ' -f1 /run/vpcns/privatelink/daemon.pid)";

/// What listens over TCP in the lab, as its clients reach it, but for the service itself.
const LISTENERS: [&str; 12] = [
    "privatelink.bastion/10.10.0.2:53",
    "privatelink.bastion/169.254.169.253:53",
    "privatelink.bastion/169.254.169.254:80",
    "privatelink.service/10.20.0.2:53",
    "privatelink.service/169.254.169.253:53",
    "privatelink.service/169.254.169.254:80",
    "privatelink.internet/203.0.113.53:53",
    "privatelink.internet/127.0.0.1:80",
    "privatelink.aws/127.0.0.1:80",
    "privatelink.aws/127.0.0.1:443",
    "privatelink.bastion/127.0.0.1:22",
    "privatelink.private/127.0.0.1:22",
];

/// KiB of memory that the daemon has, and files.
fn resources(world: &World) -> (usize, usize) {
    let memory = world.ok(&format!("awk '/^VmRSS/ {{print $2}}' /proc/{DAEMON}/status"));
    let files = world.ok(&format!("ls /proc/{DAEMON}/fd | wc -l"));
    (memory.parse().unwrap(), files.parse().unwrap())
}

/// The lab's own service, DNS and the daemon's ear for commands answer.
fn assert_answers(world: &World) {
    world.ok("vpcns exec private curl -sS -m 20 $(output endpoints.customer.dns_name)");
    world.ok("vpcns exec bastion dig +short +tries=5 +time=5 amazonaws.com >/dev/null");
    world.ok("vpcns show endpoints && vpcns ls | grep running");
}

/// Says what was seen, and bounds what the daemon has grown by.
fn assert_bounded(world: &World, what: &str, before: (usize, usize), most: usize) {
    let now = resources(world);
    println!("{what}: {} KiB and {} files before, {} KiB and {} files after", before.0, before.1, now.0, now.1);
    assert!(now.0 < before.0 + most, "{what}: {} KiB more", now.0 - before.0);
}

#[test]
fn ten_thousand_slow_connections() {
    let world = World::up("privatelink");
    assert_answers(&world);
    let before = resources(&world);
    let mut crowd = world
        .command(&format!("exec {CROWD} hold 10000 {}", LISTENERS.join(" ")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(crowd.stdout.take().unwrap()).read_line(&mut line).unwrap();
    println!("{} connections held", line.trim());
    assert_eq!(line, "10000\n");
    assert_answers(&world);
    assert_bounded(&world, "10,000 connections", before, 96 << 10);
    drop(crowd.stdin.take());
    crowd.wait().unwrap();
    // The files are given back.
    // What the kernel has queued for it is taken and thrown away first, which takes the time of the protocols' patience.
    let given = format!("until test $(ls /proc/{DAEMON}/fd | wc -l) -lt {}; do sleep 0.5; done", before.1 + 64);
    world.ok(&format!("timeout 120 sh -c \"{}\"", given.replace('$', "\\$")));
    assert_answers(&world);
    world.ok("vpcns status");
    world.finish();
}

#[test]
fn a_daemon_without_files() {
    let world = World::new();
    // As many as it needs to begin, and a few more.
    let said = world.fails(1, &format!("ulimit -n 64; vpcns up {LAB}"));
    let needed = said.split_once("needs ").unwrap().1.split(' ').next().unwrap().parse::<usize>().unwrap();
    world.ok(&format!("ulimit -n {}; vpcns up {LAB}", needed + 16));
    let mut crowd = world
        .command(&format!("exec {CROWD} hold 400 {}", LISTENERS.join(" ")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    BufReader::new(crowd.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
    world.eventually("grep -q 'Too many open files' /run/vpcns/privatelink/daemon.log");
    // What needs no file more goes on.
    world.ok("vpcns exec bastion dig +short +tries=5 +time=5 amazonaws.com >/dev/null");
    drop(crowd.stdin.take());
    crowd.wait().unwrap();
    // And by and by everything does.
    world.eventually("vpcns exec private curl -sS -m 20 $(output endpoints.customer.dns_name)");
    world.eventually("vpcns ls | grep running");
    world.ok("vpcns status");
    world.finish();
}

#[test]
fn noise_at_every_port() {
    let world = World::up("privatelink");
    assert_answers(&world);
    let before = resources(&world);
    let all = format!("{} privatelink.service/127.0.0.1:80 privatelink.service/127.0.0.1:22", LISTENERS.join(" "));
    for seed in 1..=3 {
        world.ok(&format!("{CROWD} garbage {seed} {all}"));
    }
    assert_answers(&world);
    assert_bounded(&world, "noise", before, 32 << 10);
    // Who listens to commands hears only root's, and noise is no command.
    world.ok(&format!(
        "head -c 100000 /dev/urandom | timeout 5 nc -U -N /run/vpcns/privatelink/daemon.sock >/dev/null; kill -0 {DAEMON}"
    ));
    assert_eq!(world.ok("grep -c 'broke\\|panicked' /run/vpcns/privatelink/daemon.log || true"), "0");
    world.ok("vpcns status");
    world.finish();
}

#[test]
fn a_flood_of_dns_queries() {
    let world = World::up("privatelink");
    assert_answers(&world);
    let before = resources(&world);
    let names = ["amazonaws.com", "nobody.example.com"];
    let floods: Vec<_> = names
        .iter()
        .map(|name| {
            let flood = format!("exec {CROWD} flood 100000 {name} privatelink.bastion/10.10.0.2:53");
            world.command(&flood).stdout(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    assert_answers(&world);
    for flood in floods {
        let done = flood.wait_with_output().unwrap();
        println!("100000 queries, {} answers", String::from_utf8_lossy(&done.stdout).trim());
        assert!(done.status.success());
    }
    assert_bounded(&world, "a flood", before, 32 << 10);
    assert_answers(&world);
    world.finish();
}

#[test]
fn a_hundred_thousand_lines_of_logs() {
    let world = World::new();
    let text = World::topology("privatelink").replace(
        "instances:\n",
        "instances:\n  talker: { subnet: consumer/private, command: \"yes 'a line of a log that somebody writes as fast as it can, without an end to it' | head -n 1000000; exec sleep 1000\" }\n",
    );
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up /run/lab.yaml");
    assert_answers(&world);
    let before = resources(&world);
    let target = "privatelink.service/127.0.0.1:80";
    let said = world.ok(&format!("{CROWD} lines 100000 200 {target}"));
    println!("requests answered: {said}");
    assert!(said.starts_with("100000 "), "{said}");
    assert_bounded(&world, "100,000 lines", before, 32 << 10);
    // A log and the one before it: 8 MiB each, and what one write may add.
    let logs = world.ok("du -cb /run/vpcns/privatelink/hosts/service/access_log* | tail -1 | cut -f1");
    let (logs, most) = (logs.parse::<usize>().unwrap(), (16 << 20) + (1 << 20));
    println!("access logs: {logs} bytes");
    assert!(((8 << 20)..most).contains(&logs), "{logs}");
    world.eventually("pgrep -x sleep");
    let logs =
        world.ok("vpcns exec talker sh -c 'du -cb /var/log/vpcns/* | tail -1 | cut -f1'").parse::<usize>().unwrap();
    println!("logs of a command that said 75 MB: {logs} bytes");
    assert!(((8 << 20)..most).contains(&logs), "{logs}");
    assert_answers(&world);
    world.ok("vpcns status && rm /run/lab.yaml");
    world.finish();
}

#[test]
fn a_daemon_that_is_told_to_end() {
    let world = World::up("privatelink");
    for signal in ["TERM", "INT"] {
        let targets = LISTENERS.join(" ");
        let mut crowd = world
            .command(&format!("exec {CROWD} hold 500 {targets}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        BufReader::new(crowd.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
        world.ok(&format!("kill -{signal} {DAEMON}"));
        world.eventually("test ! -e /run/vpcns/privatelink/daemon.pid -a ! -e /run/vpcns/privatelink/daemon.sock");
        assert!(world.ok("tail -1 /run/vpcns/privatelink/daemon.log").contains("ended"));
        world.ok("vpcns exec bastion ping -c1 -W5 10.10.1.49");
        assert!(world.fails(3, "vpcns status").contains("daemon"));
        drop(crowd.stdin.take());
        crowd.wait().unwrap();
        world.ok(&format!("vpcns up {LAB} && vpcns status"));
        assert_answers(&world);
    }
    world.finish();
}
