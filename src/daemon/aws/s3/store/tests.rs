//! Tests of the store, on a directory of their own.

use super::*;
use hyper::body::Bytes;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

const BUCKET: &str = "lab";

fn store() -> (TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("s3")).unwrap();
    store.create_bucket(BUCKET).unwrap();
    (directory, store)
}

async fn put(store: &Store, key: &str, pieces: &[&str]) -> Arc<Object> {
    let mut blobs = Vec::new();
    for piece in pieces {
        let mut writing = store.write(BUCKET).await.unwrap();
        writing.write(&Bytes::copy_from_slice(piece.as_bytes())).await.unwrap();
        blobs.push(writing.end().await.unwrap());
    }
    let about = About {
        key: key.into(),
        modified: now(),
        e_tag: key.into(),
        headers: Headers { content_type: Some("text/x".into()), ..Headers::default() },
        checksum: Some(("CRC32".into(), "AAAAAA==".into())),
    };
    store.put(BUCKET, Object { about, blobs }, |_| true).unwrap()
}

fn text(store: &Store, key: &str) -> Option<String> {
    let object = store.object(BUCKET, key).unwrap()?;
    Some(object.blobs.iter().map(|blob| fs::read_to_string(blob.path()).unwrap()).collect())
}

/// Everything in the store's directory and above it, with what it is.
fn files(directory: &TempDir) -> Vec<PathBuf> {
    fn below(path: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { below(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    below(directory.path(), &mut found);
    found
}

#[tokio::test]
async fn no_key_leads_out_of_the_store_and_each_is_an_object_of_its_own() {
    let (directory, store) = store();
    let long = "k".repeat(1024);
    let keys = [
        "a",
        "a/",
        "a/b",
        "a/b/c",
        "../../escape",
        "/etc/passwd",
        "..",
        ".",
        "a/../b",
        "a//b",
        "bucket.json",
        "nul\0",
        "ü 😀",
        "%2e%2e",
        "new\nline",
        long.as_str(),
    ];
    for key in keys {
        put(&store, key, &[key]).await;
    }
    for key in keys {
        assert_eq!(text(&store, key).as_deref(), Some(key), "{key:?}");
    }
    let inside = directory.path().join("s3").join(BUCKET);
    assert!(files(&directory).iter().all(|path| path.starts_with(&inside)));
    for key in keys {
        store.delete(BUCKET, key).unwrap();
        assert_eq!(text(&store, key), None);
    }
    assert_eq!(files(&directory), [inside.join("bucket.json")]);
}

#[tokio::test]
async fn what_is_read_is_whole_though_it_is_overwritten_or_deleted() {
    let (directory, store) = store();
    put(&store, "key", &["old"]).await;
    let read = store.object(BUCKET, "key").unwrap().unwrap();
    put(&store, "key", &["new"]).await;
    assert_eq!(fs::read_to_string(read.blobs[0].path()).unwrap(), "old");
    drop(read);
    let read = store.object(BUCKET, "key").unwrap().unwrap();
    store.delete(BUCKET, "key").unwrap();
    assert_eq!(fs::read_to_string(read.blobs[0].path()).unwrap(), "new");
    drop(read);
    assert_eq!(files(&directory).len(), 1, "{:?}", files(&directory));
}

#[tokio::test]
async fn the_next_daemon_finds_objects_as_they_were_and_no_more() {
    let (directory, store) = store();
    put(&store, "whole", &["in ", "two"]).await;
    put(&store, "other", &["x"]).await;
    let before = store.object(BUCKET, "whole").unwrap().unwrap().about.clone();
    // As of a daemon that was killed while it wrote.
    let root = directory.path().join("s3");
    fs::write(root.join(BUCKET).join("blobs/left"), "half").unwrap();
    let unfinished = store.write(BUCKET).await.unwrap();
    std::mem::forget(unfinished);
    drop(store);
    let store = Store::open(&root).unwrap();
    assert_eq!(text(&store, "whole").as_deref(), Some("in two"));
    assert_eq!(store.object(BUCKET, "whole").unwrap().unwrap().about, before);
    assert_eq!(files(&directory).len(), 6, "{:?}", files(&directory));
}

#[tokio::test]
async fn a_damaged_object_is_none_and_takes_no_other_with_it() {
    let (directory, store) = store();
    put(&store, "damaged", &["bytes"]).await;
    put(&store, "good", &["bytes"]).await;
    let blob = store.object(BUCKET, "damaged").unwrap().unwrap().blobs[0].path().to_owned();
    fs::write(blob, "other length").unwrap();
    drop(store);
    let store = Store::open(&directory.path().join("s3")).unwrap();
    assert_eq!((text(&store, "damaged"), text(&store, "good").as_deref()), (None, Some("bytes")));
}

#[tokio::test]
async fn a_copy_stays_when_what_it_was_copied_from_goes() {
    let (directory, store) = store();
    let source = put(&store, "from", &["some ", "bytes"]).await;
    let blobs = store.link(BUCKET, &source).unwrap();
    let about = About { key: "to".into(), ..source.about.clone() };
    store.put(BUCKET, Object { about, blobs }, |_| true).unwrap();
    // Made, and not needed.
    drop(store.link(BUCKET, &source).unwrap());
    drop(source);
    store.delete(BUCKET, "from").unwrap();
    assert_eq!(text(&store, "to").as_deref(), Some("some bytes"));
    assert_eq!(files(&directory).len(), 4, "{:?}", files(&directory));
}

#[tokio::test]
async fn parts_are_gone_with_their_upload() {
    let (directory, store) = store();
    let id = store.begin_upload(BUCKET, "key".into(), Headers::default(), ("CRC32".into(), true)).unwrap();
    for number in [1, 1, 2] {
        let mut writing = store.write(BUCKET).await.unwrap();
        writing.write(&Bytes::from_static(b"part")).await.unwrap();
        let blob = writing.end().await.unwrap();
        let part = Part { blob, modified: now(), md5: [0; 16], checksum: String::new() };
        store.put_part(BUCKET, &id, number, part).unwrap();
    }
    assert_eq!(files(&directory).len(), 3);
    assert!(matches!(store.end_upload(BUCKET, "other", &id), Err(Refusal::NoSuchUpload)));
    store.end_upload(BUCKET, "key", &id).unwrap();
    assert!(matches!(store.end_upload(BUCKET, "key", &id), Err(Refusal::NoSuchUpload)));
    assert_eq!(files(&directory).len(), 1);
}

#[tokio::test]
async fn buckets_are_made_and_removed_as_the_topology_says_but_none_with_something_in_it() {
    let (directory, store) = store();
    let names = |store: &Store| store.buckets().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    store.declare(["declared", "full", BUCKET].into_iter()).unwrap();
    assert_eq!(names(&store), ["declared", "full", BUCKET]);
    drop(store);
    let store = Store::open(&directory.path().join("s3")).unwrap();
    store.create_bucket("own").unwrap();
    put(&store, "key", &["bytes"]).await;
    store.declare(["full"].into_iter()).unwrap();
    assert_eq!(names(&store), ["full", BUCKET, "own"]);
    store.declare(std::iter::empty()).unwrap();
    assert_eq!(names(&store), [BUCKET, "own"]);
    assert!(matches!(store.delete_bucket(BUCKET), Err(Refusal::BucketNotEmpty)));
    assert!(matches!(store.create_bucket(BUCKET), Err(Refusal::BucketAlreadyOwnedByYou)));
    store.delete(BUCKET, "key").unwrap();
    store.delete_bucket(BUCKET).unwrap();
    assert!(matches!(store.delete_bucket(BUCKET), Err(Refusal::NoSuchBucket)));
    assert_eq!(names(&store), ["own"]);
}

#[test]
fn nobody_but_root_looks_into_the_store() {
    let (directory, _store) = store();
    for path in ["s3", "s3/lab", "s3/lab/blobs"] {
        let mode = fs::metadata(directory.path().join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{path}");
    }
}
