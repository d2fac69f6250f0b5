//! `/etc/netns/NAME/`: the files that `ip netns exec`, and our own `exec`, lay over those in `/etc`.
//!
//! They are written in place: what runs in the namespace has the file itself mounted, and sees the new content.

use super::places;
use crate::spec::NetnsName;
use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

const ROOT: &str = "/etc/netns";

/// Whether there is a directory for the namespace, whoever made it.
pub fn is_there(name: &NetnsName) -> bool {
    directory(name).symlink_metadata().is_ok()
}

/// The names in `/etc/netns`, whoever made them, sorted.
pub fn names() -> io::Result<Vec<String>> {
    super::directory::names(Path::new(ROOT))
}

/// The files of a namespace; what is not text shows as empty, which no wanted file is.
pub fn read(name: &NetnsName) -> io::Result<BTreeMap<String, String>> {
    let names = super::directory::names(&directory(name))?;
    Ok(names
        .into_iter()
        .map(|file| (file.clone(), fs::read_to_string(directory(name).join(file)).unwrap_or_default()))
        .collect())
}

/// A file of a namespace, and when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// Its name in `/etc`.
    pub name: String,
    /// Its text.
    pub content: String,
    /// When it was written last.
    pub written: SystemTime,
}

/// The files of a namespace, and when they were written.
pub fn read_dated(name: &NetnsName) -> io::Result<Vec<Dated>> {
    let dated = |(file, content): (String, String)| {
        let written = fs::metadata(directory(name).join(&file))?.modified()?;
        Ok(Dated { name: file, content, written })
    };
    read(name)?.into_iter().map(dated).collect()
}

/// Writes a file that everybody can read, whatever the umask of whoever runs this.
pub fn write(name: &NetnsName, file: &str, content: &str) -> io::Result<()> {
    let directory = directory(name);
    make(&directory)?;
    let path = directory.join(file);
    fs::write(&path, content)?;
    fs::set_permissions(path, Permissions::from_mode(0o644))
}

/// Makes a directory, and the one above, which the last lab that went may have taken with it.
fn make(directory: &Path) -> io::Result<()> {
    loop {
        match (DirBuilder::new().mode(0o755).create(directory), directory.parent()) {
            (Ok(()), _) => return fs::set_permissions(directory, Permissions::from_mode(0o755)),
            // What somebody else made may lead anywhere.
            (Err(error), _) if error.kind() == io::ErrorKind::AlreadyExists => return places::trust(directory),
            (Err(error), Some(above)) if error.kind() == io::ErrorKind::NotFound => make(above)?,
            (Err(error), _) => return Err(error),
        }
    }
}

/// Deletes a file.
pub fn delete(name: &NetnsName, file: &str) -> io::Result<()> {
    fs::remove_file(directory(name).join(file))
}

/// Deletes the directory of a namespace, and `/etc/netns` itself after the last.
pub fn delete_all(name: &NetnsName) -> io::Result<()> {
    match fs::remove_dir_all(directory(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Fails as long as there are others.
    let _ = fs::remove_dir(ROOT);
    Ok(())
}

fn directory(name: &NetnsName) -> PathBuf {
    Path::new(ROOT).join(name.as_str())
}
