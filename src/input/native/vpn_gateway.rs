//! Virtual private gateways of the native format, and what joins them to sites on premises: customer
//! gateways, VPN connections, private virtual interfaces.

use super::{
    lower::{Lowering, label},
    mapping,
};
use crate::model::{
    Name,
    diagnostic::Spanned,
    draft::{self, Ref, Text},
};

mapping! {
    /// A virtual private gateway.
    struct VpnGateway = "a virtual private gateway" {
        /// The VPC to which it is attached. A VPC has one at most.
        vpc: Option<Text>,
        /// The ASN of Amazon's side. Default 64512.
        amazon_side_asn: Option<Spanned<i64>>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// A customer gateway.
    struct CustomerGateway = "a customer gateway" {
        /// The site whose router it is.
        site: Text,
        /// The router's address on the internet. Default: the one that the lab gives the site.
        ip_address: Option<Text>,
        /// The router's ASN. Default 65000.
        bgp_asn: Option<Spanned<i64>>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// A VPN connection.
    struct VpnConnection = "a VPN connection" {
        /// AWS's end: a virtual private gateway.
        vpn_gateway: Text,
        /// The site's end: a customer gateway.
        customer_gateway: Text,
        /// What the virtual private gateway sends into the connection, a list of CIDRs. Left out: the networks of
        /// the site, as if it advertised them by BGP.
        static_routes: Option<Vec<Text>>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// A private virtual interface of Direct Connect.
    struct VirtualInterface = "a private virtual interface" {
        /// AWS's end: a virtual private gateway.
        vpn_gateway: Text,
        /// The site's end. It advertises its networks, as if by BGP.
        site: Text,
        /// The ASN of the site's router. Default 65000.
        asn: Option<Spanned<i64>>,
        /// 1500 (default), or 9001 for jumbo frames, which the site's hosts then have too.
        mtu: Option<Spanned<i64>>,
        /// Its name in AWS. Default: the name.
        tag: Option<String>,
    }
}

impl VpnGateway {
    /// Writes the gateway.
    pub(super) fn lower(self, gateway: Ref, lowering: &mut Lowering<'_>) {
        lowering.draft.vpn_gateways.push(draft::VpnGateway {
            label: label(gateway, self.tag),
            vpc: self.vpc.map(|vpc| vpc.map(Name::new)),
            amazon_side_asn: self.amazon_side_asn,
        });
    }
}

impl CustomerGateway {
    /// Writes the gateway.
    pub(super) fn lower(self, gateway: Ref, lowering: &mut Lowering<'_>) {
        lowering.draft.customer_gateways.push(draft::CustomerGateway {
            label: label(gateway, self.tag),
            site: self.site.map(Name::new),
            ip_address: self.ip_address,
            bgp_asn: self.bgp_asn,
        });
    }
}

impl VpnConnection {
    /// Writes the connection.
    pub(super) fn lower(self, connection: Ref, lowering: &mut Lowering<'_>) {
        lowering.draft.vpn_connections.push(draft::VpnConnection {
            label: label(connection, self.tag),
            vpn_gateway: self.vpn_gateway.map(Name::new),
            customer_gateway: self.customer_gateway.map(Name::new),
            static_routes: self.static_routes,
        });
    }
}

impl VirtualInterface {
    /// Writes the interface.
    pub(super) fn lower(self, interface: Ref, lowering: &mut Lowering<'_>) {
        lowering.draft.private_virtual_interfaces.push(draft::VirtualInterface {
            label: label(interface, self.tag),
            vpn_gateway: self.vpn_gateway.map(Name::new),
            site: self.site.map(Name::new),
            asn: self.asn,
            mtu: self.mtu,
        });
    }
}
