//! Lists of objects.

use super::{
    Operations,
    bucket::owner,
    refusal::error,
    store::{self, Object, Query},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{
        self, CommonPrefix, ETag, EncodingType, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
        ListObjectsV2Output, ObjectStorageClass,
    },
};
use std::{fmt::Write, sync::Arc};

/// The longest page.
pub(super) const PAGE: i32 = 1000;

/// What both kinds of list tell.
struct Listed {
    contents: Vec<dto::Object>,
    common_prefixes: Vec<CommonPrefix>,
    next: Option<String>,
}

impl Operations {
    pub(super) fn list_objects_v2_(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        let token = match input.continuation_token.as_deref().map(|token| STANDARD.decode(token)) {
            None => None,
            Some(Ok(token)) => String::from_utf8(token).ok(),
            Some(Err(_)) => {
                let message = "The continuation token provided is incorrect";
                return Err(S3Error::with_message(S3ErrorCode::InvalidArgument, message));
            }
        };
        let limit = page_size(input.max_keys)?;
        let query = Query {
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: input.delimiter.as_deref(),
            after: token.as_deref().or(input.start_after.as_deref()),
            limit: usize::try_from(limit).unwrap_or_default(),
        };
        let encode = encoding(input.encoding_type.as_ref())?;
        let owner = input.fetch_owner == Some(true);
        let listed = self.listed(&input.bucket, query, encode, owner)?;
        let count = listed.contents.len() + listed.common_prefixes.len();
        Ok(S3Response::new(ListObjectsV2Output {
            key_count: i32::try_from(count).ok(),
            max_keys: Some(limit),
            is_truncated: Some(listed.next.is_some()),
            next_continuation_token: listed.next.map(|next| STANDARD.encode(next)),
            contents: Some(listed.contents),
            common_prefixes: Some(listed.common_prefixes),
            continuation_token: input.continuation_token,
            start_after: input.start_after.map(|text| encode(&text)),
            prefix: Some(encode(input.prefix.as_deref().unwrap_or_default())),
            delimiter: input.delimiter.map(|text| encode(&text)),
            encoding_type: input.encoding_type,
            name: Some(input.bucket),
            ..ListObjectsV2Output::default()
        }))
    }

    pub(super) fn list_objects_(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        let input = request.input;
        let limit = page_size(input.max_keys)?;
        let query = Query {
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: input.delimiter.as_deref(),
            after: input.marker.as_deref(),
            limit: usize::try_from(limit).unwrap_or_default(),
        };
        let encode = encoding(input.encoding_type.as_ref())?;
        let listed = self.listed(&input.bucket, query, encode, true)?;
        Ok(S3Response::new(ListObjectsOutput {
            max_keys: Some(limit),
            is_truncated: Some(listed.next.is_some()),
            // Without a delimiter it is the last key of the page.
            next_marker: listed.next.filter(|_| input.delimiter.is_some()).map(|next| encode(&next)),
            contents: Some(listed.contents),
            common_prefixes: Some(listed.common_prefixes),
            marker: Some(encode(input.marker.as_deref().unwrap_or_default())),
            prefix: Some(encode(input.prefix.as_deref().unwrap_or_default())),
            delimiter: input.delimiter.map(|text| encode(&text)),
            encoding_type: input.encoding_type,
            name: Some(input.bucket),
            ..ListObjectsOutput::default()
        }))
    }

    fn listed(&self, bucket: &str, query: Query<'_>, encode: fn(&str) -> String, owner: bool) -> S3Result<Listed> {
        let listed = self.store.with(bucket, |bucket| {
            let page = store::list(&bucket.objects, query);
            Listed {
                contents: page.contents.into_iter().map(|(key, object)| told(encode(key), object, owner)).collect(),
                common_prefixes: page.common_prefixes.into_iter().map(|prefix| common(encode(prefix))).collect(),
                next: page.next.map(str::to_owned),
            }
        })?;
        Ok(listed)
    }
}

fn told(key: String, object: &Arc<Object>, with_owner: bool) -> dto::Object {
    dto::Object {
        key: Some(key),
        last_modified: Some(object.about.modified.into()),
        e_tag: Some(ETag::Strong(object.about.e_tag.clone())),
        size: i64::try_from(object.size()).ok(),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        owner: with_owner.then(owner),
        ..dto::Object::default()
    }
}

pub(super) fn common(prefix: String) -> CommonPrefix {
    CommonPrefix { prefix: Some(prefix) }
}

/// How many of them a page may have.
pub(super) fn page_size(wanted: Option<i32>) -> S3Result<i32> {
    match wanted.unwrap_or(PAGE) {
        wanted if wanted < 0 => Err(S3Error::with_message(
            S3ErrorCode::InvalidArgument,
            "Argument maxKeys must be an integer between 0 and 2147483647",
        )),
        wanted => Ok(wanted.min(PAGE)),
    }
}

/// How keys are written, some of which XML cannot hold.
pub(super) fn encoding(wanted: Option<&EncodingType>) -> S3Result<fn(&str) -> String> {
    match wanted.map(EncodingType::as_str) {
        None => Ok(str::to_owned),
        Some(EncodingType::URL) => Ok(percent),
        Some(_) => Err(error(S3ErrorCode::InvalidArgument)),
    }
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => encoded.push(byte.into()),
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
        encoded
    })
}
