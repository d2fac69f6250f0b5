//! Which of the host's mounts hold files that an instance should see: a reader of `/proc/self/mountinfo`.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
};

/// Below these the host's mounts are not the instance's.
const HIDDEN: [&str; 9] =
    ["/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/root", "/var/lib/docker", "/var/lib/containers"];

/// File systems without files of their own, and such as only their owner may look at.
const PSEUDO: [&str; 8] = ["autofs", "binfmt_misc", "nsfs", "overlay", "proc", "rpc_pipefs", "cgroup2", "fuse.portal"];

/// The mount points of the host's further file systems with files, outer ones first.
pub(super) fn further() -> io::Result<Vec<PathBuf>> {
    let mut points = points(|kind| !PSEUDO.iter().any(|name| name.as_bytes() == kind))?;
    points.retain(|path| path != Path::new("/") && !is_hidden(path) && path.is_dir());
    Ok(points)
}

/// Every mount point, outer ones first.
pub(super) fn all() -> io::Result<Vec<PathBuf>> {
    points(|_| true)
}

/// Whether the host's files below a path are not the instance's.
pub(super) fn is_hidden(path: &Path) -> bool {
    HIDDEN.iter().any(|hidden| path.starts_with(hidden))
}

/// The mount points of the kinds of file systems that are wanted.
fn points(wanted: impl Fn(&[u8]) -> bool) -> io::Result<Vec<PathBuf>> {
    let text = fs::read("/proc/self/mountinfo")?;
    let found = text.split(|byte| *byte == b'\n').filter_map(mount_point);
    let mut points: Vec<_> = found.filter(|(_, kind)| wanted(kind)).map(|(path, _)| path).collect();
    points.sort();
    points.dedup();
    Ok(points)
}

/// The mount point in a line of `mountinfo`, and the kind of its file system (`proc_pid_mountinfo(5)`).
fn mount_point(line: &[u8]) -> Option<(PathBuf, &[u8])> {
    let mut fields = line.split(|byte| *byte == b' ');
    let point = fields.nth(4)?;
    let kind = fields.skip_while(|field| *field != b"-").nth(1)?;
    Some((PathBuf::from(OsString::from_vec(unescaped(point))), kind))
}

/// Blanks, tabs, line ends and backslashes stand there as three octal digits.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[3..] } else { after };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_are_read_as_the_kernel_writes_them() {
        let line = b"31 1 8:2 / /mnt/a\\040b rw,relatime shared:1 - ext4 /dev/sda2 rw";
        assert_eq!(mount_point(line), Some(("/mnt/a b".into(), &b"ext4"[..])));
        assert_eq!(mount_point(b""), None);
        assert_eq!(unescaped(b"a\\134b\\"), b"a\\b\\");
    }
}
