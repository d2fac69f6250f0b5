//! Operations on objects.

use super::{
    Operations, body,
    checksum::{self, DEFAULT, Digest},
    condition,
    refusal::error,
    store::{About, Headers, Object, now},
};
use s3s::{
    S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{
        Checksum, ChecksumType, CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, DeleteObjectInput,
        DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETag, Error, GetObjectInput,
        GetObjectOutput, GetObjectTaggingInput, GetObjectTaggingOutput, HeadObjectInput, HeadObjectOutput,
        MetadataDirective, PutObjectInput, PutObjectOutput, Range, ServerSideEncryption, Timestamp, TimestampFormat,
    },
};
use std::sync::Arc;

/// The longest metadata of an object, names and values together.
const MAX_METADATA: usize = 2 << 10;
/// The most keys of one `DeleteObjects`.
const MAX_DELETED: usize = 1000;

/// What a request says of an object that is to be; what is not mirrored is refused.
macro_rules! headers {
    ($input:expr) => {{
        let input = &$input;
        let is_unmirrored = input.tagging.is_some()
            || input.sse_customer_algorithm.is_some()
            || input.ssekms_key_id.is_some()
            || input.object_lock_mode.is_some()
            || input.object_lock_legal_hold_status.is_some()
            || input.storage_class.as_ref().is_some_and(|class| class.as_str() != "STANDARD")
            || input.server_side_encryption.as_ref().is_some_and(|encryption| encryption.as_str() != "AES256");
        if is_unmirrored {
            return Err(crate::daemon::aws::s3::refusal::error(s3s::S3ErrorCode::NotImplemented));
        }
        let acl = input.acl.as_ref().map(|acl| acl.as_str());
        let grants = [&input.grant_full_control, &input.grant_read, &input.grant_read_acp, &input.grant_write_acp];
        if acl.is_some_and(|acl| !["private", "bucket-owner-full-control"].contains(&acl))
            || grants.iter().any(|grant| grant.is_some())
        {
            return Err(crate::daemon::aws::s3::refusal::error(s3s::S3ErrorCode::AccessControlListNotSupported));
        }
        crate::daemon::aws::s3::object::checked(crate::daemon::aws::s3::store::Headers {
            content_type: input.content_type.clone(),
            content_encoding: crate::daemon::aws::s3::object::own_encoding(input.content_encoding.as_deref()),
            content_disposition: input.content_disposition.clone(),
            content_language: input.content_language.clone(),
            cache_control: input.cache_control.clone(),
            expires: input.expires.as_ref().map(crate::daemon::aws::s3::object::date),
            website_redirect_location: input.website_redirect_location.clone(),
            metadata: input.metadata.iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect(),
        })?
    }};
}
pub(super) use headers;

impl Operations {
    pub(super) async fn put_object_(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let input = request.input;
        let headers = headers!(input);
        if input.write_offset_bytes.is_some() {
            return Err(error(S3ErrorCode::NotImplemented));
        }
        let digest = Digest::of(&request.headers, DEFAULT)?;
        let (blob, sums) =
            body::receive(&self.store, &input.bucket, input.body, digest, request.trailing_headers).await?;
        let about = About {
            key: input.key,
            modified: now(),
            e_tag: super::store::hex(&sums.md5),
            headers,
            checksum: Some((sums.algorithm, sums.checksum)),
        };
        let expected = condition::to_write(input.if_match, input.if_none_match)?;
        let object = self.store.put(&input.bucket, Object { about, blobs: vec![blob] }, expected)?;
        let (checksum, checksum_type) = checksum_of(&object);
        Ok(S3Response::new(PutObjectOutput {
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            checksum_type,
            e_tag: Some(tag(&object)),
            server_side_encryption: encryption(),
            ..PutObjectOutput::default()
        }))
    }

    pub(super) fn get_object_(&self, request: &S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = &request.input;
        let object = self.found(request, &input.bucket, &input.key, input.version_id.as_deref())?;
        let size = object.size();
        let range = input.range.map(|range| range.check(size)).transpose().map_err(|_| out_of_range(size))?;
        let range = match input.part_number {
            Some(number) => Some(part(&object, number)?),
            None => range,
        };
        let asked = input.checksum_mode.is_some() && range.is_none();
        let told = told(&object, asked);
        let bytes = range.clone().unwrap_or(0..size);
        let mut response = S3Response::new(GetObjectOutput {
            body: Some(body::send(&object.blobs, bytes.clone())),
            content_length: i64::try_from(bytes.end - bytes.start).ok(),
            content_range: range.map(|range| format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1))),
            parts_count: input.part_number.and(i32::try_from(object.blobs.len()).ok()),
            ..get(told)
        });
        if input.part_number.is_some() {
            response.status = Some(hyper::StatusCode::PARTIAL_CONTENT);
        }
        Ok(response)
    }

    pub(super) fn head_object_(&self, request: &S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = &request.input;
        let object = self.found(request, &input.bucket, &input.key, input.version_id.as_deref())?;
        let size = object.size();
        let range = input.range.map(|range| range.check(size)).transpose().map_err(|_| out_of_range(size))?;
        let range = match input.part_number {
            Some(number) => Some(part(&object, number)?),
            None => range,
        };
        let mut told = told(&object, input.checksum_mode.is_some());
        let is_part = range.is_some();
        if let Some(range) = range {
            told.content_length = i64::try_from(range.end - range.start).ok();
            told.content_range = Some(format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1)));
            told.parts_count = input.part_number.and(i32::try_from(object.blobs.len()).ok());
        }
        let mut response = S3Response::new(told);
        response.status = is_part.then_some(hyper::StatusCode::PARTIAL_CONTENT);
        Ok(response)
    }

    /// None: to give an object tags is refused.
    pub(super) fn get_object_tagging_(
        &self,
        request: &S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        let input = &request.input;
        self.without_versions(input.version_id.as_deref())?;
        let object = self.store.object(&input.bucket, &input.key)?;
        object.ok_or_else(|| self.no_such_key(&request.extensions, &input.bucket))?;
        Ok(S3Response::new(GetObjectTaggingOutput::default()))
    }

    /// The object that is asked for, if it is as the request says.
    fn found<T>(
        &self,
        request: &S3Request<T>,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> S3Result<Arc<Object>> {
        self.without_versions(version)?;
        let object = self.store.object(bucket, key)?.ok_or_else(|| self.no_such_key(&request.extensions, bucket))?;
        condition::to_read(&request.headers, &object)?;
        Ok(object)
    }

    pub(super) fn copy_object_(&self, request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        let input = request.input;
        let (source_bucket, source) = self.source(&input.copy_source, &request.extensions)?;
        condition::to_copy(&request.headers, &source)?;
        let sent = headers!(input);
        let is_replaced = input.metadata_directive.as_ref().is_some_and(|it| it.as_str() == MetadataDirective::REPLACE);
        if !is_replaced && source_bucket == input.bucket && source.about.key == input.key {
            let message = "This copy request is illegal because it is trying to copy an object to itself without \
                           changing the object's metadata, storage class, website redirect location or encryption \
                           attributes.";
            return Err(s3s::S3Error::with_message(S3ErrorCode::InvalidRequest, message));
        }
        if source.size() > body::MAX_SIZE {
            let message = "The specified copy source is larger than the maximum allowable size for a copy source";
            return Err(s3s::S3Error::with_message(S3ErrorCode::InvalidRequest, message));
        }
        let about = About {
            key: input.key,
            modified: now(),
            headers: if is_replaced { sent } else { source.about.headers.clone() },
            ..source.about.clone()
        };
        let blobs = self.store.link(&input.bucket, &source)?;
        let object = self.store.put(&input.bucket, Object { about, blobs }, |_| true)?;
        let result = CopyObjectResult {
            e_tag: Some(tag(&object)),
            last_modified: Some(object.about.modified.into()),
            ..CopyObjectResult::default()
        };
        Ok(S3Response::new(CopyObjectOutput {
            copy_object_result: Some(result),
            server_side_encryption: encryption(),
            ..CopyObjectOutput::default()
        }))
    }

    /// What is copied. To read it is a permission of its own, which was asked for before.
    pub(super) fn source(
        &self,
        source: &CopySource,
        extensions: &hyper::http::Extensions,
    ) -> S3Result<(String, Arc<Object>)> {
        let CopySource::Bucket { bucket, key, version_id } = source else {
            return Err(error(S3ErrorCode::NotImplemented));
        };
        self.without_versions(version_id.as_deref())?;
        let object = self.store.object(bucket, key)?.ok_or_else(|| self.no_such_key(extensions, bucket))?;
        Ok((bucket.to_string(), object))
    }

    pub(super) fn delete_object_(
        &self,
        request: &S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = &request.input;
        self.without_versions(input.version_id.as_deref())?;
        self.store.delete(&input.bucket, &input.key)?;
        Ok(S3Response::with_status(DeleteObjectOutput::default(), hyper::StatusCode::NO_CONTENT))
    }

    /// Deletes objects, each by a permission of its own.
    pub(super) fn delete_objects_(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let DeleteObjectsInput { bucket, delete, .. } = request.input;
        self.store.with(&bucket, |_| ())?;
        if delete.objects.is_empty() || delete.objects.len() > MAX_DELETED {
            return Err(error(S3ErrorCode::MalformedXML));
        }
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        for object in delete.objects {
            let allowed = self.may(&request.extensions, "s3:DeleteObject", &bucket, Some(&object.key));
            let done = allowed
                .and_then(|()| self.without_versions(object.version_id.as_deref()))
                .and_then(|()| Ok(self.store.delete(&bucket, &object.key)?));
            match done {
                Ok(()) => deleted.push(DeletedObject { key: Some(object.key), ..DeletedObject::default() }),
                Err(error) => errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    message: error.message().map(str::to_owned),
                    key: Some(object.key),
                    version_id: object.version_id,
                }),
            }
        }
        let deleted = (delete.quiet != Some(true)).then_some(deleted);
        Ok(S3Response::new(DeleteObjectsOutput { deleted, errors: Some(errors), ..DeleteObjectsOutput::default() }))
    }

    /// Buckets have no versions; each object's only one is called `null`.
    #[expect(clippy::unused_self, reason = "beside the operations")]
    fn without_versions(&self, version: Option<&str>) -> S3Result<()> {
        match version {
            None | Some("null") => Ok(()),
            Some(_) => Err(s3s::S3Error::with_message(S3ErrorCode::InvalidArgument, "Invalid version id specified")),
        }
    }
}

/// The bytes of a part, for who asks by its number.
fn part(object: &Object, number: i32) -> S3Result<std::ops::Range<u64>> {
    let place = usize::try_from(number - 1).map_err(|_| error(S3ErrorCode::InvalidArgument))?;
    let blob = object.blobs.get(place).ok_or_else(|| out_of_range(object.size()))?;
    let start: u64 = object.blobs[..place].iter().map(|blob| blob.size()).sum();
    Ok(start..start + blob.size())
}

fn out_of_range(size: u64) -> s3s::S3Error {
    let mut refusal = error(S3ErrorCode::InvalidRange);
    if let Ok(value) = hyper::header::HeaderValue::try_from(format!("bytes */{size}")) {
        refusal.set_headers([(hyper::header::CONTENT_RANGE, value)].into_iter().collect());
    }
    refusal
}

/// What is told of an object.
fn told(object: &Object, with_checksum: bool) -> HeadObjectOutput {
    let About { headers, modified, .. } = &object.about;
    let (checksum, checksum_type) = if with_checksum { checksum_of(object) } else { (Checksum::default(), None) };
    HeadObjectOutput {
        accept_ranges: Some("bytes".into()),
        content_length: i64::try_from(object.size()).ok(),
        content_type: Some(headers.content_type.clone().unwrap_or_else(|| "binary/octet-stream".into())),
        content_encoding: headers.content_encoding.clone(),
        content_disposition: headers.content_disposition.clone(),
        content_language: headers.content_language.clone(),
        cache_control: headers.cache_control.clone(),
        expires: headers.expires.as_deref().and_then(|date| Timestamp::parse(TimestampFormat::HttpDate, date).ok()),
        website_redirect_location: headers.website_redirect_location.clone(),
        metadata: Some(headers.metadata.clone().into_iter().collect()),
        last_modified: Some((*modified).into()),
        e_tag: Some(tag(object)),
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
        checksum_type,
        server_side_encryption: encryption(),
        ..HeadObjectOutput::default()
    }
}

/// The same for who wants the bytes too.
fn get(told: HeadObjectOutput) -> GetObjectOutput {
    GetObjectOutput {
        accept_ranges: told.accept_ranges,
        content_type: told.content_type,
        content_encoding: told.content_encoding,
        content_disposition: told.content_disposition,
        content_language: told.content_language,
        cache_control: told.cache_control,
        expires: told.expires,
        website_redirect_location: told.website_redirect_location,
        metadata: told.metadata,
        last_modified: told.last_modified,
        e_tag: told.e_tag,
        checksum_crc32: told.checksum_crc32,
        checksum_crc32c: told.checksum_crc32c,
        checksum_crc64nvme: told.checksum_crc64nvme,
        checksum_sha1: told.checksum_sha1,
        checksum_sha256: told.checksum_sha256,
        checksum_type: told.checksum_type,
        server_side_encryption: told.server_side_encryption,
        ..GetObjectOutput::default()
    }
}

pub(super) fn tag(object: &Object) -> ETag {
    ETag::Strong(object.about.e_tag.clone())
}

/// As AWS encrypts all objects since 2023; nobody can see it.
pub(super) fn encryption() -> Option<ServerSideEncryption> {
    Some(ServerSideEncryption::from_static(ServerSideEncryption::AES256))
}

/// An object's checksum, and whether it is of its bytes or of its parts' checksums.
pub(super) fn checksum_of(object: &Object) -> (Checksum, Option<ChecksumType>) {
    let Some((algorithm, value)) = &object.about.checksum else { return (Checksum::default(), None) };
    let kind = if value.contains('-') { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT };
    (checksum::told(algorithm, value), Some(ChecksumType::from_static(kind)))
}

/// Headers within AWS's limits.
pub(super) fn checked(headers: Headers) -> S3Result<Headers> {
    let metadata: usize = headers.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if metadata > MAX_METADATA { Err(error(S3ErrorCode::MetadataTooLarge)) } else { Ok(headers) }
}

/// The encoding of an object's bytes, without that of the request that brought them.
pub(super) fn own_encoding(encoding: Option<&str>) -> Option<String> {
    let own: Vec<_> = encoding?.split(',').map(str::trim).filter(|name| *name != "aws-chunked").collect();
    Some(own.join(",")).filter(|own| !own.is_empty())
}

/// A date as headers have it.
pub(super) fn date(date: &Timestamp) -> String {
    let mut text = Vec::new();
    let _ = date.format(TimestampFormat::HttpDate, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// Part of a source, as `x-amz-copy-source-range` says.
pub(super) fn copied(range: Option<&str>, size: u64) -> S3Result<std::ops::Range<u64>> {
    let Some(text) = range else { return Ok(0..size) };
    let range = Range::parse(text).map_err(|_| error(S3ErrorCode::InvalidArgument))?;
    match range {
        Range::Int { first, last: Some(last) } if first <= last && last < size => Ok(first..last + 1),
        Range::Int { .. } | Range::Suffix { .. } => Err(error(S3ErrorCode::InvalidRange)),
    }
}
