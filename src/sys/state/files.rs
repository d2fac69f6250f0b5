//! Files that are read and written whole, in directories that only root can write to.

use super::{Error, Result};
use crate::sys::{directory, places};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, DirBuilder, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
};

/// What a file holds, if there is such a file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, error)),
    }
}

/// Puts a whole new file in the place of the old one, readable by everybody.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<()> {
    let directory = path.parent().expect("every file of a lab lies in its directory");
    let replace = || -> io::Result<()> {
        let mut file = tempfile::Builder::new().permissions(Permissions::from_mode(0o644)).tempfile_in(directory)?;
        file.write_all(content)?;
        file.as_file().set_permissions(Permissions::from_mode(0o644))?;
        file.persist(path)?;
        Ok(())
    };
    replace().map_err(|error| failed("write", path, error))
}

/// What a JSON file says, if there is such a file.
pub(super) fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Option<T>> {
    let parse = |content: Vec<u8>| serde_json::from_slice(&content);
    let directory = path.parent().and_then(Path::file_name).unwrap_or_default();
    let corrupt = |source| Error::Corrupt { lab: directory.display().to_string(), path: path.into(), source };
    read(path)?.map(parse).transpose().map_err(corrupt)
}

/// Replaces a JSON file.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let text = serde_json::to_vec(value).expect("the types of the state have only keys that JSON can have");
    write(path, &text)
}

/// The names in a directory, sorted; none if there is no such directory.
pub(super) fn names(path: &Path) -> Result<Vec<String>> {
    directory::names(path).map_err(|error| failed("list", path, error))
}

/// Refuses a directory, if there is one, into which somebody else can have put something.
pub(super) fn trust(path: &Path) -> Result<()> {
    let is_there = path.symlink_metadata().is_ok();
    if is_there && !places::is_trusted(path) { Err(places::Error::Untrusted(path.into()).into()) } else { Ok(()) }
}

/// Makes a directory, or takes the one that is there if nobody but root can have put anything into it.
pub(super) fn own_directory(path: &Path) -> Result<()> {
    match DirBuilder::new().mode(0o755).create(path) {
        // The mode again, because the umask may have taken from it.
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(0o755)).map_err(|error| failed("make", path, error)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if places::is_trusted(path) {
                Ok(())
            } else {
                Err(places::Error::Untrusted(path.into()).into())
            }
        }
        Err(error) => Err(failed("make", path, error)),
    }
}

/// An I/O error with what was tried.
pub(super) fn failed(action: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { action, path: path.into(), source }
}
