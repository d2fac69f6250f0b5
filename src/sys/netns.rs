//! Network namespaces: made, entered and removed as `ip netns` does, so that it and we agree.
//!
//! A namespace is kept alive by a bind mount on `/run/netns/NAME`. The one way in is a short-lived thread that
//! never switches back: [`Netns::enter`] for one visit, [`spread`] for many. What was opened inside (sockets,
//! child processes) stays inside; so neither an error nor a panic can leave a thread in the wrong namespace.

mod mounts;
mod sockets;
mod traveller;

pub use mounts::{delete, is_there, names, release};
pub use traveller::{Traveller, apart, spread};

use crate::spec::NetnsName;
use nix::sys::statfs::{NSFS_MAGIC, fstatfs};
use std::{
    fs::File,
    io,
    os::{
        fd::{AsFd, BorrowedFd},
        unix::fs::MetadataExt,
    },
};

/// An open network namespace. It lives at least as long as this value.
#[derive(Debug)]
pub struct Netns {
    file: File,
}

/// What tells one living namespace from another: device and inode of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    device: u64,
    inode: u64,
}

impl Netns {
    /// Opens a namespace by name. A file on which no namespace is mounted (its maker was killed between the two
    /// steps) is no namespace: `NotFound`.
    pub fn open(name: &NetnsName) -> io::Result<Self> {
        let file = File::open(mounts::path(name))?;
        if fstatfs(&file)?.filesystem_type() != NSFS_MAGIC {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Self { file })
    }

    /// The namespace of the calling thread.
    pub fn current() -> io::Result<Self> {
        Ok(Self { file: File::open("/proc/thread-self/ns/net")? })
    }

    /// Makes a namespace; `AlreadyExists` if the name is taken.
    pub fn create(name: &NetnsName) -> io::Result<Self> {
        only(spread(&[name], |traveller, name| traveller.create(name))?)
    }

    /// Runs `work` inside, on a thread of its own, and waits for it.
    pub fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> io::Result<T> {
        self.visit(|_| work())
    }

    /// The same, with the right to open sockets here.
    fn visit<T: Send>(&self, work: impl FnOnce(&Traveller) -> T + Send) -> io::Result<T> {
        let work = std::sync::Mutex::new(Some(work));
        let take = || work.lock().expect("nobody panics while taking it").take().expect("there is one traveller");
        only(spread(&[self], |traveller, netns| {
            traveller.enter(netns)?;
            Ok(take()(traveller))
        })?)
    }

    /// Its identity.
    pub fn identity(&self) -> io::Result<Identity> {
        self.file.metadata().map(|metadata| Identity { device: metadata.dev(), inode: metadata.ino() })
    }
}

impl Identity {
    /// The namespace of a process, if it (still) has one.
    pub(super) fn of_process(pid: i32) -> io::Result<Self> {
        let metadata = std::fs::metadata(format!("/proc/{pid}/ns/net"))?;
        Ok(Self { device: metadata.dev(), inode: metadata.ino() })
    }
}

impl AsFd for Netns {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// The result of the one visit.
fn only<T>(results: Vec<io::Result<T>>) -> io::Result<T> {
    results.into_iter().next().expect("one item has one result")
}

#[cfg(test)]
mod tests;
