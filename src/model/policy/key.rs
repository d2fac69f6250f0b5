//! Condition keys: those that a lab's requests have, and those that AWS's requests have and a lab's never do.
//!
//! Any other key is refused by name: a condition on it would decide otherwise than in AWS.

use crate::model::diagnostic::did_you_mean;

/// Keys with values.
pub(super) const GIVEN: &[&str] = &[
    "aws:CurrentTime",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc",
    "aws:EpochTime",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalType",
    "aws:Referer",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:UserAgent",
    "aws:userid",
    "aws:username",
    "aws:ViaAWSService",
    "aws:VpcSourceIp",
    "ec2:SourceInstanceARN",
    "s3:authType",
    "s3:delimiter",
    "s3:LocationConstraint",
    "s3:max-keys",
    "s3:prefix",
    "s3:ResourceAccount",
    "s3:signatureversion",
    "s3:TlsVersion",
    "s3:VersionId",
    "s3:x-amz-acl",
    "s3:x-amz-content-sha256",
    "s3:x-amz-copy-source",
    "s3:x-amz-metadata-directive",
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:x-amz-storage-class",
];

/// Keys that no request in a lab has: its accounts are in no organization, nobody is federated, and no service of AWS's
/// calls another one.
pub(super) const ABSENT: &[&str] = &[
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:FederatedProvider",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "iam:AWSServiceName",
    "iam:PassedToService",
    "kms:ViaService",
];

/// Whether a key, whatever its case, is known.
pub(super) fn is_known(key: &str) -> bool {
    GIVEN.iter().chain(ABSENT).any(|known| known.eq_ignore_ascii_case(key))
}

/// What an unknown key may be meant to be.
pub(super) fn near(key: &str) -> Option<String> {
    did_you_mean(key, GIVEN.iter().chain(ABSENT).copied())
}
