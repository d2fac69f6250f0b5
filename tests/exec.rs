//! `sys::exec`: a process that becomes a command in a namespace.
//!
//! It replaces the process, so this program runs itself: with `VPCNS_TEST_EXEC` set, one "test" becomes the command.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::{
    env,
    process::{Command, Output},
};
use vpcns::{
    spec::NetnsName,
    sys::{
        etc,
        exec::{self, Error},
        netns::{self, Netns},
        state::Lab,
    },
};

/// A namespace and its files, removed at the end of the test.
struct Scratch(NetnsName);

impl Scratch {
    fn new(host: &str) -> Self {
        let scratch = Self(NetnsName::new("t-apply-exec", host));
        Netns::create(&scratch.0).unwrap();
        scratch
    }

    /// Has another process of this program become a shell.
    fn shell(&self, script: &str) -> Output {
        let host = self.0.as_str().split_once('.').unwrap().1;
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "becomes_a_command", "--nocapture"]);
        command.env("VPCNS_TEST_EXEC", host).env("VPCNS_TEST_SCRIPT", script).output().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        etc::delete_all(&self.0).unwrap();
        netns::delete(&self.0).unwrap();
    }
}

#[test]
fn becomes_a_command() {
    let (Ok(host), Ok(script)) = (env::var("VPCNS_TEST_EXEC"), env::var("VPCNS_TEST_SCRIPT")) else { return };
    let mut command = Command::new("sh");
    let error = exec::exec(
        &Lab::named("t-apply-exec"),
        (&NetnsName::new("t-apply-exec", &host), "ip-10-0-0-10"),
        None,
        command.args(["-c", &script]),
    );
    panic!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string));
}

#[test]
fn the_inside_is_that_of_the_namespace() {
    let scratch = Scratch::new("inside");
    etc::write(&scratch.0, "resolv.conf", "nameserver 10.0.0.2\n").unwrap();
    let output = scratch.shell("hostname; cat /etc/resolv.conf; ls /sys/class/net; exit 42");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with("ip-10-0-0-10\nnameserver 10.0.0.2\nlo\n"), "{text}");
    assert_eq!(output.status.code(), Some(42), "{}", String::from_utf8_lossy(&output.stderr));
    let outside = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    assert!(!outside.contains("10.0.0.2"), "the machine's own file is as it was");
}

#[test]
fn a_process_inside_does_not_keep_a_deleted_namespace_mounted() {
    let scratch = Scratch::new("kept");
    // It deletes its own namespace's name from outside of its mount namespace, and looks again.
    let script =
        format!("nsenter -t $PPID -m umount /run/netns/{0}; grep -c netns/{0} /proc/self/mountinfo", scratch.0);
    let output = scratch.shell(&script);
    assert!(String::from_utf8(output.stdout).unwrap().ends_with("0\n"));
}

#[test]
fn what_cannot_be_run_has_the_exit_code_of_shells() {
    assert_eq!(Error::NotFound("x".into()).exit_code(), 127);
    let source = std::io::ErrorKind::PermissionDenied.into();
    assert_eq!(Error::NotExecutable { command: "x".into(), source }.exit_code(), 126);
    let nowhere = Scratch::new("nowhere");
    let output = nowhere.shell("exec /nonexistent/command");
    assert_eq!(output.status.code(), Some(127));
}
