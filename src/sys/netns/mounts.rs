//! `/run/netns`: the names of the namespaces and the mounts that keep them alive.
//!
//! The directory is a shared mount point, as iproute2 makes it: a namespace that is unmounted here vanishes from
//! the mount namespaces of all processes that run in it (`ip netns exec` makes those), and so really ends.

use super::Netns;
use crate::{
    spec::NetnsName,
    sys::{directory, places},
};
use nix::{
    errno::Errno,
    mount::{MntFlags, MsFlags, umount2},
};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Mutex,
};

/// The directory that `ip netns list` lists.
const DIRECTORY: &str = "/run/netns";

/// The directory of the labs.
const LABS: &str = "/run/vpcns";

/// Says that the mount point, and if it holds a word the directory too, was made here and not by iproute2.
const MADE: &str = "/run/vpcns/.netns";

/// The file of a namespace.
pub(super) fn path(name: &NetnsName) -> PathBuf {
    Path::new(DIRECTORY).join(name.as_str())
}

/// The names in `/run/netns`, whoever made them, sorted; whether or not a namespace is mounted there.
pub fn names() -> io::Result<Vec<String>> {
    directory::names(Path::new(DIRECTORY))
}

/// Whether the name is taken, be it by a namespace or by what a killed maker left of one.
pub fn is_there(name: &NetnsName) -> bool {
    path(name).symlink_metadata().is_ok()
}

/// Removes a namespace's name; what is inside ends with the last process or socket in it. Nothing there is right.
pub fn delete(name: &NetnsName) -> io::Result<()> {
    let path = path(name);
    match umount2(&path, MntFlags::MNT_DETACH) {
        // Nothing is mounted, or there is nothing.
        Ok(()) | Err(Errno::EINVAL | Errno::ENOENT) => {}
        Err(error) => return Err(error.into()),
    }
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Mounts the namespace that `make` made, and in which it left this thread, on its name.
#[expect(clippy::disallowed_methods, reason = "this is the mount that keeps a namespace alive")]
pub(super) fn keep(name: &NetnsName, make: impl FnOnce() -> io::Result<Netns>) -> io::Result<Netns> {
    let path = path(name);
    in_directory(|| OpenOptions::new().write(true).create_new(true).mode(0o000).open(&path).map(drop))?;
    let netns = make().and_then(|netns| {
        nix::mount::mount(Some("/proc/thread-self/ns/net"), &path, None::<&str>, MsFlags::MS_BIND, None::<&str>)?;
        Ok(netns)
    });
    if netns.is_err() {
        let _ = fs::remove_file(&path);
    }
    netns
}

/// Unmounts `/run/netns`, if it was mounted for the labs and no name is left in it.
pub fn release() -> io::Result<()> {
    let _lock = locked()?;
    let Ok(made) = fs::read_to_string(MADE) else { return Ok(()) };
    if !names()?.is_empty() {
        return Ok(());
    }
    match umount2(DIRECTORY, MntFlags::MNT_DETACH) {
        Ok(()) | Err(Errno::EINVAL | Errno::ENOENT) => {}
        Err(error) => return Err(error.into()),
    }
    if !made.is_empty() {
        // Somebody may have put something there that the mount hid.
        let _ = fs::remove_dir(DIRECTORY);
    }
    fs::remove_file(MADE)
}

/// Does something in `/run/netns`. The first time in the life of this process, that is made a shared mount point,
/// and the lock is kept until there is a name in it, so that no other process unmounts it before.
fn in_directory(act: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    static PREPARED: Mutex<bool> = Mutex::new(false);
    let mut prepared = PREPARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if *prepared {
        drop(prepared);
        return act();
    }
    let _lock = locked()?;
    prepare()?;
    act()?;
    *prepared = true;
    Ok(())
}

/// Keeps other processes that make and remove labs from mounting and unmounting `/run/netns`. The directory of the labs
/// stays as long as there is one, as in whoever asks.
fn locked() -> io::Result<Option<File>> {
    match File::open(LABS) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        labs => labs.and_then(|labs| labs.lock().map(|()| Some(labs))),
    }
}

/// Makes `/run/netns` a shared mount point, if it is none.
fn prepare() -> io::Result<()> {
    if !Path::new(DIRECTORY).exists() {
        // First the note: if this process is killed, `down` removes what it made.
        note("directory");
    }
    DirBuilder::new().recursive(true).mode(0o755).create(DIRECTORY)?;
    places::trust(Path::new(DIRECTORY))?;
    // Two processes at once would mount it twice; newer versions of iproute2 take the same lock.
    let directory = File::open(DIRECTORY)?;
    directory.lock()?;
    if let Err(Errno::EINVAL) = mount(None, MsFlags::MS_SHARED | MsFlags::MS_REC) {
        if !Path::new(MADE).exists() {
            note("");
        }
        mount(Some(DIRECTORY), MsFlags::MS_BIND | MsFlags::MS_REC)?;
        mount(None, MsFlags::MS_SHARED | MsFlags::MS_REC)?;
    }
    Ok(())
}

/// Notes what is about to be made. Without a lab there is no place for it, and all stays, as what iproute2 makes does.
fn note(made: &str) {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(MADE);
    let _ = file.and_then(|mut file| file.write_all(made.as_bytes()));
}

/// Mounts `source` on `/run/netns`, or changes what is mounted there.
#[expect(clippy::disallowed_methods, reason = "this mount point is the namespaces' own")]
fn mount(source: Option<&str>, flags: MsFlags) -> nix::Result<()> {
    nix::mount::mount(source, DIRECTORY, None::<&str>, flags, None::<&str>)
}
