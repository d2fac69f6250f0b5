//! `AWS::EC2::VPNGateway` and what leads to it: `AWS::EC2::VPNGatewayRoutePropagation`; its attachment stands with
//! that of internet gateways (section 18 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Tags, To, properties},
    },
    route_table::RouteTable,
};
use crate::model::{
    diagnostic::Spanned,
    draft::{self, Label, Ref},
};

properties! {
    /// A virtual private gateway.
    struct VpnGateway = "a virtual private gateway" {
        /// The ASN of Amazon's side. Default 64512.
        amazon_side_asn as "AmazonSideAsn": Option<Spanned<i64>>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    accepted &["Type"];
}

properties! {
    /// What makes route tables take over a virtual private gateway's routes.
    struct VpnGatewayRoutePropagation = "a propagation" {
        /// The tables.
        route_tables as "RouteTableIds": Vec<To<RouteTable>>,
        /// The gateway, attached to their VPC.
        vpn_gateway as "VpnGatewayId": To<VpnGateway>,
    }
}

impl Resource for VpnGateway {
    const TYPE: &'static str = "AWS::EC2::VPNGateway";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("VPNGatewayId", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let label = Label { name, tag: self.tags.0 };
        let gateway = draft::VpnGateway { label, vpc: None, amazon_side_asn: self.amazon_side_asn };
        lowering.draft.vpn_gateways.push(gateway);
    }
}

impl Resource for VpnGatewayRoutePropagation {
    const TYPE: &'static str = "AWS::EC2::VPNGatewayRoutePropagation";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Later)];

    fn lower(self, _name: Ref, lowering: &mut Lowering<'_>) {
        for table in self.route_tables {
            lowering.joined.propagating_vgws.add(table.name, self.vpn_gateway.name.clone());
        }
    }
}
