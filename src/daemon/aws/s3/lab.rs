//! S3 of a lab: where its store lies, who has keys, which buckets the topology declares, and what policies allow.

use super::{S3, Store, access::Call, rules::Rules};
use crate::{
    daemon::{
        aws::{Caller, Known},
        metadata::Issuer,
        services::Shared,
    },
    model::Topology,
    sys::state::Lab,
};
use std::{io, sync::Arc};
use tokio::sync::watch;

impl S3 {
    /// The lab's, with the buckets that it declares.
    pub(in crate::daemon::aws) fn of(
        lab: &Lab,
        services: Shared,
        known: watch::Receiver<Arc<Known>>,
        issuer: Issuer,
    ) -> io::Result<Self> {
        let topology = known.borrow().topology.clone();
        let keys = move |id: &str| issuer.key(services.borrow().aws.as_ref()?, id);
        let rules = Arc::new(Rules::new(known));
        let (of_buckets, of_calls) = (rules.clone(), rules);
        let allows = move |caller: &Caller, call: &Call| of_calls.allows(caller, call);
        let policy_of = move |bucket: &str| of_buckets.policy_of(bucket);
        let store = Arc::new(Store::open(&lab.store())?);
        let region = topology.region.as_str();
        let s3 = Self::new(store, region, Arc::new(keys), Arc::new(allows), Arc::new(policy_of));
        s3.declare(&topology);
        Ok(s3)
    }

    /// Makes the buckets that a lab declares, and removes those that it no longer does.
    pub(in crate::daemon::aws) fn declare(&self, topology: &Topology) {
        let names = topology.buckets.values().map(|bucket| bucket.bucket_name.as_str());
        if let Err(error) = self.store.declare(names) {
            tracing::error!(%error, "cannot make the lab's buckets");
        }
    }
}
