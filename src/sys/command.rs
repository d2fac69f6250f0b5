//! Commands in a lab's hosts, run to their end by whoever wants to know how they end: each is `vpcns exec` itself, so
//! that it meets what a person at a keyboard meets.

use nix::{
    errno::Errno,
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use std::{
    fs::File,
    io::{self, Read, Seek},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How often a running command is looked at.
const PAUSE: Duration = Duration::from_millis(10);
/// What is kept of what a command says.
const MOST: u64 = 1 << 20;

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code, 128 and the signal's number if a signal ended it; none if it was ended for taking too long.
    pub exit: Option<i32>,
    /// What it wrote.
    pub stdout: String,
    /// See `stdout`.
    pub stderr: String,
}

/// Runs a command in a host of a lab. It is ended after `timeout`, and as soon as `stop` says so. What it started and
/// left running is its own affair.
pub fn run(lab: &str, host: &str, words: &[String], limits: (Duration, &dyn Fn() -> bool)) -> io::Result<Ended> {
    let (timeout, stop) = limits;
    let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let mut command = Command::new("/proc/self/exe");
    command.arg0("vpcns").args(["exec", "--lab", lab, host, "--"]).args(words).process_group(0);
    command.stdin(Stdio::null()).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
    let mut child = command.spawn()?;
    let deadline = Instant::now() + timeout;
    let ended = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if Instant::now() >= deadline || stop() {
            end(&mut child)?;
            break None;
        }
        thread::sleep(PAUSE);
    };
    Ok(Ended { exit: ended.map(code), stdout: text(&mut stdout)?, stderr: text(&mut stderr)? })
}

/// Ends a command with all that it started and still holds.
fn end(child: &mut Child) -> io::Result<()> {
    let group = Pid::from_raw(child.id().cast_signed());
    match killpg(group, Signal::SIGKILL) {
        Err(Errno::ESRCH) => {} // it has just ended
        killed => killed?,
    }
    child.wait().map(drop)
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

fn text(file: &mut File) -> io::Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
