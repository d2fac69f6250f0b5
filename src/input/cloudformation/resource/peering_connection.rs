//! `AWS::EC2::VPCPeeringConnection` (section 17 of the rules). Within one account CloudFormation accepts by itself.

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Tags, To, properties},
    },
    vpc::Vpc,
};
use crate::model::{
    FIRST_ACCOUNT,
    draft::{self, Label, Ref, Text},
};

properties! {
    /// A VPC peering connection.
    struct VpcPeeringConnection = "a peering connection" {
        /// The VPC that asks for it.
        vpc as "VpcId": To<Vpc>,
        /// The VPC that is asked. Their CIDRs must not overlap.
        peer_vpc as "PeerVpcId": To<Vpc>,
        /// Only the stack's own account.
        peer_owner as "PeerOwnerId": Option<Text>,
        /// Only the stack's own region.
        peer_region as "PeerRegion": Option<Text>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    accepted &["AssumeRoleRegion", "PeerRoleArn"];
}

impl Resource for VpcPeeringConnection {
    const TYPE: &'static str = "AWS::EC2::VPCPeeringConnection";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let region = lowering.scope.region.as_str();
        if let Some(other) = self.peer_region.filter(|other| other.value != region) {
            let message = format!("peering with another region, `{}`, is not mirrored yet", other.value);
            lowering.leave_out(&name, other.span, message);
            return;
        }
        if let Some(other) = self.peer_owner.filter(|other| other.value != FIRST_ACCOUNT) {
            let message =
                format!("peering with a VPC of another account, `{}`, is not mirrored in templates", other.value);
            lowering.leave_out(&name, other.span, message);
            return;
        }
        let side = |vpc: To<Vpc>| draft::PeeringSide { vpc: vpc.name, allow_dns_resolution_from_remote_vpc: None };
        lowering.draft.peering_connections.push(draft::PeeringConnection {
            label: Label { name, tag: self.tags.0 },
            requester: side(self.vpc),
            accepter: side(self.peer_vpc),
            accepted: Some(true),
        });
    }
}
