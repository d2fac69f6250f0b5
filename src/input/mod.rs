//! From a file to a draft. The only place that sees file syntax.
//!
//! ```text
//! file ─ source ─► text ─ parse ─► Node tree ─ native ─► Draft
//!                                       mistakes ─ render ─► file:line:col
//! ```
//!
//! Reading goes on after a mistake: one run finds them all.

mod decode;
mod mapping;
mod native;
mod parse;
mod render;
mod source;
pub mod tree;

pub use native::reference;
pub use parse::parse;
pub use render::{Mistake, mistakes, render};
pub use source::{Error, Source, read};

use crate::model::{
    Topology,
    diagnostic::{Diagnostics, Span},
    draft::Draft,
};
use tree::{Kind, Node};

/// The topology of a file for the lab `lab`, or everything that is wrong with it, form and meaning at once.
/// What runs in the lab, `running`, keeps its addresses.
pub fn topology(source: &Source, lab: &str, running: Option<&Topology>) -> Result<Topology, Diagnostics> {
    let (draft, form) = examine(source);
    let Some(draft) = draft else { return Err(form) };
    match Topology::resolve(&draft, lab, running) {
        Ok(topology) if form.is_empty() => Ok(topology),
        Ok(_) => Err(form),
        Err(meaning) => Err(together(form, meaning)),
    }
}

/// The draft of a text, or everything that is wrong with its form.
pub fn draft(source: &Source) -> Result<Draft, Diagnostics> {
    match examine(source) {
        (Some(draft), mistakes) if mistakes.is_empty() => Ok(draft),
        (_, mistakes) => Err(mistakes),
    }
}

/// The draft of a text as far as it goes, and what is wrong with its form; no draft if it is no topology at all.
///
/// What is wrong stands in the draft as something harmless at the same place, so that `resolve` can look
/// for mistakes in the rest; [`together`] then leaves out what follows from the first ones.
pub fn examine(source: &Source) -> (Option<Draft>, Diagnostics) {
    let (root, mut mistakes) = parse(&source.text);
    let Some(root) = root.filter(|root| !root.is_null()) else {
        if mistakes.is_empty() {
            let hint = "a topology begins with `vpcs:`; see docs/native-format.md";
            mistakes.push_with_hint(Span::default(), "there is nothing in this file", hint);
        }
        return (None, mistakes);
    };
    if let Some(span) = cloudformation(&root) {
        let hint = "write the lab in the native format: see docs/native-format.md";
        mistakes.push_with_hint(span, "this is a CloudFormation template, which is not supported yet", hint);
        return (None, mistakes);
    }
    refuse_tags(&root, &mut mistakes);
    let (draft, more) = native::draft(&root, &source.directory);
    mistakes.append(more);
    (Some(draft), mistakes)
}

/// The mistakes of form, and those of meaning at other places.
pub fn together(form: Diagnostics, meaning: Diagnostics) -> Diagnostics {
    let form = form.into_sorted();
    // Sorted by start: how far the spans up to each one reach.
    let mut reach = Vec::with_capacity(form.len());
    for mistake in &form {
        reach.push(reach.last().copied().unwrap_or(0).max(mistake.span.end));
    }
    let follows = |span: Span| {
        let before = form.partition_point(|mistake| mistake.span.start <= span.start);
        before > 0 && span.end <= reach[before - 1]
    };
    let meaning: Vec<_> = meaning.into_sorted().into_iter().filter(|mistake| !follows(mistake.span)).collect();
    let mut all = Diagnostics::default();
    form.into_iter().chain(meaning).for_each(|mistake| all.add(mistake));
    all
}

/// The key by which a CloudFormation template is known.
fn cloudformation(root: &Node) -> Option<Span> {
    let Kind::Mapping(entries) = &root.kind else { return None };
    let keys = ["AWSTemplateFormatVersion", "Resources"];
    entries.iter().find(|(key, _)| keys.contains(&key.value.as_str())).map(|(key, _)| key.span)
}

/// Notes tags, which mean something to CloudFormation only; those of YAML itself (`!!str`) say nothing new.
fn refuse_tags(node: &Node, mistakes: &mut Diagnostics) {
    if let Some(tag) = node.tag.as_ref().filter(|tag| !tag.contains("yaml.org,2002:")) {
        let hint = "take it out, or put the text into quotes if the `!` is meant";
        mistakes.push_with_hint(node.span, format!("the tag `{tag}` means nothing here"), hint);
    }
    match &node.kind {
        Kind::Scalar { .. } | Kind::Later(_) | Kind::Wrong => {}
        Kind::Sequence(items) => items.iter().for_each(|item| refuse_tags(item, mistakes)),
        Kind::Mapping(entries) => entries.iter().for_each(|(_, value)| refuse_tags(value, mistakes)),
    }
}
