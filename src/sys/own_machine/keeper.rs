//! How a machine is made, by three processes that speak in lines:
//!
//! ```text
//! vpcns up                       vpcns own-machine                 vpcns own-machine --keep
//!                                makes the namespaces
//!                   ◄── apart ──
//! gives it its ids
//!                   ── mapped ─►
//!                                starts the first process in them
//!                ◄── keeper N ──  and ends
//!                                                                 furnishes the machine
//!                   ◄──────────────────────────────────── ready ──
//! notes which process it is
//!                   ── noted ───────────────────────────────────►
//!                                                                 waits, and buries orphans
//! ```
//!
//! A process that is not answered ends, so that whoever is killed in between, nothing stays.

use super::{Error, failed, furnish, ids, namespaces, place::Place, refusal};
use nix::{
    errno::Errno,
    sys::{
        signal::{SigSet, Signal},
        stat::{Mode, umask},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
};
use std::{
    fs::OpenOptions,
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    process::{ChildStdin, Command, Stdio},
};

/// Makes the machine that is to be found at this place, whose lock the caller has.
pub(super) fn start(place: &Place) -> Result<(), Error> {
    let mut program = Command::new("/proc/self/exe");
    program.arg0("vpcns").arg("own-machine").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = program.spawn().map_err(failed("start the machine"))?;
    let mut answer = child.stdin.take().expect("it was asked for");
    let mut lines = BufReader::new(child.stdout.take().expect("it was asked for")).lines();
    // Two processes say these, in either order.
    let (mut keeper, mut is_ready) = (None, false);
    let said = loop {
        let Some(line) = lines.next().transpose().map_err(failed("hear of the machine"))? else { break None };
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("refused", errno) => break Some(refusal::refused(Errno::from_raw(errno.parse().unwrap_or_default()))),
            ("apart", _) => {
                ids::map(child.id())?;
                say_to(&mut answer, "mapped")?;
            }
            ("keeper", pid) => {
                keeper = Some(pid.parse().map_err(io::Error::other).map_err(failed("read the number of the keeper"))?);
            }
            ("ready", _) => is_ready = true,
            (_, why) => break Some(Error::Unmade(why.to_owned())),
        }
        if let (Some(pid), true) = (keeper, is_ready) {
            // Not before: if this process is killed, the keeper ends, and whoever went in with it.
            place.note_keeper(pid).map_err(failed("say which process keeps the machine"))?;
            say_to(&mut answer, "noted")?;
            let _ = child.wait();
            return Ok(());
        }
    };
    let _ = child.wait();
    Err(said.unwrap_or_else(|| Error::Unmade("it ended at once".into())))
}

fn say_to(answer: &mut ChildStdin, line: &str) -> Result<(), Error> {
    writeln!(answer, "{line}").map_err(failed("speak with the machine"))
}

/// Runs the process that makes the namespaces, or with `keeps` the first one in them.
pub fn run(keeps: bool) -> io::Result<()> {
    if keeps { keep() } else { part() }
}

/// Makes the namespaces, and starts the keeper in them.
#[expect(clippy::disallowed_methods, reason = "this process is the machine's")]
fn part() -> io::Result<()> {
    if let Err(error) = nix::sched::unshare(namespaces()) {
        return say(&format!("refused {}", error as i32));
    }
    say("apart")?;
    if heard()? != "mapped" {
        return Ok(());
    }
    let keeper = Command::new("/proc/self/exe").arg0("vpcns").args(["own-machine", "--keep"]).spawn();
    match keeper {
        Ok(keeper) => say(&format!("keeper {}", keeper.id())),
        Err(error) => say(&format!("failed cannot start its first process: {error}")),
    }
}

/// Is the first process of the machine, to its end.
fn keep() -> io::Result<()> {
    umask(Mode::from_bits_truncate(0o022));
    let signals: SigSet = [Signal::SIGCHLD].into_iter().collect();
    signals.thread_block()?;
    if let Err(error) = furnish::all() {
        let source = std::error::Error::source(&error).map_or(String::new(), |source| format!(": {source}"));
        // More than a line would not be heard.
        return say(&format!("failed {}", format!("{error}{source}").replace('\n', "; ")));
    }
    say("ready")?;
    if heard()? != "noted" {
        return Ok(());
    }
    let _ = nix::unistd::setsid();
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    nix::unistd::dup2_stdin(&null)?;
    nix::unistd::dup2_stdout(&null)?;
    nix::unistd::dup2_stderr(&null)?;
    loop {
        while let Ok(ended) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            if ended == WaitStatus::StillAlive {
                break;
            }
        }
        let _ = signals.wait();
    }
}

fn say(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// The next line, and not a byte of the one after it, which is for another process.
fn heard() -> io::Result<String> {
    let mut line = String::new();
    // The standard input of Rust's library would read on.
    let mut input = std::fs::File::from(rustix::io::dup(rustix::stdio::stdin())?);
    let mut byte = [0];
    while input.read(&mut byte)? == 1 && byte != *b"\n" {
        line.push(char::from(byte[0]));
    }
    Ok(line)
}
