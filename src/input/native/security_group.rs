//! Security groups of the native format.
//!
//! A rule says what passes in the words of AWS's console (`type: HTTP`) or of its API (`protocol: tcp`,
//! `ports: 8000-8100`), and from or to whom. Several ports or several peers make several rules of the
//! draft, each shaped as AWS's `IpPermission` (SG-15).

use super::{
    lower::{Lowering, label},
    mapping, name,
    service_type::{self, Traffic},
};
use crate::{
    input::{
        decode::{Decode, OneOrMany},
        tree::{Kind, Node},
    },
    model::{
        diagnostic::{Diagnostics, Span, Spanned, did_you_mean},
        draft::{self, Peer, Ref, Text},
    },
};

mapping! {
    /// A security group.
    struct SecurityGroup = "a security group" {
        /// Who may open connections to a member. Left out: nobody; for `default`, its members.
        inbound: Option<Vec<Spanned<Rule>>>,
        /// To whom a member may open connections. Left out: to everybody.
        outbound: Option<Vec<Spanned<Rule>>>,
        /// What the group is for.
        description: Option<String>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// A rule of a security group.
    struct Rule = "a rule" {
        /// What passes, as AWS's console calls it: `HTTP`, `SSH`, `Custom TCP`, `All traffic`, …
        kind as "type": Option<Text>,
        /// Instead of `type`: `tcp`, `udp`, `icmp`, `all`, or a protocol's number.
        protocol: Option<Text>,
        /// With `tcp` and `udp`: a port (`80`), a range (`8000-8100`), `all`, or a list of these.
        ports: Option<OneOrMany<Ports>>,
        /// With `icmp`: the ICMP type. Default: any.
        icmp_type: Option<Spanned<i64>>,
        /// With `icmp`: the ICMP code. Default: any.
        icmp_code: Option<Spanned<i64>>,
        /// In `inbound`: a CIDR, a group's name, a prefix list (`prefix_list/NAME`, `pl-…`, `com.amazonaws.…`), or a list of these.
        source: Option<OneOrMany<Text>>,
        /// In `outbound`: a CIDR, a group's name, a prefix list (`prefix_list/NAME`, `pl-…`, `com.amazonaws.REGION.s3`), or a list of these.
        destination: Option<OneOrMany<Text>>,
        /// What the rule is for.
        description: Option<String>,
    }
}

/// A range of ports.
#[derive(Debug, Clone)]
pub(super) struct Ports {
    first: Spanned<i64>,
    last: Spanned<i64>,
}

impl Decode for Ports {
    fn what() -> String {
        "a port, a range such as `8000-8100`, or `all`".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let Kind::Scalar { text, .. } = &node.kind else { return Self::unexpected(node, notes) };
        let range = match text.split_once('-') {
            _ if text.eq_ignore_ascii_case("all") => Some((0, 65535)),
            Some((first, last)) => first.trim().parse().ok().zip(last.trim().parse().ok()),
            None => text.parse().ok().map(|port| (port, port)),
        };
        match range {
            Some((first, last)) => Self { first: Spanned::new(first, node.span), last: Spanned::new(last, node.span) },
            None => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self { first: Spanned::new(0, at), last: Spanned::new(0, at) }
    }
}

/// Which side a rule is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Inbound,
    Outbound,
}

impl Direction {
    /// The direction and the key of the other side.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Inbound => ("an inbound", "source"),
            Self::Outbound => ("an outbound", "destination"),
        }
    }
}

impl SecurityGroup {
    /// Writes the group.
    pub(super) fn lower(self, vpc: &Ref, group: Ref, lowering: &mut Lowering<'_>) {
        let mut rules = |rules: Option<Vec<Spanned<Rule>>>, direction| {
            let lower = |rule: Spanned<Rule>| rule.value.lower(vpc, rule.span, direction, &mut lowering.notes);
            rules.map(|rules| rules.into_iter().flat_map(lower).collect())
        };
        let inbound = rules(self.inbound, Direction::Inbound);
        let outbound = rules(self.outbound, Direction::Outbound);
        lowering.draft.security_groups.push(draft::SecurityGroup {
            label: label(group, self.tag),
            group_name: None,
            description: self.description,
            vpc: vpc.clone(),
            inbound,
            outbound,
        });
    }
}

impl Rule {
    fn lower(
        self,
        vpc: &Ref,
        span: Span,
        direction: Direction,
        notes: &mut Diagnostics,
    ) -> Vec<draft::SecurityGroupRule> {
        let passes = self.passes(span, notes);
        let peers = self.peers(vpc, span, direction, notes);
        let rule = |(protocol, from_port, to_port): &Passing, peer: &Spanned<Peer>| draft::SecurityGroupRule {
            span,
            protocol: protocol.clone(),
            from_port: from_port.clone(),
            to_port: to_port.clone(),
            peer: peer.clone(),
            description: self.description.clone(),
        };
        peers.iter().flat_map(|peer| passes.iter().map(move |passing| rule(passing, peer))).collect()
    }

    /// What passes: by `type`, or by `protocol`.
    pub(super) fn passes(&self, span: Span, notes: &mut Diagnostics) -> Vec<Passing> {
        if let Some(kind) = &self.kind {
            if let Some(protocol) = &self.protocol {
                let hint = format!("`type: {}` says it already: leave `protocol` out", kind.value);
                notes.push_with_hint(protocol.span, "a rule has either `type` or `protocol`", hint);
            }
            match service_type::find(&kind.value) {
                Some(Traffic::Custom(protocol)) => self.of_protocol(&Spanned::new(protocol, kind.span), notes),
                Some(Traffic::CustomProtocol) => {
                    notes.push_with_hint(
                        kind.span,
                        "this type leaves the protocol open",
                        "write `protocol: NUMBER` instead",
                    );
                    Vec::new()
                }
                Some(Traffic::Fixed(fixed)) => {
                    self.refuse_ports(&format!("`type: {}`", kind.value), notes);
                    let at = |value| Some(Spanned::new(value, kind.span));
                    let passing = |(protocol, first, last): &(&str, i64, i64)| {
                        (Spanned::new((*protocol).to_owned(), kind.span), at(*first), at(*last))
                    };
                    fixed.iter().map(passing).collect()
                }
                None => {
                    let hint = did_you_mean(&kind.value, service_type::names());
                    let hint = hint.unwrap_or_else(|| "write `type: Custom TCP` and `ports`".into());
                    notes.push_with_hint(kind.span, format!("unknown type `{}`", kind.value), hint);
                    Vec::new()
                }
            }
        } else if let Some(protocol) = &self.protocol {
            let number = match protocol.value.to_ascii_lowercase().as_str() {
                "tcp" | "6" => "tcp",
                "udp" | "17" => "udp",
                "icmp" | "1" => "icmp",
                "all" | "any" | "-1" => "-1",
                _ => &protocol.value,
            };
            self.of_protocol(&Spanned::new(number, protocol.span), notes)
        } else {
            notes.push_with_hint(
                span,
                "the rule does not say what passes",
                "add `type: HTTP` or the like, or `protocol` and `ports`",
            );
            Vec::new()
        }
    }

    /// What passes of a protocol: all of it, some ports, or some ICMP messages.
    fn of_protocol(&self, protocol: &Spanned<&str>, notes: &mut Diagnostics) -> Vec<Passing> {
        let text = protocol.clone().map(str::to_owned);
        match protocol.value {
            "tcp" | "udp" => {
                for key in [&self.icmp_type, &self.icmp_code].into_iter().flatten() {
                    notes.push(key.span, format!("`{}` has no ICMP type or code", protocol.value));
                }
                let Some(OneOrMany(ports)) = &self.ports else {
                    let message = format!("a rule for `{}` needs `ports`", protocol.value);
                    notes.push_with_hint(protocol.span, message, "for every port write `ports: all`");
                    return Vec::new();
                };
                let passing = |ports: &Ports| (text.clone(), Some(ports.first.clone()), Some(ports.last.clone()));
                ports.iter().map(passing).collect()
            }
            "icmp" => {
                self.refuse_range("`icmp`", notes);
                let any = || Spanned::new(-1, protocol.span);
                let from = self.icmp_type.clone().unwrap_or_else(any);
                vec![(text, Some(from), Some(self.icmp_code.clone().unwrap_or_else(any)))]
            }
            other => {
                let what = if other == "-1" { "all traffic".into() } else { format!("protocol `{other}`") };
                self.refuse_ports(&what, notes);
                vec![(text, None, None)]
            }
        }
    }

    fn refuse_ports(&self, what: &str, notes: &mut Diagnostics) {
        self.refuse_range(what, notes);
        for key in [&self.icmp_type, &self.icmp_code].into_iter().flatten() {
            notes.push_with_hint(key.span, format!("{what} takes no ICMP type or code"), "write `protocol: icmp`");
        }
    }

    fn refuse_range(&self, what: &str, notes: &mut Diagnostics) {
        if let Some(ports) = self.ports.iter().flat_map(|ports| &ports.0).next() {
            let hint = "leave `ports` out, or write `type: Custom TCP` or `type: Custom UDP`";
            notes.push_with_hint(ports.first.span, format!("{what} takes no `ports`"), hint);
        }
    }

    /// The other side, from the key that the direction asks for.
    fn peers(&self, vpc: &Ref, span: Span, direction: Direction, notes: &mut Diagnostics) -> Vec<Spanned<Peer>> {
        let (rule, key) = direction.words();
        let (right, wrong) = match direction {
            Direction::Inbound => (&self.source, &self.destination),
            Direction::Outbound => (&self.destination, &self.source),
        };
        if let Some(peer) = wrong.iter().flat_map(|peers| &peers.0).next() {
            notes.push_with_hint(peer.span, format!("{rule} rule has a `{key}` only"), format!("write `{key}`"));
        } else if right.is_none() {
            let message = format!("{rule} rule needs a `{key}`");
            notes.push_with_hint(span, message, format!("for everybody write `{key}: 0.0.0.0/0`"));
        }
        let texts = right.iter().chain(wrong).flat_map(|peers| peers.0.clone());
        texts.map(|text| peer(vpc, text)).collect()
    }
}

/// Protocol, first port and last port; ICMP type and code.
pub(super) type Passing = (Text, Option<Spanned<i64>>, Option<Spanned<i64>>);

/// A prefix list has AWS's id or name. A CIDR has dots, or colons; a group's name has neither.
fn peer(vpc: &Ref, text: Text) -> Spanned<Peer> {
    let hex = |rest: &str| rest.len() >= 8 && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if ["com.amazonaws.", "prefix_list/"].iter().any(|prefix| text.value.starts_with(prefix))
        || text.value.strip_prefix("pl-").is_some_and(hex)
    {
        text.map(Peer::PrefixList)
    } else if text.value.contains(['.', ':']) {
        text.map(Peer::Cidr)
    } else {
        name::inside(vpc.value.as_str(), text).map(Peer::Group)
    }
}
