//! `Outputs`: checked with the rest of the template, evaluated once the lab is resolved.

use super::{
    attribute,
    evaluate::Evaluator,
    iam::NAME,
    kind::{self, Treatment},
    scope::Scope,
    template::{Output as Declared, Tree},
};
use crate::{
    input::{
        decode::Decode,
        tree::{Kind, Node},
    },
    model::{FIRST_ACCOUNT, Output, Topology, diagnostic::Diagnostics, draft::Text},
};

/// What a template says about a lab that is resolved.
#[derive(Debug, Clone)]
pub struct Template {
    pub(super) scope: Scope,
    pub(super) outputs: Vec<(Text, Declared)>,
}

/// The outputs of a template whose lab is resolved, in the template's order.
pub fn outputs(template: &Template, topology: &Topology) -> Vec<Output> {
    let mut evaluator = Evaluator::new(template.scope.clone(), Some(topology));
    let outputs = template.outputs.iter();
    let output = |(name, declared): &(Text, Declared)| Output {
        name: name.value.clone(),
        description: declared.description.as_ref().and_then(|words| words.0.clone()),
        value: text(&mut evaluator, &declared.value.0),
        export: declared.export.as_ref().and_then(|export| text(&mut evaluator, &export.name.0)),
    };
    outputs.map(output).collect()
}

/// What a resource of a lab that is resolved is called in a policy: its `Ref`, or one of its attributes. Of resources
/// that a lab has not, a name that nothing else has.
pub fn text_of(
    template: &Template,
    topology: &Topology,
    kind: &str,
    resource: &str,
    attribute: Option<&str>,
) -> Option<String> {
    if let Some(Kind::Scalar { text, .. }) = attribute::value(topology, kind, resource, attribute) {
        return Some(text);
    }
    let service = kind.split("::").nth(1)?.to_lowercase();
    if !matches!(kind::find(kind), Some(Treatment::WithoutEffect | Treatment::Unmirrored)) {
        return None;
    }
    let name = template.scope.physical_name(resource, NAME);
    Some(match attribute {
        Some(attribute) if attribute.ends_with("Arn") => {
            format!("arn:aws:{service}:{}:{FIRST_ACCOUNT}:{name}", template.scope.region)
        }
        _ => name,
    })
}

fn text(evaluator: &mut Evaluator<'_>, node: &Node) -> Option<String> {
    match evaluator.value(node)?.kind {
        Kind::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

/// The outputs that there are, and what is wrong with any of them.
pub(super) fn read(declared: Vec<(Text, Node)>, evaluator: &mut Evaluator<'_>) -> Vec<(Text, Declared)> {
    let mut outputs = Vec::new();
    for (name, node) in declared {
        let mut notes = Diagnostics::default();
        let output = Declared::decode(&node, &mut notes);
        evaluator.notes.append(notes);
        let holds = output.condition.as_ref().map(|name| evaluator.condition(&name.value, name.span));
        let exists = !matches!(holds, Some(Ok(false)));
        evaluator.skipped += usize::from(!exists);
        check(&output.value, evaluator);
        if let Some(export) = &output.export {
            check(&export.name, evaluator);
        }
        evaluator.skipped -= usize::from(!exists);
        if exists {
            outputs.push((name, output));
        }
    }
    outputs
}

fn check(Tree(node): &Tree, evaluator: &mut Evaluator<'_>) {
    let Some(value) = evaluator.value(node) else { return };
    if matches!(value.kind, Kind::Sequence(_) | Kind::Mapping(_)) {
        let message = format!("an output is text, found {}", value.describe());
        evaluator.notes.push_with_hint(value.span, message, "join a list with `Fn::Join`");
    }
}
