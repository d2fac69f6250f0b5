//! The directories in which labs leave something: there or to be made, writable, and nobody's but root's.
//!
//! Somebody who may make names in them, or has put a link in the place of one, would decide what this program writes, and
//! where. So what is found is trusted only if it is a directory of root's that nobody else can write to.

use rustix::fs::{Access, access};
use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// All of them.
pub const PLACES: [&str; 3] = ["/run/vpcns", "/run/netns", "/etc/netns"];

/// A directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Someone else made it, or could change it.
    #[error(
        "`{path}` is not a directory that only root can write to\n\
         hint: see who made it, `ls -ld {path}`; `sudo rm {path}` removes a link, and `sudo chown root {path} && \
         sudo chmod 755 {path}` is enough if nobody else has put anything there",
        path = .0.display()
    )]
    Untrusted(PathBuf),
    /// Nothing can be written to it.
    #[error("cannot write to `{}`\nhint: {}", .0.display(), way_out(.0))]
    Unwritable(PathBuf, #[source] io::Error),
}

/// Whether all can be used, or made.
pub fn check() -> Result<(), Error> {
    PLACES.into_iter().try_for_each(|place| examine(Path::new(place)))
}

/// Whether one can be used, or made.
pub fn examine(path: &Path) -> Result<(), Error> {
    let writable = match fs::symlink_metadata(path) {
        Ok(_) if !is_trusted(path) => return Err(Error::Untrusted(path.into())),
        Ok(_) => path,
        Err(_) => path.parent().expect("it is no root"),
    };
    access(writable, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| Error::Unwritable(writable.into(), error.into()))
}

/// Whether it is a directory that only root can have put anything into.
pub fn is_trusted(path: &Path) -> bool {
    let trusted = |found: fs::Metadata| found.is_dir() && found.uid() == 0 && found.mode() & 0o022 == 0;
    fs::symlink_metadata(path).is_ok_and(trusted)
}

/// The same as an error of I/O, for whoever makes what is missing.
pub(super) fn trust(path: &Path) -> io::Result<()> {
    if is_trusted(path) { Ok(()) } else { Err(io::Error::other(Error::Untrusted(path.into()))) }
}

fn way_out(path: &Path) -> String {
    let path = path.display();
    format!(
        "if it is read-only, `sudo mount -o remount,rw {path}`, or a `tmpfs` there; `findmnt -T {path}` shows what it is"
    )
}
