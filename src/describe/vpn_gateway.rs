//! `describe-vpn-gateways` (VGW-01) and `describe-customer-gateways`.

use crate::model::Topology;
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.vpn_gateways.iter().map(|(name, gateway)| {
        let attachment = |vpc| json!({ "State": "attached", "VpcId": topology.vpcs[vpc].id });
        json!({
            "Name": gateway.tag,
            "LogicalId": name,
            "VpnGatewayId": gateway.id,
            "State": "available",
            "Type": "ipsec.1",
            "AmazonSideAsn": gateway.amazon_side_asn,
            "VpcAttachments": gateway.vpc.iter().map(attachment).collect::<Vec<_>>(),
        })
    });
    rows.collect()
}

pub(super) fn describe_customer_gateways(topology: &Topology) -> Vec<Value> {
    let rows = topology.customer_gateways.iter().map(|(name, gateway)| {
        json!({
            "Name": gateway.tag,
            "LogicalId": name,
            "CustomerGatewayId": gateway.id,
            "State": "available",
            "Type": "ipsec.1",
            "IpAddress": gateway.ip_address,
            "BgpAsn": gateway.bgp_asn.to_string(),
        })
    });
    rows.collect()
}
