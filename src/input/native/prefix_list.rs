//! Customer-managed prefix lists of the native format.

use super::{
    lower::{Lowering, label},
    mapping,
};
use crate::{
    input::{
        decode::Decode,
        tree::{Kind, Node},
    },
    model::{
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, Ref, Text},
    },
};

mapping! {
    /// A prefix list.
    struct PrefixList = "a prefix list" {
        /// Its entries: CIDRs, or mappings of `cidr` and `description`.
        entries: Option<Vec<Entry>>,
        /// How many entries it may have; as so many rules or routes a reference to it counts. Default: as many as it has.
        max_entries: Option<Spanned<i64>>,
        /// Its `PrefixListName`. Default: the name.
        name: Option<Text>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// An entry with a description.
    struct Described = "an entry" {
        /// The CIDR.
        cidr: Text,
        /// What it is for.
        description: Option<String>,
    }
}

/// An entry.
#[derive(Debug, Clone)]
pub(super) struct Entry(draft::PrefixListEntry);

impl Decode for Entry {
    fn what() -> String {
        "a CIDR, or a mapping of `cidr` and `description`".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { .. } => Self::of(Text::decode(node, notes), None),
            Kind::Mapping(_) => {
                let Described { cidr, description } = Described::decode(node, notes);
                Self::of(cidr, description)
            }
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self::of(Spanned::new("0.0.0.0/0".into(), at), None)
    }
}

impl Entry {
    fn of(cidr: Text, description: Option<String>) -> Self {
        Self(draft::PrefixListEntry { cidr, description })
    }
}

impl PrefixList {
    /// Writes the list.
    pub(super) fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        lowering.draft.prefix_lists.push(draft::PrefixList {
            label: label(name, self.tag),
            prefix_list_name: self.name,
            entries: self.entries.into_iter().flatten().map(|entry| entry.0).collect(),
            max_entries: self.max_entries,
        });
    }
}
