//! From nodes to the values that the schema expects.
//!
//! Decoding never stops: what is wrong is noted and a placeholder at the same place stands in, so that
//! one run finds every mistake, here and later in `model::resolve` (whose complaints about a place
//! that has one already are dropped). What a scalar means depends on what is expected: `012345678901`
//! stays an account's text, and only `true` and `false` are bools.

use super::{
    render::misleads,
    tree::{Kind, Node},
};
use crate::model::{
    diagnostic::{Diagnostics, Span, Spanned},
    draft::Text,
};

/// A type that a node can be read as.
pub(in crate::input) trait Decode: Sized {
    /// Whether a mapping that lacks the key is wrong.
    const REQUIRED: bool = true;

    /// What is expected, in words that follow "expected".
    fn what() -> String;

    /// The value of a node; what is wrong with it is noted.
    fn decode(node: &Node, notes: &mut Diagnostics) -> Self;

    /// The value of a key, for types that have to name it.
    fn decode_key(_key: &str, node: &Node, notes: &mut Diagnostics) -> Self {
        Self::decode(node, notes)
    }

    /// Stands in for a value that is missing or wrong.
    fn placeholder(at: Span) -> Self;

    /// Notes that a node is something else, unless that was noted before.
    fn unexpected(node: &Node, notes: &mut Diagnostics) -> Self {
        let message = || format!("expected {}, found {}", Self::what(), node.describe());
        match node.kind {
            Kind::Wrong => {}
            Kind::Later(_) => notes.push_late(node.span, message()),
            _ => notes.push(node.span, message()),
        }
        Self::placeholder(node.span)
    }
}

impl Decode for String {
    fn what() -> String {
        "text".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { text, .. } if !node.is_null() => {
                if let Some(hidden) = text.chars().find(|c| misleads(*c)) {
                    let message = format!("the character U+{:04X} does not show", u32::from(hidden));
                    notes.push_with_hint(node.span, message, "leave it out");
                }
                text.clone()
            }
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(_at: Span) -> Self {
        Self::new()
    }
}

impl Decode for bool {
    fn what() -> String {
        "`true` or `false`".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let Kind::Scalar { text, .. } = &node.kind else { return Self::unexpected(node, notes) };
        match text.as_str() {
            "true" | "True" | "TRUE" => true,
            "false" | "False" | "FALSE" => false,
            _ => {
                let message = format!("expected {}, found {}", Self::what(), node.describe());
                match text.to_lowercase().as_str() {
                    "yes" | "y" | "on" | "1" => notes.push_with_hint(node.span, message, "write `true`"),
                    "no" | "n" | "off" | "0" => notes.push_with_hint(node.span, message, "write `false`"),
                    _ => notes.push(node.span, message),
                }
                false
            }
        }
    }

    fn placeholder(_at: Span) -> Self {
        false
    }
}

impl Decode for i64 {
    fn what() -> String {
        "a whole number".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { text, .. } => text.parse().unwrap_or_else(|_| Self::unexpected(node, notes)),
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(_at: Span) -> Self {
        0
    }
}

impl<T: Decode> Decode for Spanned<T> {
    const REQUIRED: bool = T::REQUIRED;

    fn what() -> String {
        T::what()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        Self::new(T::decode(node, notes), node.span)
    }

    fn placeholder(at: Span) -> Self {
        Self::new(T::placeholder(at), at)
    }
}

impl<T: Decode> Decode for Option<T> {
    const REQUIRED: bool = false;

    fn what() -> String {
        T::what()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        (!node.is_null()).then(|| T::decode(node, notes))
    }

    fn decode_key(key: &str, node: &Node, notes: &mut Diagnostics) -> Self {
        (!node.is_null()).then(|| T::decode_key(key, node, notes))
    }

    fn placeholder(_at: Span) -> Self {
        None
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn what() -> String {
        format!("a list, each item {}", T::what())
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Sequence(items) => items.iter().map(|item| T::decode(item, notes)).collect(),
            Kind::Scalar { text, .. } if !node.is_null() => {
                let message = format!("expected {}, found {}", Self::what(), node.describe());
                notes.push_with_hint(node.span, message, format!("write `[{text}]`"));
                // It is most likely the only item, and whatever refers to it should not fail too.
                let mut further = Diagnostics::default();
                let item = T::decode(node, &mut further);
                if further.is_empty() { vec![item] } else { Self::new() }
            }
            Kind::Mapping(_) => {
                let message = format!("expected {}, found a mapping", Self::what());
                notes.push_with_hint(node.span, message, "begin each item with `- `");
                Self::new()
            }
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(_at: Span) -> Self {
        Self::new()
    }
}

/// One value, or a list of them.
#[derive(Debug, Clone)]
pub(in crate::input) struct OneOrMany<T>(pub(in crate::input) Vec<T>);

impl<T: Decode> Decode for OneOrMany<T> {
    fn what() -> String {
        format!("{}, or a list of them", T::what())
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Sequence(_) => Self(Vec::decode(node, notes)),
            _ => Self(vec![T::decode(node, notes)]),
        }
    }

    fn placeholder(_at: Span) -> Self {
        Self(Vec::new())
    }
}

/// A mapping of which any text may be the key.
#[derive(Debug, Clone)]
pub(in crate::input) struct Pairs<T>(pub(in crate::input) Vec<(Text, T)>);

impl<T: Decode> Decode for Pairs<T> {
    const REQUIRED: bool = false;

    fn what() -> String {
        "a mapping".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Mapping(entries) => {
                Self(entries.iter().map(|(key, value)| (key.clone(), T::decode(value, notes))).collect())
            }
            Kind::Scalar { .. } if node.is_null() => Self(Vec::new()),
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(_at: Span) -> Self {
        Self(Vec::new())
    }
}
