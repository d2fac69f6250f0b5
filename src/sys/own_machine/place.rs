//! Where a user's machine is found again: a directory that is the user's alone, and in it the file that names the keeper.
//!
//! Somebody else may have put something into `/tmp` under its name: a directory is taken only if it is this user's,
//! closed to all others, and no link. From then on it is used by its handle, not by its path.

use super::{Error, failed};
use crate::sys::pid_file::{PidFile, Process};
use rustix::fs::{AtFlags, Mode, OFlags};
use std::{
    env,
    fs::{self, File},
    io,
    os::{fd::AsRawFd, unix::fs::MetadataExt},
    path::{Path, PathBuf},
};

const KEEPER: &str = "keeper";

/// The directory of a machine.
#[derive(Debug)]
pub(super) struct Place {
    above: File,
    name: String,
    /// The directory itself; its lock says who is in the machine.
    pub(super) directory: File,
}

impl Place {
    /// Those that are there. What is not this user's can tell nothing of this user's machine.
    pub(super) fn existing() -> Vec<Self> {
        candidates().into_iter().filter_map(|(above, name)| Self::open(&above, name).ok()).collect()
    }

    /// The one in which a machine is to be found, made if it is not there.
    pub(super) fn make() -> Result<Self, Error> {
        let (above, name) = candidates().into_iter().next().expect("there is always `/tmp`");
        match rustix::fs::mkdir(above.join(&name), Mode::RWXU) {
            Err(error) if error != rustix::io::Errno::EXIST => {
                return Err(failed(format!("make `{}`", above.join(name).display()))(error));
            }
            _ => {}
        }
        Self::open(&above, name)
    }

    fn open(above: &Path, name: String) -> Result<Self, Error> {
        let path = above.join(&name);
        let above = File::open(above).map_err(failed(format!("open `{}`", above.display())))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory: File = match rustix::fs::openat(&above, &name, flags, Mode::empty()) {
            Ok(directory) => directory.into(),
            Err(rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR | rustix::io::Errno::ACCESS) => {
                return Err(Error::Untrusted(path));
            }
            Err(error) => return Err(failed(format!("open `{}`", path.display()))(error)),
        };
        let found = directory.metadata().map_err(failed(format!("examine `{}`", path.display())))?;
        let own = found.uid() == user() && found.mode() % 0o100 == 0;
        if own { Ok(Self { above, name, directory }) } else { Err(Error::Untrusted(path)) }
    }

    /// The living keeper.
    pub(super) fn keeper(&self) -> Option<Process> {
        self.keeper_file().process()
    }

    /// Keeps which process the keeper is.
    pub(super) fn note_keeper(&self, pid: i32) -> io::Result<()> {
        self.keeper_file().note(pid)
    }

    fn keeper_file(&self) -> PidFile {
        PidFile::at(format!("/proc/self/fd/{}/{KEEPER}", self.directory.as_raw_fd()))
    }

    /// Whether the directory has not been removed meanwhile.
    pub(super) fn is_there(&self) -> bool {
        let found = rustix::fs::statat(&self.above, &self.name, AtFlags::SYMLINK_NOFOLLOW);
        let own = self.directory.metadata();
        found.is_ok_and(|found| own.is_ok_and(|own| (found.st_dev, found.st_ino) == (own.dev(), own.ino())))
    }

    /// Removes the directory. Whoever holds its lock sees that it is gone.
    pub(super) fn remove(&self) {
        let _ = rustix::fs::unlinkat(&self.directory, KEEPER, AtFlags::empty());
        let _ = rustix::fs::unlinkat(&self.above, &self.name, AtFlags::REMOVEDIR);
    }
}

/// Where a machine may be found: the directory above, and the name in it.
fn candidates() -> Vec<(PathBuf, String)> {
    let user = user();
    let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let of_login = PathBuf::from(format!("/run/user/{user}"));
    let own = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == user && found.mode() & 0o022 == 0)
    };
    let mut places: Vec<_> =
        runtime.into_iter().chain([of_login]).filter(own).map(|path| (path, "vpcns".into())).collect();
    places.dedup();
    places.push(("/tmp".into(), format!("vpcns-{user}")));
    places
}

fn user() -> u32 {
    nix::unistd::geteuid().as_raw()
}
