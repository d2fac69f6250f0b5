//! Endpoint policies (GWE-13, VPCE-30): JSON, or YAML that means the same, kept as the JSON text that AWS shows.

use super::{
    decode::Decode,
    tree::{Kind, Node, Part},
};
use crate::model::{
    diagnostic::{Diagnostics, Span, Spanned},
    draft::Text,
};
use serde_json::Value;

/// The longest policy, without white space.
const MAX: usize = 20_480;

/// A policy as JSON text.
#[derive(Debug, Clone)]
pub(in crate::input) struct Policy(pub(in crate::input) Text);

impl Decode for Policy {
    fn what() -> String {
        "a policy document".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let document = match &node.kind {
            Kind::Mapping(_) => value(node),
            Kind::Scalar { text, .. } if !node.is_null() => match serde_json::from_str(text) {
                Ok(value) => value,
                Err(error) => {
                    notes.push(node.span, format!("the policy is no JSON: {error} (InvalidPolicyDocument)"));
                    return Self::placeholder(node.span);
                }
            },
            _ => return Self::unexpected(node, notes),
        };
        if let Some(wrong) = mistake(&document) {
            notes.push(node.owner, format!("{wrong} (InvalidPolicyDocument)"));
        }
        Self(Spanned::new(document.to_string(), node.owner))
    }

    fn placeholder(at: Span) -> Self {
        Self(Spanned::new("{}".into(), at))
    }
}

/// What is wrong with a policy's form.
fn mistake(document: &Value) -> Option<String> {
    if document.to_string().len() > MAX {
        return Some(format!("a policy has at most {MAX} characters"));
    }
    let statements = match &document["Statement"] {
        Value::Array(statements) if !statements.is_empty() => statements.as_slice(),
        statement @ Value::Object(_) => std::slice::from_ref(statement),
        _ => return Some("a policy needs a `Statement`".into()),
    };
    let effect = |statement: &Value| !matches!(statement["Effect"].as_str(), Some("Allow" | "Deny"));
    let wants = |statement: &Value, one: &str, other: &str| statement[one].is_null() && statement[other].is_null();
    statements.iter().find_map(|statement| {
        if effect(statement) {
            return Some("each statement's `Effect` is `Allow` or `Deny`".into());
        }
        let pairs = [("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")];
        let missing = pairs.into_iter().find(|(one, other)| wants(statement, one, other));
        missing.map(|(one, _)| format!("a statement lacks its `{one}`"))
    })
}

/// A tree as JSON. Of texts without quotes, those that are bools and whole numbers in JSON are.
fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::Mapping(entries) => {
            Value::Object(entries.iter().map(|(key, node)| (key.value.clone(), value(node))).collect())
        }
        Kind::Sequence(items) => Value::Array(items.iter().map(value).collect()),
        Kind::Scalar { .. } if node.is_null() => Value::Null,
        Kind::Scalar { text, plain: true } if matches!(text.as_str(), "true" | "false") => Value::Bool(text == "true"),
        Kind::Scalar { text, plain: true } => {
            text.parse::<i64>().map_or_else(|_| Value::String(text.clone()), Value::from)
        }
        Kind::Scalar { text, plain: false } => Value::String(text.clone()),
        Kind::Later(parts) => Value::String(parts.iter().map(promise).collect()),
        Kind::Wrong => Value::String(String::new()),
    }
}

/// What is known only once the lab is up, as `Fn::Sub` writes it.
fn promise(part: &Part) -> String {
    match part {
        Part::Text(text) => text.clone(),
        Part::Of { resource, attribute: None, .. } => format!("${{{resource}}}"),
        Part::Of { resource, attribute: Some(attribute), .. } => format!("${{{resource}.{attribute}}}"),
    }
}
