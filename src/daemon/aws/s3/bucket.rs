//! Operations on buckets.

use super::{Operations, refusal::error};
use crate::model::FIRST_ACCOUNT;
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{
        Bucket, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput, DeleteBucketOutput,
        GetBucketLocationInput, GetBucketLocationOutput, GetBucketPolicyInput, GetBucketPolicyOutput, HeadBucketInput,
        HeadBucketOutput, ListBucketsInput, ListBucketsOutput, Owner,
    },
};
use sha2::{Digest, Sha256};

/// The region whose name stands for none, and in which one's own bucket may be made again.
const US_EAST_1: &str = "us-east-1";

impl Operations {
    /// All buckets of all regions (GWE-06); a lab has one region.
    pub(super) fn list_buckets_(&self, request: S3Request<ListBucketsInput>) -> S3Response<ListBucketsOutput> {
        let ListBucketsInput { bucket_region, continuation_token, max_buckets, prefix } = request.input;
        let limit = max_buckets.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX).max(1);
        let all = self.store.buckets();
        let is_wanted = |name: &str| {
            prefix.as_deref().is_none_or(|prefix| name.starts_with(prefix))
                && bucket_region.as_deref().is_none_or(|region| region == self.region)
                && continuation_token.as_deref().is_none_or(|after| name > after)
        };
        let mut wanted = all.into_iter().filter(|(name, _)| is_wanted(name)).peekable();
        let mut buckets = Vec::new();
        while let Some((name, created)) = wanted.next_if(|_| buckets.len() < limit) {
            buckets.push(Bucket {
                bucket_region: Some(self.region.clone()),
                creation_date: Some(created.into()),
                name: Some(name),
            });
        }
        let more = wanted.peek().is_some();
        S3Response::new(ListBucketsOutput {
            continuation_token: buckets.last().filter(|_| more).and_then(|bucket| bucket.name.clone()),
            buckets: Some(buckets),
            owner: Some(owner()),
            prefix,
        })
    }

    pub(super) fn create_bucket_(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        let CreateBucketInput { bucket, create_bucket_configuration, acl, object_lock_enabled_for_bucket, .. } =
            request.input;
        if object_lock_enabled_for_bucket == Some(true) {
            return Err(error(S3ErrorCode::NotImplemented));
        }
        if acl.is_some_and(|acl| acl.as_str() != "private") {
            let code = S3ErrorCode::Custom("InvalidBucketAclWithObjectOwnership".into());
            let mut refusal = S3Error::with_message(
                code,
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
            );
            refusal.set_status_code(hyper::StatusCode::BAD_REQUEST);
            return Err(refusal);
        }
        let wanted = create_bucket_configuration.and_then(|configuration| configuration.location_constraint);
        let wanted = wanted.as_ref().map_or(US_EAST_1, BucketLocationConstraint::as_str);
        if wanted != self.region {
            let wanted = if wanted == US_EAST_1 { "unspecified" } else { wanted };
            let message = format!(
                "The {wanted} location constraint is incompatible for the region specific endpoint this request was \
                 sent to."
            );
            return Err(S3Error::with_message(S3ErrorCode::IllegalLocationConstraintException, message));
        }
        match self.store.create_bucket(&bucket) {
            Err(super::store::Refusal::BucketAlreadyOwnedByYou) if self.region == US_EAST_1 => {}
            created => created?,
        }
        Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{bucket}")) }))
    }

    pub(super) fn delete_bucket_(
        &self,
        request: &S3Request<DeleteBucketInput>,
    ) -> S3Result<S3Response<DeleteBucketOutput>> {
        self.store.delete_bucket(&request.input.bucket)?;
        Ok(S3Response::with_status(DeleteBucketOutput {}, hyper::StatusCode::NO_CONTENT))
    }

    pub(super) fn head_bucket_(&self, request: &S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.store.with(&request.input.bucket, |_| ())?;
        let bucket_region = Some(self.region.clone());
        Ok(S3Response::new(HeadBucketOutput { bucket_region, ..HeadBucketOutput::default() }))
    }

    pub(super) fn get_bucket_location_(
        &self,
        request: &S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.store.with(&request.input.bucket, |_| ())?;
        let region = Some(self.region.clone()).filter(|region| region != US_EAST_1);
        Ok(S3Response::new(GetBucketLocationOutput { location_constraint: region.map(Into::into) }))
    }

    pub(super) fn get_bucket_policy_(
        &self,
        request: &S3Request<GetBucketPolicyInput>,
    ) -> S3Result<S3Response<GetBucketPolicyOutput>> {
        self.store.with(&request.input.bucket, |_| ())?;
        let policy = (self.policy_of)(&request.input.bucket).ok_or_else(|| error(S3ErrorCode::NoSuchBucketPolicy))?;
        Ok(S3Response::new(GetBucketPolicyOutput { policy: Some(policy) }))
    }
}

/// The account's canonical user.
pub(super) fn owner() -> Owner {
    Owner { display_name: None, id: Some(super::store::hex(&Sha256::digest(FIRST_ACCOUNT))) }
}
