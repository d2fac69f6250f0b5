//! `AWS::S3::Bucket` and `AWS::S3::BucketPolicy`.

use super::super::{
    attribute::How,
    lowering::Lowering,
    property::{Resource, Tags, To, properties},
    scope::Scope,
};
use crate::{
    input::policy::{self, Policy},
    model::{
        diagnostic::Spanned,
        draft::{self, Label, Ref, Text},
    },
};

/// How much of the stack's name and of the logical id is in a bucket's generated name, which has 63 letters at most.
const GENERATED: usize = 24;

properties! {
    /// A bucket.
    struct Bucket = "a bucket" {
        /// Its name. Default: `STACK-LOGICAL-RANDOM` in lower case.
        own_name as "BucketName": Option<Text>,
        /// Of the tags, `Name` is shown.
        tags as "Tags": Tags,
    }
    accepted &[
        "AccelerateConfiguration",
        "AnalyticsConfigurations",
        "BucketEncryption",
        "CorsConfiguration",
        "IntelligentTieringConfigurations",
        "InventoryConfigurations",
        "LifecycleConfiguration",
        "LoggingConfiguration",
        "MetadataTableConfiguration",
        "MetricsConfigurations",
        "NotificationConfiguration",
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "ReplicationConfiguration",
    ];
    unmirrored &[
        "AccessControl",
        "ObjectLockConfiguration",
        "ObjectLockEnabled",
        "VersioningConfiguration",
        "WebsiteConfiguration",
    ];
}

properties! {
    /// The policy of a bucket.
    struct BucketPolicy = "a bucket policy" {
        /// The bucket.
        bucket as "Bucket": To<Bucket>,
        /// The policy.
        policy as "PolicyDocument": Policy<policy::Bucket>,
    }
}

fn generated(scope: &Scope, logical: &str) -> String {
    scope.physical_name(logical, GENERATED).to_lowercase()
}

impl Resource for Bucket {
    const TYPE: &'static str = "AWS::S3::Bucket";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[
        ("Arn", How::Later),
        ("DomainName", How::Later),
        ("DualStackDomainName", How::Later),
        ("RegionalDomainName", How::Later),
        ("WebsiteURL", How::Later),
    ];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let generated = || Spanned::new(generated(lowering.scope, name.value.as_str()), name.span);
        let bucket_name = Some(self.own_name.unwrap_or_else(generated));
        let label = Label { name, tag: self.tags.0 };
        lowering.draft.buckets.push(draft::Bucket { label, bucket_name, policy: None }); // a policy is its own
    }
}

impl Resource for BucketPolicy {
    const TYPE: &'static str = "AWS::S3::BucketPolicy";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[];

    fn lower(self, _name: Ref, lowering: &mut Lowering<'_>) {
        lowering.joined.bucket_policies.add(self.bucket.name, self.policy.0);
    }
}
