//! `AWS::EC2::NetworkAcl`, its entries and its associations (section 8 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{OfIpv6, Resource, Tags, To, properties},
    },
    vpc::{Subnet, Vpc},
};
use crate::model::{
    diagnostic::Spanned,
    draft::{self, Label, Ref, Text},
};

properties! {
    /// A network ACL.
    struct NetworkAcl = "a network ACL" {
        /// Its VPC.
        vpc as "VpcId": To<Vpc>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
}

properties! {
    /// An entry of a network ACL.
    struct NetworkAclEntry = "an entry" {
        /// The network ACL: `!Ref ACL`, or `!GetAtt VPC.DefaultNetworkAcl`.
        of as "NetworkAclId": To<NetworkAcl>,
        /// Its number, from 1 to 32766: the lowest that fits decides.
        number as "RuleNumber": Spanned<i64>,
        /// The protocol's number; -1 is all.
        protocol as "Protocol": Text,
        /// `allow` or `deny`.
        action as "RuleAction": Text,
        /// Whether it is about what goes out. Default `false`.
        egress as "Egress": Option<bool>,
        /// From where, or to where: a CIDR.
        cidr as "CidrBlock": Option<Text>,
        /// With TCP and UDP: the destination ports.
        ports as "PortRange": Option<PortRange>,
        /// With ICMP: type and code.
        icmp as "Icmp": Option<Icmp>,
        /// A CIDR of IPv6. Such an entry changes nothing for IPv4, and a lab has no IPv6.
        ipv6 as "Ipv6CidrBlock": Option<OfIpv6>,
    }
}

properties! {
    /// A range of ports.
    struct PortRange = "a range of ports" {
        /// The first.
        from as "From": Option<Spanned<i64>>,
        /// The last.
        to as "To": Option<Spanned<i64>>,
    }
}

properties! {
    /// An ICMP type and code.
    struct Icmp = "an ICMP type and code" {
        /// The type; -1 is any.
        kind as "Type": Option<Spanned<i64>>,
        /// The code; -1 is any.
        code as "Code": Option<Spanned<i64>>,
    }
}

properties! {
    /// What gives a subnet its network ACL.
    struct SubnetNetworkAclAssociation = "an association" {
        /// The network ACL.
        network_acl as "NetworkAclId": To<NetworkAcl>,
        /// The subnet.
        subnet as "SubnetId": To<Subnet>,
    }
}

impl Resource for NetworkAcl {
    const TYPE: &'static str = "AWS::EC2::NetworkAcl";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let label = Label { name, tag: self.tags.0 };
        // Its entries are resources of their own.
        let (inbound, outbound) = (Some(Vec::new()), Some(Vec::new()));
        lowering.draft.network_acls.push(draft::NetworkAcl { label, vpc: self.vpc.name, inbound, outbound });
    }
}

impl Resource for NetworkAclEntry {
    const TYPE: &'static str = "AWS::EC2::NetworkAclEntry";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        if self.ipv6.is_some() {
            return;
        }
        let Some(cidr) = self.cidr else {
            lowering.notes.push(name.span, "missing key `CidrBlock`");
            return;
        };
        let is_icmp = matches!(self.protocol.value.as_str(), "1" | "icmp");
        let (from_port, to_port) = match (is_icmp, self.icmp, self.ports) {
            (true, Some(icmp), _) => (icmp.kind, icmp.code),
            (false, _, Some(ports)) => (ports.from, ports.to),
            (true, None, _) | (false, _, None) => (None, None),
        };
        let entry = draft::NetworkAclEntry {
            span: name.span,
            number: self.number,
            protocol: self.protocol,
            from_port,
            to_port,
            cidr,
            action: self.action,
        };
        let entries = &mut lowering.joined.entries[usize::from(self.egress == Some(true))];
        entries.add(self.of.name, entry);
    }
}

impl Resource for SubnetNetworkAclAssociation {
    const TYPE: &'static str = "AWS::EC2::SubnetNetworkAclAssociation";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("AssociationId", How::Later)];

    fn lower(self, _name: Ref, lowering: &mut Lowering<'_>) {
        lowering.joined.network_acls.add(self.subnet.name, self.network_acl.name);
    }
}
