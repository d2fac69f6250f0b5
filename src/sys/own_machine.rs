//! A machine of a user's own, for who is not root: namespaces of users, mounts, networks, processes and names
//! in which this user is root.
//!
//! It lives as long as its first process, the *keeper* (`vpcns own-machine`), and with that one the kernel ends all that runs
//! in it, its namespaces and its files, which are in memory. Whoever makes labs makes it, every other command enters it
//! and runs again inside, so that all other code is the same; who is the last one out when no lab is left ends it.
//!
//! ```text
//! $XDG_RUNTIME_DIR/vpcns, or /tmp/vpcns-UID   the user's own, mode 0700; locked: shared by who is inside, alone by who makes it or ends it
//!   keeper                                    which process it is
//! /run/vpcns-machine                          inside only: that this is such a machine
//!   skeleton/                                 the directories of the host as this user's, for instances to write in
//! ```

mod furnish;
mod ids;
mod keeper;
mod place;
mod refusal;

pub use furnish::skeleton_of;
pub use ids::has as has_id;
pub use keeper::run as keep;

use super::pid_file::Process;
use nix::{
    errno::Errno,
    sched::CloneFlags,
    sys::{
        signal::{SigSet, Signal},
        signalfd::SignalFd,
    },
};
use place::Place;
use std::{
    env,
    ffi::OsString,
    fs::File,
    io,
    os::{
        fd::AsRawFd,
        unix::process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

/// The directory that says so inside.
const MARK: &str = "/run/vpcns-machine";

/// The variable that names the labs outside, which are root's, to a command that runs again inside.
pub const OUTSIDE: &str = "VPCNS_OUTSIDE";

/// How often a machine may end just when it was found.
const ATTEMPTS: u32 = 100;
/// How long to wait for others to leave a machine in which no lab is left.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the kernel may take to end all that runs in it.
const ENDING: Duration = Duration::from_secs(10);

/// The namespaces that make a machine.
fn namespaces() -> CloneFlags {
    CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWIPC
}

/// A machine that lives, and will as long as this value does.
#[derive(Debug)]
pub struct OwnMachine {
    place: Place,
    keeper: Process,
}

/// There is no machine of the user's own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernel, or who set it up, does not want it.
    #[error("without root's rights a lab needs a user namespace, and there can be none: {reason}\nhint: {hint}")]
    Refused {
        /// Which setting says so.
        reason: String,
        /// What to do about it.
        hint: String,
    },
    /// Somebody else has the place in which it would be found.
    #[error(
        "`{path}` is not a directory that only you can use\n\
         hint: take it away, or set `XDG_RUNTIME_DIR` to a directory that is yours alone",
        path = .0.display()
    )]
    Untrusted(PathBuf),
    /// It ended while somebody was about to enter it.
    #[error("this user's machine has just ended")]
    Ended,
    /// A step that the kernel refused.
    #[error("cannot make a machine of this user's own: {0}")]
    Unmade(String),
    /// The same, with the reason.
    #[error("cannot {step}")]
    Step {
        /// What was tried.
        step: String,
        /// Why not.
        source: io::Error,
    },
}

/// Whether this process is in such a machine.
pub fn is_own() -> bool {
    Path::new(MARK).is_dir()
}

/// Has this process end with the one outside that waits for it, if there is one.
pub fn end_with_parent() -> io::Result<()> {
    // Who is outside has no number that is known here; of orphans the keeper is the parent.
    let is_outside = || nix::unistd::getppid().as_raw() == 0;
    if !is_outside() {
        return Ok(());
    }
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
    if is_outside() { Ok(()) } else { Err(io::Error::other("who started this has ended")) }
}

impl OwnMachine {
    /// The user's machine, if there is one.
    pub fn find() -> Result<Option<Self>, Error> {
        for place in Place::existing() {
            place.directory.lock_shared().map_err(failed("lock the machine"))?;
            if let Some(keeper) = place.keeper() {
                return Ok(Some(Self { place, keeper }));
            }
            // What is left of one that was killed, unless somebody is about to make another.
            if place.directory.try_lock().is_ok() && place.is_there() && place.keeper().is_none() {
                place.remove();
            }
        }
        Ok(None)
    }

    /// The user's machine, made if there is none.
    pub fn make() -> Result<Self, Error> {
        for _ in 0..ATTEMPTS {
            if let Some(found) = Self::find()? {
                return Ok(found);
            }
            let place = Place::make()?;
            place.directory.lock().map_err(failed("lock the machine"))?;
            if place.is_there()
                && place.keeper().is_none()
                && let Err(error) = keeper::start(&place)
            {
                place.remove();
                return Err(error);
            }
        }
        Err(Error::Unmade("it ends as soon as it is there".into()))
    }

    /// Runs this program again inside, with the same arguments, and gives its exit code, as shells count.
    ///
    /// From here on this process is in the machine's namespaces.
    #[expect(clippy::disallowed_methods, reason = "this process only waits from here on")]
    pub fn run_again(&self, outside: &str) -> Result<u8, Error> {
        let program = File::open("/proc/self/exe").map_err(failed("open this program"))?;
        let here = env::current_dir();
        match nix::sched::setns(&self.keeper, namespaces()) {
            Err(Errno::ESRCH) if self.keeper.ends_within(ENDING) => return Err(Error::Ended),
            entered => entered.map_err(failed("enter this user's machine"))?,
        }
        // Where the directory is not seen inside, only relative paths suffer.
        let _ = here.and_then(env::set_current_dir);
        let mut words = env::args_os();
        let name = words.next().unwrap_or_else(|| OsString::from("vpcns"));
        let mut command = Command::new(format!("/proc/self/fd/{}", program.as_raw_fd()));
        let child = command.arg0(name).args(words).env(OUTSIDE, outside).spawn();
        let ended = child.and_then(wait).map_err(failed("run inside of this user's machine"))?;
        let code = ended.code().unwrap_or_else(|| 128 + ended.signal().unwrap_or_default());
        Ok(u8::try_from(code).unwrap_or(1))
    }

    /// Ends the machine, unless somebody else is in it, who will.
    pub fn end(self) -> Result<(), Error> {
        let deadline = Instant::now() + PATIENCE;
        while self.place.directory.try_lock().is_err() {
            if Instant::now() > deadline {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
        // Between the two locks somebody may have made another lab.
        if crate::sys::state::Lab::all().is_ok_and(|labs| !labs.is_empty()) || !self.place.is_there() {
            return Ok(());
        }
        if !self.keeper.ends_by(rustix::process::Signal::KILL, ENDING) {
            return Err(Error::Unmade("its first process does not end".into()));
        }
        self.place.remove();
        Ok(())
    }
}

/// Waits for a command, and hands on to it what this process is told to do.
fn wait(mut child: Child) -> io::Result<ExitStatus> {
    const HANDED_ON: [Signal; 6] =
        [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGUSR2];
    let signals: SigSet = HANDED_ON.into_iter().chain([Signal::SIGCHLD]).collect();
    signals.thread_block()?;
    let told = SignalFd::new(&signals)?;
    loop {
        if let Some(ended) = child.try_wait()? {
            return Ok(ended);
        }
        let Some(signal) = told.read_signal()? else { continue };
        // What a key of the terminal sends, the command gets itself.
        let by_key = signal.ssi_code > 0;
        let kind = i32::try_from(signal.ssi_signo).ok().and_then(|number| Signal::try_from(number).ok());
        if let Some(kind) = kind.filter(|kind| *kind != Signal::SIGCHLD && !by_key) {
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id().cast_signed()), kind)?;
        }
    }
}

/// What turns an I/O error into one of a step.
fn failed<E: Into<io::Error>>(step: impl Into<String>) -> impl FnOnce(E) -> Error {
    |source| Error::Step { step: step.into(), source: source.into() }
}
