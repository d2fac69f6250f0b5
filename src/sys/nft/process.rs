//! The program `nft`: commands in, and what it says; or only that they are in force.

use super::{
    Error,
    generation::{Changes, generation},
    program,
};
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::retry_on_intr,
};
use std::{
    io::{self, Write},
    process::{Child, Command, Stdio},
    thread,
};

/// The longest commands, in bytes, of whose effect the kernel is asked to tell. It tells of each object while it carries the
/// transaction out, and the fuller a set is that comes with it, the longer packets meet that set without its elements.
const SHORT: usize = 16 << 10;

/// Has `nft` read these commands, in the calling thread's namespace, until they are in force; the kernel's count of
/// changes then. If they delete anything, `nft` goes on for some ticks, until the kernel has let go of that: nobody waits
/// for it. Whoever else closes a socket to netfilter waits too, and so the one that heard of the change is closed after it.
pub(super) fn put_in_force(commands: &[u8]) -> Result<u32, Error> {
    // Who may not listen may not change anything either, which `nft` says better.
    let changes = (commands.len() <= SHORT).then(Changes::listen).and_then(io::Result::ok);
    let nft = Process::start(commands, Stdio::null())?;
    let heard = changes.and_then(|changes| Some((nft.changed(&changes)?, changes)));
    let Some((generation, changes)) = heard else {
        nft.end()?;
        return generation().map_err(Error::Generation);
    };
    // Without such a thread, nobody buries `nft` before this process ends.
    let _ = thread::Builder::new().name("vpcns-nft".into()).spawn(move || (nft.end(), drop(changes)));
    Ok(generation)
}

/// What `nft` says to these commands, in the calling thread's namespace.
pub(super) fn ask(commands: &[u8]) -> Result<Vec<u8>, Error> {
    Process::start(commands, Stdio::piped())?.end()
}

/// An `nft` that has read its commands.
struct Process {
    child: Child,
    written: io::Result<()>,
}

impl Process {
    fn start(commands: &[u8], stdout: Stdio) -> Result<Self, Error> {
        let program = program().ok_or(Error::Missing)?;
        let mut child = Command::new(program)
            .args(["-j", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Error::Run)?;
        // It reads all before it writes anything, so that neither waits for the other. If it ends early, it says why.
        let written = child.stdin.take().expect("it is piped").write_all(commands);
        Ok(Self { child, written })
    }

    /// Waits for the change that it makes: the count after it. None if it said something or ended before, or if the
    /// kernel told of more than could be kept.
    fn changed(&self, changes: &Changes) -> Option<u32> {
        let words = self.child.stderr.as_ref()?;
        loop {
            let mut both = [PollFd::new(changes, PollFlags::IN), PollFd::new(words, PollFlags::IN)];
            retry_on_intr(|| poll(&mut both, None)).ok()?;
            if both[0].revents().is_empty() {
                return None;
            }
            if let Some(generation) = changes.made_by(self.child.id()).ok()? {
                return Some(generation);
            }
        }
    }

    /// Waits for its end; what it said.
    fn end(self) -> Result<Vec<u8>, Error> {
        let output = self.child.wait_with_output().map_err(Error::Run)?;
        if output.status.success() {
            return self.written.map(|()| output.stdout).map_err(Error::Run);
        }
        let words = String::from_utf8_lossy(&output.stderr);
        Err(Error::Refused(words.lines().next().unwrap_or("it gave no reason").trim().into()))
    }
}
