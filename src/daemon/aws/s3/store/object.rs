//! An object: what is known of it, and its bytes.

use super::blob::Blob;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt::Write, fs, io, path::Path, sync::Arc};
use time::OffsetDateTime;

/// An object.
#[derive(Debug)]
pub(in super::super) struct Object {
    pub(in super::super) about: About,
    /// Its bytes, in this order.
    pub(in super::super) blobs: Vec<Arc<Blob>>,
}

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct About {
    pub(in super::super) key: String,
    #[serde(with = "time::serde::timestamp")]
    pub(in super::super) modified: OffsetDateTime,
    /// Without quotes.
    pub(in super::super) e_tag: String,
    pub(in super::super) headers: Headers,
    /// Its checksum, by the name of the algorithm.
    pub(in super::super) checksum: Option<(String, String)>,
}

/// What a client says of an object, told again to whoever asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Headers {
    pub(in super::super) content_type: Option<String>,
    pub(in super::super) content_encoding: Option<String>,
    pub(in super::super) content_disposition: Option<String>,
    pub(in super::super) content_language: Option<String>,
    pub(in super::super) cache_control: Option<String>,
    pub(in super::super) expires: Option<String>,
    pub(in super::super) website_redirect_location: Option<String>,
    /// `x-amz-meta-…`.
    pub(in super::super) metadata: BTreeMap<String, String>,
}

/// What the file of an object says.
#[derive(Serialize, Deserialize)]
struct Record {
    about: About,
    /// File names and sizes.
    blobs: Vec<(String, u64)>,
}

impl Object {
    pub(in super::super) fn size(&self) -> u64 {
        self.blobs.iter().map(|blob| blob.size()).sum()
    }

    /// Nobody will find it any more.
    pub(super) fn doom(&self) {
        self.blobs.iter().for_each(|blob| blob.doom());
    }

    pub(super) fn save(&self, directory: &Path) -> io::Result<()> {
        let name = |blob: &Arc<Blob>| blob.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let blobs = self.blobs.iter().map(|blob| (name(blob), blob.size())).collect();
        super::write_json(directory, &file_name(&self.about.key), &Record { about: self.about.clone(), blobs })
    }

    pub(super) fn load(path: &Path, blobs: &Path) -> io::Result<Self> {
        let record: Record = serde_json::from_slice(&fs::read(path)?)?;
        let blob = |(name, size): (String, u64)| {
            let path = blobs.join(name);
            if fs::metadata(&path)?.len() != size {
                return Err(io::Error::other("a file of an object has not its length"));
            }
            Ok(Arc::new(Blob::kept(path, size)))
        };
        let blobs = record.blobs.into_iter().map(blob).collect::<io::Result<_>>()?;
        Ok(Self { about: record.about, blobs })
    }
}

/// Removes the file of an object.
pub(super) fn remove(directory: &Path, key: &str) -> io::Result<()> {
    fs::remove_file(directory.join(file_name(key)))
}

/// A key may be anything, a file name may not.
fn file_name(key: &str) -> String {
    format!("{}.json", hex(&Sha256::digest(key)))
}

/// Bytes in hexadecimal.
pub(in super::super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
