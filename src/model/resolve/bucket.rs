//! S3 buckets: names that AWS takes, each once.

use super::{
    super::{
        Bucket,
        bucket::is_bucket_name,
        draft::{self, Draft, Text},
        policy::{Document, Form},
    },
    Resolver, tag,
};

impl Resolver<'_> {
    pub(super) fn buckets(&mut self, draft: &Draft) {
        for bucket in &draft.buckets {
            let resolved = self.bucket(bucket);
            self.buckets.insert(&bucket.label.name, resolved, &mut self.found);
        }
    }

    fn bucket(&mut self, bucket: &draft::Bucket) -> Option<Bucket> {
        let name = &bucket.label.name;
        let own = || Text::new(name.value.as_str().to_owned(), name.span);
        let bucket_name = bucket.bucket_name.clone().unwrap_or_else(own);
        if !is_bucket_name(&bucket_name.value) {
            let message = format!("the specified bucket `{}` is not valid (InvalidBucketName)", bucket_name.value);
            let hint = "3 to 63 lower-case letters, digits, `-` and `.`; begins and ends with a letter or digit";
            self.found.push_with_hint(bucket_name.span, message, hint);
            return None;
        }
        if self.buckets.iter().any(|(_, other)| other.bucket_name == bucket_name.value) {
            let message = format!("the bucket `{}` is there already (BucketAlreadyOwnedByYou)", bucket_name.value);
            self.found.push(bucket_name.span, message);
            return None;
        }
        let policy = bucket.policy.as_ref().map(|policy| policy.value.clone());
        if let Some(policy) = &bucket.policy {
            self.is_about(policy, &bucket_name.value);
        }
        Some(Bucket { bucket_name: bucket_name.value, tag: tag(&bucket.label), policy })
    }

    /// Notes what a bucket's policy says about what is not in the bucket; all else was noted where the policy was read.
    fn is_about(&mut self, policy: &Text, bucket: &str) {
        let mistakes = |bucket| Document::parse(&policy.value, Form::Bucket(bucket)).err().unwrap_or_default();
        if !mistakes(None).is_empty() {
            return;
        }
        for mistake in mistakes(Some(bucket)) {
            match &mistake.hint {
                Some(hint) => self.found.push_with_hint(policy.span, mistake.to_string(), hint),
                None => self.found.push(policy.span, mistake.to_string()),
            }
        }
    }
}
