//! Who may do what: each operation's action in IAM, and the question whether it is allowed.

use super::{Keys, Operations, refusal::error};
use crate::daemon::aws::{Caller, Logged, Principal};
use hyper::http::Extensions;
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Result,
    access::{S3Access, S3AccessContext},
    dto::{CopyObjectInput, CopySource, UploadPartCopyInput},
    path::S3Path,
};
use std::sync::{Arc, Mutex, PoisonError};

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// Such as `s3:GetObject`.
    pub(super) action: &'static str,
    /// To what: an ARN, or `*`.
    pub(super) resource: String,
    /// The bucket, whose own policy has a say.
    pub(super) bucket: Option<String>,
}

/// Whether a caller may; if not, what AWS says to it. Who it is, its place and its principal, is verified.
pub(super) type Allows = dyn Fn(&Caller, &Call) -> Result<(), String> + Send + Sync;

/// A request's caller, and what is known of the request once it was answered; an extension of it.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    pub(super) caller: Caller,
    pub(super) logged: Arc<Mutex<Logged>>,
}

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
    ("GetObjectTagging", "s3:GetObjectTagging"),
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
pub(super) struct Access {
    pub(super) allows: Arc<Allows>,
    pub(super) keys: Arc<Keys>,
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let operation = context.s3_op().name().to_owned();
        // The signature is verified by now; without one there are no credentials.
        let key = context.credentials().and_then(|credentials| (self.keys)(&credentials.access_key));
        let principal = key.map(|key| key.principal);
        if let Some(asking) = context.extensions_mut().get_mut::<Asking>() {
            let mut logged = asking.logged.lock().unwrap_or_else(PoisonError::into_inner);
            logged.principal = principal.as_ref().map(Principal::arn);
            logged.action = Some(format!("s3:{operation}"));
            asking.caller.principal = principal;
        }
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
        ask(self.allows.as_ref(), context.extensions_mut(), &call)
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
                ask(self.allows.as_ref(), extensions, &call("s3:GetObject", bucket, Some(key)))
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
    let asking = extensions.get::<Asking>().ok_or_else(|| error(S3ErrorCode::AccessDenied))?;
    allows(&asking.caller, call).map_err(|message| S3Error::with_message(S3ErrorCode::AccessDenied, message))
}
