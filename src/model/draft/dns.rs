//! Hosted zones, Resolver endpoints and rules, and DNS servers on premises, as a file says them.

use super::{Label, NodeSubnet, Ref, Text};
use crate::model::{
    Name,
    diagnostic::{Span, Spanned},
};

/// A hosted zone of Route 53.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostedZone {
    /// Its name.
    pub label: Label,
    /// Its domain.
    pub domain: Text,
    /// The VPCs of a private one; none at all means a public one.
    pub vpcs: Option<Vec<Ref>>,
    /// Its records.
    pub records: Vec<RecordSet>,
}

/// The records of one name and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordSet {
    /// Where it stands.
    pub span: Span,
    /// Its logical name, where it is a resource of its own.
    pub label: Option<Name>,
    /// Its whole name.
    pub name: Text,
    /// `A`, `CNAME`, …
    pub kind: Text,
    /// Seconds; default 300.
    pub ttl: Option<Spanned<i64>>,
    /// What it says.
    pub content: RecordContent,
}

/// What a record set says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordContent {
    /// Values, as DNS writes them.
    Values(Vec<Spanned<Value>>),
    /// What another name has.
    Alias(Spanned<Value>),
}

/// A text, or what is known of a resource once the lab is resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// This text.
    Text(String),
    /// An instance's private address.
    PrivateIp(Name),
    /// An instance's public address.
    PublicIp(Name),
    /// The name of an instance's private address.
    PrivateDnsName(Name),
    /// The name of an instance's public address.
    PublicDnsName(Name),
    /// An elastic IP's address.
    ElasticIp(Name),
    /// A load balancer's name.
    LoadBalancer(Name),
    /// An interface endpoint's name: of all its zones (0), or of one of them by its place (1, 2, …).
    Endpoint(Name, usize),
    /// The addresses of a Resolver endpoint.
    ResolverEndpoint(Name),
}

/// A Resolver endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolverEndpoint {
    /// Its name.
    pub label: Label,
    /// `INBOUND` or `OUTBOUND`.
    pub direction: Text,
    /// Where it has addresses.
    pub addresses: Vec<NodeSubnet>,
    /// Its groups; none means the VPC's default group.
    pub security_groups: Option<Vec<Ref>>,
}

/// A Resolver rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolverRule {
    /// Its name.
    pub label: Label,
    /// The names that it is for: those in this domain.
    pub domain: Text,
    /// `FORWARD` or `SYSTEM`.
    pub kind: Text,
    /// The outbound endpoint of a `FORWARD` one.
    pub endpoint: Option<Ref>,
    /// The servers that are asked.
    pub targets: Vec<ResolverTarget>,
    /// The VPCs in which it holds.
    pub vpcs: Vec<Ref>,
}

/// A server that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolverTarget {
    /// Its address.
    pub ip: Spanned<Value>,
    /// Its port; default 53.
    pub port: Option<Spanned<i64>>,
}

/// The DNS server of a site on premises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteDns {
    /// The host on which it runs.
    pub host: Ref,
    /// The site's own zone.
    pub domain: Option<Text>,
    /// Its records.
    pub records: Vec<RecordSet>,
    /// Domains for which other servers are asked.
    pub forward: Vec<(Text, Vec<Spanned<Value>>)>,
}
