//! Network ACLs of the native format. An entry says what it means in the words of a security group's rule.

use super::{
    lower::{Lowering, label},
    mapping,
    security_group::{Ports, Rule},
};
use crate::{
    input::decode::{OneOrMany, Pairs},
    model::{
        diagnostic::{Diagnostics, Spanned},
        draft::{self, Ref, Text},
    },
};

mapping! {
    /// A network ACL.
    struct NetworkAcl = "a network ACL" {
        /// What comes in: numbers, from 1 to 32766, and entries. Left out: nothing; for `default`, everything.
        inbound: Option<Pairs<Spanned<Entry>>>,
        /// What goes out. Left out: nothing; for `default`, everything.
        outbound: Option<Pairs<Spanned<Entry>>>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// An entry of a network ACL.
    struct Entry = "an entry" {
        /// Which packets, as AWS's console calls them: `HTTP`, `SSH`, `Custom TCP`, `All traffic`, …
        kind as "type": Option<Text>,
        /// Instead of `type`: `tcp`, `udp`, `icmp`, `all`, or a protocol's number.
        protocol: Option<Text>,
        /// With `tcp` and `udp`, the destination port: one (`80`), a range (`1024-65535`), or `all`.
        ports: Option<Ports>,
        /// With `icmp`: the ICMP type. Default: any.
        icmp_type: Option<Spanned<i64>>,
        /// With `icmp`: the ICMP code. Default: any.
        icmp_code: Option<Spanned<i64>>,
        /// From where, or to where: a CIDR.
        cidr: Text,
        /// `allow` or `deny`.
        action: Text,
    }
}

impl NetworkAcl {
    /// Writes the network ACL.
    pub(super) fn lower(self, vpc: &Ref, acl: Ref, lowering: &mut Lowering<'_>) {
        let mut entries = |entries: Option<Pairs<Spanned<Entry>>>| {
            let lower = |(number, entry)| Entry::lower(&number, entry, &mut lowering.notes);
            entries.map(|entries| entries.0.into_iter().filter_map(lower).collect())
        };
        let (inbound, outbound) = (entries(self.inbound), entries(self.outbound));
        lowering.draft.network_acls.push(draft::NetworkAcl {
            label: label(acl, self.tag),
            vpc: vpc.clone(),
            inbound,
            outbound,
        });
    }
}

impl Entry {
    fn lower(
        number: &Text,
        Spanned { value: entry, span }: Spanned<Self>,
        notes: &mut Diagnostics,
    ) -> Option<draft::NetworkAclEntry> {
        let rule = Rule {
            kind: entry.kind,
            protocol: entry.protocol,
            ports: entry.ports.map(|ports| OneOrMany(vec![ports])),
            icmp_type: entry.icmp_type,
            icmp_code: entry.icmp_code,
            source: None,
            destination: None,
            description: None,
        };
        let mut passing = rule.passes(span, notes).into_iter();
        let (protocol, from_port, to_port) = passing.next()?;
        if passing.next().is_some() {
            let message = format!("`{}` is more than one protocol", rule.kind.map_or(String::new(), |kind| kind.value));
            notes.push_with_hint(span, message, "write an entry for each");
        }
        let Ok(value) = number.value.parse() else {
            let message = format!("`{}` is not the number of an entry", number.value);
            notes.push_with_hint(number.span, message, "it is a number from 1 to 32766: the lowest that fits decides");
            return None;
        };
        Some(draft::NetworkAclEntry {
            span,
            number: Spanned::new(value, number.span),
            protocol,
            from_port,
            to_port,
            cidr: entry.cidr,
            action: entry.action,
        })
    }
}
