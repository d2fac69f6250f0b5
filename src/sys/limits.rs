//! The limit of open files, which many systems set to 1,024 at first, and to far more at most.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The limit of open files, raised as far as this process may; as it was before when this is dropped, because what is
/// started in an instance inherits it.
#[derive(Debug)]
pub struct OpenFiles(Rlimit);

impl OpenFiles {
    /// Raises it. A limit that cannot be raised is found out by whoever opens too much.
    pub fn raise() -> Self {
        let before = getrlimit(Resource::Nofile);
        let _ = setrlimit(Resource::Nofile, Rlimit { current: before.maximum, ..before });
        Self(before)
    }

    /// How many there may be at most; none means without end.
    pub fn most() -> Option<u64> {
        getrlimit(Resource::Nofile).maximum
    }
}

/// A process may have fewer files open than are needed.
#[derive(Debug, thiserror::Error)]
#[error(
    "the lab's daemon needs {needed} open files at least, and may have {most}\n\
     hint: raise the hard limit, `ulimit -Hn {}`, or `LimitNOFILE=` of the service that this runs in", needed.next_power_of_two().max(4096)
)]
pub struct TooFew {
    needed: u64,
    most: u64,
}

/// Whether a process may have so many files open.
pub fn enough(needed: u64) -> Result<(), TooFew> {
    match OpenFiles::most() {
        Some(most) if most < needed => Err(TooFew { needed, most }),
        _ => Ok(()),
    }
}

impl Drop for OpenFiles {
    fn drop(&mut self) {
        let _ = setrlimit(Resource::Nofile, self.0);
    }
}
