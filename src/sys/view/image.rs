//! Images: what an instance has written, kept in the lab, to launch others from.
//!
//! ```text
//! /run/vpcns/LAB/images/NAME/layers/MOUNT-upper   what lies over the host's file system at MOUNT
//! /run/vpcns/LAB/images/NAME/own/…                the directories that are each instance's own
//! ```
//!
//! An image's layers lie between the host's files and those of an instance that is launched from it, and are never
//! written to. Of an instance that was itself launched from an image only its own layers are kept: the others stay
//! below. What makes a machine that one machine (its name, its SSH host keys, that UserData ran) is not kept.

use super::{Error, Machine, View, failed, failed_at, layers};
use crate::sys::state::Lab;
use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::Command,
};

/// Directories of an instance's own that its image has too; the others are empty after each boot.
pub(super) const OWN: [&str; 4] = ["root", "home/ec2-user", "var/tmp", "var/www/html"];

/// What of the root is not kept. A `*` stands for any end.
const MACHINE: [&str; 8] = [
    "etc/hostname",
    "etc/hosts",
    "etc/resolv.conf",
    "etc/ssh/ssh_host_*",
    "usr/libexec/vpcns",
    "var/lib/cloud",
    "var/log/cloud-init-output.log",
    "var/log/vpcns",
];

/// Keeps what an instance, booted if it has not, has written, as the image of this name. What there is of a name
/// already is replaced.
pub fn create(lab: &Lab, machine: &Machine, name: &str) -> Result<(), Error> {
    let (view, _) = View::open(lab, machine)?;
    let files = view.files(lab, &machine.host).map_err(failed("find the instance's files"))?;
    let target = lab.image_directory(name);
    let images = target.parent().expect("it lies in the lab's");
    DirBuilder::new().mode(0o700).recursive(true).create(images).map_err(failed_at("make", images))?;
    // Nobody's name begins with a dot.
    let half = images.join(format!(".{name}"));
    let _ = fs::remove_dir_all(&half);
    let kept = keep(&files, &half).and_then(|()| {
        let _ = fs::remove_dir_all(&target);
        fs::rename(&half, &target).map_err(failed_at("make", &target))
    });
    if kept.is_err() {
        let _ = fs::remove_dir_all(&half);
    }
    kept
}

fn keep(files: &Path, half: &Path) -> Result<(), Error> {
    for directory in ["layers", "own/home", "own/var/www"] {
        let directory = half.join(directory);
        DirBuilder::new().mode(0o700).recursive(true).create(&directory).map_err(failed_at("make", &directory))?;
    }
    let all = files.join("layers");
    for layer in fs::read_dir(&all).map_err(failed_at("read", &all))?.flatten() {
        let name = layer.file_name();
        if name.to_string_lossy().ends_with("-upper") {
            copy(&layer.path(), &half.join("layers").join(name))?;
        }
    }
    for own in OWN {
        copy(&files.join("own").join(own), &half.join("own").join(own))?;
    }
    clean(&half.join("layers")).map_err(failed("clean the image"))
}

/// Copies a directory with all that the kernel knows of its files: the marks of the overlay are among it.
pub(super) fn copy(source: &Path, target: &Path) -> Result<(), Error> {
    let copied = Command::new("cp").arg("-aT").arg("--").args([source, target]).output();
    let copied = copied.map_err(failed("run `cp`"))?;
    if copied.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&copied.stderr);
    let said = said.lines().next().unwrap_or("it did not say why").to_owned();
    Err(failed("copy the instance's files")(io::Error::other(said)))
}

/// Takes out what is one machine's, in whichever layer it lies.
fn clean(layers: &Path) -> io::Result<()> {
    for path in MACHINE {
        let path = Path::new("/").join(path);
        let below = |above: &Path| Some(layers.join(layers::name(above)).join(path.strip_prefix(above).ok()?));
        let places = path.ancestors().skip(1).filter_map(below);
        for found in places.map(|place| matching(&place)).collect::<io::Result<Vec<_>>>()?.into_iter().flatten() {
            let removed =
                if found.is_dir() && !found.is_symlink() { fs::remove_dir_all } else { fs::remove_file }(&found);
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// The path itself, or what begins with its name.
fn matching(path: &Path) -> io::Result<Vec<PathBuf>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Some(beginning) = name.strip_suffix('*') else { return Ok(vec![path.to_owned()]) };
    let directory = match fs::read_dir(path.parent().expect("it is in the root")) {
        Ok(directory) => directory,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let found = directory.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(beginning));
    Ok(found.map(|entry| entry.path()).collect())
}
