//! Which process is meant: its number, and when it started, so that the number is never mistaken for another's.
//!
//! A process is signalled only through a handle (pidfd) that was opened before its start time was compared.

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::retry_on_intr,
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
};
use std::{
    fs::{self, File},
    io::{self, Write},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::PathBuf,
    time::Duration,
};

/// The file in which a process says who it is.
#[derive(Debug)]
pub struct PidFile(PathBuf);

/// A process that is known by more than its number.
#[derive(Debug)]
pub struct Process {
    pid: i32,
    handle: OwnedFd,
}

impl PidFile {
    /// The file at a path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Says that it is this process, as long as the file is kept open. Of several at once, one can.
    pub fn claim(&self) -> io::Result<File> {
        let file = File::options().write(true).create(true).truncate(false).open(&self.0)?;
        file.try_lock()?;
        file.set_len(0)?;
        Self::claim_in(&file)?;
        Ok(file)
    }

    /// Says so in a file that is open already.
    pub fn claim_in(mut file: &File) -> io::Result<()> {
        file.write_all(line(std::process::id().cast_signed())?.as_bytes())
    }

    /// Says which process it is, in a file that is made for it.
    pub fn note(&self, pid: i32) -> io::Result<()> {
        fs::write(&self.0, line(pid)?)
    }

    /// The process that the file means, if it still lives.
    pub fn process(&self) -> Option<Process> {
        let text = fs::read_to_string(&self.0).ok()?;
        let (pid, said) = text.trim().split_once(' ')?;
        let pid = pid.parse().ok().filter(|pid| *pid > 0)?;
        // First the handle, then the question: whatever the answer is about is what the handle holds.
        let handle = pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
        (started(pid).ok()?.to_string() == said).then_some(Process { pid, handle })
    }
}

impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

impl Process {
    /// Its number.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Waits for its end.
    pub fn ends_within(&self, time: Duration) -> bool {
        let Ok(timeout) = Timespec::try_from(time) else { return false };
        let mut ends = [PollFd::new(&self.handle, PollFlags::IN)];
        retry_on_intr(|| poll(&mut ends, Some(&timeout))).is_ok_and(|ended| ended > 0)
    }

    /// Signals it and waits for its end. One that has just ended cannot be signalled, and need not.
    pub fn ends_by(&self, signal: Signal, time: Duration) -> bool {
        let _ = pidfd_send_signal(&self.handle, signal);
        self.ends_within(time)
    }
}

/// What the file of a process says.
fn line(pid: i32) -> io::Result<String> {
    Ok(format!("{pid} {}\n", started(pid)?))
}

/// When a living process was started, in ticks since the boot (`proc_pid_stat(5)`, field 22).
fn started(pid: i32) -> io::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    started_in(&stat).ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn started_in(stat: &str) -> Option<u64> {
    // The second field is the program's name, which may hold blanks and parentheses.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") { None } else { fields.nth(18)?.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    struct Sleeper(Child);

    impl Sleeper {
        fn new() -> Self {
            Self(Command::new("sleep").arg("1000").spawn().unwrap())
        }

        fn pid(&self) -> i32 {
            self.0.id().cast_signed()
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn a_process_is_found_and_ended() {
        let directory = tempfile::tempdir().unwrap();
        let file = PidFile(directory.path().join("daemon.pid"));
        assert!(file.process().is_none());
        let sleeper = Sleeper::new();
        fs::write(&file.0, line(sleeper.pid()).unwrap()).unwrap();
        let process = file.process().unwrap();
        assert_eq!(process.pid(), sleeper.pid());
        assert!(!process.ends_within(Duration::ZERO));
        assert!(process.ends_by(Signal::TERM, Duration::from_secs(20)));
        assert!(file.process().is_none(), "nobody has waited for it yet, but it has ended");
    }

    #[test]
    fn a_number_that_was_given_to_another_process_is_not_taken() {
        let directory = tempfile::tempdir().unwrap();
        let file = PidFile(directory.path().join("daemon.pid"));
        let sleeper = Sleeper::new();
        let other = started(sleeper.pid()).unwrap() - 1;
        fs::write(&file.0, format!("{} {other}\n", sleeper.pid())).unwrap();
        assert!(file.process().is_none());
        for nonsense in ["", "1", "-1 5", "x y", "0 0"] {
            fs::write(&file.0, nonsense).unwrap();
            assert!(file.process().is_none(), "{nonsense}");
        }
    }
}
