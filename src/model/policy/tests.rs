//! Policies and calls, from AWS's pages and from the rules; properties of all of them.

mod conditions;
mod decisions;
mod mistakes;
mod properties;

use super::{
    Caller, Document, Form, Identity, Via,
    context::{Context, Known},
    document::Question,
    evaluate::{Attached, Decision, Layer, Standing, findings, weigh},
};
use crate::model::policy::Call;
use serde_json::{Value, json};

/// The account of the tests.
const ACCOUNT: &str = "111122223333";

/// An instance with the role `web`, by a VPC endpoint.
fn instance() -> Caller {
    Caller {
        identity: Identity::Role { account: ACCOUNT.into(), role: "web".into(), session: "i-00000000000000001".into() },
        via: Some(Via { endpoint: "vpce-1".into(), vpc: "vpc-1".into(), source_ip: "10.0.1.5".parse().unwrap() }),
        source_ip: "10.0.1.5".parse().unwrap(),
        secure: true,
        region: "ap-northeast-2".into(),
        time: 1_767_225_600, // 2026-01-01T00:00:00Z
    }
}

fn document(value: &Value, form: Form<'_>) -> Document {
    Document::parse(&value.to_string(), form).unwrap_or_else(|mistakes| panic!("{value}: {mistakes:?}"))
}

/// The decision on a call by policies of these kinds.
fn decide(caller: &Caller, call: &Call<'_>, policies: &[(Layer, Value)], standing: Standing) -> Decision {
    let form = |layer: Layer| match layer {
        Layer::Endpoint => Form::Endpoint,
        Layer::Resource => Form::Bucket(None),
        Layer::Identity => Form::Inline,
    };
    let documents: Vec<_> = policies.iter().map(|(layer, value)| (*layer, document(value, form(*layer)))).collect();
    let attached: Vec<_> = documents
        .iter()
        .map(|(layer, document)| Attached { layer: *layer, name: "p".into(), document, only_root: false })
        .collect();
    let role_arn = format!("arn:aws:iam::{ACCOUNT}:role/web");
    let known = Known { role_arn: Some(role_arn.clone()), role_id: Some("AROAX".into()), instance: None };
    let context = Context::of(caller, call, &known);
    let question = Question {
        identity: &caller.identity,
        role_arn: Some(&role_arn),
        action: call.action,
        resource: call.resource,
        context: &context,
    };
    let findings = findings(&attached, &question);
    let endpoint = policies.iter().any(|(layer, _)| *layer == Layer::Endpoint);
    let foreign = call.resource_account.zip(caller.identity.account()).is_some_and(|(its, own)| its != own);
    weigh(&findings, endpoint, foreign, standing)
}

/// Whether an instance may call with this as its role's only policy.
fn role_may(statement: &Value, call: &Call<'_>) -> bool {
    let policy = json!({ "Version": "2012-10-17", "Statement": statement });
    decide(&instance(), call, &[(Layer::Identity, policy)], Standing::Governed).is_allowed()
}
