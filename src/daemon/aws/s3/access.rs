//! Who may do what: each operation's action in IAM, and the question whether it is allowed.

use super::{Operations, refusal::error};
use hyper::http::Extensions;
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Result,
    access::{S3Access, S3AccessContext},
    dto::{CopyObjectInput, CopySource, UploadPartCopyInput},
    path::S3Path,
};
use std::sync::Arc;

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::daemon) struct Call {
    /// Such as `s3:GetObject`.
    pub(in crate::daemon) action: &'static str,
    /// To what: an ARN, or `*`.
    pub(in crate::daemon) resource: String,
    /// The bucket, whose own policy has a say.
    pub(in crate::daemon) bucket: Option<String>,
}

/// Whether the caller, who is known by the request's extensions, may; if not, what AWS says to it.
pub(in crate::daemon) type Allows = dyn Fn(&Extensions, &Call) -> Result<(), String> + Send + Sync;

/// Each operation and its action. What is not here is not mirrored.
const ACTIONS: &[(&str, &str)] = &[
    ("AbortMultipartUpload", "s3:AbortMultipartUpload"),
    ("CompleteMultipartUpload", "s3:PutObject"),
    ("CopyObject", "s3:PutObject"),
    ("CreateBucket", "s3:CreateBucket"),
    ("CreateMultipartUpload", "s3:PutObject"),
    ("DeleteBucket", "s3:DeleteBucket"),
    ("DeleteObject", "s3:DeleteObject"),
    ("GetBucketLocation", "s3:GetBucketLocation"),
    ("GetBucketPolicy", "s3:GetBucketPolicy"),
    ("GetObject", "s3:GetObject"),
    ("HeadBucket", "s3:ListBucket"),
    ("HeadObject", "s3:GetObject"),
    ("ListBuckets", "s3:ListAllMyBuckets"),
    ("ListMultipartUploads", "s3:ListBucketMultipartUploads"),
    ("ListObjects", "s3:ListBucket"),
    ("ListObjectsV2", "s3:ListBucket"),
    ("ListParts", "s3:ListMultipartUploadParts"),
    ("PutObject", "s3:PutObject"),
    ("UploadPart", "s3:PutObject"),
    ("UploadPartCopy", "s3:PutObject"),
];

/// The operation whose every key is asked for by itself, once they are known.
const EACH_KEY: &str = "DeleteObjects";

/// Asks before each operation.
pub(super) struct Access(pub(super) Arc<Allows>);

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let operation = context.s3_op().name();
        if operation == EACH_KEY {
            return Ok(());
        }
        let Some((_, action)) = ACTIONS.iter().find(|(name, _)| *name == operation) else {
            let message = format!("{operation} is not mirrored in a lab");
            return Err(S3Error::with_message(S3ErrorCode::NotImplemented, message));
        };
        let call = match context.s3_path() {
            S3Path::Root => Call { action, resource: "*".into(), bucket: None },
            S3Path::Bucket { bucket } => call(action, bucket, None),
            S3Path::Object { bucket, key } => call(action, bucket, Some(key)),
        };
        ask(self.0.as_ref(), context.extensions_mut(), &call)
    }

    async fn copy_object(&self, request: &mut S3Request<CopyObjectInput>) -> S3Result<()> {
        self.may_read(&request.extensions, &request.input.copy_source)
    }

    async fn upload_part_copy(&self, request: &mut S3Request<UploadPartCopyInput>) -> S3Result<()> {
        self.may_read(&request.extensions, &request.input.copy_source)
    }
}

impl Access {
    /// Who copies reads.
    fn may_read(&self, extensions: &Extensions, source: &CopySource) -> S3Result<()> {
        match source {
            CopySource::Bucket { bucket, key, .. } => {
                ask(self.0.as_ref(), extensions, &call("s3:GetObject", bucket, Some(key)))
            }
            CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => Err(error(S3ErrorCode::NotImplemented)),
        }
    }
}

impl Operations {
    /// Whether the caller may do something beside the operation itself.
    pub(super) fn may(
        &self,
        extensions: &Extensions,
        action: &'static str,
        bucket: &str,
        key: Option<&str>,
    ) -> S3Result<()> {
        ask(self.allows.as_ref(), extensions, &call(action, bucket, key))
    }

    /// That a key is not there is told to those only who may list the bucket.
    pub(super) fn no_such_key(&self, extensions: &Extensions, bucket: &str) -> S3Error {
        match self.may(extensions, "s3:ListBucket", bucket, None) {
            Ok(()) => error(S3ErrorCode::NoSuchKey),
            Err(denial) => denial,
        }
    }
}

fn call(action: &'static str, bucket: &str, key: Option<&str>) -> Call {
    let resource = match key {
        Some(key) => format!("arn:aws:s3:::{bucket}/{key}"),
        None => format!("arn:aws:s3:::{bucket}"),
    };
    Call { action, resource, bucket: Some(bucket.to_owned()) }
}

fn ask(allows: &Allows, extensions: &Extensions, call: &Call) -> S3Result<()> {
    allows(extensions, call).map_err(|message| S3Error::with_message(S3ErrorCode::AccessDenied, message))
}
