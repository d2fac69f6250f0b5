//! Mappings with known keys, declared once: `mapping!` turns a struct with its doc comments into the
//! decoder, the words of its errors and the tables of `docs/native-format.md`.
//!
//! A key that is not known is a mistake, never ignored; if it is clearly a known one misspelt, reading
//! goes on as if it were that one, so that one slip does not make every reference into it fail.

use super::{decode::Decode, unmirrored};
use crate::{
    input::tree::{Kind, Node},
    model::diagnostic::{Diagnostics, Span, Spanned, did_you_mean},
};

/// One key of a mapping, for errors and documentation.
pub(super) struct Key {
    /// The key itself.
    pub(super) name: &'static str,
    /// What its value is.
    pub(super) what: fn() -> String,
    /// Whether it must be there.
    pub(super) required: bool,
    /// Its doc comment.
    pub(super) docs: &'static [&'static str],
}

/// A mapping with known keys.
pub(super) trait Mapping: Decode {
    /// Its keys in the order of the documentation.
    const KEYS: &'static [Key];
}

/// The keys that a file gave, taken one by one.
pub(super) struct Given<'a> {
    owner: Span,
    /// Whether a missing key is a mistake: not if there is no mapping at all, which was noted already.
    complete: bool,
    entries: Vec<(&'static str, &'a Node)>,
}

impl<'a> Given<'a> {
    pub(super) fn of<M: Mapping>(node: &'a Node, notes: &mut Diagnostics) -> Self {
        let mut given = Self { owner: node.owner, complete: true, entries: Vec::new() };
        let entries = match &node.kind {
            Kind::Mapping(entries) => entries.as_slice(),
            _ if node.is_null() => &[],
            Kind::Scalar { .. } | Kind::Sequence(_) => {
                notes.push(node.span, format!("expected {}, found {}", M::what(), node.describe()));
                (given.complete, given.owner) = (false, node.span);
                &[]
            }
        };
        let exactly = |key: &Spanned<String>| M::KEYS.iter().find(|known| known.name == key.value);
        for (key, value) in entries {
            if let Some(known) = exactly(key) {
                given.entries.push((known.name, value));
            }
        }
        for (key, value) in entries.iter().filter(|(key, _)| exactly(key).is_none()) {
            given.unknown::<M>(key, value, notes);
        }
        given
    }

    /// Notes a key that is not known. One that is clearly meant is taken for it.
    fn unknown<M: Mapping>(&mut self, key: &Spanned<String>, value: &'a Node, notes: &mut Diagnostics) {
        if let Some((message, hint)) = unmirrored::key(&key.value) {
            notes.push_with_hint(key.span, message, hint);
            return;
        }
        let message = format!("unknown key `{}`", key.value);
        let absent = || {
            M::KEYS.iter().map(|known| known.name).filter(|name| self.entries.iter().all(|(given, _)| given != name))
        };
        if let Some(hint) = did_you_mean(&key.value, absent()) {
            let meant = absent().find(|name| hint.contains(&format!("`{name}`")));
            self.entries.extend(meant.map(|name| (name, value)));
            notes.push_with_hint(key.span, message, hint);
        } else {
            let known: Vec<_> = M::KEYS.iter().map(|known| format!("`{}`", known.name)).collect();
            notes.push_with_hint(key.span, message, format!("the keys here are {}", known.join(", ")));
        }
    }

    /// The value of a key. If it is missing, `docs` say what it would be.
    pub(super) fn take<T: Decode>(&self, name: &str, docs: &[&str], notes: &mut Diagnostics) -> T {
        if let Some((_, node)) = self.entries.iter().find(|(given, _)| *given == name) {
            return T::decode(node, notes);
        }
        if T::REQUIRED && self.complete {
            let (meaning, _) = docs[0].split_once(". ").unwrap_or((docs[0].trim_end_matches('.'), ""));
            notes.push_with_hint(self.owner, format!("missing key `{name}`"), format!("`{name}`:{meaning}"));
        }
        T::placeholder(self.owner)
    }
}

/// Declares a mapping. `$what` is what its errors call it; a key that Rust keeps for itself is given with `as`.
macro_rules! mapping {
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
    (
        $(#[doc = $about:literal])+
        struct $Name:ident = $what:literal {
            $($(#[doc = $doc:literal])+ $field:ident $(as $key:literal)?: $Type:ty,)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone)]
        pub(in crate::input::native) struct $Name {
            $($(#[doc = $doc])+ pub(in crate::input::native) $field: $Type,)+
        }

        impl $crate::input::native::mapping::Mapping for $Name {
            const KEYS: &'static [$crate::input::native::mapping::Key] = &[$(
                $crate::input::native::mapping::Key {
                    name: $crate::input::native::mapping::mapping!(@key $field $($key)?),
                    what: <$Type as $crate::input::native::decode::Decode>::what,
                    required: <$Type as $crate::input::native::decode::Decode>::REQUIRED,
                    docs: &[$($doc),+],
                },
            )+];
        }

        impl $crate::input::native::decode::Decode for $Name {
            fn what() -> String {
                $what.into()
            }

            fn decode(node: &$crate::input::tree::Node, notes: &mut $crate::model::diagnostic::Diagnostics) -> Self {
                let given = $crate::input::native::mapping::Given::of::<Self>(node, notes);
                Self { $($field: given.take($crate::input::native::mapping::mapping!(@key $field $($key)?), &[$($doc),+], notes),)+ }
            }

            fn placeholder(at: $crate::model::diagnostic::Span) -> Self {
                Self { $($field: $crate::input::native::decode::Decode::placeholder(at),)+ }
            }
        }
    };
}
pub(super) use mapping;
