//! The daemon as a process of its own: who may end it, what it leaves, and what it does for a lab that is not there.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};
use vpcns::{daemon, sys::state::Lab};

const LAB: &str = "
name: x
region: ap-northeast-2
vpcs: { main: { cidr: 10.0.0.0/16, subnets: { a: { cidr: 10.0.0.0/24, az: a } } } }
instances: { web: { subnet: main/a, httpd: hello } }
";

/// A lab of this process's own, taken down at the end of the test.
struct Scratch(Lab);

impl Scratch {
    fn up(name: &str) -> Self {
        let scratch = Self(Lab::named(&format!("t-daemon-{name}-{}", std::process::id())));
        let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
        fs::write(&file, LAB).unwrap();
        let output = vpcns(&["up", file.path().to_str().unwrap(), "--lab", scratch.0.name()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        scratch
    }

    fn pid(&self) -> String {
        let text = fs::read_to_string(self.0.daemon_pid()).unwrap();
        text.split_once(' ').unwrap().0.to_owned()
    }

    /// Signals the daemon, by the number that it gave itself.
    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.pid()]).status().unwrap().success());
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        vpcns(&["down", "--lab", self.0.name()]);
    }
}

fn vpcns(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vpcns")).args(words).output().unwrap()
}

fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::park_timeout(Duration::from_millis(10));
    }
}

#[test]
fn it_stands_on_its_own() {
    let lab = Scratch::up("alone");
    let process = PathBuf::from("/proc").join(lab.pid());
    for stream in ["fd/0", "fd/1", "fd/2"] {
        assert_eq!(fs::read_link(process.join(stream)).unwrap(), PathBuf::from("/dev/null"));
    }
    assert_eq!(fs::read_link(process.join("cwd")).unwrap(), PathBuf::from("/"));
    let stat = fs::read_to_string(process.join("stat")).unwrap();
    assert_eq!(stat.rsplit_once(')').unwrap().1.split_whitespace().nth(3), Some(lab.pid().as_str()), "its own session");
    lab.signal("-HUP");
    assert!(daemon::health(&lab.0).is_ok() && daemon::is_running(&lab.0), "a closed terminal is nothing to it");
}

#[test]
fn a_signal_ends_it_and_leaves_no_socket() {
    for signal in ["-TERM", "-INT"] {
        let lab = Scratch::up(&signal.to_lowercase().replace('-', "sig"));
        lab.signal(signal);
        eventually("the daemon ended", || !daemon::is_running(&lab.0));
        assert!(!lab.0.control_socket().exists() && !lab.0.daemon_pid().exists());
    }
}

#[test]
fn one_that_hears_nothing_is_killed() {
    let lab = Scratch::up("deaf");
    lab.signal("-STOP");
    daemon::stop(&lab.0).unwrap();
    assert!(!daemon::is_running(&lab.0) && !lab.0.control_socket().exists());
    daemon::stop(&lab.0).unwrap();
}

#[test]
fn a_second_one_is_refused_and_the_first_lives() {
    let lab = Scratch::up("second");
    let output = vpcns(&["daemon", "--lab", lab.0.name()]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("already runs"));
    assert!(daemon::reload(&lab.0).is_ok() && daemon::is_running(&lab.0));
}

#[test]
fn of_a_lab_that_is_not_there_nothing_is_made() {
    let lab = Lab::named(&format!("t-daemon-none-{}", std::process::id()));
    let output = vpcns(&["daemon", "--lab", lab.name()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("there is no lab"));
    assert!(!lab.daemon_log().parent().unwrap().exists());
}
