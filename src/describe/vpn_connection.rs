//! `describe-vpn-connections` (VGW-04), and `describe-virtual-interfaces` of Direct Connect, whose fields begin with
//! small letters.

use crate::model::{Failed, Topology};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.vpn_connections.iter().map(|(name, connection)| {
        let route = |net| json!({ "DestinationCidrBlock": net, "Source": "Static", "State": "available" });
        json!({
            "Name": connection.tag,
            "LogicalId": name,
            "VpnConnectionId": connection.id,
            "State": "available",
            "Category": "VPN",
            "Type": "ipsec.1",
            "CustomerGatewayId": topology.customer_gateways[&connection.customer_gateway].id,
            "VpnGatewayId": topology.vpn_gateways[&connection.vpn_gateway].id,
            "Options": { "StaticRoutesOnly": connection.static_routes.is_some() },
            "Routes": connection.static_routes.iter().flatten().map(route).collect::<Vec<_>>(),
        })
    });
    rows.collect()
}

pub(super) fn describe_virtual_interfaces(topology: &Topology) -> Vec<Value> {
    let rows = topology.virtual_interfaces.iter().map(|(name, interface)| {
        let gateway = &topology.vpn_gateways[&interface.vpn_gateway];
        let is_up = !topology.failures.contains(&Failed::Tunnel(interface.id.clone()));
        json!({
            "Name": interface.tag,
            "LogicalId": name,
            "virtualInterfaceId": interface.id,
            "virtualInterfaceName": interface.tag,
            "virtualInterfaceType": "private",
            "virtualInterfaceState": if is_up { "available" } else { "down" },
            "virtualGatewayId": gateway.id,
            "addressFamily": "ipv4",
            "asn": interface.asn,
            "amazonSideAsn": gateway.amazon_side_asn,
            "mtu": interface.mtu,
            "jumboFrameCapable": interface.mtu > 1500,
        })
    });
    rows.collect()
}
