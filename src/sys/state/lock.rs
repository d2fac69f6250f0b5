//! One command at a time changes a lab: a `flock` on `/run/vpcns/LAB/lock`, which says who holds it.
//!
//! The kernel ends the lock with its holder, so none is ever stale. A directory in which there is nothing
//! but the lock goes with it, so that a command that failed before it made anything leaves nothing behind.

use super::{
    Error, Result,
    files::{failed, own_directory},
};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// How often the directory may vanish before the lock is had; more often is no coincidence.
const ATTEMPTS: u32 = 100;

/// The right to change a lab, until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    directory: PathBuf,
}

impl Lock {
    /// Makes the lab's directory and takes its lock, or says who has it.
    pub(super) fn acquire(lab: &str, directory: &Path) -> Result<Self> {
        let path = directory.join("lock");
        for attempt in 0_u32.. {
            let file = match open(directory, &path) {
                Ok(file) => file,
                // The last holder removed the directory just now.
                Err(error) if attempt < ATTEMPTS && was_removed(&error) => continue,
                Err(error) => return Err(error),
            };
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => {
                    let mut lock = Self { file, directory: directory.into() };
                    // On a full disk it says nothing, but it holds, so that `down` can make space.
                    let _ = lock.sign();
                    return Ok(lock);
                }
                // The last holder removed the lab before it let go: this file is no longer the lab's lock.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(busy(lab, &path)),
                Err(TryLockError::Error(error)) => return Err(failed("lock", &path, error)),
            }
        }
        unreachable!("the loop has no end")
    }

    /// Says who holds the lock.
    fn sign(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.write_all(std::process::id().to_string().as_bytes())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let alone = fs::read_dir(&self.directory).is_ok_and(|entries| entries.count() == 1);
        if alone {
            let _ = fs::remove_file(self.directory.join("lock"));
            let _ = fs::remove_dir(&self.directory);
        }
        // Succeeds only after the last lab.
        let _ = self.directory.parent().map(fs::remove_dir);
    }
}

/// Opens the lock's file, and makes it and its directories where they are missing.
fn open(directory: &Path, path: &Path) -> Result<File> {
    own_directory(directory.parent().expect("labs lie in one directory"))?;
    own_directory(directory)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o644).custom_flags(nix::libc::O_NOFOLLOW);
    options.open(path).map_err(|error| failed("open", path, error))
}

/// Whether something that was just there is gone.
fn was_removed(error: &Error) -> bool {
    matches!(error, Error::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
}

/// Whether `path` still leads to this open file.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(found)) => (open.dev(), open.ino()) == (found.dev(), found.ino()),
        _ => false,
    }
}

/// Who holds the lock, as far as can be told.
fn busy(lab: &str, path: &Path) -> Error {
    let pid = fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let command = String::from_utf8_lossy(&words).trim_end_matches('\0').replace('\0', " ");
    Error::Busy { lab: lab.into(), pid, command }
}
