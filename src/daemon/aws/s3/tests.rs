//! Tests of S3 as clients see it, without signatures: whoever asks may do all but what a test denies.

use super::access::Call;
use super::*;
use crate::daemon::aws::{Key, Principal};
use http_body_util::BodyExt;
use hyper::{HeaderMap, Method, StatusCode};
use std::sync::Mutex;
use tempfile::TempDir;

const HOST: &str = "s3.ap-northeast-2.amazonaws.com";

struct World {
    s3: S3,
    calls: Arc<Mutex<Vec<String>>>,
    _directory: TempDir,
}

fn caller() -> Caller {
    let source_ip = std::net::Ipv4Addr::LOCALHOST;
    Caller { principal: None, endpoint: None, vpc: None, vpc_source_ip: None, source_ip, secure: true }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl World {
    fn new() -> Self {
        Self::denying("nothing")
    }

    /// In which an action is denied.
    fn denying(action: &'static str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        store.declare(["lab"].into_iter()).unwrap();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = calls.clone();
        let allows = move |_: &Caller, call: &Call| {
            seen.lock().unwrap().push(format!("{} {}", call.action, call.resource));
            if call.action == action { Err("because the test says so".into()) } else { Ok(()) }
        };
        let key = |id: &str| {
            let token = Some("token".to_owned());
            let principal = Principal::Account("1".into());
            (id != "AKIAUNKNOWN").then(|| Key { secret: "secret".into(), token, principal, expired: id == "AKIAOLD" })
        };
        let policy_of = |_: &str| None;
        let s3 = S3::new(Arc::new(store), "ap-northeast-2", Arc::new(key), Arc::new(allows), Arc::new(policy_of));
        Self { s3, calls, _directory: directory }
    }

    async fn ask(&self, method: Method, uri: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(uri).header("content-length", body.len());
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", HOST);
        }
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = self.s3.answer_to(caller(), request.body(Body::from(body.to_owned())).unwrap()).await;
        let (parts, body) = answer.into_parts();
        let text = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&text).into_owned() }
    }

    async fn get(&self, uri: &str) -> Answer {
        self.ask(Method::GET, uri, &[], "").await
    }

    async fn put(&self, uri: &str, body: &str) -> Answer {
        self.ask(Method::PUT, uri, &[], body).await
    }

    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// What stands in the elements of this name.
    fn all(&self, name: &str) -> Vec<&str> {
        let (start, end) = (format!("<{name}>"), format!("</{name}>"));
        self.text.split(&start).skip(1).filter_map(|rest| rest.split_once(&end)).map(|(text, _)| text).collect()
    }

    #[track_caller]
    fn is(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.all("Code")), (status, vec![code]), "{}", self.text);
        assert!(!self.all("Message")[0].is_empty() && !self.all("RequestId")[0].is_empty(), "{}", self.text);
    }
}

#[tokio::test]
async fn an_object_is_told_as_it_was_said() {
    let world = World::new();
    let headers = [
        ("content-type", "text/x"),
        ("content-encoding", "aws-chunked,gzip"),
        ("cache-control", "no-cache"),
        ("expires", "Wed, 21 Oct 2015 07:28:00 GMT"),
        ("x-amz-meta-who", "me"),
    ];
    let answer = world.ask(Method::PUT, "/lab/dir/file%20one", &headers, "hello").await;
    assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, "\"5d41402abc4b2a76b9719d911017c592\""));
    for method in [Method::GET, Method::HEAD] {
        let answer = world.ask(method, "/lab/dir/file%20one", &[], "").await;
        assert_eq!(answer.header("content-encoding"), "gzip");
        for (name, value) in [headers[0], headers[2], headers[3], headers[4], ("content-length", "5")] {
            assert_eq!(answer.header(name), value);
        }
        assert!(answer.header("last-modified").ends_with("GMT") && answer.header("x-amz-request-id").len() == 16);
    }
    let (at, host) = ("/dir/file%20one", ("host", "lab.s3.ap-northeast-2.amazonaws.com"));
    assert_eq!(world.ask(Method::GET, at, &[host], "").await.text, "hello");
    assert_eq!(world.get("/lab/none").await.status, 404);
    world.get("/lab/none").await.is(404, "NoSuchKey");
    world.get("/other/none").await.is(404, "NoSuchBucket");
}

#[tokio::test]
async fn ranges_and_conditions_are_kept() {
    let world = World::new();
    world.put("/lab/a", "0123456789").await;
    for (range, status, text, told) in [
        ("bytes=0-0", 206, "0", "bytes 0-0/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=5-100", 206, "56789", "bytes 5-9/10"),
    ] {
        let answer = world.ask(Method::GET, "/lab/a", &[("range", range)], "").await;
        assert_eq!(
            (answer.status.as_u16(), answer.text.as_str(), answer.header("content-range")),
            (status, text, told)
        );
    }
    world.ask(Method::GET, "/lab/a", &[("range", "bytes=10-")], "").await.is(416, "InvalidRange");
    let tag = world.get("/lab/a").await.header("etag").to_owned();
    for (name, value, status) in [
        ("if-match", tag.as_str(), 200),
        ("if-match", "\"other\"", 412),
        ("if-none-match", tag.as_str(), 304),
        ("if-none-match", "\"other\"", 200),
        ("if-modified-since", "Wed, 21 Oct 2015 07:28:00 GMT", 200),
        ("if-unmodified-since", "Wed, 21 Oct 2015 07:28:00 GMT", 412),
    ] {
        assert_eq!(world.ask(Method::GET, "/lab/a", &[(name, value)], "").await.status, status, "{name}: {value}");
    }
    world.ask(Method::PUT, "/lab/a", &[("if-none-match", "*")], "x").await.is(412, "PreconditionFailed");
    world.ask(Method::PUT, "/lab/a", &[("if-match", "\"other\"")], "x").await.is(412, "PreconditionFailed");
    assert_eq!(world.ask(Method::PUT, "/lab/b", &[("if-none-match", "*")], "x").await.status, 200);
    assert_eq!(world.get("/lab/a").await.text, "0123456789");
}

#[tokio::test]
async fn lists_have_pages_prefixes_and_safe_keys() {
    let world = World::new();
    for key in ["a", "a/b", "a/c", "b", "d%0Ae", "f/"] {
        assert_eq!(world.put(&format!("/lab/{key}"), "x").await.status, 200);
    }
    let all = world.get("/lab?list-type=2&encoding-type=url").await;
    assert_eq!(all.all("Key"), ["a", "a/b", "a/c", "b", "d%0Ae", "f/"]);
    let (mut token, mut keys) = (String::new(), Vec::new());
    for _ in 0..5 {
        let page = world.get(&format!("/lab?list-type=2&max-keys=1&delimiter=/&encoding-type=url{token}")).await;
        keys.extend(page.all("Key").iter().map(ToString::to_string));
        keys.extend(page.all("CommonPrefixes").iter().map(ToString::to_string));
        token = match page.all("NextContinuationToken").first() {
            Some(next) => format!("&continuation-token={}", next.replace('+', "%2B").replace('=', "%3D")),
            None => break,
        };
    }
    assert_eq!(keys, ["a", "<Prefix>a/</Prefix>", "b", "d%0Ae", "<Prefix>f/</Prefix>"]);
    assert_eq!(world.get("/lab?prefix=a/&marker=a/b").await.all("Key"), ["a/c"]);
    world.get("/lab?list-type=2&max-keys=-1").await.is(400, "InvalidArgument");
    world.get("/lab?list-type=2&continuation-token=%21").await.is(400, "InvalidArgument");
    world.get("/none?list-type=2").await.is(404, "NoSuchBucket");
}

#[tokio::test]
async fn parts_become_an_object_whose_tag_says_how_many() {
    let world = World::new();
    let begun = world.ask(Method::POST, "/lab/big?uploads", &[("x-amz-meta-a", "b")], "").await;
    let id = begun.all("UploadId")[0].to_owned();
    let (first, second) = ("a".repeat(5 << 20), "b");
    let mut tags = Vec::new();
    for (number, part) in [(2, second), (1, first.as_str())] {
        let answer = world.put(&format!("/lab/big?uploadId={id}&partNumber={number}"), part).await;
        tags.insert(0, answer.header("etag").to_owned());
    }
    assert_eq!(world.get(&format!("/lab/big?uploadId={id}")).await.all("Size"), ["5242880", "1"]);
    assert_eq!(world.get("/lab?uploads").await.all("UploadId"), [id.as_str()]);
    let complete = |parts: &[(usize, &str)]| {
        let part =
            |(number, tag): &(usize, &str)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>");
        let parts: String = parts.iter().map(part).collect();
        format!(
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{parts}</CompleteMultipartUpload>"
        )
    };
    let end = format!("/lab/big?uploadId={id}");
    for (parts, code) in [
        (vec![(2, tags[1].as_str()), (1, tags[0].as_str())], "InvalidPartOrder"),
        (vec![(1, tags[1].as_str())], "InvalidPart"),
        (vec![(3, tags[1].as_str())], "InvalidPart"),
    ] {
        world.ask(Method::POST, &end, &[], &complete(&parts)).await.is(400, code);
    }
    let done = world.ask(Method::POST, &end, &[], &complete(&[(1, &tags[0]), (2, &tags[1])])).await;
    assert!(done.all("ETag")[0].ends_with("-2\""), "{}", done.text);
    let object = world.get("/lab/big").await;
    assert_eq!((object.text.len(), object.header("x-amz-meta-a")), (first.len() + 1, "b"));
    assert!(object.text.ends_with("ab"));
    let across = world.ask(Method::GET, "/lab/big", &[("range", "bytes=5242879-")], "").await;
    assert_eq!(across.text, "ab");
    assert_eq!(world.get("/lab/big?partNumber=2").await.text, "b");
    world.ask(Method::POST, &end, &[], &complete(&[(1, &tags[0])])).await.is(404, "NoSuchUpload");
}

#[tokio::test]
async fn what_was_damaged_on_its_way_is_refused() {
    let world = World::new();
    for (name, value, status) in [
        ("content-md5", "XUFAKrxLKna5cZ2REBfFkg==", 200),
        ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==", 400),
        ("x-amz-checksum-crc32", "NhCmhg==", 200),
        ("x-amz-checksum-crc32", "AAAAAA==", 400),
        ("x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", 200),
    ] {
        let answer = world.ask(Method::PUT, "/lab/a", &[(name, value)], "hello").await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
    }
    let headers = [("x-amz-checksum-mode", "ENABLED")];
    let answer = world.ask(Method::GET, "/lab/a", &headers, "").await;
    assert_eq!(answer.header("x-amz-checksum-sha256"), "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
}

#[tokio::test]
async fn each_operation_asks_for_its_action() {
    let world = World::new();
    world.put("/lab/a", "x").await;
    assert_eq!(world.calls(), ["s3:PutObject arn:aws:s3:::lab/a"]);
    world.get("/").await;
    world.get("/lab/a/../../b").await;
    world.ask(Method::HEAD, "/lab", &[], "").await;
    world.ask(Method::PUT, "/lab/b", &[("x-amz-copy-source", "lab/a")], "").await;
    let mut calls = world.calls();
    // That a key is not there is told to those only who may list.
    assert_eq!(calls.remove(2), "s3:ListBucket arn:aws:s3:::lab");
    assert_eq!(calls[..2], ["s3:ListAllMyBuckets *", "s3:GetObject arn:aws:s3:::lab/a/../../b"]);
    assert_eq!(
        calls[2..],
        ["s3:ListBucket arn:aws:s3:::lab", "s3:PutObject arn:aws:s3:::lab/b", "s3:GetObject arn:aws:s3:::lab/a"]
    );
    world.ask(Method::PUT, "/lab?acl", &[], "").await.is(501, "NotImplemented");
    world.get("/lab?versions").await.is(501, "NotImplemented");
    assert_eq!(world.calls(), [""; 0]);
}

#[tokio::test]
async fn what_is_denied_is_not_done() {
    let world = World::denying("s3:DeleteObject");
    world.put("/lab/a", "x").await;
    let answer = world.ask(Method::DELETE, "/lab/a", &[], "").await;
    answer.is(403, "AccessDenied");
    assert_eq!(answer.all("Message"), ["because the test says so"]);
    let several = "<Delete><Object><Key>a</Key></Object></Delete>";
    let answer = world.ask(Method::POST, "/lab?delete", &[], several).await;
    assert_eq!((answer.status.as_u16(), answer.all("Code")), (200, vec!["AccessDenied"]), "{}", answer.text);
    assert_eq!(world.get("/lab/a").await.text, "x");
    let world = World::denying("s3:GetObject");
    world.put("/lab/a", "x").await;
    world.ask(Method::PUT, "/lab/b", &[("x-amz-copy-source", "lab/a")], "").await.is(403, "AccessDenied");
    world.get("/lab/b").await.is(403, "AccessDenied");
    let world = World::denying("s3:ListBucket");
    world.get("/lab/none").await.is(403, "AccessDenied");
}

#[tokio::test]
async fn objects_are_deleted_together() {
    let world = World::new();
    world.put("/lab/a%26b", "x").await;
    world.ask(Method::DELETE, "/lab", &[], "").await.is(409, "BucketNotEmpty");
    let several = "<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>none</Key></Object></Delete>";
    let answer = world.ask(Method::POST, "/lab?delete", &[], several).await;
    assert_eq!(answer.all("Key"), ["a&amp;b", "none"], "{}", answer.text);
    assert_eq!(world.ask(Method::DELETE, "/lab/a", &[], "").await.status, 204);
    assert_eq!(world.ask(Method::DELETE, "/lab", &[], "").await.status, 204);
}

#[tokio::test]
async fn buckets_are_made_in_the_lab_s_region() {
    let world = World::new();
    let here = "<CreateBucketConfiguration><LocationConstraint>ap-northeast-2</LocationConstraint></CreateBucketConfiguration>";
    assert_eq!(world.put("/new-one", here).await.status, 200);
    world.put("/new-one", here).await.is(409, "BucketAlreadyOwnedByYou");
    world.put("/other", "").await.is(400, "IllegalLocationConstraintException");
    world
        .put("/other", &here.replace("ap-northeast-2", "us-west-2"))
        .await
        .is(400, "IllegalLocationConstraintException");
    world.put("/Other", here).await.is(400, "InvalidBucketName");
    assert_eq!(world.get("/").await.all("Name"), ["lab", "new-one"]);
    assert_eq!(world.get("/new-one?location").await.status, 200);
    let head = world.ask(Method::HEAD, "/new-one", &[], "").await;
    assert_eq!(head.header("x-amz-bucket-region"), "ap-northeast-2");
}

#[tokio::test]
async fn what_is_not_mirrored_is_refused_by_name() {
    let world = World::new();
    for (header, value, code, status) in [
        ("x-amz-tagging", "a=b", "NotImplemented", 501),
        ("x-amz-acl", "public-read", "AccessControlListNotSupported", 400),
        ("x-amz-server-side-encryption", "aws:kms", "NotImplemented", 501),
        ("x-amz-storage-class", "GLACIER", "NotImplemented", 501),
    ] {
        world.ask(Method::PUT, "/lab/a", &[(header, value)], "x").await.is(status, code);
    }
    let long = "x".repeat(2048);
    world.ask(Method::PUT, "/lab/a", &[("x-amz-meta-a", &long)], "x").await.is(400, "MetadataTooLarge");
    world.put(&format!("/lab/{}", "k".repeat(1025)), "x").await.is(400, "KeyTooLongError");
    world.get("/lab/a?versionId=1").await.is(400, "InvalidArgument");
}

#[tokio::test]
async fn a_wrong_key_region_token_or_signature_is_refused_by_its_name() {
    let world = World::new();
    let now = now_as_amz();
    let signed = |id: &str, region: &str| {
        format!(
            "AWS4-HMAC-SHA256 Credential={id}/{}/{region}/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=00",
            &now[..8]
        )
    };
    for (id, region, token, status, code) in [
        ("AKIAKNOWN", "us-east-1", Some("token"), 400, "AuthorizationHeaderMalformed"),
        ("AKIAUNKNOWN", "ap-northeast-2", Some("token"), 403, "InvalidAccessKeyId"),
        ("AKIAKNOWN", "ap-northeast-2", None, 403, "InvalidAccessKeyId"),
        ("AKIAKNOWN", "ap-northeast-2", Some("other"), 400, "InvalidToken"),
        ("AKIAOLD", "ap-northeast-2", Some("token"), 400, "ExpiredToken"),
        ("AKIAKNOWN", "ap-northeast-2", Some("token"), 403, "SignatureDoesNotMatch"),
    ] {
        let (authorization, now) = (signed(id, region), now.clone());
        let mut headers = vec![
            ("authorization", authorization.as_str()),
            ("x-amz-date", now.as_str()),
            ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ];
        headers.extend(token.map(|token| ("x-amz-security-token", token)));
        let answer = world.ask(Method::GET, "/lab", &headers, "").await;
        answer.is(status, code);
        assert_eq!(code == "AuthorizationHeaderMalformed", answer.all("Region") == ["ap-northeast-2"]);
    }
    assert_eq!(world.calls(), [""; 0]);
}

/// The time as signatures have it.
fn now_as_amz() -> String {
    let format = time::macros::format_description!("[year][month][day]T[hour][minute][second]Z");
    time::OffsetDateTime::now_utc().format(format).unwrap()
}
