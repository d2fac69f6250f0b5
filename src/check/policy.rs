//! `policy`: whether a call to a service of AWS's is allowed, as the policies of endpoints, resources and roles decide
//! (GWE-13 to GWE-15, VPCE-30, VPCE-31), and which of them denies it.
//!
//! The caller is the one that the lab would know: by the way that the sender's packets take to the service, and with the
//! credentials that it is told. What only reads from S3 is asked for in earnest too, from the instance itself.

mod caller;
mod request;

use super::context::{Attempt, Context};
use crate::{
    model::{
        FIRST_ACCOUNT,
        policy::{Caller, Decision, Document, Form, Identity, Layer, Policies},
    },
    reach::Sender,
};

/// A call, and what is expected to become of it.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// `s3:DeleteObject`.
    pub(super) action: String,
    /// Its ARN, or `*`.
    pub(super) resource: String,
    /// The service's name and port, where the call goes.
    pub(super) to: String,
    /// The id of the endpoint by which the call must come.
    pub(super) by: Option<String>,
    /// Whether it is allowed.
    pub(super) allowed: bool,
    /// Whose policy must be the one that denies it.
    pub(super) reason: Option<Layer>,
}

/// The words for the layers, as checks say them.
pub(super) const REASONS: [(&str, Layer); 3] =
    [("endpoint", Layer::Endpoint), ("resource", Layer::Resource), ("identity", Layer::Identity)];

/// The call is decided as expected.
pub(super) fn policy(context: &Context<'_>, from: &Sender, question: &Question) -> Attempt {
    let caller = caller::caller(context, from, &question.to)?;
    let came = caller.via.as_ref().map(|via| via.endpoint.as_str());
    if let Some(by) = question.by.as_deref().filter(|by| came != Some(by)) {
        let way = came.map_or("by no endpoint".into(), |endpoint| format!("by {endpoint}"));
        return Err(format!("expected that the call comes by {by}, not {way}"));
    }
    let (decision, why) = decide(context, &caller, question);
    if decision.is_allowed() != question.allowed {
        let word = if question.allowed { "allowed" } else { "denied" };
        return Err(format!("expected that {} is {word}:\n{why}", question.action));
    }
    if let Some((expected, found)) = question.reason.zip(layer(&decision)).filter(|(expected, found)| expected != found)
    {
        return Err(format!("expected that the {expected} denies {}, not the {found}:\n{why}", question.action));
    }
    let Some(denied) = request::denied(context, from, question)? else { return Ok(()) };
    if denied == decision.is_allowed() {
        let word = if denied { "denied" } else { "not denied" };
        return Err(format!("a real request was {word}, and the policies say otherwise:\n{why}"));
    }
    Ok(())
}

/// What the lab's policies say, and why.
fn decide(context: &Context<'_>, caller: &Caller, question: &Question) -> (Decision, String) {
    let name = question.resource.strip_prefix("arn:aws:s3:::").and_then(|rest| rest.split('/').next());
    let bucket = context.topology.buckets.values().find(|bucket| Some(bucket.bucket_name.as_str()) == name);
    let document = bucket.and_then(|bucket| {
        let form = Form::Bucket(Some(&bucket.bucket_name));
        Document::parse(bucket.policy.as_ref()?, form).ok()
    });
    let mut call = crate::model::policy::Call::new(&question.action, &question.resource);
    call.resource_account = bucket.map(|_| FIRST_ACCOUNT);
    call.resource_policy = document.as_ref();
    if question.action.starts_with("s3:") {
        call = call.with("s3:TlsVersion", "1.3");
        if caller.identity != Identity::Anonymous {
            call = call.with("s3:authType", "REST-HEADER").with("s3:signatureversion", "AWS4-HMAC-SHA256");
        }
    }
    let policies = Policies::of(context.topology);
    (policies.decide(caller, &call), policies.explain(caller, &call))
}

/// Whose policy denies.
fn layer(decision: &Decision) -> Option<Layer> {
    match decision {
        Decision::Allow => None,
        Decision::ExplicitDeny { layer, .. } | Decision::ImplicitDeny(layer) => Some(*layer),
    }
}
