//! CloudFormation templates, as they are: YAML and JSON, with functions, parameters, conditions and mappings.
//!
//! ```text
//! Node tree ─ template ─► sections ─ parameter, condition ─► Scope ─ evaluate ─► values ─ resource ─► Draft
//! ```
//!
//! A resource that AWS has and vpcns does not mirror is refused by name, and so is a property that would change
//! what passes; with `allow_unsupported` both are left out, with what needs them, and become warnings. Resources
//! that change nothing in a lab are accepted and listed. Outputs are evaluated from the resolved lab.

mod attribute;
mod condition;
mod default_vpc;
mod dependency;
mod evaluate;
mod function;
mod given;
mod iam;
mod kind;
mod late;
mod lookup;
mod lowering;
mod order;
mod output;
mod parameter;
mod property;
mod reference;
mod resource;
mod scope;
mod template;
mod text;
mod unmirrored;

pub(super) use late::Earlier;

pub use given::{Error as ParametersError, Parameters};
pub use output::{Template, outputs, text_of};
pub use reference::reference;

use super::{
    Options,
    decode::{Decode, OneOrMany},
    mapping::REFUSED,
    together,
    tree::{Kind, Node, Part},
};
use crate::model::{
    Name, Region,
    diagnostic::{Diagnostics, Span, Spanned, did_you_mean},
    draft::{Draft, Text},
};
use evaluate::Evaluator;
use kind::Treatment;
use late::Filler;
use lowering::Lowering;
use property::Resource;
use resource::security_group::SecurityGroup;
use scope::{Declared, Scope};
use std::collections::{BTreeMap, BTreeSet};
use template::{Entry, Sections};

/// What a template says.
pub(super) struct Reading {
    pub(super) draft: Draft,
    /// What is wrong, and what is not mirrored.
    pub(super) mistakes: Diagnostics,
    /// What is to be known and is no mistake.
    pub(super) warnings: Diagnostics,
    /// Resources that are left out because of others that are not mirrored.
    pub(super) left_out: Diagnostics,
    /// Types without effect in a lab, and the resources of each.
    pub(super) without_effect: BTreeMap<String, Vec<String>>,
    pub(super) template: Template,
}

/// Whether a tree is a template, and not a file of the native format.
pub(super) fn is_template(root: &Node) -> bool {
    let Kind::Mapping(entries) = &root.kind else { return false };
    entries.iter().any(|(key, _)| matches!(key.value.as_str(), "AWSTemplateFormatVersion" | "Resources"))
}

/// Reads a template, as far as it is right; with what an `earlier` reading came to, the texts too that the lab tells.
pub(super) fn read(root: &Node, options: &Options, earlier: Option<Earlier<'_>>) -> Reading {
    let mut form = Diagnostics::default();
    let mut warnings = Diagnostics::default();
    let sections = Sections::decode(root, &mut form);
    check_sections(&sections, &mut form);
    if let Some(template::Rules(span)) = sections.rules {
        warnings.push_with_hint(span, "`Rules` are not checked", "they refuse values of parameters, and make nothing");
    }
    let region = region(options, &mut form);
    let parameters = template::trees(sections.parameters);
    let parameters = parameter::read(&parameters, options, &region, &mut form, &mut warnings);
    let mappings = template::trees(sections.mappings);
    for (name, node) in &mappings {
        template::check_mapping(name, node, &mut form);
    }
    let scope = Scope {
        stack: options.lab.clone(),
        region,
        parameters: parameters.into_iter().collect(),
        mappings: mappings.into_iter().map(|(name, node)| (name.value, node)).collect(),
        conditions: BTreeMap::new(),
        resources: BTreeMap::new(),
        imports: options.imports.clone(),
    };
    let mut evaluator = Evaluator::new(scope, None);
    let mut resources = template::trees(sections.resources);
    resources.retain(|(name, _)| !template::is_loop(name, &mut form));
    let mut resources: Vec<_> =
        resources.into_iter().map(|(name, node)| (name, Entry::decode(&node, &mut form))).collect();
    for (name, entry) in &resources {
        entry.note_metadata(name, &mut warnings);
    }
    declare(&resources, &mut evaluator);
    evaluator.conditions(&template::trees(sections.conditions));
    choose(&resources, &mut evaluator);
    let (values, order) = values(&mut resources, &mut evaluator, earlier);
    let outputs = output::read(template::trees(sections.outputs), &mut evaluator);
    form.append(std::mem::take(&mut evaluator.notes));
    let template = Template { scope: evaluator.scope, outputs };

    let ids = default_vpc::Ids::new(&template.scope);
    let values: Vec<_> = values.iter().map(|value| ids.identified(value)).collect();
    let mut reader = Reader {
        lowering: Lowering::new(&template.scope, group_names(&resources, &values)),
        left_out: Diagnostics::default(),
        without_effect: BTreeMap::new(),
    };
    for place in order {
        let (name, entry) = &resources[place];
        if template.scope.resources[&name.value].exists {
            reader.resource(name, entry, &values[place]);
        }
    }
    reader.lowering.join();
    let Reader { lowering: Lowering { mut draft, form: properties, notes, .. }, left_out, without_effect } = reader;
    draft.region = Some(Spanned::new(template.scope.region.to_string(), Span::default()));
    form.append(properties);
    Reading { draft, mistakes: together(form, notes), warnings, left_out, without_effect, template }
}

fn region(options: &Options, notes: &mut Diagnostics) -> Region {
    let Some(name) = &options.region else { return Region::default() };
    Region::parse(name).unwrap_or_else(|| {
        let hint = did_you_mean(name, Region::names()).unwrap_or_else(|| "such as `ap-northeast-2`".into());
        notes.push_with_hint(Span::default(), format!("there is no region `{name}`"), hint);
        Region::default()
    })
}

fn check_sections(sections: &Sections, notes: &mut Diagnostics) {
    if let Some(version) = sections.version.as_ref().filter(|version| version.value != "2010-09-09") {
        let message = format!("there is no template format `{}`", version.value);
        notes.push_with_hint(version.span, message, "write `2010-09-09`");
    }
    for (name, _) in sections.resources.0.iter().filter(|(name, _)| !name.value.starts_with("Fn::")) {
        template::check_name(name, notes);
    }
    let resources: BTreeSet<_> = sections.resources.0.iter().map(|(name, _)| name.value.as_str()).collect();
    for (name, _) in &sections.parameters.0 {
        template::check_name(name, notes);
        if resources.contains(name.value.as_str()) {
            notes.push(name.span, format!("`{}` is a resource too", name.value));
        }
    }
}

/// Makes the resources known to each other.
fn declare(resources: &[(Text, Entry)], evaluator: &mut Evaluator<'_>) {
    for (name, entry) in resources {
        let declared = Declared { kind: entry.kind.value.clone(), exists: true };
        evaluator.scope.resources.insert(name.value.clone(), declared);
    }
}

/// Finds out which resources are created.
fn choose(resources: &[(Text, Entry)], evaluator: &mut Evaluator<'_>) {
    for (name, entry) in resources {
        let Some(condition) = &entry.condition else { continue };
        let holds = evaluator.condition(&condition.value, condition.span);
        if let Some(declared) = evaluator.scope.resources.get_mut(&name.value) {
            declared.exists = holds != Ok(false);
        }
    }
}

/// The values of all resources' properties, and an order in which each resource comes after what it needs.
fn values(
    resources: &mut [(Text, Entry)],
    evaluator: &mut Evaluator<'_>,
    earlier: Option<Earlier<'_>>,
) -> (Vec<Node>, Vec<usize>) {
    let nodes: Vec<_> = resources.iter_mut().map(|(name, entry)| entry.properties(name)).collect();
    let places: BTreeMap<_, _> =
        resources.iter().enumerate().map(|(place, (name, _))| (name.value.as_str(), place)).collect();
    let mut needs = Vec::with_capacity(resources.len());
    for ((_, entry), node) in resources.iter().zip(&nodes) {
        let mut names = Vec::new();
        dependency::names(node, &evaluator.scope, &mut names);
        for name in entry.depends_on.iter().flat_map(|OneOrMany(names)| names) {
            if places.contains_key(name.value.as_str()) {
                names.push(&name.value);
                continue;
            }
            let message = format!("there is no resource `{}` to depend on (ValidationError)", name.value);
            match evaluator.near(&name.value, places.keys().copied()) {
                Some(hint) => evaluator.notes.push_with_hint(name.span, message, hint),
                None => evaluator.notes.push(name.span, message),
            }
        }
        let mut found: Vec<_> = names.into_iter().filter_map(|name| places.get(name).copied()).collect();
        found.sort_unstable();
        found.dedup();
        needs.push(found);
    }
    let order::Order { order, cycles } = order::order(&needs);
    for cycle in cycles {
        let names: Vec<_> = cycle.iter().map(|place| resources[*place].0.value.as_str()).collect();
        let message = format!("resources that need each other: {}", order::words(&names));
        let hint = "a rule of its own (`AWS::EC2::SecurityGroupIngress`) often breaks such a circle";
        evaluator.notes.push_with_hint(resources[cycle[0]].0.span, message, hint);
    }
    let mut filler = earlier.map(|earlier| Filler::new(earlier, &evaluator.scope));
    let mut values = nodes;
    for place in &order {
        let name = &resources[*place].0.value;
        let exists = evaluator.scope.resources[name].exists;
        evaluator.skipped += usize::from(!exists);
        if let Some(mut value) = evaluator.value(&values[*place]) {
            if let Some(filler) = filler.as_mut().filter(|_| exists) {
                filler.fill(&mut value, &values[*place]);
            }
            values[*place] = value;
        }
        evaluator.skipped -= usize::from(!exists);
        evaluator.evaluated.insert(name.clone(), values[*place].clone());
    }
    (values, order)
}

/// The security groups of the default VPC by their own names, by which instances there can name them.
fn group_names(resources: &[(Text, Entry)], values: &[Node]) -> BTreeMap<String, String> {
    let groups = resources.iter().zip(values).filter(|((_, entry), _)| entry.kind.value == SecurityGroup::TYPE);
    let named = groups.filter_map(|((name, _), value)| {
        let Kind::Mapping(entries) = &value.kind else { return None };
        let property = |key: &str| entries.iter().find(|(known, _)| known.value == key).map(|(_, value)| value);
        let is_default = property("VpcId").is_none_or(default_vpc::is_in);
        match property("GroupName").map(|name| &name.kind) {
            Some(Kind::Scalar { text, .. }) if is_default => Some((text.clone(), name.value.clone())),
            _ => None,
        }
    });
    named.collect()
}

/// Reads the resources, each after what it needs.
struct Reader<'a> {
    lowering: Lowering<'a>,
    left_out: Diagnostics,
    without_effect: BTreeMap<String, Vec<String>>,
}

impl Reader<'_> {
    fn resource(&mut self, name: &Text, entry: &Entry, value: &Node) {
        let kind = &entry.kind;
        match kind::find(&kind.value) {
            // Its absence was noted.
            _ if kind.value.is_empty() => {
                self.lowering.left_out.insert(name.value.clone());
            }
            Some(Treatment::Mirrored(mirrored)) => {
                let needed = |key: &Spanned<String>| mirrored.keys.iter().any(|known| known.name == key.value);
                // A policy may be about what the lab has not.
                let is_policy = kind.value.starts_with("AWS::IAM::");
                if let Some((span, missing)) = self.missing(value, &needed).filter(|_| !is_policy) {
                    let message = format!("`{}` is left out, as it needs `{missing}`", name.value);
                    self.left_out.push_unmirrored(span, message, REFUSED);
                    self.lowering.left_out.insert(name.value.clone());
                    named(value, &mut self.lowering.draft.named_elsewhere);
                    return;
                }
                self.lowering.draft.default_vpc |= default_vpc::is_in(value);
                (mirrored.read)(&mut self.lowering, value, name.clone().map(Name::new));
            }
            Some(Treatment::WithoutEffect) => {
                named(value, &mut self.lowering.draft.named_elsewhere);
                self.without_effect.entry(kind.value.clone()).or_default().push(name.value.clone());
            }
            Some(Treatment::Unmirrored) => {
                let message = match unmirrored::reason(&kind.value) {
                    Some(reason) => format!("`{}` is not mirrored: {reason}", kind.value),
                    None => format!("`{}` is not mirrored yet", kind.value),
                };
                self.lowering.form.push_unmirrored(kind.span, message, REFUSED);
                self.lowering.left_out.insert(name.value.clone());
                named(value, &mut self.lowering.draft.named_elsewhere);
            }
            None if kind.value.contains('/') => {
                let message = format!("`{}` is a file, and no resource type", kind.value);
                let hint = "a module of `rain`? `rain pkg` makes one template of all";
                self.lowering.form.push_with_hint(kind.span, message, hint);
                self.lowering.left_out.insert(name.value.clone());
            }
            None => {
                let message = format!("there is no resource type `{}`", kind.value);
                let hint = kind::near(&kind.value).unwrap_or_else(|| "such as `AWS::EC2::VPC`".into());
                self.lowering.form.push_with_hint(kind.span, message, hint);
                self.lowering.left_out.insert(name.value.clone());
            }
        }
    }

    /// The first resource that is named in the needed properties and is not in the lab.
    fn missing(&self, node: &Node, needed: &dyn Fn(&Spanned<String>) -> bool) -> Option<(Span, String)> {
        match &node.kind {
            Kind::Mapping(entries) => {
                entries.iter().filter(|(key, _)| needed(key)).find_map(|(_, value)| self.missing(value, &|_| true))
            }
            Kind::Sequence(items) => items.iter().find_map(|item| self.missing(item, &|_| true)),
            Kind::Later(parts) => parts.iter().find_map(|part| match part {
                Part::Of { resource, .. } => {
                    let resource = resource.split('/').next().unwrap_or_default();
                    self.lowering.left_out.contains(resource).then(|| (node.span, resource.to_owned()))
                }
                Part::Text(_) => None,
            }),
            Kind::Scalar { .. } | Kind::Wrong => None,
        }
    }
}

/// The resources that a value names.
fn named(node: &Node, names: &mut BTreeSet<Name>) {
    match &node.kind {
        Kind::Mapping(entries) => entries.iter().for_each(|(_, value)| named(value, names)),
        Kind::Sequence(items) => items.iter().for_each(|item| named(item, names)),
        Kind::Later(parts) => names.extend(parts.iter().filter_map(|part| match part {
            Part::Of { resource, .. } => resource.split('/').next().map(Name::new),
            Part::Text(_) => None,
        })),
        Kind::Scalar { .. } | Kind::Wrong => {}
    }
}
