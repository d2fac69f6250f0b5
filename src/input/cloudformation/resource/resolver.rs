//! `AWS::Route53Resolver::ResolverEndpoint`, `ResolverRule` and `ResolverRuleAssociation` (DNS-14, DNS-15).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Tags, To, names, properties},
    },
    hosted_zone::RecordValue,
    security_group::SecurityGroup,
    vpc::{Subnet, Vpc},
};
use crate::{
    input::mapping::REFUSED,
    model::{
        diagnostic::Spanned,
        draft::{self, Label, NodeSubnet, Ref, Text},
    },
};

properties! {
    /// A Resolver endpoint.
    struct ResolverEndpoint = "a Resolver endpoint" {
        /// `INBOUND` or `OUTBOUND`.
        direction as "Direction": Text,
        /// Where it has addresses, 2 to 20.
        addresses as "IpAddresses": Vec<ResolverAddress>,
        /// Its security groups.
        security_groups as "SecurityGroupIds": Vec<To<SecurityGroup>>,
        /// Its name.
        name as "Name": Option<String>,
        /// Only `Do53`.
        protocols as "Protocols": Option<Vec<Text>>,
        /// Only `IPV4`.
        kind as "ResolverEndpointType": Option<Text>,
        /// Of the tags, `Name` is its name if `Name` is left out.
        tags as "Tags": Tags,
    }
    unmirrored &["OutpostArn", "PreferredInstanceType"];
}

properties! {
    /// Where a Resolver endpoint has an address.
    struct ResolverAddress = "`{SubnetId: …, Ip: …}`" {
        /// Its subnet.
        subnet as "SubnetId": To<Subnet>,
        /// The address. Default: a free one of the subnet.
        ip as "Ip": Option<Text>,
    }
    unmirrored &["Ipv6"];
}

properties! {
    /// A Resolver rule.
    struct ResolverRule = "a Resolver rule" {
        /// The domain with all names in it; `.` is every name.
        domain as "DomainName": Text,
        /// `FORWARD` or `SYSTEM`.
        kind as "RuleType": Text,
        /// Of `FORWARD`: the outbound endpoint.
        endpoint as "ResolverEndpointId": Option<To<ResolverEndpoint>>,
        /// Of `FORWARD`: the servers that are asked.
        targets as "TargetIps": Option<Vec<TargetAddress>>,
        /// Its name.
        name as "Name": Option<String>,
        /// Of the tags, `Name` is its name if `Name` is left out.
        tags as "Tags": Tags,
    }
    unmirrored &["DelegationRecord"];
}

properties! {
    /// A server that is asked.
    struct TargetAddress = "`{Ip: …, Port: …}`" {
        /// Its address, or an address of an instance.
        ip as "Ip": RecordValue,
        /// Its port. Default 53.
        port as "Port": Option<Spanned<i64>>,
        /// Only `Do53`.
        protocol as "Protocol": Option<Text>,
    }
    unmirrored &["Ipv6", "ServerNameIndication"];
}

properties! {
    /// A VPC in which a rule holds.
    struct ResolverRuleAssociation = "an association" {
        /// The rule.
        rule as "ResolverRuleId": To<ResolverRule>,
        /// The VPC.
        vpc as "VPCId": To<Vpc>,
    }
    accepted &["Name"];
}

impl Resource for ResolverEndpoint {
    const TYPE: &'static str = "AWS::Route53Resolver::ResolverEndpoint";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[
        ("ResolverEndpointId", How::Itself),
        ("Arn", How::Later),
        ("Direction", How::Property("Direction")),
        ("HostVPCId", How::Later),
        ("IpAddressCount", How::Later),
        ("Name", How::Property("Name")),
    ];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let others = self.protocols.iter().flatten().filter(|protocol| protocol.value != "Do53");
        for other in others.chain(self.kind.iter().filter(|kind| kind.value != "IPV4")) {
            lowering.notes.push_unmirrored(other.span, format!("`{}` is not mirrored yet", other.value), REFUSED);
        }
        let place = |at: ResolverAddress| NodeSubnet { subnet: at.subnet.name, private_ip: at.ip, elastic_ip: None };
        lowering.draft.resolver_endpoints.push(draft::ResolverEndpoint {
            label: Label { name, tag: self.name.or(self.tags.0) },
            direction: self.direction,
            addresses: self.addresses.into_iter().map(place).collect(),
            security_groups: Some(names(self.security_groups)),
        });
    }
}

impl Resource for ResolverRule {
    const TYPE: &'static str = "AWS::Route53Resolver::ResolverRule";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[
        ("ResolverRuleId", How::Itself),
        ("Arn", How::Later),
        ("DomainName", How::Property("DomainName")),
        ("Name", How::Property("Name")),
        ("ResolverEndpointId", How::Later),
    ];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let mut targets = Vec::new();
        for TargetAddress { ip: RecordValue(ip), port, protocol } in self.targets.into_iter().flatten() {
            if let Some(other) = protocol.filter(|protocol| protocol.value != "Do53") {
                lowering.notes.push_unmirrored(other.span, format!("`{}` is not mirrored yet", other.value), REFUSED);
            }
            targets.push(draft::ResolverTarget { ip, port });
        }
        lowering.draft.resolver_rules.push(draft::ResolverRule {
            label: Label { name, tag: self.name.or(self.tags.0) },
            domain: self.domain,
            kind: self.kind,
            endpoint: self.endpoint.map(|endpoint| endpoint.name),
            targets,
            vpcs: Vec::new(), // associations of their own
        });
    }
}

impl Resource for ResolverRuleAssociation {
    const TYPE: &'static str = "AWS::Route53Resolver::ResolverRuleAssociation";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("ResolverRuleAssociationId", How::Itself)];

    fn lower(self, _name: Ref, lowering: &mut Lowering<'_>) {
        lowering.joined.rule_vpcs.add(self.rule.name, self.vpc.name);
    }
}
