//! From a file to a draft. The only place that sees file syntax.
//!
//! ```text
//! file ─ source ─► text ─ parse ─► Node tree ─ native, cloudformation ─► Draft
//!                                       mistakes ─ render ─► file:line:col
//! ```
//!
//! Reading goes on after a mistake: one run finds them all.

mod check;
pub mod cloudformation;
mod decode;
mod lints;
mod mapping;
mod metadata_options;
mod native;
mod options;
mod parse;
mod policy;
mod render;
mod source;
pub mod tree;

pub use check::{check_reference, checks, is_only_checks};
pub use native::reference;
pub use options::Options;
pub use parse::parse;
pub use render::{Mistake, Severity, mistakes, render, render_warnings, warnings};
pub use source::{Error, Source, read};

use crate::{
    lint,
    model::{
        Topology,
        check::Check,
        diagnostic::{Diagnostics, Lines, Span},
        draft::Draft,
    },
};
use std::collections::BTreeMap;
use tree::{Kind, Node};

/// What a text says.
#[derive(Debug, Default)]
pub struct Examined {
    /// The draft as far as it goes; none if the text is no topology at all.
    pub draft: Option<Draft>,
    /// What is wrong with the form.
    pub mistakes: Diagnostics,
    /// What is not in the lab although the text asks for it, because that is allowed; and what else is to be known.
    pub warnings: Diagnostics,
    /// A template's resources that change nothing in a lab, by type.
    pub without_effect: BTreeMap<String, Vec<String>>,
    /// Checks of what the text describes.
    pub checks: Vec<Check>,
    /// What a template says about the resolved lab: its outputs.
    pub template: Option<cloudformation::Template>,
}

/// The topology of a file for the lab `lab`, or everything that is wrong with it, form and meaning at once.
/// What runs in the lab, `running`, keeps its addresses.
pub fn topology(source: &Source, options: &Options, running: Option<&Topology>) -> Result<Topology, Diagnostics> {
    resolve(examine(source, options), &options.lab, running)
}

/// The topology of what was examined, or everything that is wrong with it.
pub fn resolve(examined: Examined, lab: &str, running: Option<&Topology>) -> Result<Topology, Diagnostics> {
    let Examined { draft, mistakes, template, .. } = examined;
    let Some(draft) = draft else { return Err(mistakes) };
    match Topology::resolve(&draft, lab, running) {
        Ok(mut topology) if mistakes.is_empty() => {
            let found = template.as_ref().map(|template| policy::fill(&draft, template, &mut topology));
            if let Some(found) = found.filter(|found| !found.is_empty()) {
                return Err(found);
            }
            topology.outputs =
                template.map(|template| cloudformation::outputs(&template, &topology)).unwrap_or_default();
            Ok(topology)
        }
        Ok(_) => Err(mistakes),
        Err(meaning) => Err(together(mistakes, meaning)),
    }
}

/// The draft of a text, or everything that is wrong with its form.
pub fn draft(source: &Source, options: &Options) -> Result<Draft, Diagnostics> {
    match examine(source, options) {
        Examined { draft: Some(draft), mistakes, .. } if mistakes.is_empty() => Ok(draft),
        Examined { mistakes, .. } => Err(mistakes),
    }
}

/// The draft of a text as far as it goes, and what is wrong with its form.
///
/// What is wrong stands in the draft as something harmless at the same place, so that `resolve` can look
/// for mistakes in the rest; [`together`] then leaves out what follows from the first ones.
pub fn examine(source: &Source, options: &Options) -> Examined {
    let (root, mistakes) = parse(&source.text);
    let mut examined = Examined { mistakes, ..Examined::default() };
    let Some(root) = root.filter(|root| !root.is_null()) else {
        if examined.mistakes.is_empty() {
            let hint = "a topology begins with `vpcs:`; see docs/native-format.md";
            examined.mistakes.push_with_hint(Span::default(), "there is nothing in this file", hint);
        }
        return examined;
    };
    let mut cascade = Diagnostics::default();
    if cloudformation::is_template(&root) {
        let reading = cloudformation::read(&root, options);
        examined.draft = Some(reading.draft);
        examined.mistakes.append(reading.mistakes);
        examined.warnings = reading.warnings;
        examined.without_effect = reading.without_effect;
        examined.template = Some(reading.template);
        cascade = reading.left_out;
        examined.checks = check::of_template(&root, &mut examined.mistakes);
        if let Some(draft) = &mut examined.draft {
            draft.allowed_lints = lints::of_template(&root, &mut examined.mistakes);
        }
    } else {
        refuse_tags(&root, &mut examined.mistakes);
        for name in options.parameters.names() {
            let message = format!("a value is given for parameter `{name}`, but only templates have parameters");
            examined.mistakes.push(Span::default(), message);
        }
        let reading = native::read(&root, &source.directory);
        examined.draft = Some(reading.draft);
        examined.mistakes.append(reading.mistakes);
        examined.checks = reading.checks;
    }
    if let Some(draft) = &examined.draft {
        policy::refuse_unmirrored(draft, &mut examined.mistakes);
        lint::check_names(&draft.allowed_lints, &mut examined.mistakes);
    }
    if let Some(draft) = &mut examined.draft {
        draft.lines = Lines::of(&source.text);
    }
    if options.allow_unsupported {
        let (wrong, unmirrored) = std::mem::take(&mut examined.mistakes).split_unmirrored();
        examined.mistakes = wrong;
        examined.warnings.append(unmirrored);
        examined.warnings.append(cascade);
    }
    examined
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
