//! `AWS::EC2::SecurityGroup`, and its rules as resources of their own (section 7 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{OfIpv6, Resource, Tags, To, Words, properties},
    },
    prefix_list::ListRef,
    vpc::Vpc,
};
use crate::{
    input::{
        decode::{Decode, OneOrMany},
        mapping::REFUSED,
        tree::{Kind, Node},
    },
    model::{
        aws_address,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, Label, Peer, Ref, SecurityGroupRule, Text},
    },
};

properties! {
    /// A security group.
    struct SecurityGroup = "a security group" {
        /// What the group is for.
        description as "GroupDescription": Words,
        /// The group's own name, unique in its VPC. Default: made of the stack's name and the logical id.
        group_name as "GroupName": Option<Text>,
        /// Its VPC. Default: the account's default VPC.
        vpc as "VpcId": Option<To<Vpc>>,
        /// Who may open connections to a member. Left out: nobody.
        inbound as "SecurityGroupIngress": Option<OneOrMany<Spanned<Inbound>>>,
        /// To whom a member may open connections. Left out: to everybody.
        outbound as "SecurityGroupEgress": Option<OneOrMany<Spanned<Outbound>>>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
}

properties! {
    /// An inbound rule.
    struct Inbound = "a rule" {
        /// `tcp`, `udp`, `icmp`, `-1` or a number.
        protocol as "IpProtocol": Text,
        /// The first port, or the ICMP type; -1 is any.
        from_port as "FromPort": Option<Spanned<i64>>,
        /// The last port, or the ICMP code; -1 is any.
        to_port as "ToPort": Option<Spanned<i64>>,
        /// The other side: a CIDR.
        cidr as "CidrIp": Option<Text>,
        /// The other side: a security group.
        group as "SourceSecurityGroupId": Option<To<SecurityGroup>>,
        /// The other side: a CIDR of IPv6. Such a rule changes nothing for IPv4, and a lab has no IPv6.
        ipv6 as "CidrIpv6": Option<OfIpv6>,
        /// The other side: a prefix list, the template's own or one of AWS's, such as S3's.
        prefix_list as "SourcePrefixListId": Option<ListRef>,
        /// The other side: a security group of the default VPC, by reference or `GroupName`.
        group_name as "SourceSecurityGroupName": Option<OwnName>,
        /// What the rule is for.
        description as "Description": Option<Words>,
    }
    accepted &["SourceSecurityGroupOwnerId"];
}

properties! {
    /// An outbound rule.
    struct Outbound = "a rule" {
        /// `tcp`, `udp`, `icmp`, `-1` or a number.
        protocol as "IpProtocol": Text,
        /// The first port, or the ICMP type; -1 is any.
        from_port as "FromPort": Option<Spanned<i64>>,
        /// The last port, or the ICMP code; -1 is any.
        to_port as "ToPort": Option<Spanned<i64>>,
        /// The other side: a CIDR.
        cidr as "CidrIp": Option<Text>,
        /// The other side: a security group.
        group as "DestinationSecurityGroupId": Option<To<SecurityGroup>>,
        /// The other side: a CIDR of IPv6. Such a rule changes nothing for IPv4, and a lab has no IPv6.
        ipv6 as "CidrIpv6": Option<OfIpv6>,
        /// The other side: a prefix list, the template's own or one of AWS's, such as S3's.
        prefix_list as "DestinationPrefixListId": Option<ListRef>,
        /// What the rule is for.
        description as "Description": Option<Words>,
    }
}

/// A security group, or the `GroupName` of one in the default VPC.
#[derive(Debug, Clone)]
pub(in crate::input::cloudformation) enum OwnName {
    /// `!Ref GROUP`.
    Group(Ref),
    /// Its own name.
    Name(Text),
}

impl Decode for OwnName {
    fn what() -> String {
        format!("a reference to an `{}`, or a group's name", SecurityGroup::TYPE)
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { text, .. } if !text.starts_with("sg-") => Self::Name(Spanned::new(text.clone(), node.span)),
            _ => Self::Group(To::<SecurityGroup>::decode(node, notes).name),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self::Group(To::<SecurityGroup>::placeholder(at).name)
    }
}

impl OwnName {
    /// The group itself.
    pub(in crate::input::cloudformation) fn find(self, lowering: &mut Lowering<'_>) -> Option<Ref> {
        match self {
            Self::Group(group) => Some(group),
            Self::Name(name) => lowering.group_named(&name),
        }
    }
}

properties! {
    /// An inbound rule.
    struct SecurityGroupIngress = "a rule" {
        /// The group whose rule it is.
        of as "GroupId": Option<To<SecurityGroup>>,
        /// The same of a group of the default VPC, by reference or `GroupName`.
        of_name as "GroupName": Option<OwnName>,
        /// `tcp`, `udp`, `icmp`, `-1` or a number.
        protocol as "IpProtocol": Text,
        /// The first port, or the ICMP type; -1 is any.
        from_port as "FromPort": Option<Spanned<i64>>,
        /// The last port, or the ICMP code; -1 is any.
        to_port as "ToPort": Option<Spanned<i64>>,
        /// The other side: a CIDR.
        cidr as "CidrIp": Option<Text>,
        /// The other side: a security group.
        group as "SourceSecurityGroupId": Option<To<SecurityGroup>>,
        /// The other side: a CIDR of IPv6. Such a rule changes nothing for IPv4, and a lab has no IPv6.
        ipv6 as "CidrIpv6": Option<OfIpv6>,
        /// The other side: a prefix list, the template's own or one of AWS's, such as S3's.
        prefix_list as "SourcePrefixListId": Option<ListRef>,
        /// The other side: a security group of the default VPC, by reference or `GroupName`.
        group_name as "SourceSecurityGroupName": Option<OwnName>,
        /// What the rule is for.
        description as "Description": Option<Words>,
    }
    accepted &["SourceSecurityGroupOwnerId"];
}

properties! {
    /// An outbound rule.
    struct SecurityGroupEgress = "a rule" {
        /// The group whose rule it is.
        of as "GroupId": To<SecurityGroup>,
        /// `tcp`, `udp`, `icmp`, `-1` or a number.
        protocol as "IpProtocol": Text,
        /// The first port, or the ICMP type; -1 is any.
        from_port as "FromPort": Option<Spanned<i64>>,
        /// The last port, or the ICMP code; -1 is any.
        to_port as "ToPort": Option<Spanned<i64>>,
        /// The other side: a CIDR.
        cidr as "CidrIp": Option<Text>,
        /// The other side: a security group.
        group as "DestinationSecurityGroupId": Option<To<SecurityGroup>>,
        /// The other side: a CIDR of IPv6. Such a rule changes nothing for IPv4, and a lab has no IPv6.
        ipv6 as "CidrIpv6": Option<OfIpv6>,
        /// The other side: a prefix list, the template's own or one of AWS's, such as S3's.
        prefix_list as "DestinationPrefixListId": Option<ListRef>,
        /// What the rule is for.
        description as "Description": Option<Words>,
    }
}

/// A rule of either direction.
struct Rule {
    span: Span,
    protocol: Text,
    ports: [Option<Spanned<i64>>; 2],
    cidr: Option<Text>,
    group: Option<To<SecurityGroup>>,
    group_name: Option<OwnName>,
    prefix_list: Option<Text>,
    /// Whether the other side is of IPv6.
    is_ipv6: bool,
    description: Option<Words>,
}

impl Rule {
    fn lower(self, lowering: &mut Lowering<'_>) -> Option<SecurityGroupRule> {
        let by_name = match self.group_name {
            Some(group) => Some(group.find(lowering)?.map(Peer::Group)),
            None => None,
        };
        let of_aws = aws_address::prefix_lists(&lowering.scope.region);
        let of_aws: Vec<_> = of_aws.into_values().chain([aws_address::cloudfront(&lowering.scope.region)]).collect();
        let notes = &mut lowering.notes;
        if let Some(list) = self
            .prefix_list
            .as_ref()
            .filter(|list| list.value.starts_with("pl-") && of_aws.iter().all(|known| known.id != list.value))
        {
            let message = format!(
                "the prefix list `{}` is not mirrored: a lab has its template's, and some of AWS's",
                list.value
            );
            let known: Vec<_> = of_aws.iter().map(|list| format!("`{}` is `{}`", list.name, list.id)).collect();
            notes.push_unmirrored(list.span, message, format!("{REFUSED}; {}", known.join(", ")));
            return None;
        }
        let cidr = self.cidr.map(|cidr| cidr.map(Peer::Cidr));
        let group = self.group.map(|group| group.name.map(Peer::Group));
        let prefix_list = self.prefix_list.map(|list| list.map(Peer::PrefixList));
        let mut peers = [cidr, group, by_name, prefix_list].into_iter().flatten();
        let Some(peer) = peers.next() else {
            if !self.is_ipv6 {
                let message = "the rule has no other side";
                notes.push_with_hint(self.span, message, "for everybody write `CidrIp: 0.0.0.0/0`");
            }
            return None;
        };
        if let Some(second) = peers.next() {
            let message = "a rule has one other side: a CIDR, a group or a prefix list";
            notes.push_with_hint(second.span, message, "write one rule for each");
            return None;
        }
        let [from_port, to_port] = self.ports;
        let description = self.description.and_then(|words| words.0);
        Some(SecurityGroupRule { span: self.span, protocol: self.protocol, from_port, to_port, peer, description })
    }
}

impl Inbound {
    fn rule(self, span: Span) -> Rule {
        Rule {
            span,
            protocol: self.protocol,
            ports: [self.from_port, self.to_port],
            cidr: self.cidr,
            group: self.group,
            prefix_list: self.prefix_list.map(|list| list.0),
            group_name: self.group_name,
            is_ipv6: self.ipv6.is_some(),
            description: self.description,
        }
    }
}

impl Outbound {
    fn rule(self, span: Span) -> Rule {
        Rule {
            span,
            protocol: self.protocol,
            ports: [self.from_port, self.to_port],
            cidr: self.cidr,
            group: self.group,
            prefix_list: self.prefix_list.map(|list| list.0),
            group_name: None,
            is_ipv6: self.ipv6.is_some(),
            description: self.description,
        }
    }
}

impl Resource for SecurityGroup {
    const TYPE: &'static str = "AWS::EC2::SecurityGroup";
    const ATTRIBUTES: &'static [(&'static str, How)] =
        &[("GroupId", How::Itself), ("Id", How::Itself), ("VpcId", How::Property("VpcId"))];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let vpc = self.vpc.map_or_else(|| lowering.default_vpc(name.span), |vpc| vpc.name);
        let generated = || lowering.scope.physical_name(name.value.as_str(), 255);
        let group_name = self.group_name.unwrap_or_else(|| Spanned::new(generated(), name.span));
        let inbound = self.inbound.map(|OneOrMany(rules)| {
            rules.into_iter().filter_map(|rule| rule.value.rule(rule.span).lower(lowering)).collect()
        });
        let outbound = self.outbound.map(|OneOrMany(rules)| {
            rules.into_iter().filter_map(|rule| rule.value.rule(rule.span).lower(lowering)).collect()
        });
        lowering.draft.security_groups.push(draft::SecurityGroup {
            label: Label { name, tag: self.tags.0 },
            group_name: Some(group_name),
            description: self.description.0,
            vpc,
            inbound,
            outbound,
        });
    }
}

impl Resource for SecurityGroupIngress {
    const TYPE: &'static str = "AWS::EC2::SecurityGroupIngress";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let Self { of, of_name, protocol, from_port, to_port, cidr, group, ipv6, prefix_list, .. } = self;
        let Self { group_name, description, .. } = self;
        let of = match (of, of_name) {
            (Some(group), None) => Some(group.name),
            (None, Some(group)) => group.find(lowering),
            (Some(_), Some(_)) | (None, None) => {
                let message = "a rule is of one group: `GroupId`, or `GroupName` in the default VPC";
                lowering.notes.push(name.span, message);
                None
            }
        };
        let inbound = Inbound { protocol, from_port, to_port, cidr, group, ipv6, prefix_list, group_name, description };
        if let Some(rule) = inbound.rule(name.span).lower(lowering)
            && let Some(of) = of
        {
            lowering.joined.inbound.add(of, rule);
        }
    }
}

impl Resource for SecurityGroupEgress {
    const TYPE: &'static str = "AWS::EC2::SecurityGroupEgress";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let Self { of, protocol, from_port, to_port, cidr, group, ipv6, prefix_list, description } = self;
        let outbound = Outbound { protocol, from_port, to_port, cidr, group, ipv6, prefix_list, description };
        if let Some(rule) = outbound.rule(name.span).lower(lowering) {
            lowering.joined.outbound.add(of.name, rule);
        }
    }
}
