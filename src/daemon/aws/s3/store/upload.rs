//! Uploads in parts that are under way.

use super::{
    Headers, Refusal, Store,
    blob::{Blob, new_name},
    now,
};
use std::{collections::BTreeMap, sync::Arc};
use time::OffsetDateTime;

/// An upload in parts.
#[derive(Debug, Clone)]
pub(in super::super) struct Upload {
    pub(in super::super) key: String,
    pub(in super::super) initiated: OffsetDateTime,
    pub(in super::super) headers: Headers,
    /// The algorithm of its checksums, and whether the object's is that of its parts' checksums.
    pub(in super::super) checksum: (String, bool),
    pub(in super::super) parts: BTreeMap<i32, Part>,
}

/// A part of an object that is to be.
#[derive(Debug, Clone)]
pub(in super::super) struct Part {
    pub(in super::super) blob: Arc<Blob>,
    pub(in super::super) modified: OffsetDateTime,
    pub(in super::super) md5: [u8; 16],
    /// By the upload's algorithm.
    pub(in super::super) checksum: String,
}

impl Store {
    /// Begins an upload, and gives its id.
    pub(in super::super) fn begin_upload(
        &self,
        bucket: &str,
        key: String,
        headers: Headers,
        checksum: (String, bool),
    ) -> Result<String, Refusal> {
        let id = new_name();
        let upload = Upload { key, initiated: now(), headers, checksum, parts: BTreeMap::new() };
        self.with(bucket, |bucket| bucket.uploads.insert(id.clone(), upload))?;
        Ok(id)
    }

    /// An upload as it is now.
    pub(in super::super) fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<Upload, Refusal> {
        let find = |bucket: &mut super::Bucket| bucket.uploads.get(id).filter(|upload| upload.key == key).cloned();
        self.with(bucket, find)?.ok_or(Refusal::NoSuchUpload)
    }

    /// Adds a part, or replaces it.
    pub(in super::super) fn put_part(&self, bucket: &str, id: &str, number: i32, part: Part) -> Result<(), Refusal> {
        let put =
            |bucket: &mut super::Bucket| bucket.uploads.get_mut(id).map(|upload| upload.parts.insert(number, part));
        self.with(bucket, put)?.map(drop).ok_or(Refusal::NoSuchUpload)
    }

    /// Ends an upload. The parts that nobody has are gone with it.
    pub(in super::super) fn end_upload(&self, bucket: &str, key: &str, id: &str) -> Result<(), Refusal> {
        self.upload(bucket, key, id)?;
        self.with(bucket, |bucket| bucket.uploads.remove(id))?.map(drop).ok_or(Refusal::NoSuchUpload)
    }
}
