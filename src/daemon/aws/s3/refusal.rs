//! What S3 says when it does not do what it is asked, in AWS's words.

use super::store::Refusal;
use s3s::{S3Error, S3ErrorCode};

impl From<Refusal> for S3Error {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NoSuchBucket => S3ErrorCode::NoSuchBucket,
            Refusal::BucketAlreadyOwnedByYou => S3ErrorCode::BucketAlreadyOwnedByYou,
            Refusal::TooManyBuckets => S3ErrorCode::TooManyBuckets,
            Refusal::BucketNotEmpty => S3ErrorCode::BucketNotEmpty,
            Refusal::NoSuchUpload => S3ErrorCode::NoSuchUpload,
            Refusal::PreconditionFailed => S3ErrorCode::PreconditionFailed,
            Refusal::Io(error) => return io(error),
        };
        error(code)
    }
}

/// The store's disk refused.
pub(super) fn io(source: std::io::Error) -> S3Error {
    if source.kind() == std::io::ErrorKind::StorageFull {
        let message = "The lab's store has no room left: what is in its buckets lies in `/run`";
        let mut refusal = S3Error::with_message(S3ErrorCode::Custom("InsufficientStorage".into()), message);
        refusal.set_status_code(hyper::StatusCode::INSUFFICIENT_STORAGE);
        return refusal;
    }
    tracing::error!(error = %source, "the store of S3");
    let mut refusal = error(S3ErrorCode::InternalError);
    refusal.set_source(Box::new(source));
    refusal
}

/// An error with AWS's message.
pub(super) fn error(code: S3ErrorCode) -> S3Error {
    match message(code.as_str()) {
        Some(message) => S3Error::with_message(code, message),
        None => S3Error::new(code),
    }
}

/// What AWS says with a code.
pub(super) fn message(code: &str) -> Option<&'static str> {
    Some(match code {
        "AccessControlListNotSupported" => "The bucket does not allow ACLs",
        "AccessDenied" => "Access Denied",
        "BadDigest" => "The Content-MD5 you specified did not match what we received.",
        "BucketAlreadyOwnedByYou" => {
            "Your previous request to create the named bucket succeeded and you already own it."
        }
        "BucketNotEmpty" => "The bucket you tried to delete is not empty",
        "EntityTooLarge" => "Your proposed upload exceeds the maximum allowed size",
        "EntityTooSmall" => "Your proposed upload is smaller than the minimum allowed size",
        "ExpiredToken" => "The provided token has expired.",
        "IncompleteBody" => "You did not provide the number of bytes specified by the Content-Length HTTP header",
        "InternalError" => "We encountered an internal error. Please try again.",
        "InvalidAccessKeyId" => "The AWS Access Key Id you provided does not exist in our records.",
        "InvalidBucketName" => "The specified bucket is not valid.",
        "InvalidDigest" => "The Content-MD5 you specified was invalid.",
        "InvalidPart" => {
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the \
             specified entity tag may not match the part's entity tag."
        }
        "InvalidPartOrder" => "The list of parts was not in ascending order. Parts must be ordered by part number.",
        "InvalidRange" => "The requested range is not satisfiable",
        "InvalidToken" => "The provided token is malformed or otherwise invalid.",
        "InvalidURI" => "Couldn't parse the specified URI.",
        "KeyTooLongError" => "Your key is too long",
        "MalformedXML" => "The XML you provided was not well-formed or did not validate against our published schema",
        "MaxMessageLengthExceeded" => "Your request was too big.",
        "MetadataTooLarge" => "Your metadata headers exceed the maximum allowed metadata size",
        "MissingContentLength" => "You must provide the Content-Length HTTP header.",
        "NoSuchBucket" => "The specified bucket does not exist",
        "NoSuchBucketPolicy" => "The bucket policy does not exist",
        "NoSuchKey" => "The specified key does not exist.",
        "NoSuchUpload" => {
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or \
             completed."
        }
        "NotImplemented" => "A header or query you provided implies functionality that is not implemented",
        "PreconditionFailed" => "At least one of the pre-conditions you specified did not hold",
        "RequestTimeTooSkewed" => "The difference between the request time and the current time is too large.",
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided. Check your key and signing \
             method."
        }
        "TooManyBuckets" => "You have attempted to create more buckets than allowed",
        _ => return None,
    })
}
