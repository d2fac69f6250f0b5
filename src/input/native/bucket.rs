//! S3 buckets of the native format.

use super::{
    lower::{Lowering, label},
    mapping,
};
use crate::{
    input::policy::{self, Policy},
    model::draft::{self, Ref, Text},
};

mapping! {
    /// A bucket. The name by which it is defined is the bucket's own, unless `bucket_name` says another.
    struct S3Bucket = "a bucket" {
        /// The bucket's name. Default: the name.
        bucket_name: Option<Text>,
        /// Its policy, as YAML or JSON. Default: none.
        policy: Option<Policy<policy::Bucket>>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

impl S3Bucket {
    /// Writes the bucket.
    pub(super) fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let policy = self.policy.map(|policy| policy.0);
        let bucket = draft::Bucket { label: label(name, self.tag), bucket_name: self.bucket_name, policy };
        lowering.draft.buckets.push(bucket);
    }
}
