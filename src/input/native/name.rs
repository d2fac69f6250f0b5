//! Names of resources, and how a reference reaches into a VPC.
//!
//! A name becomes part of a network namespace's name, of a file's name and of nft sets, so its
//! characters are few. What lies inside a VPC is called `VPC/NAME`; inside that VPC, `NAME` is enough.

use crate::{
    input::{
        decode::{Decode, Pairs},
        tree::{Kind, Node},
    },
    model::{
        Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{Ref, Text},
    },
};

/// The longest name. `LAB.HOST` must be a file name, of at most 255 bytes.
const MAX: usize = 63;

/// A key that names a resource, noted if it cannot be a name.
pub(super) fn checked(key: Text, notes: &mut Diagnostics) -> Ref {
    if !is_name(&key.value) {
        let hint = format!("a name has 1 to {MAX} of `A-Z a-z 0-9 _ -` and begins with a letter or a digit");
        notes.push_with_hint(key.span, format!("`{}` cannot be a name", key.value), hint);
    }
    key.map(Name::new)
}

/// What `reference` means inside a VPC: `web` is `VPC/web`, `other/web` is itself.
pub(super) fn inside(vpc: &str, reference: Text) -> Ref {
    reference.map(|text| if text.contains('/') { Name::new(text) } else { Name::new(format!("{vpc}/{text}")) })
}

/// The VPC that a reference names before its slash.
pub(super) fn vpc_of(reference: &Ref) -> Option<Ref> {
    let (vpc, _) = reference.value.as_str().split_once('/')?;
    Some(Spanned::new(Name::new(vpc), reference.span))
}

fn is_name(text: &str) -> bool {
    text.len() <= MAX
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// A mapping from the names of resources to what they are.
#[derive(Debug, Clone)]
pub(super) struct Named<T>(pub(super) Vec<(Ref, T)>);

impl<T: Decode> Decode for Named<T> {
    const REQUIRED: bool = false;

    fn what() -> String {
        "a mapping from names".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        if !node.is_null() && !matches!(node.kind, Kind::Mapping(_)) {
            return Self::unexpected(node, notes);
        }
        let Pairs(pairs) = Pairs::decode(node, notes);
        Self(pairs.into_iter().map(|(key, value)| (checked(key, notes), value)).collect())
    }

    fn placeholder(_at: Span) -> Self {
        Self(Vec::new())
    }
}
