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
mod settle;
mod source;
pub mod tree;

pub use check::{check_reference, checks, is_only_checks};
pub use native::reference;
pub use options::Options;
pub use parse::parse;
pub use render::{Mistake, Severity, mistakes, render, render_warnings, warnings};
pub use settle::settle;
pub use source::{Error, Source, read, whole};

use crate::{
    lint,
    model::{
        Topology,
        check::Check,
        diagnostic::{Diagnostics, Lines, Span},
        draft::Draft,
    },
};
use settle::Unsettled;
use std::{collections::BTreeMap, path::Path};
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
    /// How to read a template again that misses what only the resolved lab tells.
    unsettled: Option<Unsettled>,
}

impl Examined {
    /// Looks at what both forms have.
    fn finish(&mut self, mut draft: Draft, file: &Parsed, options: &Options) {
        policy::refuse_unmirrored(&draft, &mut self.mistakes);
        lint::check_names(&draft.allowed_lints, &mut self.mistakes);
        draft.lines = file.lines.clone();
        self.draft = Some(draft);
        if options.allow_unsupported {
            let (wrong, unmirrored) = std::mem::take(&mut self.mistakes).split_unmirrored();
            self.mistakes = wrong;
            self.warnings.append(unmirrored);
        }
    }
}

/// The topology of a file for the lab `lab`, or everything that is wrong with it, form and meaning at once.
/// What runs in the lab, `running`, keeps its addresses.
pub fn topology(source: &Source, options: &Options, running: Option<&Topology>) -> Result<Topology, Diagnostics> {
    resolve(examine(source, options), &options.lab, running)
}

/// The topology of what was examined, or everything that is wrong with it.
pub fn resolve(examined: Examined, lab: &str, running: Option<&Topology>) -> Result<Topology, Diagnostics> {
    let Examined { draft, mistakes, template, .. } = settle(examined, lab, running);
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
    let (root, mut mistakes) = parse(&source.text);
    let Some(root) = root.filter(|root| !root.is_null()) else {
        if mistakes.is_empty() {
            let hint = "a topology begins with `vpcs:`; see docs/native-format.md";
            mistakes.push_with_hint(Span::default(), "there is nothing in this file", hint);
        }
        return Examined { mistakes, ..Examined::default() };
    };
    let file = Parsed { root, mistakes, lines: Lines::of(&source.text) };
    if !cloudformation::is_template(&file.root) {
        return examine_native(&file, &source.directory, options);
    }
    let mut examined = examine_template(&file, options, None);
    if examined.mistakes.late().next().is_some() {
        examined.unsettled = Some(Unsettled { file, options: options.clone() });
    }
    examined
}

/// A text's tree.
#[derive(Debug)]
struct Parsed {
    root: Node,
    /// What is wrong with its syntax.
    mistakes: Diagnostics,
    lines: Lines,
}

fn examine_template(file: &Parsed, options: &Options, earlier: Option<cloudformation::Earlier<'_>>) -> Examined {
    let reading = cloudformation::read(&file.root, options, earlier);
    let mut mistakes = file.mistakes.clone();
    mistakes.append(reading.mistakes);
    let mut draft = reading.draft;
    let checks = check::of_template(&file.root, &mut mistakes);
    draft.allowed_lints = lints::of_template(&file.root, &mut mistakes);
    let mut examined = Examined {
        mistakes,
        warnings: reading.warnings,
        without_effect: reading.without_effect,
        template: Some(reading.template),
        checks,
        ..Examined::default()
    };
    examined.finish(draft, file, options);
    if options.allow_unsupported {
        examined.warnings.append(reading.left_out);
    }
    examined
}

fn examine_native(file: &Parsed, directory: &Path, options: &Options) -> Examined {
    let mut mistakes = file.mistakes.clone();
    refuse_tags(&file.root, &mut mistakes);
    for name in options.parameters.names() {
        let message = format!("a value is given for parameter `{name}`, but only templates have parameters");
        mistakes.push(Span::default(), message);
    }
    let reading = native::read(&file.root, directory);
    mistakes.append(reading.mistakes);
    let mut examined = Examined { mistakes, checks: reading.checks, ..Examined::default() };
    examined.finish(reading.draft, file, options);
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
