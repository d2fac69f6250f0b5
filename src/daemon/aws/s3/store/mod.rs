//! What S3 keeps: buckets and objects as files of the lab's own, and an index of them in memory.
//!
//! ```text
//! ROOT/BUCKET/bucket.json             when it was made, and whether the topology declares it
//! ROOT/BUCKET/objects/SHA256(KEY).json  what is known of an object: its key, headers, checksums, and its blobs
//! ROOT/BUCKET/blobs/RANDOM            bytes; an object's, or a part's of one
//! ```
//!
//! No part of a path is a client's text but a bucket's name, which is a plain file name by S3's own rules. So no key
//! leads out of the store, each key of up to 1,024 bytes has a place, and `a` and `a/b` are two objects. Blobs are
//! never written again: who reads an object goes on with what it was. Files are written whole or not at all; what
//! a daemon that was killed left unfinished is removed when the next one opens the store. Uploads in parts live as
//! long as the daemon.

mod blob;
mod listing;
mod object;
mod upload;

pub(super) use blob::{Blob, Writing};
pub(super) use listing::{Query, list};
pub(super) use object::{About, Headers, Object, hex};
pub(super) use upload::{Part, Upload};

use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};
use time::OffsetDateTime;

/// How many buckets an account has at most, unless it asks AWS for more.
const BUCKETS: usize = 100;

/// All buckets of a lab.
#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

/// A bucket.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    pub(super) record: BucketRecord,
    pub(super) objects: BTreeMap<String, Arc<Object>>,
    pub(super) uploads: BTreeMap<String, Upload>,
}

/// What is kept of a bucket beside its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BucketRecord {
    #[serde(with = "time::serde::timestamp")]
    pub(super) created: OffsetDateTime,
    /// Whether it is in the topology.
    pub(super) declared: bool,
}

impl Default for BucketRecord {
    fn default() -> Self {
        Self { created: now(), declared: false }
    }
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("there is no such bucket")]
    NoSuchBucket,
    #[error("the bucket is there already")]
    BucketAlreadyOwnedByYou,
    #[error("an account has {BUCKETS} buckets at most")]
    TooManyBuckets,
    #[error("the bucket is not empty")]
    BucketNotEmpty,
    #[error("there is no such upload")]
    NoSuchUpload,
    #[error("the object is not as the request says")]
    PreconditionFailed,
    #[error("the disk refused")]
    Io(#[from] io::Error),
}

impl Store {
    /// Opens what is there, or begins anew. Whatever is no whole object is removed.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        make_directory(root)?;
        let mut buckets = BTreeMap::new();
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            match load(&entry.path()) {
                Ok(bucket) => drop(buckets.insert(name, bucket)),
                Err(error) => {
                    tracing::warn!(bucket = name, %error, "a bucket cannot be read and is removed");
                    fs::remove_dir_all(entry.path())?;
                }
            }
        }
        Ok(Self { root: root.to_owned(), buckets: Mutex::new(buckets) })
    }

    /// Makes the buckets that the topology declares, and removes those that it no longer does, unless something is in
    /// them. Whether it once declared them is kept with them.
    pub(super) fn declare<'a>(&self, names: impl Iterator<Item = &'a str>) -> io::Result<()> {
        let names: BTreeSet<_> = names.collect();
        let mut buckets = self.lock();
        for name in &names {
            let bucket = match buckets.get(*name) {
                Some(bucket) if bucket.record.declared => continue,
                Some(bucket) => BucketRecord { declared: true, ..bucket.record },
                None => BucketRecord { declared: true, ..BucketRecord::default() },
            };
            self.make(name, bucket)?;
            buckets.entry((*name).to_owned()).or_default().record = bucket;
        }
        let gone = |(name, bucket): (&String, &Bucket)| {
            let gone = bucket.record.declared && !names.contains(name.as_str()) && bucket.objects.is_empty();
            gone.then(|| name.clone())
        };
        for name in buckets.iter().filter_map(gone).collect::<Vec<_>>() {
            buckets.remove(&name);
            fs::remove_dir_all(self.directory(&name))?;
        }
        Ok(())
    }

    /// Makes a bucket, as `CreateBucket` does.
    pub(super) fn create_bucket(&self, name: &str) -> Result<(), Refusal> {
        let mut buckets = self.lock();
        if buckets.contains_key(name) {
            return Err(Refusal::BucketAlreadyOwnedByYou);
        }
        if buckets.len() >= BUCKETS {
            return Err(Refusal::TooManyBuckets);
        }
        let bucket = Bucket::default();
        self.make(name, bucket.record)?;
        buckets.insert(name.to_owned(), bucket);
        Ok(())
    }

    /// Removes a bucket in which nothing is.
    pub(super) fn delete_bucket(&self, name: &str) -> Result<(), Refusal> {
        let mut buckets = self.lock();
        if !buckets.get(name).ok_or(Refusal::NoSuchBucket)?.objects.is_empty() {
            return Err(Refusal::BucketNotEmpty);
        }
        buckets.remove(name);
        Ok(fs::remove_dir_all(self.directory(name))?)
    }

    /// The buckets by name, each with when it was made.
    pub(super) fn buckets(&self) -> Vec<(String, OffsetDateTime)> {
        self.lock().iter().map(|(name, bucket)| (name.clone(), bucket.record.created)).collect()
    }

    /// Looks into a bucket.
    pub(super) fn with<T>(&self, bucket: &str, look: impl FnOnce(&mut Bucket) -> T) -> Result<T, Refusal> {
        self.lock().get_mut(bucket).map(look).ok_or(Refusal::NoSuchBucket)
    }

    /// An object of a bucket.
    pub(super) fn object(&self, bucket: &str, key: &str) -> Result<Option<Arc<Object>>, Refusal> {
        self.with(bucket, |bucket| bucket.objects.get(key).cloned())
    }

    /// Begins to write bytes that may become an object's of a bucket.
    pub(super) async fn write(&self, bucket: &str) -> Result<Writing, Refusal> {
        self.with(bucket, |_| ())?;
        Ok(Writing::begin(&self.directory(bucket).join("blobs")).await?)
    }

    /// Copies an object's blobs, which takes neither time nor space: they are never written again.
    pub(super) fn link(&self, bucket: &str, object: &Object) -> Result<Vec<Arc<Blob>>, Refusal> {
        let directory = self.directory(bucket).join("blobs");
        self.with(bucket, |_| object.blobs.iter().map(|blob| blob.link(&directory)).collect::<io::Result<_>>())?
            .map_err(Refusal::Io)
    }

    /// Puts an object in its place, if what is there now is what `expected` wants.
    pub(super) fn put(
        &self,
        bucket: &str,
        object: Object,
        expected: impl FnOnce(Option<&Object>) -> bool,
    ) -> Result<Arc<Object>, Refusal> {
        let mut buckets = self.lock();
        let of = buckets.get_mut(bucket).ok_or(Refusal::NoSuchBucket)?;
        if !expected(of.objects.get(&object.about.key).map(Arc::as_ref)) {
            return Err(Refusal::PreconditionFailed);
        }
        object.save(&self.directory(bucket).join("objects"))?;
        object.blobs.iter().for_each(|blob| blob.keep());
        let object = Arc::new(object);
        if let Some(old) = of.objects.insert(object.about.key.clone(), object.clone()) {
            old.doom();
        }
        Ok(object)
    }

    /// Removes an object; none is as good.
    pub(super) fn delete(&self, bucket: &str, key: &str) -> Result<(), Refusal> {
        let mut buckets = self.lock();
        let of = buckets.get_mut(bucket).ok_or(Refusal::NoSuchBucket)?;
        if of.objects.contains_key(key) {
            object::remove(&self.directory(bucket).join("objects"), key)?;
            of.objects.remove(key).iter().for_each(|object| object.doom());
        }
        Ok(())
    }

    fn make(&self, name: &str, record: BucketRecord) -> io::Result<()> {
        let directory = self.directory(name);
        make_directory(&directory.join("objects"))?;
        make_directory(&directory.join("blobs"))?;
        write_json(&directory, "bucket.json", &record)
    }

    fn directory(&self, bucket: &str) -> PathBuf {
        self.root.join(bucket)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        // What a panic left is still whole: each change is one insertion or removal.
        self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A bucket as its directory has it. Blobs that no object has are removed.
fn load(directory: &Path) -> io::Result<Bucket> {
    let record = serde_json::from_slice(&fs::read(directory.join("bucket.json"))?)?;
    let mut bucket = Bucket { record, ..Bucket::default() };
    for entry in fs::read_dir(directory.join("objects"))? {
        match Object::load(&entry?.path(), &directory.join("blobs")) {
            Ok(object) => drop(bucket.objects.insert(object.about.key.clone(), Arc::new(object))),
            Err(error) => tracing::warn!(%error, "an object of a bucket cannot be read"),
        }
    }
    let blobs = bucket.objects.values().flat_map(|object| &object.blobs);
    let known: BTreeSet<_> = blobs.map(|blob| blob.path().to_owned()).collect();
    for entry in fs::read_dir(directory.join("blobs"))? {
        let path = entry?.path();
        if !known.contains(&path) {
            fs::remove_file(path)?;
        }
    }
    Ok(bucket)
}

/// Makes a directory that only root can look into, and those above it.
fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes a file whole or not at all.
fn write_json(directory: &Path, name: &str, value: &impl Serialize) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer(&mut file, value)?;
    file.persist(directory.join(name))?;
    Ok(())
}

/// The time as S3 tells it: in whole seconds.
pub(super) fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now)
}

#[cfg(test)]
mod tests;
