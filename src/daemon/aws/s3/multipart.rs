//! Uploads in parts.

use super::{
    Operations, body,
    bucket::owner,
    checksum::{self, DEFAULT, Digest},
    condition,
    list::{PAGE, common, encoding, page_size},
    object::{checksum_of, copied, encryption, headers, tag},
    refusal::{error, io},
    store::{About, Bucket, Object, Part, Query, Refusal, Upload, hex, list, now},
};
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{
        self, AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType,
        CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, CopyPartResult,
        CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, ListMultipartUploadsInput,
        ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, StorageClass, StreamingBlob,
        UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
    },
};
use std::collections::BTreeMap;

/// The smallest part but the last.
const MIN_PART: u64 = 5 << 20;
/// How many parts an object has at most.
const PARTS: i32 = 10_000;

impl Operations {
    pub(super) fn create_multipart_upload_(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let input = request.input;
        let headers = headers!(input);
        let algorithm = input.checksum_algorithm.as_ref().map_or(DEFAULT, ChecksumAlgorithm::as_str).to_owned();
        Digest::new(&algorithm)?;
        let is_whole = match input.checksum_type.as_ref().map(ChecksumType::as_str) {
            None => algorithm == DEFAULT,
            Some(ChecksumType::FULL_OBJECT) if !algorithm.starts_with("SHA") => true,
            Some(ChecksumType::COMPOSITE) if algorithm != DEFAULT => false,
            Some(kind) => {
                let message =
                    format!("The {kind} checksum type cannot be used with the {algorithm} checksum algorithm.");
                return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, message));
            }
        };
        let id = self.store.begin_upload(&input.bucket, input.key.clone(), headers, (algorithm.clone(), !is_whole))?;
        let named = input.checksum_algorithm.is_some();
        let kind = if is_whole { ChecksumType::FULL_OBJECT } else { ChecksumType::COMPOSITE };
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            checksum_algorithm: named.then(|| algorithm.into()),
            checksum_type: named.then(|| ChecksumType::from_static(kind)),
            server_side_encryption: encryption(),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    pub(super) async fn upload_part_(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let input = request.input;
        let algorithm = self.algorithm_of(&input.bucket, &input.key, &input.upload_id, input.part_number)?;
        if input.sse_customer_algorithm.is_some() {
            return Err(error(S3ErrorCode::NotImplemented));
        }
        let digest = Digest::of(&request.headers, &algorithm)?;
        let (blob, sums) =
            body::receive(&self.store, &input.bucket, input.body, digest, request.trailing_headers).await?;
        if sums.algorithm != algorithm {
            let message = format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                algorithm.to_lowercase(),
                sums.algorithm.to_lowercase()
            );
            return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, message));
        }
        let told = checksum::told(&sums.algorithm, &sums.checksum);
        let part = Part { blob, modified: now(), md5: sums.md5, checksum: sums.checksum };
        self.store.put_part(&input.bucket, &input.upload_id, input.part_number, part)?;
        Ok(S3Response::new(UploadPartOutput {
            checksum_crc32: told.checksum_crc32,
            checksum_crc32c: told.checksum_crc32c,
            checksum_crc64nvme: told.checksum_crc64nvme,
            checksum_sha1: told.checksum_sha1,
            checksum_sha256: told.checksum_sha256,
            e_tag: Some(ETag::Strong(hex(&sums.md5))),
            server_side_encryption: encryption(),
            ..UploadPartOutput::default()
        }))
    }

    pub(super) async fn upload_part_copy_(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        let input = request.input;
        let algorithm = self.algorithm_of(&input.bucket, &input.key, &input.upload_id, input.part_number)?;
        let (_, source) = self.source(&input.copy_source, &request.extensions)?;
        condition::to_copy(&request.headers, &source)?;
        let range = copied(input.copy_source_range.as_deref(), source.size())?;
        let bytes = body::send(&source.blobs, range);
        let digest = Digest::new(&algorithm)?;
        let (blob, sums) = body::receive(&self.store, &input.bucket, Some(bytes), digest, None).await?;
        let part = Part { blob, modified: now(), md5: sums.md5, checksum: sums.checksum };
        let result = CopyPartResult {
            e_tag: Some(ETag::Strong(hex(&sums.md5))),
            last_modified: Some(part.modified.into()),
            ..CopyPartResult::default()
        };
        self.store.put_part(&input.bucket, &input.upload_id, input.part_number, part)?;
        Ok(S3Response::new(UploadPartCopyOutput {
            copy_part_result: Some(result),
            server_side_encryption: encryption(),
            ..UploadPartCopyOutput::default()
        }))
    }

    /// The algorithm of an upload to which a part may be added.
    fn algorithm_of(&self, bucket: &str, key: &str, id: &str, part: i32) -> S3Result<String> {
        if !(1..=PARTS).contains(&part) {
            let message = "Part number must be an integer between 1 and 10000, inclusive";
            return Err(S3Error::with_message(S3ErrorCode::InvalidArgument, message));
        }
        let find = |bucket: &mut Bucket| {
            bucket.uploads.get(id).filter(|upload| upload.key == key).map(|upload| upload.checksum.0.clone())
        };
        Ok(self.store.with(bucket, find)?.ok_or(Refusal::NoSuchUpload)?)
    }

    pub(super) async fn complete_multipart_upload_(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = request.input;
        let upload = self.store.upload(&input.bucket, &input.key, &input.upload_id)?;
        let listed = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let parts = chosen(&upload, &listed)?;
        let (algorithm, is_composite) = upload.checksum;
        let checksum = if is_composite {
            checksum::composite(&algorithm, parts.iter().map(|part| part.checksum.clone()))?
        } else {
            whole(&algorithm, &parts).await?
        };
        let said = checksum::value(dto::Checksum {
            checksum_crc32: input.checksum_crc32,
            checksum_crc32c: input.checksum_crc32c,
            checksum_crc64nvme: input.checksum_crc64nvme,
            checksum_sha1: input.checksum_sha1,
            checksum_sha256: input.checksum_sha256,
            checksum_type: None,
        });
        if said.is_some_and(|said| said != checksum) {
            let message = format!("The {algorithm} you specified did not match the calculated checksum.");
            return Err(S3Error::with_message(S3ErrorCode::BadDigest, message));
        }
        let about = About {
            key: input.key,
            modified: now(),
            e_tag: checksum::composite_tag(parts.iter().map(|part| part.md5)),
            headers: upload.headers,
            checksum: Some((algorithm, checksum)),
        };
        let blobs = parts.iter().map(|part| part.blob.clone()).collect();
        let expected = condition::to_write(input.if_match, input.if_none_match)?;
        // First of all, so that of two who complete it, one does.
        let key = about.key.clone();
        let object = self.store.put(&input.bucket, Object { about, blobs }, expected)?;
        self.store.end_upload(&input.bucket, &key, &input.upload_id)?;
        let (checksum, checksum_type) = checksum_of(&object);
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            location: Some(format!("https://{}.s3.{}.amazonaws.com/{key}", input.bucket, self.region)),
            bucket: Some(input.bucket),
            key: Some(key),
            e_tag: Some(tag(&object)),
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            checksum_type,
            server_side_encryption: encryption(),
            ..CompleteMultipartUploadOutput::default()
        }))
    }

    pub(super) fn abort_multipart_upload_(
        &self,
        request: &S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let input = &request.input;
        self.store.end_upload(&input.bucket, &input.key, &input.upload_id)?;
        Ok(S3Response::with_status(AbortMultipartUploadOutput::default(), hyper::StatusCode::NO_CONTENT))
    }

    pub(super) fn list_parts_(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let input = request.input;
        let upload = self.store.upload(&input.bucket, &input.key, &input.upload_id)?;
        let limit = page_size(input.max_parts)?;
        let after = input.part_number_marker.unwrap_or_default();
        let mut rest = upload.parts.iter().filter(|(number, _)| **number > after);
        let page: Vec<_> = rest.by_ref().take(usize::try_from(limit).unwrap_or_default()).collect();
        let told = |(number, part): &(&i32, &Part)| {
            let sums = checksum::told(&upload.checksum.0, &part.checksum);
            dto::Part {
                checksum_crc32: sums.checksum_crc32,
                checksum_crc32c: sums.checksum_crc32c,
                checksum_crc64nvme: sums.checksum_crc64nvme,
                checksum_sha1: sums.checksum_sha1,
                checksum_sha256: sums.checksum_sha256,
                e_tag: Some(ETag::Strong(hex(&part.md5))),
                last_modified: Some(part.modified.into()),
                part_number: Some(**number),
                size: i64::try_from(part.blob.size()).ok(),
            }
        };
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            is_truncated: Some(rest.next().is_some()),
            max_parts: Some(limit),
            next_part_number_marker: page.last().map(|(number, _)| **number),
            part_number_marker: Some(after),
            owner: Some(owner()),
            parts: Some(page.iter().map(told).collect()),
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            ..ListPartsOutput::default()
        }))
    }

    pub(super) fn list_multipart_uploads_(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let input = request.input;
        let limit = page_size(input.max_uploads.or(Some(PAGE)))?;
        let encode = encoding(input.encoding_type.as_ref())?;
        // By key, and of one key by id.
        let told = self.store.with(&input.bucket, |bucket| {
            let name =
                |(id, upload): (&String, &Upload)| (format!("{}\0{id}", upload.key), (id.clone(), upload.clone()));
            bucket.uploads.iter().map(name).collect::<BTreeMap<_, _>>()
        })?;
        let after = input.key_marker.as_deref().map(|key| match input.upload_id_marker.as_deref() {
            Some(id) => format!("{key}\0{id}"),
            None => format!("{key}\0\u{7f}"),
        });
        let query = Query {
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: input.delimiter.as_deref(),
            after: after.as_deref(),
            limit: usize::try_from(limit).unwrap_or_default(),
        };
        let page = list(&told, query);
        let next = page.next.map(|next| next.split_once('\0').unwrap_or((next, "")));
        let upload = |(_, (id, upload)): &(&str, &(String, Upload))| MultipartUpload {
            key: Some(encode(&upload.key)),
            upload_id: Some(id.clone()),
            initiated: Some(upload.initiated.into()),
            owner: Some(owner()),
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            ..MultipartUpload::default()
        };
        Ok(S3Response::new(ListMultipartUploadsOutput {
            is_truncated: Some(next.is_some()),
            next_key_marker: next.map(|(key, _)| encode(key)),
            next_upload_id_marker: next.map(|(_, id)| id.to_owned()),
            uploads: Some(page.contents.iter().map(upload).collect()),
            common_prefixes: Some(page.common_prefixes.into_iter().map(|prefix| common(encode(prefix))).collect()),
            max_uploads: Some(limit),
            key_marker: Some(encode(input.key_marker.as_deref().unwrap_or_default())),
            upload_id_marker: input.upload_id_marker,
            prefix: input.prefix.as_deref().map(encode),
            delimiter: input.delimiter.as_deref().map(encode),
            encoding_type: input.encoding_type,
            bucket: Some(input.bucket),
            ..ListMultipartUploadsOutput::default()
        }))
    }
}

/// The parts of which an object is to be made.
fn chosen(upload: &Upload, listed: &[CompletedPart]) -> S3Result<Vec<Part>> {
    if listed.is_empty() {
        return Err(error(S3ErrorCode::MalformedXML));
    }
    if !listed.is_sorted_by(|a, b| a.part_number < b.part_number) {
        return Err(error(S3ErrorCode::InvalidPartOrder));
    }
    let find = |listed: &CompletedPart| {
        let part = upload.parts.get(&listed.part_number?)?;
        let is_it = listed.e_tag.as_ref().is_some_and(|tag| tag.value() == hex(&part.md5));
        is_it.then(|| part.clone())
    };
    let parts: Option<Vec<_>> = listed.iter().map(find).collect();
    let parts = parts.ok_or_else(|| error(S3ErrorCode::InvalidPart))?;
    let is_small = |part: &Part| part.blob.size() < MIN_PART;
    if parts[..parts.len() - 1].iter().any(is_small) { Err(error(S3ErrorCode::EntityTooSmall)) } else { Ok(parts) }
}

/// The checksum of all bytes, which are read again for it.
async fn whole(algorithm: &str, parts: &[Part]) -> S3Result<String> {
    use http_body_util::BodyExt;
    let blobs: Vec<_> = parts.iter().map(|part| part.blob.clone()).collect();
    let size = blobs.iter().map(|blob| blob.size()).sum();
    let mut digest = Digest::new(algorithm)?;
    let mut bytes = s3s::Body::from(StreamingBlob::from(body::send(&blobs, 0..size)));
    while let Some(frame) = bytes.frame().await {
        let frame = frame.map_err(|error| io(std::io::Error::other(error)))?;
        digest.update(&frame.into_data().unwrap_or_default());
    }
    Ok(digest.end(None)?.checksum)
}
