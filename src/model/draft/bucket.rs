//! S3 buckets as a file says them.

use super::{Label, Text};

/// An S3 bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name in the file.
    pub label: Label,
    /// `BucketName`; none means the logical name.
    pub bucket_name: Option<Text>,
    /// Its policy, JSON.
    pub policy: Option<Text>,
}
