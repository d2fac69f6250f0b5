//! Mappings with known keys, declared once: `mapping!` turns a struct with its doc comments into the
//! decoder, the words of its errors and the tables of the formats' pages in `docs`.
//!
//! A key that is not known is a mistake, never ignored; if it is clearly a known one misspelt, reading
//! goes on as if it were that one, so that one slip does not make every reference into it fail. A key that
//! AWS has and vpcns does not mirror is refused by name, so that nobody takes it for a typing error.

use super::{
    decode::Decode,
    tree::{Kind, Node},
};
use crate::model::diagnostic::{Diagnostics, Span, Spanned, did_you_mean};
use std::fmt::Write;

/// What is said of everything that is refused by name.
pub(in crate::input) const REFUSED: &str =
    "a lab that dropped it would behave unlike AWS: take it out to go on without it";

/// One key of a mapping, for errors and documentation.
pub(in crate::input) struct Key {
    /// The key itself.
    pub(in crate::input) name: &'static str,
    /// What its value is.
    pub(in crate::input) what: fn() -> String,
    /// Whether it must be there.
    pub(in crate::input) required: bool,
    /// Its doc comment.
    pub(in crate::input) docs: &'static [&'static str],
}

/// A mapping with known keys.
pub(in crate::input) trait Mapping: Decode {
    /// Its keys in the order of the documentation.
    const KEYS: &'static [Key];
    /// Keys that change nothing in a lab.
    const ACCEPTED: &'static [&'static str] = &[];
    /// Keys that AWS has and vpcns does not mirror.
    const UNMIRRORED: &'static [&'static str] = &[];

    /// The message and the hint for a key that needs words of its own.
    fn refusal(_key: &str) -> Option<(String, String)> {
        None
    }
}

/// The keys that a file gave, taken one by one.
pub(in crate::input) struct Given<'a> {
    owner: Span,
    /// Whether a missing key is a mistake: not if there is no mapping at all, which was noted already.
    complete: bool,
    entries: Vec<(&'static str, &'a Node)>,
}

impl<'a> Given<'a> {
    pub(in crate::input) fn of<M: Mapping>(node: &'a Node, notes: &mut Diagnostics) -> Self {
        let mut given = Self { owner: node.owner, complete: true, entries: Vec::new() };
        let entries = match &node.kind {
            Kind::Mapping(entries) => entries.as_slice(),
            _ if node.is_null() => &[],
            _ => {
                M::unexpected(node, notes);
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
        if M::ACCEPTED.contains(&key.value.as_str()) {
            return;
        }
        if M::UNMIRRORED.contains(&key.value.as_str()) {
            notes.push_unmirrored(key.span, format!("`{}` is not mirrored yet", key.value), REFUSED);
            return;
        }
        if let Some((message, hint)) = M::refusal(&key.value) {
            notes.push_with_hint(key.span, message, hint);
            return;
        }
        let message = format!("unknown key `{}`", key.value);
        let absent = || {
            M::KEYS.iter().map(|known| known.name).filter(|name| self.entries.iter().all(|(given, _)| given != name))
        };
        let unread = M::ACCEPTED.iter().chain(M::UNMIRRORED).copied();
        if let Some(hint) = did_you_mean(&key.value, absent().chain(unread)) {
            let meant = absent().find(|name| hint.contains(&format!("`{name}`")));
            self.entries.extend(meant.map(|name| (name, value)));
            notes.push_with_hint(key.span, message, hint);
        } else {
            let known: Vec<_> = M::KEYS.iter().map(|known| format!("`{}`", known.name)).collect();
            notes.push_with_hint(key.span, message, format!("the keys here are {}", known.join(", ")));
        }
    }

    /// The value of a key. If it is missing, `docs` say what it would be.
    pub(in crate::input) fn take<T: Decode>(&self, name: &str, docs: &[&str], notes: &mut Diagnostics) -> T {
        if let Some((_, node)) = self.entries.iter().find(|(given, _)| *given == name) {
            return T::decode_key(name, node, notes);
        }
        if T::REQUIRED && self.complete {
            let (meaning, _) = docs[0].split_once(". ").unwrap_or((docs[0].trim_end_matches('.'), ""));
            notes.push_with_hint(self.owner, format!("missing key `{name}`"), format!("`{name}`:{meaning}"));
        }
        T::placeholder(self.owner)
    }
}

/// A mapping's keys as a table of the documentation.
pub(in crate::input) fn table<M: Mapping>() -> String {
    let mut table = String::from("| key | value | meaning |\n|---|---|---|\n");
    for key in M::KEYS {
        let required = if key.required { " (required)" } else { "" };
        let docs: Vec<_> = key.docs.iter().map(|line| line.trim()).collect();
        writeln!(table, "| `{}`{required} | {} | {} |", key.name, (key.what)(), docs.join(" "))
            .expect("a string takes whatever is written");
    }
    table
}

/// Declares a mapping. `$what` is what its errors call it; a key that Rust keeps for itself is given with `as`.
/// First comes who may see it. Keys without a field follow: those that are `accepted`, and those that are `unmirrored`.
macro_rules! mapping {
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
    (
        $visible:vis,
        $(#[doc = $about:literal])+
        struct $Name:ident = $what:literal {
            $($(#[doc = $doc:literal])+ $field:ident $(as $key:literal)?: $Type:ty,)+
        }
        $(accepted $accepted:expr;)?
        $(unmirrored $unmirrored:expr;)?
        $(refusal $refusal:path;)?
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone)]
        $visible struct $Name {
            $($(#[doc = $doc])+ $visible $field: $Type,)+
        }

        impl $crate::input::mapping::Mapping for $Name {
            const KEYS: &'static [$crate::input::mapping::Key] = &[$(
                $crate::input::mapping::Key {
                    name: $crate::input::mapping::mapping!(@key $field $($key)?),
                    what: <$Type as $crate::input::decode::Decode>::what,
                    required: <$Type as $crate::input::decode::Decode>::REQUIRED,
                    docs: &[$($doc),+],
                },
            )+];
            $(const ACCEPTED: &'static [&'static str] = $accepted;)?
            $(const UNMIRRORED: &'static [&'static str] = $unmirrored;)?
            $(fn refusal(key: &str) -> Option<(String, String)> { $refusal(key) })?
        }

        impl $crate::input::decode::Decode for $Name {
            fn what() -> String {
                $what.into()
            }

            fn decode(node: &$crate::input::tree::Node, notes: &mut $crate::model::diagnostic::Diagnostics) -> Self {
                let given = $crate::input::mapping::Given::of::<Self>(node, notes);
                Self { $($field: given.take($crate::input::mapping::mapping!(@key $field $($key)?), &[$($doc),+], notes),)+ }
            }

            fn placeholder(at: $crate::model::diagnostic::Span) -> Self {
                Self { $($field: $crate::input::decode::Decode::placeholder(at),)+ }
            }
        }
    };
}
pub(in crate::input) use mapping;
