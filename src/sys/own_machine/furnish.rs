//! What a new machine has: the host's files, `/proc` and `/sys` of its own, a `/run` without root's labs, a copy of `/etc`
//! that is root's, terminals, and the skeleton of the host's directories.
//!
//! What root owns on the host, nobody owns inside: such a directory could not be written in, not even through an
//! overlay. The skeleton has the same directories, of the same modes, as the machine's root's; as a layer over
//! the host's files it lets an instance's root make, replace and remove files wherever root can.

use super::{Error, MARK, failed, refusal};
use crate::{
    spec::LinkName,
    sys::netlink::{Netlink, link},
};
use nix::mount::MsFlags;
use std::{
    fs::{self, DirBuilder, File, FileType},
    io,
    os::{
        fd::AsRawFd,
        unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink},
    },
    path::{Path, PathBuf},
};

/// Of the host's `/run`, what the machine has itself.
const OWN: [&str; 3] = ["vpcns", "netns", "vpcns-machine"];

/// What has no skeleton: the kernel's, and what each instance has of its own.
const BARE: [&str; 8] = ["/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/boot", "/lost+found"];

/// How deep the skeleton goes.
const DEPTH: usize = 5;

/// Where the skeleton lies.
const SKELETON: &str = "/run/vpcns-machine/skeleton";

/// The directory of the skeleton that stands for this one, if there is one.
pub fn skeleton_of(path: &Path) -> Option<PathBuf> {
    let path = Path::new(SKELETON).join(path.strip_prefix("/").ok()?);
    path.is_dir().then_some(path)
}

/// Furnishes the machine whose first process this is.
pub(super) fn all() -> Result<(), Error> {
    mount(None, "/", None, MsFlags::MS_SLAVE | MsFlags::MS_REC)?;
    mount(Some("proc"), "/proc", Some(("proc", "")), MsFlags::empty())?;
    mount(Some("sysfs"), "/sys", Some(("sysfs", "")), MsFlags::MS_RDONLY)?;
    run()?;
    etc()?;
    terminals()?;
    let deep = skeleton(Path::new("/"), Path::new(SKELETON), DEPTH);
    deep.map_err(failed("make the machine's directories"))?;
    let mut netlink = Netlink::open().map_err(failed("ask for the machine's links"))?;
    let refused = netlink.send(&[link::set(&LinkName::lo(), 65_536)]).map_err(failed("bring `lo` up"))?;
    refused.into_iter().next().map_or(Ok(()), |refusal| Err(failed("bring `lo` up")(refusal.source)))
}

/// `/run`: what the host has there, but for its labs.
fn run() -> Result<(), Error> {
    let before = File::open("/run").map_err(failed("open `/run`"))?;
    mount(Some("run"), "/run", Some(("tmpfs", "mode=755")), MsFlags::MS_NOSUID | MsFlags::MS_NODEV)?;
    fs::create_dir(MARK).map_err(failed("make the machine's directory"))?;
    let before = PathBuf::from(format!("/proc/self/fd/{}", before.as_raw_fd()));
    for entry in fs::read_dir(&before).map_err(failed("read `/run`"))?.flatten() {
        let (Some(name), Ok(kind)) = (entry.file_name().to_str().map(str::to_owned), entry.file_type()) else {
            continue;
        };
        let target = Path::new("/run").join(&name);
        if !OWN.contains(&name.as_str()) {
            // What this user may not see is not there.
            let _ = show(&entry.path(), &target, kind);
        }
    }
    Ok(())
}

/// Shows something of the host at another place, or copies it if it is a link.
fn show(source: &Path, target: &Path, kind: FileType) -> io::Result<()> {
    if kind.is_symlink() {
        return symlink(fs::read_link(source)?, target);
    }
    if kind.is_dir() {
        fs::create_dir(target)?;
    } else {
        File::create(target)?;
    }
    bind(source, target).inspect_err(|_| {
        let _ = if kind.is_dir() { fs::remove_dir(target) } else { fs::remove_file(target) };
    })
}

/// `/etc`: a copy of what this user can read there. It is root's, as programs expect of it.
fn etc() -> Result<(), Error> {
    let copy = Path::new(MARK).join("etc");
    copy_directory(Path::new("/etc"), &copy).map_err(failed("copy `/etc`"))?;
    bind(&copy, Path::new("/etc")).map_err(failed("mount `/etc`"))
}

fn copy_directory(source: &Path, target: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o755).create(target)?;
    // Of what cannot be read there is an empty directory.
    for entry in fs::read_dir(source).into_iter().flatten().flatten() {
        let (from, to) = (entry.path(), target.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            symlink(fs::read_link(from)?, to)?;
        } else if kind.is_dir() {
            if from != Path::new("/etc/netns") {
                copy_directory(&from, &to)?;
            }
        } else if kind.is_file() {
            match fs::copy(&from, &to) {
                Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Terminals of the machine's own: who is root here only can make none among the host's.
fn terminals() -> Result<(), Error> {
    let options = "newinstance,ptmxmode=0666,mode=620";
    mount(Some("devpts"), "/dev/pts", Some(("devpts", options)), MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC)?;
    bind(Path::new("/dev/pts/ptmx"), Path::new("/dev/ptmx")).map_err(failed("mount `/dev/ptmx`"))
}

/// Makes directories like those of the host, as far as this user can look into them.
fn skeleton(source: &Path, target: &Path, depth: usize) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(source) else { return Ok(()) };
    let mode = fs::symlink_metadata(source)?.mode() & 0o7777;
    fs::create_dir(target)?;
    for entry in entries.flatten().filter(|_| depth > 0) {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && !BARE.iter().any(|bare| path == Path::new(bare)) {
            skeleton(&path, &target.join(entry.file_name()), depth - 1)?;
        }
    }
    fs::set_permissions(target, fs::Permissions::from_mode(mode))
}

/// Shows a directory or a file of the host, with all that is mounted in it, at another place.
#[expect(clippy::disallowed_methods, reason = "these mounts are the machine's own")]
fn bind(source: &Path, target: &Path) -> io::Result<()> {
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    Ok(nix::mount::mount(Some(source), target, None::<&str>, flags, None::<&str>)?)
}

#[expect(clippy::disallowed_methods, reason = "these mounts are the machine's own")]
fn mount(source: Option<&str>, target: &str, kind: Option<(&str, &str)>, flags: MsFlags) -> Result<(), Error> {
    let (kind, options) = kind.unzip();
    nix::mount::mount(source, target, kind, flags, options).map_err(|errno| refusal::inside(target, errno))
}
