//! Whether a call is allowed: the policies of the endpoint by which it came, of the role and of the bucket, as the lab
//! has them now (GWE-13 to GWE-15, VPCE-30, VPCE-31, VPCE-34).
//!
//! The decision is `model::policy`'s; here a request becomes the caller and the call that it looks at. What a bucket is,
//! is known by the topology: one that was made by a call has no policy, and is whoever's account that asks for it.

use super::{Caller, Known, Principal};
use crate::{
    model::{
        FIRST_ACCOUNT, Topology,
        policy::{self, Denial, Document, Form, Identity, Policies, Via},
    },
    spec::aws::Session,
};
use hyper::{
    HeaderMap,
    header::{REFERER, USER_AGENT},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use time::OffsetDateTime;
use tokio::sync::watch;

/// What a request says of itself to policies: condition keys and their values.
pub(super) type Keys = Vec<(&'static str, String)>;

/// What somebody asks for.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// Such as `s3:GetObject`.
    pub(super) action: &'a str,
    /// To what: an ARN, or `*`.
    pub(super) resource: &'a str,
    /// The bucket, whose own policy has a say.
    pub(super) bucket: Option<&'a str>,
    /// The region whose service is asked.
    pub(super) region: &'a str,
    /// What the request says of itself.
    pub(super) keys: &'a [(&'static str, String)],
}

/// Who decides, by the lab's policies as they are.
#[derive(Debug)]
pub(super) struct Judge {
    known: watch::Receiver<Arc<Known>>,
    read: Mutex<Option<Arc<Rules>>>,
}

/// The policies of one state of the lab, read once.
#[derive(Debug)]
struct Rules {
    topology: Arc<Topology>,
    policies: Policies,
    /// The policies of the declared buckets.
    buckets: BTreeMap<String, Option<Document>>,
}

impl Judge {
    /// Who decides for a lab.
    pub(super) fn new(known: watch::Receiver<Arc<Known>>) -> Self {
        Self { known, read: Mutex::default() }
    }

    /// What AWS answers to a call that is denied; none if it is allowed.
    pub(super) fn denial(&self, caller: &Caller, call: &Call<'_>) -> Option<Denial> {
        let rules = self.rules();
        let declared = call.bucket.and_then(|bucket| rules.buckets.get(bucket));
        let asks = asks(caller, call.region);
        let mut asked = policy::Call::new(call.action, call.resource);
        asked.resource_account = declared.map(|_| FIRST_ACCOUNT);
        asked.resource_policy = declared.and_then(Option::as_ref);
        for (key, value) in call.keys {
            asked = asked.with(key, value);
        }
        let denial = rules.policies.decide(&asks, &asked).denial(&asks, &asked)?;
        // Across accounts S3 does not tell why, nor to whom it does not know.
        let is_own = asks.identity.account().is_some_and(|own| asked.resource_account.is_none_or(|its| its == own));
        let is_told = is_own || !call.action.starts_with("s3:");
        Some(if is_told { denial } else { Denial { message: "Access Denied".into(), ..denial } })
    }

    /// The policies of the lab as it is now.
    fn rules(&self) -> Arc<Rules> {
        let topology = self.known.borrow().topology.clone();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rules) = read.as_ref().filter(|rules| Arc::ptr_eq(&rules.topology, &topology)) {
            return rules.clone();
        }
        read.insert(Arc::new(Rules::of(topology))).clone()
    }
}

impl Rules {
    fn of(topology: Arc<Topology>) -> Self {
        let buckets = topology.buckets.values().map(|bucket| {
            let form = Form::Bucket(Some(&bucket.bucket_name));
            // It was found right when the lab was resolved.
            let policy = bucket.policy.as_ref().and_then(|text| Document::parse(text, form).ok());
            (bucket.bucket_name.clone(), policy)
        });
        Self { buckets: buckets.collect(), policies: Policies::of(&topology), topology }
    }
}

/// Who asks, as policies see it.
fn asks(caller: &Caller, region: &str) -> policy::Caller {
    let identity = match &caller.principal {
        None => Identity::Anonymous,
        Some(Principal::Account(account)) => Identity::Root { account: account.clone() },
        Some(Principal::Role(Session { account, role, name })) => {
            Identity::Role { account: account.clone(), role: role.clone(), session: name.clone() }
        }
    };
    let via = caller.endpoint.as_ref().zip(caller.vpc.as_ref()).zip(caller.vpc_source_ip);
    policy::Caller {
        identity,
        via: via.map(|((endpoint, vpc), source_ip)| Via { endpoint: endpoint.clone(), vpc: vpc.clone(), source_ip }),
        source_ip: caller.source_ip,
        secure: caller.secure,
        region: region.to_owned(),
        time: OffsetDateTime::now_utc().unix_timestamp(),
    }
}

/// What requests to all services say of themselves.
pub(super) fn keys(headers: &HeaderMap) -> Keys {
    let named = [("aws:Referer", REFERER), ("aws:UserAgent", USER_AGENT)];
    let said = |(key, name)| Some((key, headers.get::<hyper::header::HeaderName>(name)?.to_str().ok()?.to_owned()));
    named.into_iter().filter_map(said).collect()
}
