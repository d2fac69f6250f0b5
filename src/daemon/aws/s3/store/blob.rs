//! Bytes in a file that is written once. The file ends with its last reader, once nothing has it any more.

use hyper::body::Bytes;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{fs::File, io::AsyncWriteExt};

/// How much of the file system stays free for others: a fifth, or so many bytes if that is less.
const LEFT: u64 = 5;
const LEFT_BYTES: u64 = 256 << 20;
/// After how many bytes it is looked at again.
const LOOK: u64 = 1 << 20;

/// Bytes in a file.
#[derive(Debug)]
pub(in super::super) struct Blob {
    path: PathBuf,
    size: u64,
    /// Whether the file goes with this value: as long as no object is written that has it, and again once none has.
    doomed: AtomicBool,
}

impl Blob {
    /// A file that an object has.
    pub(super) fn kept(path: PathBuf, size: u64) -> Self {
        Self { path, size, doomed: AtomicBool::new(false) }
    }

    /// The same bytes under a name of their own.
    pub(super) fn link(&self, directory: &Path) -> io::Result<Arc<Self>> {
        let path = directory.join(new_name());
        fs::hard_link(&self.path, &path)?;
        Ok(Arc::new(Self { path, size: self.size, doomed: AtomicBool::new(true) }))
    }

    /// An object has it from now on.
    pub(super) fn keep(&self) {
        self.doomed.store(false, Ordering::Relaxed);
    }

    /// No object has it any more.
    pub(super) fn doom(&self) {
        self.doomed.store(true, Ordering::Relaxed);
    }

    pub(in super::super) fn path(&self) -> &Path {
        &self.path
    }

    pub(in super::super) fn size(&self) -> u64 {
        self.size
    }
}

impl Drop for Blob {
    fn drop(&mut self) {
        if *self.doomed.get_mut() {
            // Its bucket may be gone already, and this with it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Bytes that are being written. Dropped before the end, they are gone.
#[derive(Debug)]
pub(in super::super) struct Writing {
    file: File,
    blob: Blob,
}

impl Writing {
    pub(super) async fn begin(directory: &Path) -> io::Result<Self> {
        has_room(directory)?;
        let path = directory.join(new_name());
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path).await?;
        Ok(Self { file, blob: Blob { path, size: 0, doomed: AtomicBool::new(true) } })
    }

    pub(in super::super) async fn write(&mut self, bytes: &Bytes) -> io::Result<()> {
        let before = self.blob.size / LOOK;
        self.blob.size += bytes.len() as u64;
        if self.blob.size / LOOK != before {
            has_room(&self.blob.path)?;
        }
        self.file.write_all(bytes).await
    }

    /// How much there is so far.
    pub(in super::super) fn size(&self) -> u64 {
        self.blob.size
    }

    pub(in super::super) async fn end(mut self) -> io::Result<Arc<Blob>> {
        self.file.flush().await?;
        Ok(Arc::new(self.blob))
    }
}

/// Whether the file system has so much left that others who write to it are not harmed.
fn has_room(path: &Path) -> io::Result<()> {
    let system = rustix::fs::statvfs(path)?;
    let left = (system.f_blocks.saturating_mul(system.f_frsize) / LEFT).min(LEFT_BYTES);
    if system.f_bavail.saturating_mul(system.f_frsize) < left { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
}

/// A name that no other has, for a file or an upload.
pub(super) fn new_name() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("Linux has random numbers");
    super::hex(&bytes)
}
