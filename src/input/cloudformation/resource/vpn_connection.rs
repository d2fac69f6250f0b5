//! `AWS::EC2::VPNConnection` with static routes, and `AWS::EC2::CustomerGateway` (section 18 of the rules).
//!
//! A template says nothing of what lies on premises. So a customer gateway stands for a site of its own, called as
//! the gateway: its networks are the static routes of its connections, and it has one host, called so too.

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Tags, To, Unmirrored, properties},
    },
    vpn_gateway::VpnGateway,
};
use crate::{
    input::{
        decode::Decode,
        mapping::REFUSED,
        tree::{Kind, Node},
    },
    model::{
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, Draft, Label, OnPremisesHost, Ref, Text},
        router_of,
    },
};
use ipnet::Ipv4Net;
use std::{collections::BTreeMap, net::Ipv4Addr};

properties! {
    /// A customer gateway.
    struct CustomerGateway = "a customer gateway" {
        /// The address of the site's router on the internet.
        ip_address as "IpAddress": Option<RouterAddress>,
        /// The router's ASN. Default 65000.
        bgp_asn as "BgpAsn": Option<Spanned<i64>>,
        /// The same, for one above 2147483647.
        bgp_asn_extended as "BgpAsnExtended": Option<Spanned<i64>>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    accepted &["CertificateArn", "DeviceName", "Type"];
}

properties! {
    /// A VPN connection.
    struct VpnConnection = "a VPN connection" {
        /// The site's end.
        customer_gateway as "CustomerGatewayId": To<CustomerGateway>,
        /// AWS's end.
        vpn_gateway as "VpnGatewayId": Option<To<VpnGateway>>,
        /// A transit gateway.
        transit_gateway as "TransitGatewayId": Option<Unmirrored>,
        /// Only `true`: a template does not say what a site would advertise.
        static_routes_only as "StaticRoutesOnly": Option<Spanned<bool>>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    accepted &["EnableAcceleration", "PreSharedKeyStorage", "TunnelBandwidth", "Type", "VpnTunnelOptionsSpecifications"];
    unmirrored &[
        "LocalIpv4NetworkCidr",
        "LocalIpv6NetworkCidr",
        "OutsideIpAddressType",
        "RemoteIpv4NetworkCidr",
        "RemoteIpv6NetworkCidr",
        "TransportTransitGatewayAttachmentId",
        "TunnelInsideIpVersion",
        "VpnConcentratorId",
    ];
}

properties! {
    /// A static route of a VPN connection.
    struct VpnConnectionRoute = "a static route" {
        /// What lies behind the connection, a CIDR.
        destination as "DestinationCidrBlock": Text,
        /// The connection.
        connection as "VpnConnectionId": To<VpnConnection>,
    }
}

/// The address of a site's router: text, for an address of the lab's own would be no site's.
#[derive(Debug, Clone)]
pub(in crate::input::cloudformation) struct RouterAddress(Option<Text>);

impl Decode for RouterAddress {
    fn what() -> String {
        "text".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        if matches!(node.kind, Kind::Later(_)) {
            let message = "a customer gateway that is one of the template's own instances is not mirrored yet";
            notes.push_unmirrored(node.span, message, REFUSED);
            return Self(None);
        }
        Self(Some(Text::decode(node, notes)))
    }

    fn placeholder(_at: Span) -> Self {
        Self(None)
    }
}

impl Resource for CustomerGateway {
    const TYPE: &'static str = "AWS::EC2::CustomerGateway";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("CustomerGatewayId", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let Some(RouterAddress(address)) = self.ip_address else {
            lowering.notes.push(name.span, "missing key `IpAddress`");
            return;
        };
        let Some(ip_address) = address else {
            lowering.left_out.insert(name.value.to_string());
            return;
        };
        lowering.draft.customer_gateways.push(draft::CustomerGateway {
            site: name.clone(),
            label: Label { name, tag: self.tags.0 },
            ip_address: Some(ip_address),
            bgp_asn: self.bgp_asn_extended.or(self.bgp_asn),
        });
    }
}

impl Resource for VpnConnection {
    const TYPE: &'static str = "AWS::EC2::VPNConnection";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("VpnConnectionId", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let Some(vpn_gateway) = self.vpn_gateway else {
            if self.transit_gateway.is_none() {
                lowering.notes.push(name.span, "missing key `VpnGatewayId`");
            }
            lowering.left_out.insert(name.value.to_string());
            return;
        };
        if !self.static_routes_only.as_ref().is_some_and(|only| only.value) {
            let span = self.static_routes_only.map_or(name.span, |only| only.span);
            let message = "a VPN connection with dynamic routing is not mirrored in a template, which does not say \
                           what the site advertises: write `StaticRoutesOnly: true` and an \
                           `AWS::EC2::VPNConnectionRoute`";
            lowering.leave_out(&name, span, message);
            return;
        }
        lowering.draft.vpn_connections.push(draft::VpnConnection {
            label: Label { name, tag: self.tags.0 },
            vpn_gateway: vpn_gateway.name,
            customer_gateway: self.customer_gateway.name,
            static_routes: None, // resources of their own
        });
    }
}

impl Resource for VpnConnectionRoute {
    const TYPE: &'static str = "AWS::EC2::VPNConnectionRoute";

    fn lower(self, _name: Ref, lowering: &mut Lowering<'_>) {
        lowering.joined.static_routes.add(self.connection.name, self.destination);
    }
}

/// Makes the sites for which a template's customer gateways stand, once all static routes are known.
pub(in crate::input::cloudformation) fn sites(draft: &mut Draft) {
    for gateway in &draft.customer_gateways {
        let name = &gateway.label.name;
        let connections = draft.vpn_connections.iter();
        let own = connections.filter(|connection| connection.customer_gateway.value == name.value);
        let routes = own.flat_map(|connection| connection.static_routes.iter().flatten());
        // A route to everywhere leads through the site, and is no network of it.
        let is_network = |route: &&Text| route.value.parse::<Ipv4Net>().map_or(true, |net| net.prefix_len() >= 8);
        let cidrs: Vec<Text> = routes.filter(is_network).cloned().collect();
        let address = host_address(&cidrs);
        let host = OnPremisesHost { name: name.clone(), address, httpd: BTreeMap::new() };
        let hosts = if cidrs.is_empty() { Vec::new() } else { vec![host] };
        draft.on_premises.push(draft::Site { name: name.clone(), cidrs, internet: None, hosts, dns: None });
    }
}

/// The first address of the first network that a host can have.
fn host_address(cidrs: &[Text]) -> Option<Text> {
    let nets: Vec<Ipv4Net> = cidrs.iter().filter_map(|cidr| cidr.value.parse().ok()).collect();
    let first = nets.first()?.trunc();
    let network = Ipv4Net::aggregate(&nets).into_iter().find(|net| net.contains(&first))?;
    let number = u32::from(first.network()) + if router_of(first).is_some() { 2 } else { 0 };
    let address = Ipv4Addr::from(number);
    let is_free =
        router_of(network).is_none_or(|router| ![network.network(), router, network.broadcast()].contains(&address));
    is_free.then(|| Spanned::new(address.to_string(), cidrs[0].span))
}
