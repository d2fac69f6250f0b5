//! Policies of endpoints, buckets and roles (GWE-13, VPCE-30): JSON, or YAML that means the same, kept as the JSON text
//! that AWS shows. What AWS refuses in them is noted at its place; of JSON in a text, at the text.
//!
//! What a template says by `!GetAtt` stays open until the lab is resolved; then [`fill`] puts it in.

use super::{
    cloudformation::{self, Template},
    decode::Decode,
    tree::{Kind, Node, Part},
};
use crate::model::{
    Topology,
    diagnostic::{Diagnostics, Span, Spanned, did_you_mean},
    draft::{self, Draft, RolePolicy, Text},
    managed_name,
    policy::{self, Document, Form, Json, Mistake, Step},
};
use std::{collections::BTreeSet, marker::PhantomData};

/// To what a policy is attached.
pub(in crate::input) trait Attachment {
    /// What that means for what it may say.
    const FORM: Form<'static>;
    /// What it is called.
    const WHAT: &'static str = "a policy document";
}

/// To a VPC endpoint.
#[derive(Debug, Clone, Copy)]
pub(in crate::input) struct Endpoint;
/// To a bucket, whose name the resolver compares.
#[derive(Debug, Clone, Copy)]
pub(in crate::input) struct Bucket;
/// To a role.
#[derive(Debug, Clone, Copy)]
pub(in crate::input) struct Inline;
/// To nothing yet.
#[derive(Debug, Clone, Copy)]
pub(in crate::input) struct Managed;

impl Attachment for Endpoint {
    const FORM: Form<'static> = Form::Endpoint;
}

impl Attachment for Bucket {
    const FORM: Form<'static> = Form::Bucket(None);
}

impl Attachment for Inline {
    const FORM: Form<'static> = Form::Inline;
}

impl Attachment for Managed {
    const FORM: Form<'static> = Form::Managed;
}

/// A policy as JSON text.
#[derive(Debug, Clone)]
pub(in crate::input) struct Policy<A = Endpoint>(pub(in crate::input) Text, PhantomData<A>);

impl<A: Attachment> Decode for Policy<A> {
    fn what() -> String {
        A::WHAT.into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let (json, in_text) = match &node.kind {
            Kind::Mapping(_) => (json(node), false),
            Kind::Scalar { text, .. } if !node.is_null() => match Json::parse(text) {
                Ok(json) => (json, true),
                Err(error) => {
                    notes.push(node.span, Mistake::no_json(&error, A::FORM).message);
                    return Self::placeholder(node.span);
                }
            },
            _ => return Self::unexpected(node, notes),
        };
        // Whether it matters what a lab knows not of roles' policies, depends on who has the role.
        let is_of_role = matches!(A::FORM, Form::Inline | Form::Managed);
        let mistakes = Document::mistakes(&json, A::FORM);
        for mistake in mistakes.into_iter().filter(|mistake| !(is_of_role && mistake.unmirrored)) {
            let span = if in_text { node.span } else { place(node, &mistake) };
            note(span, &mistake, in_text, notes);
        }
        Self(Spanned::new(json.to_string(), node.owner), PhantomData)
    }

    fn placeholder(at: Span) -> Self {
        Self(Spanned::new("{}".into(), at), PhantomData)
    }
}

/// Notes a mistake at a place. `whole`: the place is that of the whole policy.
fn note(span: Span, mistake: &Mistake, whole: bool, notes: &mut Diagnostics) {
    let message = if whole { mistake.to_string() } else { mistake.message.clone() };
    match &mistake.hint {
        Some(hint) if mistake.unmirrored => notes.push_unmirrored(span, message, hint),
        Some(hint) => notes.push_with_hint(span, message, hint),
        None => notes.push(span, message),
    }
}

/// Where a mistake is: as far as its way goes.
fn place(node: &Node, mistake: &Mistake) -> Span {
    let mut at = node;
    let mut key = node.owner;
    for step in &mistake.path {
        let next = match (step, &at.kind) {
            (Step::Key(name), Kind::Mapping(entries)) => {
                let entry = entries.iter().find(|(key, _)| key.value == *name);
                entry.map(|(own, value)| {
                    key = own.span;
                    value
                })
            }
            (Step::Item(place), Kind::Sequence(items)) => items.get(*place).inspect(|item| key = item.owner),
            _ => None,
        };
        let Some(next) = next else { break };
        at = next;
    }
    match at.kind {
        Kind::Scalar { .. } | Kind::Later(_) if !mistake.of_key => at.span,
        _ => key,
    }
}

/// A tree as JSON. Of texts without quotes, those that are bools and whole numbers in JSON are.
fn json(node: &Node) -> Json {
    match &node.kind {
        Kind::Mapping(entries) => {
            Json::Object(entries.iter().map(|(key, node)| (key.value.clone(), json(node))).collect())
        }
        Kind::Sequence(items) => Json::List(items.iter().map(json).collect()),
        Kind::Scalar { .. } if node.is_null() => Json::Null,
        Kind::Scalar { text, plain: true } if matches!(text.as_str(), "true" | "false") => Json::Bool(text == "true"),
        // An account begins with a zero and is no number.
        Kind::Scalar { text, plain: true } if text.parse::<i64>().is_ok_and(|number| number.to_string() == *text) => {
            Json::Number(text.clone())
        }
        Kind::Scalar { text, .. } => Json::Text(text.clone()),
        Kind::Later(parts) if parts.is_empty() => Json::Text(policy::open("", "", None)),
        Kind::Later(parts) => Json::Text(parts.iter().map(promise).collect()),
        Kind::Wrong => Json::Text(policy::open("", "", None)),
    }
}

/// What is known only once the lab is up.
fn promise(part: &Part) -> String {
    match part {
        Part::Text(text) => text.clone(),
        Part::Of { resource, kind, attribute } => policy::open(kind, resource, attribute.as_deref()),
    }
}

/// Refuses what a lab does not know in the policies of roles that instances have; other roles do nothing in a lab.
pub(super) fn refuse_unmirrored(draft: &Draft, notes: &mut Diagnostics) {
    let used = draft.instances.iter().filter_map(|instance| instance.iam_role.as_ref());
    let used: BTreeSet<_> = used.map(|role| role.value.as_str()).collect();
    for role in draft.roles.iter().filter(|role| used.contains(name_of(role))) {
        for (policies, form) in [(&role.policies, Form::Inline), (&role.customer_policies, Form::Managed)] {
            for RolePolicy { document, .. } in policies {
                let Ok(json) = Json::parse(&document.value) else { continue };
                let mistakes = Document::mistakes(&json, form);
                for mistake in mistakes.iter().filter(|mistake| mistake.unmirrored) {
                    note(document.span, mistake, true, notes);
                }
            }
        }
        for policy in &role.managed_policies {
            let name = managed_name(&policy.value);
            if policy::managed_policies().all(|known| known != name) {
                let hint = did_you_mean(name, policy::managed_policies());
                let hint = hint.unwrap_or_else(|| "docs/policies.md has those that a lab knows".into());
                notes.push_unmirrored(policy.span, format!("a lab does not know the managed policy `{name}`"), hint);
            }
        }
    }
}

/// By which name instances name a role.
fn name_of(role: &draft::Role) -> &str {
    role.role_name.as_ref().map_or(role.label.name.value.as_str(), |name| &name.value)
}

/// Puts what a template's policies left open into a lab's, or tells what is wrong with them then.
pub(super) fn fill(draft: &Draft, template: &Template, topology: &mut Topology) -> Diagnostics {
    let mut found = Diagnostics::default();
    let lab = topology.clone();
    let value = |kind: &str, resource: &str, attribute: Option<&str>| {
        cloudformation::text_of(template, &lab, kind, resource, attribute)
    };
    let mut one = |text: &mut String, span: Span, form: Form<'_>| {
        if let Err(mistake) = close(text, &value, form) {
            found.push(span, mistake);
        }
    };
    for endpoint in &draft.endpoints {
        let policy = topology.endpoints.get_mut(&endpoint.label.name.value).and_then(|own| own.policy.as_mut());
        if let Some((text, said)) = policy.zip(endpoint.policy.as_ref()) {
            one(text, said.span, Form::Endpoint);
        }
    }
    for endpoint in &draft.gateway_endpoints {
        let policy = topology.gateway_endpoints.get_mut(&endpoint.label.name.value).and_then(|own| own.policy.as_mut());
        if let Some((text, said)) = policy.zip(endpoint.policy.as_ref()) {
            one(text, said.span, Form::Endpoint);
        }
    }
    for bucket in &draft.buckets {
        let Some(own) = topology.buckets.get_mut(&bucket.label.name.value) else { continue };
        if let Some((text, said)) = own.policy.as_mut().zip(bucket.policy.as_ref()) {
            one(text, said.span, Form::Bucket(Some(&own.bucket_name)));
        }
    }
    for role in &draft.roles {
        let Some(own) = topology.roles.get_mut(&role.label.name.value) else { continue };
        for policy in &role.policies {
            if let Some(text) = own.policies.get_mut(&policy.name.value) {
                one(text, policy.document.span, Form::Inline);
            }
        }
        for policy in &role.customer_policies {
            if let Some(text) = own.customer_policies.get_mut(&policy.name.value) {
                one(text, policy.document.span, Form::Managed);
            }
        }
    }
    found
}

/// Fills the open places of a policy.
fn close(text: &mut String, value: &policy::Fill<'_>, form: Form<'_>) -> Result<(), String> {
    let Ok(json) = Json::parse(text) else { return Ok(()) };
    let mut is_open = false;
    let closed = json.map_texts(&mut |text| {
        is_open |= policy::is_open(&text);
        policy::filled(&text, value)
    });
    if !is_open {
        return Ok(());
    }
    let closed = closed.map_err(|name| format!("what `{name}` is in the policy, a lab does not know"))?;
    *text = closed.to_string();
    let mistakes = Document::parse(text, form).err().unwrap_or_default();
    mistakes.first().map_or(Ok(()), |mistake| Err(mistake.to_string()))
}
