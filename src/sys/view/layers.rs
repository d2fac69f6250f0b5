//! The host's files in a view: overlays, the host's below, a tmpfs of the instance's own above, images in between.
//!
//! On a machine there is one overlay over each file system. In a user's own machine ([`own_machine`]) that cannot be: there
//! the kernel lets nobody see what lies under other mounts, and so refuses an overlay over a directory in which
//! something is mounted. Such a directory is made anew, and what is in it is laid over one by one. The skeleton of
//! the machine lies between too, so that root can write where root can.

use super::{
    Error, failed, failed_at, mount_points,
    mounts::{self, SCRATCH, below, bind, directory, read_only},
};
use crate::sys::own_machine;
use nix::mount::MsFlags;
use std::{
    fs::{self, File},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

/// Lays the host's files over, below `root`.
pub(super) fn lay(root: &Path, images: &[PathBuf]) -> Result<(), Error> {
    if own_machine::is_own() {
        let points = mount_points::all().map_err(failed("read the mounts"))?;
        // What is mounted below another one's mount is not seen.
        let points: Vec<_> = points.into_iter().filter(|point| !is_below(point, "/etc")).collect();
        // What becomes the root must be a mount.
        bind(root, root)?;
        return lay_apart(Path::new("/"), root, (&points, images));
    }
    overlay(Path::new("/"), root, images)?;
    for path in mount_points::further().map_err(failed("read the mounts"))? {
        // What cannot be laid over is shown as it is, and cannot be written to; if not even that, it is not shown.
        let _ = overlay_or_show(&path, &below(root, &path), images);
    }
    Ok(())
}

/// Lays a directory over, or if something is mounted in it, each thing in it.
fn lay_apart(path: &Path, root: &Path, (points, images): (&[PathBuf], &[PathBuf])) -> Result<(), Error> {
    let target = below(root, path);
    let mode = fs::metadata(path).map_or(0o755, |found| found.permissions().mode());
    directory(&target, mode)?;
    if mount_points::is_hidden(path) {
        return Ok(());
    }
    if !points.iter().any(|point| point != path && point.starts_with(path)) {
        let _ = overlay_or_show(path, &target, images);
        return Ok(());
    }
    // Of what cannot be read there is an empty directory.
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let (Ok(kind), inner) = (entry.file_type(), entry.path()) else { continue };
        let target = below(root, &inner);
        if kind.is_dir() {
            lay_apart(&inner, root, (points, images))?;
        } else if kind.is_symlink() {
            let link = fs::read_link(&inner).map_err(failed_at("read", &inner))?;
            symlink(link, &target).map_err(failed_at("make", &target))?;
        } else if kind.is_file() {
            File::create(&target).map_err(failed_at("make", &target))?;
            bind(&inner, &target).and_then(|()| read_only(&target))?;
        }
    }
    Ok(())
}

fn is_below(path: &Path, above: &str) -> bool {
    path != Path::new(above) && path.starts_with(above)
}

/// Lays an overlay over a directory, or shows it as it is, read-only.
fn overlay_or_show(path: &Path, target: &Path, images: &[PathBuf]) -> Result<(), Error> {
    overlay(path, target, images).or_else(|_| bind(path, target).and_then(|()| read_only(target)))
}

/// What the layer over the host's files at a path is called.
pub(super) fn name(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._".contains(&byte);
    let words =
        bytes.iter().map(|byte| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02x}") });
    words.collect::<String>() + "-upper"
}

/// Lays an overlay over `lower`, at `target`, and what images have of it between the two.
fn overlay(lower: &Path, target: &Path, images: &[PathBuf]) -> Result<(), Error> {
    let name = name(lower);
    let layers = Path::new(SCRATCH).join("layers");
    let (upper, work) = (layers.join(&name), layers.join(format!("{name}-work")));
    let between = images.iter().map(|image| image.join("layers").join(&name)).filter(|layer| layer.is_dir());
    let lowers = between.chain(own_machine::skeleton_of(lower)).chain([lower.to_owned()]);
    let lowers: Vec<_> = lowers.map(|layer| escaped(&layer)).collect();
    // The merged directory has the mode of the upper one.
    let mode = fs::metadata(lower).map_err(failed_at("examine", lower))?.permissions().mode();
    directory(&upper, mode)?;
    directory(&work, 0o755)?;
    // Only root on the host may keep the marks of an overlay where nobody else can write them.
    let marks = if own_machine::is_own() { ",userxattr" } else { "" };
    let (upper, work) = (upper.display(), work.display());
    let options = format!("lowerdir={},upperdir={upper},workdir={work}{marks}", lowers.join(":"));
    mounts::mount(Some(Path::new("overlay")), target, Some("overlay"), MsFlags::empty(), Some(&options))
        .map_err(failed(format!("lay an overlay over `{}`", lower.display())))
}

/// A path as an option of `overlay`.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace('\\', "\\\\").replace(':', "\\:").replace(',', "\\,")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_option() {
        assert_eq!(name(Path::new("/mnt/a b-c.d")), "%2fmnt%2fa%20b%2dc.d-upper");
        assert_eq!(escaped(Path::new("/a:b,c\\d")), "/a\\:b\\,c\\\\d");
    }
}
