//! Conditions of requests: entity tags and dates.

use super::{refusal::error, store::Object};
use hyper::{HeaderMap, StatusCode};
use s3s::{
    S3Error, S3ErrorCode, S3Result,
    dto::{ETag, ETagCondition, Timestamp, TimestampFormat},
};
use time::OffsetDateTime;

/// Whether an object is as a request to read it says (RFC 9110, section 13.2.2).
pub(super) fn to_read(headers: &HeaderMap, object: &Object) -> S3Result<()> {
    let [is_wrong, is_known] =
        outcome(headers, object, ["if-match", "if-unmodified-since", "if-none-match", "if-modified-since"]);
    if is_wrong {
        return Err(error(S3ErrorCode::PreconditionFailed));
    }
    if is_known {
        let mut known = S3Error::new(S3ErrorCode::NotModified);
        known.set_status_code(StatusCode::NOT_MODIFIED);
        if let Ok(tag) = ETag::Strong(object.about.e_tag.clone()).to_http_header() {
            known.set_headers([(hyper::header::ETAG, tag)].into_iter().collect());
        }
        return Err(known);
    }
    Ok(())
}

/// Whether an object is as a request to copy it says.
pub(super) fn to_copy(headers: &HeaderMap, object: &Object) -> S3Result<()> {
    let names = [
        "x-amz-copy-source-if-match",
        "x-amz-copy-source-if-unmodified-since",
        "x-amz-copy-source-if-none-match",
        "x-amz-copy-source-if-modified-since",
    ];
    let outcome = outcome(headers, object, names);
    if outcome.contains(&true) { Err(error(S3ErrorCode::PreconditionFailed)) } else { Ok(()) }
}

/// Whether the object that is there is as a request to write it says.
pub(super) fn to_write(
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
) -> S3Result<impl FnOnce(Option<&Object>) -> bool> {
    if if_none_match.as_ref().is_some_and(|condition| !condition.is_any()) {
        return Err(error(S3ErrorCode::NotImplemented));
    }
    Ok(move |object: Option<&Object>| match (if_match, object) {
        (Some(condition), object) => object.is_some_and(|object| is_one_of(&object.about.e_tag, &condition)),
        (None, Some(_)) => if_none_match.is_none(),
        (None, None) => true,
    })
}

/// Whether a condition does not hold, and whether what the client has is the newest.
fn outcome(headers: &HeaderMap, object: &Object, names: [&str; 4]) -> [bool; 2] {
    let [if_match, unmodified, none_match, modified] =
        names.map(|name| headers.get(name).map(hyper::header::HeaderValue::as_bytes));
    let tag = |value: &[u8]| {
        let tags = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        tags.filter_map(|tag| ETagCondition::parse_http_header(tag).ok())
            .any(|tag| is_one_of(&object.about.e_tag, &tag))
    };
    let since = |value: Option<&[u8]>| {
        let date = Timestamp::parse(TimestampFormat::HttpDate, std::str::from_utf8(value?).ok()?).ok()?;
        Some(object.about.modified > OffsetDateTime::from(date))
    };
    let is_wrong = match if_match {
        Some(value) => !tag(value),
        None => since(unmodified) == Some(true),
    };
    let is_known = match none_match {
        Some(value) => tag(value),
        None => since(modified) == Some(false),
    };
    [is_wrong, is_known]
}

fn is_one_of(tag: &str, condition: &ETagCondition) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.value() == tag,
    }
}
