//! Virtual private gateways, customer gateways, VPN connections and private virtual interfaces (VGW-01 to
//! VGW-04).

use super::{
    super::{
        CustomerGateway, Id, Name, RouteTarget, VirtualInterface, VpnConnection, VpnGateway,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, Draft, Ref},
    },
    Resolver, tag, text,
};
use ipnet::Ipv4Net;
use std::collections::BTreeMap;

/// The ASN of Amazon's side, where none is chosen.
const AMAZON_ASN: u32 = 64512;
/// The ASN of a site's router, where none is chosen.
const CUSTOMER_ASN: u32 = 65000;

impl Resolver<'_> {
    pub(super) fn vpn_gateways(&mut self, draft: &Draft) {
        for gateway in &draft.vpn_gateways {
            let resolved = self.vpn_gateway(gateway);
            self.vpn_gateways.insert(&gateway.label.name, resolved, &mut self.found);
        }
        for gateway in &draft.customer_gateways {
            let resolved = self.customer_gateway(gateway);
            self.customer_gateways.insert(&gateway.label.name, resolved, &mut self.found);
        }
        for connection in &draft.vpn_connections {
            let resolved = self.vpn_connection(connection);
            self.vpn_connections.insert(&connection.label.name, resolved, &mut self.found);
        }
        for interface in &draft.private_virtual_interfaces {
            let resolved = self.virtual_interface(interface);
            self.virtual_interfaces.insert(&interface.label.name, resolved, &mut self.found);
        }
        self.equal_vpcs(draft);
    }

    fn vpn_gateway(&mut self, gateway: &draft::VpnGateway) -> Option<VpnGateway> {
        if let Some(vpc) = &gateway.vpc {
            self.vpcs.find(vpc, &mut self.found)?;
            if let Some(other) = self.vpn_gateway_of(&vpc.value) {
                let message = format!(
                    "VPC `{}` has a virtual private gateway already (VpnGatewayAttachmentLimitExceeded)",
                    vpc.value
                );
                let hint = format!("it is `{other}`; a VPC has one at most");
                self.found.push_with_hint(vpc.span, message, hint);
                return None;
            }
        }
        // AWS takes a private ASN on its own side.
        let is_private = |asn: u32| (64512..=65534).contains(&asn) || (4_200_000_000..=4_294_967_294).contains(&asn);
        let written = gateway.amazon_side_asn.as_ref();
        let amazon_side_asn = asn(written, AMAZON_ASN, &mut self.found)?;
        if let Some(written) = written.filter(|_| !is_private(amazon_side_asn)) {
            let message = format!("{amazon_side_asn} is not a private ASN (InvalidParameterValue)");
            self.found.push_with_hint(written.span, message, "64512 to 65534, or 4200000000 to 4294967294");
            return None;
        }
        Some(VpnGateway {
            id: Id::derive(self.lab, "vgw", gateway.label.name.value.as_str()),
            tag: tag(&gateway.label),
            vpc: gateway.vpc.as_ref().map(|vpc| vpc.value.clone()),
            amazon_side_asn,
        })
    }

    fn customer_gateway(&mut self, gateway: &draft::CustomerGateway) -> Option<CustomerGateway> {
        let written = gateway.ip_address.as_ref().map(|written| text::address(written, &mut self.found));
        let bgp_asn = asn(gateway.bgp_asn.as_ref(), CUSTOMER_ASN, &mut self.found);
        let site = self.sites.find(&gateway.site, &mut self.found)?;
        let name = &gateway.label.name;
        let ip_address = match (written, site.public_ip) {
            (Some(written), _) => written?,
            (None, Some(address)) => address,
            (None, None) => {
                let message = format!("customer gateway `{}` needs an `ip_address` (MissingParameter)", name.value);
                let hint = format!("site `{}` has no way to the internet, and so no address there", gateway.site.value);
                self.found.push_with_hint(name.span, message, hint);
                return None;
            }
        };
        Some(CustomerGateway {
            id: Id::derive(self.lab, "cgw", name.value.as_str()),
            tag: tag(&gateway.label),
            site: gateway.site.value.clone(),
            ip_address,
            bgp_asn: bgp_asn?,
        })
    }

    fn vpn_connection(&mut self, connection: &draft::VpnConnection) -> Option<VpnConnection> {
        let gateway = self.vpn_gateways.find(&connection.vpn_gateway, &mut self.found).is_some();
        let customer = self.customer_gateways.find(&connection.customer_gateway, &mut self.found);
        let site = customer.map(|customer| customer.site.clone());
        let static_routes = connection.static_routes.as_ref().map(|routes| self.static_routes(routes));
        let site = site.filter(|_| gateway)?;
        if self.sites.get(&site)?.public_ip.is_none() {
            let message = format!("site `{site}` has no way to the internet, by which a VPN connection goes");
            let hint = "give the site `internet: true`, or join it by a private virtual interface";
            self.found.push_with_hint(connection.customer_gateway.span, message, hint);
            return None;
        }
        Some(VpnConnection {
            id: Id::derive(self.lab, "vpn", connection.label.name.value.as_str()),
            tag: tag(&connection.label),
            vpn_gateway: connection.vpn_gateway.value.clone(),
            customer_gateway: connection.customer_gateway.value.clone(),
            static_routes,
        })
    }

    /// Static routes, none twice.
    fn static_routes(&mut self, routes: &[draft::Text]) -> Vec<Ipv4Net> {
        let mut parsed = Vec::new();
        for route in routes {
            let Some(net) = text::cidr(route, &mut self.found) else { continue };
            if parsed.contains(&net) {
                self.found.push(route.span, format!("the static route {net} already exists (RouteAlreadyExists)"));
            }
            parsed.push(net);
        }
        parsed.sort();
        parsed
    }

    fn virtual_interface(&mut self, interface: &draft::VirtualInterface) -> Option<VirtualInterface> {
        let gateway = self.vpn_gateways.find(&interface.vpn_gateway, &mut self.found).is_some();
        let site = self.sites.find(&interface.site, &mut self.found).is_some();
        let asn = asn(interface.asn.as_ref(), CUSTOMER_ASN, &mut self.found);
        let mtu = match &interface.mtu {
            None | Some(Spanned { value: 1500, .. }) => Some(1500),
            Some(Spanned { value: 9001, .. }) => Some(9001),
            Some(other) => {
                self.found.push(
                    other.span,
                    format!("the MTU of a private virtual interface is 1500 or 9001, not {}", other.value),
                );
                None
            }
        };
        (gateway && site).then_some(())?;
        Some(VirtualInterface {
            id: Id::derive(self.lab, "dxvif", interface.label.name.value.as_str()),
            tag: tag(&interface.label),
            vpn_gateway: interface.vpn_gateway.value.clone(),
            site: interface.site.value.clone(),
            asn: asn?,
            mtu: mtu?,
        })
    }

    /// A site's router cannot lead to two VPCs that have the same addresses.
    fn equal_vpcs(&mut self, draft: &Draft) {
        let connections = draft.vpn_connections.iter().filter_map(|connection| {
            let customer = self.customer_gateways.get(&connection.customer_gateway.value)?;
            Some((&connection.vpn_gateway, &customer.site))
        });
        let interfaces = draft.private_virtual_interfaces.iter();
        let interfaces = interfaces.map(|interface| (&interface.vpn_gateway, &interface.site.value));
        let mut seen: BTreeMap<(&Name, Ipv4Net), &Name> = BTreeMap::new();
        for (gateway, site) in connections.chain(interfaces) {
            let vpc = self.vpn_gateways.get(&gateway.value).and_then(|gateway| gateway.vpc.as_ref());
            let Some((vpc, cidrs)) = vpc.and_then(|vpc| Some((vpc, self.vpcs.get(vpc)?.cidrs()))) else { continue };
            for cidr in cidrs {
                let other = *seen.entry((site, cidr)).or_insert(vpc);
                if other != vpc {
                    let message = format!("site `{site}` is joined to VPC `{other}` and VPC `{vpc}`, both `{cidr}`");
                    let hint = "its router cannot tell them apart; PrivateLink joins networks that overlap";
                    self.found.push_with_hint(gateway.span, message, hint);
                }
            }
        }
    }

    /// The virtual private gateway that is attached to a VPC (VGW-01).
    fn vpn_gateway_of(&self, vpc: &Name) -> Option<&Name> {
        self.vpn_gateways.iter().find(|(_, gateway)| gateway.vpc.as_ref() == Some(vpc)).map(|(name, _)| name)
    }

    /// The target of a route to the VPC's only virtual private gateway.
    pub(super) fn own_vpn_gateway(&mut self, vpc: &Name, span: Span) -> Option<RouteTarget> {
        let own = self.vpn_gateway_of(vpc).cloned().map(RouteTarget::VpnGateway);
        if own.is_none() {
            let message = format!("VPC `{vpc}` has no virtual private gateway (Gateway.NotAttached)");
            let hint = format!("attach one: `vpn_gateways: {{ NAME: {{ vpc: {vpc} }} }}`");
            self.found.push_with_hint(span, message, hint);
        }
        own
    }

    /// Whether a gateway that a route table names is attached to the table's VPC (RT-17, VGW-02).
    pub(super) fn is_attached(&mut self, vpc: &Name, table: &Name, gateway: &Ref) -> bool {
        let Some(found) = self.vpn_gateways.find(gateway, &mut self.found) else { return false };
        let attached = found.vpc.as_ref() == Some(vpc);
        if !attached {
            let message = format!(
                "route table `{table}` and virtual private gateway `{}` belong to different networks (Gateway.NotAttached)",
                gateway.value
            );
            self.found.push(gateway.span, message);
        }
        attached
    }
}

/// An autonomous system's number.
fn asn(written: Option<&Spanned<i64>>, default: u32, found: &mut Diagnostics) -> Option<u32> {
    written.map_or(Some(default), |written| text::within(written, "an ASN", 1..=4_294_967_294, found))
}
