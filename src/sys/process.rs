//! The processes that run in a namespace: found by the namespace that `/proc/PID/ns/net` names, as `ip netns pids` does.
//!
//! They are ended through a pidfd, so that a number that was given to another process meanwhile is never hit. The
//! calling process is left alone, wherever it is.

use super::netns::Identity;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::retry_on_intr,
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
};
use std::{
    collections::BTreeSet,
    fs, io,
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

/// How long a process may take to end when it is asked to.
const GRACE: Duration = Duration::from_millis(500);
/// How long the kernel may take to end it when it is not asked.
const KILL: Duration = Duration::from_secs(2);
/// A process may start others while it is being ended; each round takes those too.
const ROUNDS: u32 = 8;

/// The processes in any of these namespaces, but not the calling one.
pub fn inside(namespaces: &BTreeSet<Identity>) -> io::Result<Vec<i32>> {
    let own = std::process::id().cast_signed();
    let entries = fs::read_dir("/proc")?.flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    Ok(pids.filter(|pid| *pid != own && is_inside(*pid, namespaces)).collect())
}

/// Ends all processes in these namespaces; those that do not end in time are an error.
pub fn end(namespaces: &BTreeSet<Identity>) -> io::Result<()> {
    end_those(namespaces, |_| true)
}

/// Ends the processes in these namespaces that are of a session.
pub fn end_session(namespaces: &BTreeSet<Identity>, session: i32) -> io::Result<()> {
    end_those(namespaces, |pid| session_of(pid) == Some(session))
}

fn end_those(namespaces: &BTreeSet<Identity>, meant: impl Fn(i32) -> bool) -> io::Result<()> {
    let meant = || Ok::<_, io::Error>(inside(namespaces)?.into_iter().filter(|pid| meant(*pid)));
    for _ in 0..ROUNDS {
        let running: Vec<_> = meant()?.filter_map(|pid| open(pid, namespaces)).collect();
        if running.is_empty() {
            return Ok(());
        }
        let deaf = signal_and_wait(running, Signal::TERM, GRACE)?;
        signal_and_wait(deaf, Signal::KILL, KILL)?;
    }
    let left: Vec<_> = meant()?.map(|pid| pid.to_string()).collect();
    if left.is_empty() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, format!("processes do not end: {}", left.join(", "))))
}

/// The session of a process (`proc_pid_stat(5)`, field 6).
fn session_of(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name, which may hold blanks and parentheses.
    stat.rsplit_once(')')?.1.split_whitespace().nth(3)?.parse().ok()
}

/// A handle on a process that is, now that there is the handle, still in there.
fn open(pid: i32, namespaces: &BTreeSet<Identity>) -> Option<OwnedFd> {
    let handle = pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
    is_inside(pid, namespaces).then_some(handle)
}

fn is_inside(pid: i32, namespaces: &BTreeSet<Identity>) -> bool {
    Identity::of_process(pid).is_ok_and(|identity| namespaces.contains(&identity))
}

/// Signals all, and returns those that have not ended after a while.
fn signal_and_wait(mut running: Vec<OwnedFd>, signal: Signal, time: Duration) -> io::Result<Vec<OwnedFd>> {
    let deadline = Instant::now() + time;
    for process in &running {
        // One that has just ended cannot be signalled, and need not.
        let _ = pidfd_send_signal(process, signal);
    }
    while !running.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).expect("seconds are few");
        let mut waiting: Vec<_> = running.iter().map(|process| PollFd::new(process, PollFlags::IN)).collect();
        if retry_on_intr(|| poll(&mut waiting, Some(&timeout)))? == 0 {
            break;
        }
        let mut ended = waiting.iter().map(|process| !process.revents().is_empty()).collect::<Vec<_>>().into_iter();
        running.retain(|_| !ended.next().expect("there is one answer a process"));
    }
    Ok(running)
}

#[cfg(test)]
mod tests {
    //! Processes in a namespace of the test's own.

    use super::*;
    use crate::{
        spec::NetnsName,
        sys::netns::{self, Netns},
    };
    use std::process::{Command, Stdio};

    struct Scratch(NetnsName);

    impl Drop for Scratch {
        fn drop(&mut self) {
            netns::delete(&self.0).unwrap();
        }
    }

    #[test]
    fn all_are_ended_even_those_that_do_not_listen() {
        let scratch = Scratch(NetnsName::new("t-apply-process", "h"));
        let netns = Netns::create(&scratch.0).unwrap();
        let script = "trap '' TERM; sleep 1000 & echo ready; while :; do wait; done";
        let start = || Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).spawn();
        let mut shell = netns.enter(start).unwrap().unwrap();
        let mut ready = [0; 5];
        io::Read::read_exact(&mut shell.stdout.take().unwrap(), &mut ready).unwrap();

        let here = BTreeSet::from([netns.identity().unwrap()]);
        assert!(inside(&here).unwrap().contains(&shell.id().cast_signed()));
        end(&here).unwrap();
        assert!(inside(&here).unwrap().is_empty());
        shell.wait().unwrap();
    }
}
