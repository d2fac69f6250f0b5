//! The calls that describe gateways: a row each, as in `calls`.

use super::{
    Describe,
    calls::{by_id, of},
};
use crate::describe::Kind;

pub(super) const GATEWAYS: &[(&str, Describe)] = &[
    (
        "DescribeNatGateways",
        Describe {
            by: &[by_id("NatGatewayId", "NatGatewayId", ("nat", "NatGateway", "NatGateway"))],
            filters: &["nat-gateway-id", "state", "subnet-id", "tag", "vpc-id"],
            ..of("NatGateways", Kind::NatGateways)
        },
    ),
    (
        "DescribeInternetGateways",
        Describe {
            by: &[by_id(
                "InternetGatewayId",
                "InternetGatewayId",
                ("igw", "InvalidInternetGatewayID", "internetGateway ID"),
            )],
            filters: &[
                "attachment.state=Attachments/*/State",
                "attachment.vpc-id=Attachments/*/VpcId",
                "internet-gateway-id",
                "owner-id",
                "tag",
            ],
            ..of("InternetGateways", Kind::InternetGateways)
        },
    ),
    (
        "DescribeVpnGateways",
        Describe {
            by: &[by_id("VpnGatewayId", "VpnGatewayId", ("vgw", "InvalidVpnGatewayID", "vpnGateway ID"))],
            filters: &[
                "amazon-side-asn",
                "attachment.state=VpcAttachments/*/State",
                "attachment.vpc-id=VpcAttachments/*/VpcId",
                "state",
                "tag",
                "type",
                "vpn-gateway-id",
            ],
            ..of("VpnGateways", Kind::VpnGateways)
        },
    ),
    (
        "DescribeCustomerGateways",
        Describe {
            by: &[by_id(
                "CustomerGatewayId",
                "CustomerGatewayId",
                ("cgw", "InvalidCustomerGatewayID", "customerGateway ID"),
            )],
            filters: &["bgp-asn", "customer-gateway-id", "ip-address", "state", "tag", "type"],
            ..of("CustomerGateways", Kind::CustomerGateways)
        },
    ),
];
