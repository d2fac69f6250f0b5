//! `AWS::EC2::InternetGateway` and its attachment (section 4 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Tags, To, Unmirrored, properties},
    },
    vpc::Vpc,
};
use crate::model::draft::{self, Label, Ref};

properties! {
    /// An internet gateway.
    struct InternetGateway = "an internet gateway" {
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
}

properties! {
    /// What attaches an internet gateway to a VPC.
    struct VpcGatewayAttachment = "an attachment" {
        /// The VPC.
        vpc as "VpcId": To<Vpc>,
        /// The internet gateway.
        internet_gateway as "InternetGatewayId": Option<To<InternetGateway>>,
        /// A VPN gateway.
        vpn_gateway as "VpnGatewayId": Option<Unmirrored>,
    }
}

impl Resource for InternetGateway {
    const TYPE: &'static str = "AWS::EC2::InternetGateway";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("InternetGatewayId", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let label = Label { name, tag: self.tags.0 };
        lowering.draft.internet_gateways.push(draft::InternetGateway { label, vpc: None });
    }
}

impl Resource for VpcGatewayAttachment {
    const TYPE: &'static str = "AWS::EC2::VPCGatewayAttachment";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("AttachmentType", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        match self.internet_gateway {
            Some(gateway) => lowering.joined.vpcs.add(gateway.name, self.vpc.name),
            None if self.vpn_gateway.is_some() => {}
            None => lowering.notes.push(name.span, "missing key `InternetGatewayId`"),
        }
    }
}
