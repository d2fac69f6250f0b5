//! Resolver endpoints and rules of the native format.

use super::{
    hosted_zone,
    lower::{Lowering, label},
    mapping, name,
};
use crate::{
    input::{
        decode::{Decode, OneOrMany},
        tree::{Kind, Node},
    },
    model::{
        Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, NodeSubnet, Ref, Text},
    },
};

mapping! {
    /// A Resolver endpoint.
    struct ResolverEndpoint = "a Resolver endpoint" {
        /// `inbound`: others ask the VPC's resolver there. `outbound`: the resolver asks others from there.
        direction: Text,
        /// A subnet for each of its 2 to 20 addresses: `VPC/SUBNET`, or with an address `{ subnet: VPC/SUBNET, ip: 10.0.0.5 }`.
        subnets: Vec<Place>,
        /// Its security groups, of its VPC. Default: the VPC's default group.
        security_groups: Option<Vec<Text>>,
        /// Its name in AWS. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// Where a Resolver endpoint has an address.
    struct ResolverAddress = "a subnet, or `{ subnet: …, ip: … }`" {
        /// Its subnet: `VPC/SUBNET`.
        subnet: Text,
        /// The address. Default: a free one of the subnet.
        ip: Option<Text>,
    }
}

mapping! {
    /// A Resolver rule.
    struct ResolverRule = "a Resolver rule" {
        /// The domain with all names in it; `.` is every name. The most specific rule decides.
        domain: Text,
        /// `forward` (default): other servers are asked. `system`: the resolver answers, though a rule for a larger domain
        /// forwards.
        rule_type as "type": Option<Text>,
        /// Of `forward`: the outbound endpoint from which they are asked.
        resolver_endpoint: Option<Text>,
        /// Of `forward`: their addresses, `192.168.0.53`, `192.168.0.53:5353` or `resolver_endpoint/NAME`.
        target_ips: Option<OneOrMany<Text>>,
        /// The VPCs in which it holds.
        vpcs: Option<Vec<Text>>,
        /// Its name in AWS. Default: the name.
        tag: Option<String>,
    }
}

/// A place: a subnet alone, or with an address.
#[derive(Debug, Clone)]
pub(super) struct Place(ResolverAddress);

impl Decode for Place {
    fn what() -> String {
        ResolverAddress::what()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Mapping(_) => Self(ResolverAddress::decode(node, notes)),
            _ => Self(ResolverAddress { subnet: Text::decode(node, notes), ip: None }),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self(ResolverAddress::placeholder(at))
    }
}

impl ResolverEndpoint {
    /// Writes the endpoint.
    pub(super) fn lower(self, endpoint: Ref, lowering: &mut Lowering<'_>) {
        let places = self.subnets.into_iter();
        let addresses: Vec<_> = places
            .map(|Place(place)| NodeSubnet {
                subnet: place.subnet.map(Name::new),
                private_ip: place.ip,
                elastic_ip: None,
            })
            .collect();
        let vpc = addresses.iter().find_map(|place| name::vpc_of(&place.subnet));
        // Without a VPC the groups mean nothing; what is wrong with the subnets is said where they stand.
        let security_groups = vpc.and_then(|vpc| {
            let groups = self.security_groups?.into_iter();
            Some(groups.map(|group| name::inside(vpc.value.as_str(), group)).collect())
        });
        lowering.draft.resolver_endpoints.push(draft::ResolverEndpoint {
            label: label(endpoint, self.tag),
            direction: self.direction,
            addresses,
            security_groups,
        });
    }
}

impl ResolverRule {
    /// Writes the rule.
    pub(super) fn lower(self, rule: Ref, lowering: &mut Lowering<'_>) {
        let targets = self.target_ips.into_iter().flat_map(|OneOrMany(targets)| targets).map(|target| {
            let span = target.span;
            let with_port = target.value.split_once(':');
            let port = with_port.map(|(_, port)| Spanned::new(port.parse().unwrap_or(-1), span));
            let ip = with_port.map_or(target.value.clone(), |(ip, _)| ip.to_owned());
            draft::ResolverTarget { ip: hosted_zone::value(Spanned::new(ip, span)), port }
        });
        lowering.draft.resolver_rules.push(draft::ResolverRule {
            targets: targets.collect(),
            kind: self.rule_type.unwrap_or_else(|| Spanned::new("FORWARD".to_owned(), rule.span)),
            label: label(rule, self.tag),
            domain: self.domain,
            endpoint: self.resolver_endpoint.map(|endpoint| endpoint.map(Name::new)),
            vpcs: self.vpcs.into_iter().flatten().map(|vpc| vpc.map(Name::new)).collect(),
        });
    }
}
