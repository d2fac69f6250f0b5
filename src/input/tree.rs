//! A YAML or JSON text as a tree in which every node knows its place, its tag and its raw text.
//!
//! Scalars stay text: what `012345678901` or `yes` means is for the schema to say (`decode`), so that
//! account ids keep their zeros. Tags are kept for the same reason: `!Ref` means something to
//! CloudFormation only. Order is that of the file; of keys given twice the first is kept.

use crate::model::diagnostic::{Span, Spanned};

/// One value of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it stands; of an alias, where the alias stands.
    pub span: Span,
    /// Where to point when something is missing from it: the key whose value it is, or itself.
    pub owner: Span,
    /// Its tag, such as `!Ref`.
    pub tag: Option<String>,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A text, a number, a bool, or nothing: as it was written, escapes resolved.
    Scalar {
        /// The text.
        text: String,
        /// Whether it stands bare, without quotes: only then can it mean nothing (`null`, `~`).
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, no key twice.
    Mapping(Vec<(Spanned<String>, Node)>),
    /// Text of which a part is known only once the lab is resolved; no parts at all mean that nothing is known of
    /// it. Evaluating a template makes it, never `parse`.
    Later(Vec<Part>),
    /// Something about which enough was said; likewise made by evaluating.
    Wrong,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// What is known.
    Text(String),
    /// What is not.
    Of {
        /// The resource by its name in the draft.
        resource: String,
        /// Its type.
        kind: String,
        /// Which of its attributes; none means the resource itself.
        attribute: Option<String>,
    },
}

impl Node {
    /// Whether it says nothing: no text at all, `null` or `~`.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What it is, in words.
    pub fn describe(&self) -> String {
        match &self.kind {
            _ if self.is_null() => "nothing".into(),
            Kind::Scalar { text, .. } => format!("`{text}`"),
            Kind::Sequence(_) => "a list".into(),
            Kind::Mapping(_) => "a mapping".into(),
            Kind::Later(_) => "what is known only once the lab is up".into(),
            Kind::Wrong => "a mistake".into(),
        }
    }

    /// How many nodes it is made of, and how deep they are nested.
    pub fn extent(&self) -> Extent {
        let children: &mut dyn Iterator<Item = &Node> = match &self.kind {
            Kind::Scalar { .. } | Kind::Later(_) | Kind::Wrong => &mut std::iter::empty(),
            Kind::Sequence(items) => &mut items.iter(),
            Kind::Mapping(entries) => &mut entries.iter().map(|(_, value)| value),
        };
        children.map(Node::extent).fold(Extent { nodes: 1, depth: 1 }, |whole, child| Extent {
            nodes: whole.nodes + child.nodes,
            depth: whole.depth.max(child.depth + 1),
        })
    }
}

/// The size of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Nodes.
    pub nodes: usize,
    /// Levels.
    pub depth: usize,
}
