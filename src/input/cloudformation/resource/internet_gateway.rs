//! `AWS::EC2::InternetGateway`, and what attaches it or a virtual private gateway (sections 4 and 18 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Tags, To, properties},
    },
    vpc::Vpc,
    vpn_gateway::VpnGateway,
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
    /// What attaches a gateway to a VPC.
    struct VpcGatewayAttachment = "an attachment" {
        /// The VPC.
        vpc as "VpcId": To<Vpc>,
        /// An internet gateway.
        internet_gateway as "InternetGatewayId": Option<To<InternetGateway>>,
        /// A virtual private gateway.
        vpn_gateway as "VpnGatewayId": Option<To<VpnGateway>>,
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
        match (self.internet_gateway, self.vpn_gateway) {
            (Some(gateway), None) => lowering.joined.vpcs.add(gateway.name, self.vpc.name),
            (None, Some(gateway)) => lowering.joined.vpn_gateway_vpcs.add(gateway.name, self.vpc.name),
            (None, None) => {
                lowering.notes.push(name.span, "missing key `InternetGatewayId` or `VpnGatewayId`");
            }
            (Some(_), Some(gateway)) => {
                let message = "an attachment has either an `InternetGatewayId` or a `VpnGatewayId`";
                let hint = "make an attachment for each gateway";
                lowering.notes.push_with_hint(gateway.name.span, message, hint);
            }
        }
    }
}
