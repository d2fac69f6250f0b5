//! `AWS::EC2::PrefixList`, and references to prefix lists of any kind (SG-09, RT-04).

use super::super::{
    attribute::How,
    lowering::Lowering,
    property::{Resource, Tags, To, Words, properties},
};
use crate::{
    input::{
        decode::Decode,
        tree::{Kind, Node},
    },
    model::{
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, Label, Ref, Text},
    },
};

properties! {
    /// A customer-managed prefix list.
    struct PrefixList = "a prefix list" {
        /// Its name, which cannot begin with `com.amazonaws`.
        name as "PrefixListName": Text,
        /// Only `IPv4`. A list of `IPv6` is refused.
        address_family as "AddressFamily": Text,
        /// How many entries it may have; as so many rules or routes a reference to it counts. Default: as many as it has.
        max_entries as "MaxEntries": Option<Spanned<i64>>,
        /// Its entries.
        entries as "Entries": Option<Vec<Entry>>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
}

properties! {
    /// An entry of a prefix list.
    struct Entry = "an entry" {
        /// The CIDR.
        cidr as "Cidr": Text,
        /// What it is for.
        description as "Description": Option<Words>,
    }
}

impl Resource for PrefixList {
    const TYPE: &'static str = "AWS::EC2::PrefixList";
    const ATTRIBUTES: &'static [(&'static str, How)] =
        &[("PrefixListId", How::Itself), ("Arn", How::Later), ("OwnerId", How::Later), ("Version", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        match self.address_family.value.as_str() {
            "IPv4" => {}
            "IPv6" => {
                lowering.leave_out(&name, self.address_family.span, "prefix lists of IPv6 are not mirrored");
                return;
            }
            other => {
                let message = format!("`{other}` is not an address family (InvalidParameterValue)");
                lowering.notes.push_with_hint(self.address_family.span, message, "it is `IPv4` or `IPv6`");
            }
        }
        let entry = |entry: Entry| draft::PrefixListEntry {
            cidr: entry.cidr,
            description: entry.description.and_then(|words| words.0),
        };
        lowering.draft.prefix_lists.push(draft::PrefixList {
            label: Label { name, tag: self.tags.0 },
            prefix_list_name: Some(self.name),
            entries: self.entries.into_iter().flatten().map(entry).collect(),
            max_entries: self.max_entries,
        });
    }
}

/// A prefix list: one of the template by reference, one of AWS's by its id or name.
#[derive(Debug, Clone)]
pub(in crate::input::cloudformation) struct ListRef(pub(in crate::input::cloudformation) Text);

impl Decode for ListRef {
    fn what() -> String {
        format!("a reference to an `{}`, or the id of a prefix list of AWS's own", PrefixList::TYPE)
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Later(_) => {
                Self(To::<PrefixList>::decode(node, notes).name.map(|name| format!("prefix_list/{name}")))
            }
            _ => Self(Text::decode(node, notes)),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self(Text::placeholder(at))
    }
}
