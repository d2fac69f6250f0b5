//! What policies allow in S3: the endpoint's, the bucket's and the role's (GWE-14, GWE-15, VPCE-31). They are read once for
//! each state of the lab.

use super::access::Call;
use crate::{
    daemon::aws::{Caller, Known, Principal},
    model::{
        FIRST_ACCOUNT, Topology,
        policy::{self, Document, Form, Identity, Policies, Via},
    },
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use time::OffsetDateTime;
use tokio::sync::watch;

/// The policies of the lab as it is now.
pub(super) struct Rules {
    known: watch::Receiver<Arc<Known>>,
    read: Mutex<Option<Arc<Read>>>,
}

/// The policies of one state of the lab.
struct Read {
    topology: Arc<Topology>,
    policies: Policies,
    buckets: BTreeMap<String, Document>,
}

impl Rules {
    pub(super) fn new(known: watch::Receiver<Arc<Known>>) -> Self {
        Self { known, read: Mutex::default() }
    }

    /// The policy of a bucket, as the file has it.
    pub(super) fn policy_of(&self, bucket: &str) -> Option<String> {
        let read = self.read();
        let declared = read.topology.buckets.values().find(|declared| declared.bucket_name == bucket)?;
        declared.policy.clone()
    }

    /// Whether a caller may; if not, AWS's words.
    pub(super) fn allows(&self, caller: &Caller, call: &Call) -> Result<(), String> {
        let read = self.read();
        let caller = asked_by(caller, read.topology.region.as_str());
        let account = read.topology.vpcs.values().next().map_or(FIRST_ACCOUNT, |vpc| vpc.account.as_str());
        let asked = policy::Call {
            resource_account: call.bucket.is_some().then_some(account),
            resource_policy: call.bucket.as_ref().and_then(|bucket| read.buckets.get(bucket)),
            ..policy::Call::new(call.action, &call.resource)
        };
        match read.policies.decide(&caller, &asked).denial(&caller, &asked) {
            None => Ok(()),
            // AWS tells those without credentials no more.
            Some(_) if caller.identity == Identity::Anonymous => Err("Access Denied".into()),
            Some(denial) => Err(denial.message),
        }
    }

    fn read(&self) -> Arc<Read> {
        let topology = self.known.borrow().topology.clone();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = read.as_ref().filter(|read| Arc::ptr_eq(&read.topology, &topology)) {
            return read.clone();
        }
        let document = |bucket: &crate::model::Bucket| {
            let name = bucket.bucket_name.clone();
            let document = Document::parse(bucket.policy.as_deref()?, Form::Bucket(Some(&name))).ok()?;
            Some((name, document))
        };
        let buckets = topology.buckets.values().filter_map(document).collect();
        let new = Arc::new(Read { policies: Policies::of(&topology), buckets, topology });
        *read = Some(new.clone());
        new
    }
}

/// Who asks, in the policies' words.
fn asked_by(caller: &Caller, region: &str) -> policy::Caller {
    let identity = match &caller.principal {
        None => Identity::Anonymous,
        Some(Principal::Account(account)) => Identity::Root { account: account.clone() },
        Some(Principal::Role(session)) => Identity::Role {
            account: session.account.clone(),
            role: session.role.clone(),
            session: session.name.clone(),
        },
    };
    let via = caller.endpoint.clone().zip(caller.vpc.clone()).zip(caller.vpc_source_ip);
    policy::Caller {
        identity,
        via: via.map(|((endpoint, vpc), source_ip)| Via { endpoint, vpc, source_ip }),
        source_ip: caller.source_ip,
        secure: caller.secure,
        region: region.to_owned(),
        time: OffsetDateTime::now_utc().unix_timestamp(),
    }
}
