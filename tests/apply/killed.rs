//! An `up` that was killed is healed by the next, or removed by `down`.
//!
//! To be killed, this program runs itself: with `VPCNS_TEST_KILLED` set, one "test" brings that lab up.

use crate::lab::{Scratch, many_hosts, ping, two_hosts};
use std::{
    env, fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};
use vpcns::{
    apply::{Plan, diff, execute},
    spec::Spec,
    sys::{
        netns::{self, Netns},
        state::Lab,
    },
};

const HOSTS: u32 = 100;

#[test]
fn is_killed() {
    let Ok(name) = env::var("VPCNS_TEST_KILLED") else { return };
    let plan = diff(&many_hosts(&name, HOSTS), &Spec::default());
    execute(&Lab::named(&name), &plan, &mut |_| {}).unwrap();
}

#[test]
fn a_kill_at_any_time_is_healed() {
    let scratch = Scratch::new("t-apply-kill");
    let spec = many_hosts(scratch.name(), HOSTS);
    let done = |progress: usize| match progress {
        // That many namespaces have a name; from then on, that many links have been made.
        few if few <= HOSTS as usize => names(&scratch) >= few,
        more => links(&scratch) >= more - HOSTS as usize,
    };
    for progress in [1, 30, 90, 101, 140, 180, 201] {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "killed::is_killed"]).env("VPCNS_TEST_KILLED", scratch.name());
        let mut up = command.spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !done(progress) && up.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "it did not get to {progress}");
            thread::yield_now();
        }
        up.kill().unwrap();
        up.wait().unwrap();
        if progress % 2 == 0 {
            scratch.up(&spec, &Spec::default());
            assert_eq!(scratch.observe(&spec), spec, "killed at {progress}");
            assert!(ping(&scratch.host("h99"), "10.0.0.10"));
        }
        scratch.down();
        scratch.assert_nothing_is_left();
    }
}

fn names(scratch: &Scratch) -> usize {
    let prefix = format!("{}.", scratch.name());
    netns::names().unwrap().iter().filter(|name| name.starts_with(&prefix)).count()
}

fn links(scratch: &Scratch) -> usize {
    let list = || {
        fs::read_to_string("/proc/thread-self/net/dev").unwrap().lines().filter(|line| line.contains("eni-")).count()
    };
    Netns::open(&scratch.host("vpc.v")).map_or(0, |router| router.enter(list).unwrap())
}

#[test]
fn any_part_of_a_plan_is_healed_by_the_next() {
    let scratch = Scratch::new("t-apply-killed");
    let spec = two_hosts(scratch.name());
    let whole = diff(&spec, &Spec::default());
    // As if it had been killed after any number of steps.
    for done in 0..whole.steps.len() {
        let part = Plan { steps: whole.steps[..done].to_vec() };
        scratch.run(&part);
        scratch.up(&spec, &Spec::default());
        assert_eq!(scratch.observe(&spec), spec, "after {done} steps");
        scratch.down();
    }
}

#[test]
fn what_is_half_made_is_healed_or_removed() {
    let scratch = Scratch::new("t-apply-half");
    let spec = two_hosts(scratch.name());
    let half = || {
        // Killed between making the file and mounting the namespace on it, and between files.
        scratch.up(&spec, &Spec::default());
        let name = scratch.host("a");
        netns::delete(&name).unwrap();
        fs::write(format!("/run/netns/{name}"), "").unwrap();
        fs::write(format!("/etc/netns/{name}/resolv.conf"), "").unwrap();
    };
    half();
    scratch.up(&spec, &spec);
    assert_eq!(scratch.observe(&spec), spec);
    half();
    scratch.down();
    scratch.assert_nothing_is_left();
}
