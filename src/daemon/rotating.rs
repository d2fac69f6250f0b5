//! A log file that cannot fill the machine: at its limit it becomes `NAME.1`, in the place of the last one.
//!
//! Labs live in `/run`, which is memory. A log takes at most twice its limit.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The size at which a log is put aside.
const LIMIT: u64 = 8 << 20;

/// A log that cannot grow without end, for whatever writes it.
pub fn open(path: &Path) -> io::Result<impl Write + Send + use<>> {
    RotatingFile::open(path)
}

/// A log file, open for appending.
#[derive(Debug)]
pub(super) struct RotatingFile {
    path: PathBuf,
    file: File,
    size: u64,
    limit: u64,
}

impl RotatingFile {
    /// Opens the log, and makes it and its directory where they are missing.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Self::with_limit(path, LIMIT)
    }

    fn with_limit(path: &Path, limit: u64) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let file = append(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.into(), file, size, limit })
    }

    fn rotate(&mut self) -> io::Result<()> {
        let mut old = self.path.clone().into_os_string();
        old.push(".1");
        fs::rename(&self.path, old)?;
        self.file = append(&self.path)?;
        self.size = 0;
        Ok(())
    }
}

impl Write for RotatingFile {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        if self.size > 0 && self.size + lines.len() as u64 > self.limit {
            self.rotate()?;
        }
        let written = self.file.write(lines)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_and_the_last_one_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hosts/web/access_log");
        let mut log = RotatingFile::with_limit(&path, 10).unwrap();
        for line in ["first\n", "2nd\n", "third\n", "fourth\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "fourth\n");
        assert_eq!(fs::read_to_string(path.with_extension("1")).unwrap(), "third\n");
        drop(log);
        let mut log = RotatingFile::with_limit(&path, 10).unwrap();
        log.write_all(b"5th\n").unwrap();
        assert_eq!(fs::read_to_string(path.with_extension("1")).unwrap(), "fourth\n", "sizes survive the process");
    }
}
