//! S3 of a lab: where its store lies, who has keys, which buckets the topology declares, and what policies allow.

use super::{Caller, S3, Store, access::Call};
use crate::{
    daemon::{
        aws::{
            Known,
            judge::{self, Judge},
        },
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
        judge: Arc<Judge>,
    ) -> io::Result<Self> {
        let topology = known.borrow().topology.clone();
        let region = topology.region.to_string();
        let allows = move |caller: &Caller, call: &Call| {
            let Call { action, resource, bucket, keys } = call;
            let call = judge::Call { action, resource, bucket: bucket.as_deref(), region: &region, keys };
            judge.denial(caller, &call).map_or(Ok(()), |denial| Err(denial.message))
        };
        let keys = move |id: &str| issuer.key(services.borrow().aws.as_ref()?, id);
        let policy_of = move |bucket: &str| {
            let topology = known.borrow().topology.clone();
            let of_name = topology.buckets.values().find(|declared| declared.bucket_name == bucket);
            of_name.and_then(|declared| declared.policy.clone())
        };
        let store = Arc::new(Store::open(&lab.store())?);
        let s3 = Self::new(store, topology.region.as_str(), Arc::new(keys), Arc::new(allows), Arc::new(policy_of));
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
