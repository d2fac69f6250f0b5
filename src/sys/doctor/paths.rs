//! The directories of labs, and the room in `/run`.

use super::{Finding, places};
use rustix::fs::statvfs;
use std::path::Path;

/// A small lab takes half a MiB before anything is logged; with less than this it may not come up.
const LEAST: u64 = 4 << 20;
/// Files and directories of a lab with a handful of instances.
const LEAST_FILES: u64 = 256;
/// A lab in use: logs, what instances write.
const COMFORTABLE: u64 = 64 << 20;

pub(super) fn examine() -> Vec<Finding> {
    let mut found: Vec<_> = places::PLACES.into_iter().map(place).collect();
    found.push(room());
    found
}

fn place(path: &str) -> Finding {
    match places::examine(Path::new(path)) {
        Ok(()) if Path::new(path).exists() => Finding::right(path, "root's alone, and writable"),
        Ok(()) => Finding::right(path, "can be made"),
        Err(error) => Finding::failed(path, &error),
    }
}

fn room() -> Finding {
    let check = "room in /run";
    let found = match statvfs("/run") {
        Ok(found) => found,
        Err(error) => return Finding::missing(check, format!("cannot be told: {error}")),
    };
    let free = found.f_bavail * found.f_frsize;
    // A file system without a limit of files says that it has none at all.
    let files = if found.f_files == 0 { u64::MAX } else { found.f_favail };
    let says = format!("{} MiB free", free >> 20);
    if free < LEAST || files < LEAST_FILES {
        let says = if files < LEAST_FILES { format!("{says}, and only {files} files more") } else { says };
        return Finding::missing(check, says)
            .hint("make room: `df -h /run; df -i /run`, `mount -o remount,size=512M /run`");
    }
    if free < COMFORTABLE {
        return Finding::note(check, says)
            .hint("what instances write and each log (up to 16 MiB) lies there: `mount -o remount,size=512M /run`");
    }
    Finding::right(check, says)
}
