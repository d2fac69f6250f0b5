//! Who may do what: each operation's action in IAM, and the question whether it is allowed.

use super::{Keys, Operations, key, refusal::error};
use crate::daemon::aws::{Caller, Logged, Principal, judge};
use hyper::http::Extensions;
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Result,
    access::{S3Access, S3AccessContext},
    dto::{CopyObjectInput, CopySource, CreateBucketInput, UploadPartCopyInput},
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
    /// What the request says of itself.
    pub(super) keys: judge::Keys,
}

/// Whether a caller may; if not, what AWS says to it. Who it is, its place and its principal, is verified.
pub(super) type Allows = dyn Fn(&Caller, &Call) -> Result<(), String> + Send + Sync;

/// A request's caller, and what is known of the request once it was answered; an extension of it.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    pub(super) caller: Caller,
    /// What the request says of itself to policies.
    pub(super) keys: judge::Keys,
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

/// The operations that are asked for once their body is known: of one every key by itself, of the other with the place
/// where the bucket is to be.
const LATER: [&str; 2] = ["CreateBucket", "DeleteObjects"];

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
        let (headers, uri) = (context.headers().clone(), context.uri().clone());
        let keys = key::of(&headers, &uri, context.extensions_mut());
        if let Some(asking) = context.extensions_mut().get_mut::<Asking>() {
            let mut logged = asking.logged.lock().unwrap_or_else(PoisonError::into_inner);
            logged.principal = principal.as_ref().map(Principal::arn);
            logged.action = Some(format!("s3:{operation}"));
            asking.caller.principal = principal;
            asking.keys = keys;
        }
        if LATER.contains(&operation.as_str()) {
            return Ok(());
        }
        let Some((_, action)) = ACTIONS.iter().find(|(name, _)| *name == operation) else {
            let message = format!("{operation} is not mirrored in a lab");
            return Err(S3Error::with_message(S3ErrorCode::NotImplemented, message));
        };
        let call = match context.s3_path() {
            S3Path::Root => Call { action, resource: "*".into(), bucket: None, keys: Vec::new() },
            S3Path::Bucket { bucket } => call(action, bucket, None),
            S3Path::Object { bucket, key } => call(action, bucket, Some(key)),
        };
        ask(self.allows.as_ref(), context.extensions_mut(), call)
    }

    async fn create_bucket(&self, request: &mut S3Request<CreateBucketInput>) -> S3Result<()> {
        let input = &request.input;
        let place = input.create_bucket_configuration.as_ref().and_then(|said| said.location_constraint.as_ref());
        let mut call = call("s3:CreateBucket", &input.bucket, None);
        call.keys.extend(place.map(|place| ("s3:LocationConstraint", place.as_str().to_owned())));
        ask(self.allows.as_ref(), &request.extensions, call)
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
                ask(self.allows.as_ref(), extensions, call("s3:GetObject", bucket, Some(key)))
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
        ask(self.allows.as_ref(), extensions, call(action, bucket, key))
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
    Call { action, resource, bucket: Some(bucket.to_owned()), keys: Vec::new() }
}

fn ask(allows: &Allows, extensions: &Extensions, mut call: Call) -> S3Result<()> {
    let asking = extensions.get::<Asking>().ok_or_else(|| error(S3ErrorCode::AccessDenied))?;
    call.keys.extend(asking.keys.iter().cloned());
    allows(&asking.caller, &call).map_err(|message| S3Error::with_message(S3ErrorCode::AccessDenied, message))
}
