//! Intrinsic functions as they stand in a tree: the long form `{Fn::Join: […]}` and the short form `!Join […]`.

use crate::{
    input::tree::{Kind, Node},
    model::diagnostic::{Span, did_you_mean},
};

/// An intrinsic function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Ref,
    GetAtt,
    Sub,
    Join,
    Select,
    Split,
    GetAzs,
    Cidr,
    FindInMap,
    If,
    Equals,
    And,
    Or,
    Not,
    Condition,
    ImportValue,
    Base64,
}

/// The functions by the names of their long form. The short form is `!` and what follows `Fn::`.
const FUNCTIONS: &[(&str, Function)] = &[
    ("Ref", Function::Ref),
    ("Fn::GetAtt", Function::GetAtt),
    ("Fn::Sub", Function::Sub),
    ("Fn::Join", Function::Join),
    ("Fn::Select", Function::Select),
    ("Fn::Split", Function::Split),
    ("Fn::GetAZs", Function::GetAzs),
    ("Fn::Cidr", Function::Cidr),
    ("Fn::FindInMap", Function::FindInMap),
    ("Fn::If", Function::If),
    ("Fn::Equals", Function::Equals),
    ("Fn::And", Function::And),
    ("Fn::Or", Function::Or),
    ("Fn::Not", Function::Not),
    ("Condition", Function::Condition),
    ("Fn::ImportValue", Function::ImportValue),
    ("Fn::Base64", Function::Base64),
];

/// Functions of macros and transforms, which run on AWS's side.
const TRANSFORMS: &[&str] = &["Fn::Transform", "Fn::ForEach", "Fn::Length", "Fn::ToJsonString"];

/// A function and what it is applied to.
pub(super) struct Call<'a> {
    pub(super) function: Function,
    /// The argument. That of a short form is the node of the function itself.
    pub(super) argument: &'a Node,
    /// Whether the argument's tag is that of the function.
    pub(super) short: bool,
}

/// What looks like a function and is none.
pub(super) struct NoFunction {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) hint: String,
    /// Whether it is one in AWS.
    pub(super) unmirrored: bool,
}

impl Function {
    /// The name of the long form.
    pub(super) fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }
}

/// The function that a node calls, if it calls one.
pub(super) fn call(node: &Node) -> Result<Option<Call<'_>>, NoFunction> {
    if let Some(tag) = node.tag.as_ref().filter(|tag| !tag.contains("yaml.org,2002:")) {
        return short(tag, node).map(Some);
    }
    long(node)
}

/// The function that a node calls by its long form, whatever its tag: `!Base64 {Fn::Sub: …}` has both.
pub(super) fn long(node: &Node) -> Result<Option<Call<'_>>, NoFunction> {
    let Kind::Mapping(entries) = &node.kind else { return Ok(None) };
    let is_name = |name: &str| name == "Ref" || name.starts_with("Fn::");
    let Some((name, argument)) = entries.iter().find(|(key, _)| is_name(&key.value)) else { return Ok(None) };
    let function = named(&name.value);
    if let (Some(function), [_]) = (function, entries.as_slice()) {
        return Ok(Some(Call { function, argument, short: false }));
    }
    Err(match function {
        Some(_) => NoFunction {
            span: name.span,
            message: format!("`{}` stands beside other keys", name.value),
            hint: "a function is the only key of its mapping".into(),
            unmirrored: false,
        },
        None => unknown(&name.value, name.span),
    })
}

fn short<'a>(tag: &str, node: &'a Node) -> Result<Call<'a>, NoFunction> {
    let name = tag.trim_start_matches('!');
    let long = if matches!(name, "Ref" | "Condition") { name.to_owned() } else { format!("Fn::{name}") };
    match named(&long) {
        Some(function) => Ok(Call { function, argument: node, short: true }),
        None => Err(unknown(&long, node.span)),
    }
}

fn named(name: &str) -> Option<Function> {
    FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
}

fn unknown(name: &str, span: Span) -> NoFunction {
    // `Fn::ForEach::Loop` carries a name of its own.
    if TRANSFORMS.iter().any(|transform| name == *transform || name.starts_with(&format!("{transform}::"))) {
        let message = format!("`{name}` needs a transform, and transforms are not mirrored yet");
        return NoFunction { span, message, hint: "write out what it makes".into(), unmirrored: true };
    }
    let hint = did_you_mean(name, FUNCTIONS.iter().map(|(known, _)| *known));
    let hint = hint.unwrap_or_else(|| {
        let names: Vec<_> = FUNCTIONS.iter().map(|(known, _)| known.trim_start_matches("Fn::")).collect();
        format!("the functions are {}", names.join(", "))
    });
    NoFunction { span, message: format!("there is no function `{name}`"), hint, unmirrored: false }
}
