//! The mounts of a view: an overlay over each of the host's file systems, and what an instance has of its own.
//!
//! ```text
//! /            the host's files, a tmpfs above them (`layers`)
//! /root /tmp /run /var/www/html …   directories of that tmpfs, empty at first
//! /proc /sys   fresh, of the instance's network namespace; the host's settings in them are read-only
//! /dev         a tmpfs with the few devices that programs need, and the host's terminals
//! ```
//!
//! When all is there the view becomes the root and the host's mounts are let go, so that a view keeps none of them.

use super::{Error, failed, failed_at, image, layers, tools};
use crate::sys::own_machine;
use nix::{
    mount::{MntFlags, MsFlags, umount2},
    sys::{
        stat::{Mode, SFlag, makedev, mknod},
        statvfs::{FsFlags, statvfs},
    },
};
use std::{
    env,
    fs::{self, DirBuilder, File, Permissions},
    os::{
        fd::AsRawFd,
        unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt, symlink},
    },
    path::{Path, PathBuf},
};

/// Where the tmpfs is mounted while the view is made; in the view itself the labs' directory is not seen.
pub(super) const SCRATCH: &str = "/run/vpcns";

/// Directories that are the instance's own, with their modes.
const OWN: [(&str, u32); 6] = [
    ("root", 0o550),
    ("home/ec2-user", 0o700),
    ("tmp", 0o1777),
    ("var/tmp", 0o1777),
    ("run", 0o755),
    ("var/www/html", 0o755),
];

/// The devices that an instance has.
const DEVICES: [&str; 7] = ["null", "zero", "full", "random", "urandom", "tty", "net/tun"];

/// What in `/dev` stands for something else.
const LINKS: [(&str, &str); 4] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];

/// Makes the view of this process, which has a mount namespace of its own, and enters it. `images` are the directories
/// of the images of which the instance is launched, the uppermost first. By the file that is given back, what the
/// instance has written can be read from outside.
pub(super) fn make(images: &[PathBuf]) -> Result<File, Error> {
    // Where the view is made, the images' directories are not seen.
    let opened = images.iter().map(|image| File::open(image).map_err(failed_at("open image", image)));
    let opened: Vec<_> = opened.collect::<Result<_, _>>()?;
    // By these paths other programs find them too.
    let path = |image: &File| PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), image.as_raw_fd()));
    let images: Vec<_> = opened.iter().map(path).collect();
    // Nothing mounted here reaches the host; what the host unmounts meanwhile is unmounted here too.
    on(Path::new("/"), None, None, MsFlags::MS_SLAVE | MsFlags::MS_REC)?;
    let (scratch, root) = (Path::new(SCRATCH), Path::new(SCRATCH).join("root"));
    on(scratch, Some(Path::new("vpcns")), Some(("tmpfs", "mode=755")), MsFlags::empty())?;
    directory(&root, 0o755)?;
    layers::lay(&root, &images)?;
    for (path, mode) in OWN {
        let (own, target) = (scratch.join("own").join(path), root.join(path));
        directory(&own, mode)?;
        if let Some(image) = images.first().filter(|_| image::OWN.contains(&path)) {
            image::copy(&image.join("own").join(path), &own)?;
        }
        fs::create_dir_all(&target).map_err(failed_at("make", &target))?;
        bind(&own, &target)?;
    }
    tools::mount(&root)?;
    kernel(&root)?;
    devices(&root.join("dev"))?;
    let files = File::open(scratch).map_err(failed_at("open", scratch))?;
    become_root(&root)?;
    Ok(files)
}

/// `/proc` and `/sys` of this process's namespaces.
fn kernel(root: &Path) -> Result<(), Error> {
    let (proc, sys) = (root.join("proc"), root.join("sys"));
    on(&proc, Some(Path::new("proc")), Some(("proc", "")), MsFlags::empty())?;
    on(&sys, Some(Path::new("sysfs")), Some(("sysfs", "")), MsFlags::MS_RDONLY)?;
    let settings = proc.join("sys");
    bind(&settings, &settings)?;
    read_only(&settings)?;
    // These are the instance's: of its network namespace, and of its UTS namespace.
    for own in ["net", "kernel/hostname", "kernel/domainname"] {
        bind(&Path::new("/proc/sys").join(own), &settings.join(own))?;
    }
    let trigger = proc.join("sysrq-trigger");
    if trigger.exists() { bind(Path::new("/dev/null"), &trigger) } else { Ok(()) }
}

/// The devices.
fn devices(dev: &Path) -> Result<(), Error> {
    on(dev, Some(Path::new("dev")), Some(("tmpfs", "mode=755")), MsFlags::MS_NOSUID)?;
    for name in DEVICES {
        let (device, target) = (Path::new("/dev").join(name), dev.join(name));
        if fs::metadata(&device).is_ok_and(|found| found.file_type().is_char_device()) {
            directory(target.parent().expect("it is in `/dev`"), 0o755)?;
            File::create(&target).map_err(failed_at("make", &target))?;
            bind(&device, &target)?;
        }
    }
    for (name, target) in LINKS {
        symlink(target, dev.join(name)).map_err(failed_at("make", &dev.join(name)))?;
    }
    directory(&dev.join("shm"), 0o1777)?;
    directory(&dev.join("pts"), 0o755)?;
    bind(Path::new("/dev/pts"), &dev.join("pts"))?;
    // The kernel looks for `pts` beside this one, and so it cannot be the host's.
    let ptmx = dev.join("ptmx");
    if own_machine::is_own() {
        // Nobody there may make a device; but the terminals are the machine's own, and have one.
        return symlink("pts/ptmx", &ptmx).map_err(failed_at("make", &ptmx));
    }
    let everybody = Mode::from_bits_truncate(0o666);
    mknod(&ptmx, SFlag::S_IFCHR, everybody, makedev(5, 2)).map_err(failed_at("make", &ptmx))?;
    fs::set_permissions(&ptmx, Permissions::from_mode(0o666)).map_err(failed_at("change", &ptmx))
}

/// Puts `root` in the place of the root, and lets go of what was there.
fn become_root(root: &Path) -> Result<(), Error> {
    env::set_current_dir(root).map_err(failed("enter the view"))?;
    // With both the same, the old root comes to lie over the new one (`pivot_root(2)`).
    nix::unistd::pivot_root(".", ".").map_err(failed("change the root"))?;
    umount2(".", MntFlags::MNT_DETACH).map_err(failed("let go of the host's mounts"))?;
    env::set_current_dir("/").map_err(failed("enter the view"))
}

/// Where the host's `path` is under `root`.
pub(super) fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").expect("mount points are absolute"))
}

/// A new directory, whatever the umask.
pub(super) fn directory(path: &Path, mode: u32) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(failed_at("make", path))?;
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(failed_at("change", path))
}

/// Shows `source` at `target` too.
pub(super) fn bind(source: &Path, target: &Path) -> Result<(), Error> {
    on(target, Some(source), None, MsFlags::MS_BIND)
}

/// Makes what is bound at `target` read-only there.
pub(super) fn read_only(target: &Path) -> Result<(), Error> {
    // What else holds for it, such as `nosuid`, is not ours to take away, nor may everybody.
    let found = statvfs(target).map_err(failed_at("examine", target))?.flags();
    let others = [
        (FsFlags::ST_NOSUID, MsFlags::MS_NOSUID),
        (FsFlags::ST_NODEV, MsFlags::MS_NODEV),
        (FsFlags::ST_NOEXEC, MsFlags::MS_NOEXEC),
        (FsFlags::ST_NOATIME, MsFlags::MS_NOATIME),
        (FsFlags::ST_NODIRATIME, MsFlags::MS_NODIRATIME),
        (FsFlags::ST_RELATIME, MsFlags::MS_RELATIME),
    ];
    let kept = others.into_iter().filter(|(flag, _)| found.contains(*flag)).map(|(_, flag)| flag);
    on(target, None, None, kept.fold(MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY, MsFlags::union))
}

/// Mounts something on `target`, or changes what is mounted there.
fn on(target: &Path, source: Option<&Path>, kind: Option<(&str, &str)>, flags: MsFlags) -> Result<(), Error> {
    let (kind, options) = kind.unzip();
    mount(source, target, kind, flags, options).map_err(failed_at("mount", target))
}

#[expect(clippy::disallowed_methods, reason = "these mounts are seen in the view's own namespace only")]
pub(super) fn mount(
    source: Option<&Path>,
    target: &Path,
    kind: Option<&str>,
    flags: MsFlags,
    options: Option<&str>,
) -> nix::Result<()> {
    nix::mount::mount(source, target, kind, flags, options)
}
