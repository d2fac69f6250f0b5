//! The sections of a template, and its resources before anything is evaluated.

use super::property::{Words, properties};
use crate::{
    input::{
        decode::{Decode, OneOrMany, Pairs},
        tree::{Kind, Node},
    },
    model::{
        diagnostic::{Diagnostics, Span, Spanned},
        draft::Text,
    },
};

properties! {
    /// A template.
    struct Sections = "a template" {
        /// `2010-09-09`.
        version as "AWSTemplateFormatVersion": Option<Text>,
        /// Values from outside.
        parameters as "Parameters": Pairs<Tree>,
        /// Tables of texts.
        mappings as "Mappings": Pairs<Tree>,
        /// Which values of parameters go together. They are not checked.
        rules as "Rules": Option<Rules>,
        /// What is true or false.
        conditions as "Conditions": Pairs<Tree>,
        /// Resources.
        resources as "Resources": Pairs<Tree>,
        /// What is shown in the end.
        outputs as "Outputs": Pairs<Tree>,
    }
    accepted &["Description", "Metadata"];
    unmirrored &["Hooks", "Transform"];
}

properties! {
    /// A resource.
    struct Entry = "a resource" {
        /// Its type, such as `AWS::EC2::VPC`.
        kind as "Type": Text,
        /// What it is.
        properties as "Properties": Option<Tree>,
        /// The condition under which it is created.
        condition as "Condition": Option<Text>,
        /// Resources that are made before it.
        depends_on as "DependsOn": Option<OneOrMany<Text>>,
        /// What tools say and read of it.
        metadata as "Metadata": Option<Tree>,
    }
    // How a stack is changed and deleted: a lab is changed in place and deleted whole.
    accepted &["CreationPolicy", "DeletionPolicy", "UpdatePolicy", "UpdateReplacePolicy", "Version"];
}

properties! {
    /// An output.
    struct Output = "an output" {
        /// Its value.
        value as "Value": Tree,
        /// What it is for.
        description as "Description": Option<Words>,
        /// The name by which other stacks import it.
        export as "Export": Option<Export>,
        /// The condition under which there is the output.
        condition as "Condition": Option<Text>,
    }
}

properties! {
    /// The name of an export.
    struct Export = "a mapping of `Name`" {
        /// The name.
        name as "Name": Tree,
    }
}

/// A part of the template as it is written, to be evaluated.
#[derive(Debug, Clone)]
pub(super) struct Tree(pub(super) Node);

impl Decode for Tree {
    fn what() -> String {
        "a value".into()
    }

    fn decode(node: &Node, _notes: &mut Diagnostics) -> Self {
        Self(node.clone())
    }

    fn placeholder(at: Span) -> Self {
        Self(Node { span: at, owner: at, tag: None, kind: Kind::Wrong })
    }
}

/// What `cfn-init` reads.
const INIT: &str = "AWS::CloudFormation::Init";

impl Entry {
    /// Notes what in the metadata a lab does not follow.
    pub(super) fn note_metadata(&self, name: &Text, warnings: &mut Diagnostics) {
        let Some(Tree(Node { kind: Kind::Mapping(entries), .. })) = &self.metadata else { return };
        if let Some((key, _)) = entries.iter().find(|(key, _)| key.value == INIT) {
            let message = format!("`{INIT}` of `{}` is not followed: `cfn-init` fails in the instance", name.value);
            warnings.push_with_hint(
                key.span,
                message,
                "put what it does into `UserData`, as a script or `#cloud-config`",
            );
        }
    }

    /// The properties; none written are none at all. What is missing from them is missing from the resource.
    pub(super) fn properties(&mut self, name: &Text) -> Node {
        match self.properties.take() {
            Some(Tree(node)) => Node { owner: name.span, ..node },
            None => Node { span: name.span, owner: name.span, tag: None, kind: Kind::Mapping(Vec::new()) },
        }
    }
}

/// Rules, whatever they are; where they stand.
#[derive(Debug, Clone)]
pub(super) struct Rules(pub(super) Span);

impl Decode for Rules {
    fn what() -> String {
        "a mapping".into()
    }

    fn decode(node: &Node, _notes: &mut Diagnostics) -> Self {
        Self(node.owner)
    }

    fn placeholder(at: Span) -> Self {
        Self(at)
    }
}

/// Parts of the template by name.
pub(super) fn trees(pairs: Pairs<Tree>) -> Vec<(Text, Node)> {
    pairs.0.into_iter().map(|(name, Tree(node))| (name, node)).collect()
}

/// The longest logical id that becomes the name of a namespace, a file name of at most 255 bytes.
const LONGEST: usize = 200;

/// Notes a logical id that is none.
pub(super) fn check_name(name: &Text, notes: &mut Diagnostics) {
    let Spanned { value, span } = name;
    if value.is_empty() || value.len() > LONGEST || !value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let hint = format!("a logical id has 1 to {LONGEST} letters and digits");
        notes.push_with_hint(*span, format!("`{value}` cannot be a logical id"), hint);
    }
}

/// Whether a resource's name is a function's, which would make several resources; this is noted.
pub(super) fn is_loop(name: &Text, notes: &mut Diagnostics) -> bool {
    let is_loop = name.value.starts_with("Fn::");
    if is_loop {
        let message = format!("`{}` needs a transform, and transforms are not mirrored yet", name.value);
        notes.push_unmirrored(name.span, message, "write out the resources that it makes");
    }
    is_loop
}

/// Notes tables that are no tables of tables of texts, or lists of them.
pub(super) fn check_mapping(name: &Text, node: &Node, notes: &mut Diagnostics) {
    let expected = |what: &str, node: &Node, notes: &mut Diagnostics| {
        notes.push(node.span, format!("mapping `{}`: expected {what}, found {}", name.value, node.describe()));
    };
    let Kind::Mapping(tops) = &node.kind else { return expected("a mapping of mappings", node, notes) };
    for (_, top) in tops {
        let Kind::Mapping(values) = &top.kind else {
            expected("a mapping", top, notes);
            continue;
        };
        for (_, value) in values {
            let is_text = |node: &Node| matches!(node.kind, Kind::Scalar { .. }) && node.tag.is_none();
            let right = match &value.kind {
                Kind::Sequence(items) => value.tag.is_none() && items.iter().all(is_text),
                _ => is_text(value),
            };
            if !right {
                expected("text or a list of texts", value, notes);
            }
        }
    }
}
