//! `AWS::EC2::DHCPOptions` and `AWS::EC2::VPCDHCPOptionsAssociation` (DNS-01, DNS-17).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Tags, To, properties},
    },
    hosted_zone::RecordValue,
    vpc::Vpc,
};
use crate::{
    input::{
        decode::Decode,
        tree::{Kind, Node},
    },
    model::{
        DEFAULT_VPC,
        diagnostic::{Diagnostics, Span},
        draft::{self, Label, Ref, Text},
    },
};

properties! {
    /// A set of DHCP options. What is left out instances are not told.
    struct DhcpOptions = "DHCP options" {
        /// The domain in which instances look for names, or several with spaces between them.
        domain_name as "DomainName": Option<Text>,
        /// Whom they ask, four at most: `AmazonProvidedDNS`, or addresses.
        domain_name_servers as "DomainNameServers": Option<Vec<RecordValue>>,
        /// Addresses of time servers, four at most. They are shown; nothing in a lab asks them.
        ntp_servers as "NtpServers": Option<Vec<RecordValue>>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    accepted &["Ipv6AddressPreferredLeaseTime", "NetbiosNameServers", "NetbiosNodeType"];
}

properties! {
    /// What gives a VPC its DHCP options.
    struct VpcDhcpOptionsAssociation = "an association" {
        /// The options, or `default`.
        options as "DhcpOptionsId": OptionsRef,
        /// The VPC.
        vpc as "VpcId": To<Vpc>,
    }
}

/// A set by reference, or the account's default one.
#[derive(Debug, Clone)]
pub(in crate::input::cloudformation) enum OptionsRef {
    /// The default one.
    Default,
    /// One of the template.
    Own(Ref),
}

impl Decode for OptionsRef {
    fn what() -> String {
        format!("a reference to an `{}`, or `default`", DhcpOptions::TYPE)
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { text, .. } if text == "default" => Self::Default,
            _ => Self::Own(To::<DhcpOptions>::decode(node, notes).name),
        }
    }

    fn placeholder(_at: Span) -> Self {
        Self::Default
    }
}

impl Resource for DhcpOptions {
    const TYPE: &'static str = "AWS::EC2::DHCPOptions";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("DhcpOptionsId", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let values = |values: Option<Vec<RecordValue>>| values.into_iter().flatten().map(|value| value.0).collect();
        lowering.draft.dhcp_options.push(draft::DhcpOptions {
            label: Label { name, tag: self.tags.0 },
            domain_name: self.domain_name,
            domain_name_servers: values(self.domain_name_servers),
            ntp_servers: values(self.ntp_servers),
        });
    }
}

impl Resource for VpcDhcpOptionsAssociation {
    const TYPE: &'static str = "AWS::EC2::VPCDHCPOptionsAssociation";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        if self.vpc.name.value.as_str() == DEFAULT_VPC {
            lowering.leave_out(&name, self.vpc.name.span, "DHCP options of the default VPC are not mirrored");
            return;
        }
        if let OptionsRef::Own(options) = self.options {
            lowering.joined.dhcp_options.add(self.vpc.name, options);
        }
    }
}
