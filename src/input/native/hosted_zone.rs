//! Hosted zones of the native format, and records, which zones on premises have too.

use super::{
    lower::{Lowering, label},
    mapping,
};
use crate::{
    input::{
        decode::{Decode, OneOrMany, Pairs},
        tree::{Kind, Node},
    },
    model::{
        Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, RecordContent, Ref, Text, Value},
    },
};

mapping! {
    /// A hosted zone.
    struct HostedZone = "a hosted zone" {
        /// Its domain, such as `example.internal`.
        domain: Text,
        /// The VPCs in which a private one answers. Left out: it is public.
        vpcs: Option<Vec<Text>>,
        /// Its records, by name: `www`, `*.dev`, `@` for the domain itself, or a whole name that ends in the domain.
        records: Records,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// The records of a name. An address alone is short for `A`.
    struct Record = "records, such as `A: 10.0.0.5`, or an address" {
        /// IPv4 addresses: an address, `instance/NAME` for its private one, or a list of these.
        a as "A": Option<OneOrMany<Text>>,
        /// IPv6 addresses.
        aaaa as "AAAA": Option<OneOrMany<Text>>,
        /// Another name: text, `load_balancer/NAME` or `endpoint/NAME`.
        cname as "CNAME": Option<Text>,
        /// Mail servers: `10 mail.example.com`.
        mx as "MX": Option<OneOrMany<Text>>,
        /// Name servers. They are told, and nobody is sent there.
        ns as "NS": Option<OneOrMany<Text>>,
        /// The name of an address, in a reverse zone.
        ptr as "PTR": Option<OneOrMany<Text>>,
        /// Services: priority, weight, port and name.
        srv as "SRV": Option<OneOrMany<Text>>,
        /// Texts.
        txt as "TXT": Option<OneOrMany<Text>>,
        /// The addresses of `load_balancer/NAME`, `endpoint/NAME`, or of another name of the zone.
        alias: Option<Text>,
        /// Seconds for which clients may keep them. Default 300.
        ttl: Option<Spanned<i64>>,
    }
}

/// Records by name.
#[derive(Debug, Clone)]
pub(super) struct Records(Vec<(Text, Entry)>);

/// What stands at a name.
#[derive(Debug, Clone)]
struct Entry(Record);

impl Decode for Entry {
    fn what() -> String {
        Record::what()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { .. } | Kind::Sequence(_) if !node.is_null() => {
                let addresses = OneOrMany::decode(node, notes);
                Self(Record { a: Some(addresses), ..Record::placeholder(node.span) })
            }
            _ => Self(Record::decode(node, notes)),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self(Record::placeholder(at))
    }
}

impl Decode for Records {
    const REQUIRED: bool = false;

    fn what() -> String {
        "a mapping from names".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        Self(Pairs::decode(node, notes).0)
    }

    fn placeholder(_at: Span) -> Self {
        Self(Vec::new())
    }
}

impl HostedZone {
    /// Writes the zone.
    pub(super) fn lower(self, zone: Ref, lowering: &mut Lowering<'_>) {
        let records = self.records.lower(Some(&self.domain), lowering);
        lowering.draft.hosted_zones.push(draft::HostedZone {
            label: label(zone, self.tag),
            domain: self.domain,
            vpcs: self.vpcs.map(|vpcs| vpcs.into_iter().map(|vpc| vpc.map(Name::new)).collect()),
            records,
        });
    }
}

impl Records {
    /// The record sets of a zone.
    pub(super) fn lower(self, domain: Option<&Text>, lowering: &mut Lowering<'_>) -> Vec<draft::RecordSet> {
        let domain = domain.map_or("", |domain| domain.value.trim_end_matches('.'));
        let mut sets = Vec::new();
        for (name, Entry(record)) in self.0 {
            let span = name.span;
            let name = name.map(|name| whole(&name, domain));
            let before = sets.len();
            let set = |kind: &str, content| draft::RecordSet {
                span,
                label: None,
                name: name.clone(),
                kind: Spanned::new(kind.to_owned(), span),
                ttl: record.ttl.clone(),
                content,
            };
            let lists = [
                ("A", record.a),
                ("AAAA", record.aaaa),
                ("CNAME", record.cname.map(|one| OneOrMany(vec![one]))),
                ("MX", record.mx),
                ("NS", record.ns),
                ("PTR", record.ptr),
                ("SRV", record.srv),
            ];
            for (kind, list) in lists {
                let Some(OneOrMany(list)) = list else { continue };
                sets.push(set(kind, RecordContent::Values(list.into_iter().map(value).collect())));
            }
            if let Some(OneOrMany(texts)) = record.txt {
                sets.push(set("TXT", RecordContent::Values(texts.into_iter().map(quoted).collect())));
            }
            if let Some(target) = record.alias {
                let target = target.map(|target| if target.contains('/') { target } else { whole(&target, domain) });
                sets.push(set("A", RecordContent::Alias(value(target))));
            }
            if sets.len() == before {
                lowering.notes.push_with_hint(span, "a name needs a record", "such as `A: 10.0.0.5`");
            }
        }
        sets
    }
}

/// The whole name of a record: names that end in the domain are whole, others lie in it.
fn whole(name: &str, domain: &str) -> String {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let ends = |before: &str| before.is_empty() || before.ends_with('.');
    let is_whole = bare.to_lowercase().strip_suffix(&domain.to_lowercase()).is_some_and(ends);
    match bare {
        "@" => domain.to_owned(),
        _ if is_whole || bare.len() < name.len() || domain.is_empty() => bare.to_owned(),
        _ => format!("{bare}.{domain}"),
    }
}

/// A value: text, or `KIND/NAME` for what the lab knows of a resource.
pub(super) fn value(text: Text) -> Spanned<Value> {
    text.map(|text| match text.split_once('/') {
        Some(("instance", name)) => Value::PrivateIp(Name::new(name)),
        Some(("load_balancer", name)) => Value::LoadBalancer(Name::new(name)),
        Some(("endpoint", name)) => Value::Endpoint(Name::new(name), 0),
        Some(("resolver_endpoint", name)) => Value::ResolverEndpoint(Name::new(name)),
        _ => Value::Text(text),
    })
}

/// A text in quotation marks, as DNS writes it.
fn quoted(text: Text) -> Spanned<Value> {
    text.map(|text| {
        let is_quoted = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
        let quote = || format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        Value::Text(if is_quoted { text.clone() } else { quote() })
    })
}
