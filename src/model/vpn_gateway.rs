//! Virtual private gateways, and what joins them to sites on premises: VPN connections and private virtual
//! interfaces of Direct Connect (section 18 of the rules).

use super::{Failed, Id, Line, Name, Route, RouteTarget, Topology};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::Ipv4Addr};

/// A virtual private gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VpnGateway {
    /// `vgw-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// The VPC to which it is attached (VGW-01).
    pub vpc: Option<Name>,
    /// The ASN of Amazon's side.
    pub amazon_side_asn: u32,
}

/// A customer gateway: what AWS knows of a site's router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerGateway {
    /// `cgw-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// The site whose router it is.
    pub site: Name,
    /// The router's address on the internet.
    pub ip_address: Ipv4Addr,
    /// The router's ASN.
    pub bgp_asn: u32,
}

/// A VPN connection between a site and a virtual private gateway (VGW-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VpnConnection {
    /// `vpn-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// AWS's end.
    pub vpn_gateway: Name,
    /// The site's end.
    pub customer_gateway: Name,
    /// What lies behind it, sorted; none: the site advertises its own networks by BGP.
    pub static_routes: Option<Vec<Ipv4Net>>,
}

/// A private virtual interface of Direct Connect to a virtual private gateway. The site advertises its
/// networks by BGP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualInterface {
    /// `dxvif-…`.
    pub id: Id,
    /// Its name.
    pub tag: String,
    /// AWS's end.
    pub vpn_gateway: Name,
    /// The site's end.
    pub site: Name,
    /// The ASN of the site's router.
    pub asn: u32,
    /// 1500, or 9001 for jumbo frames.
    pub mtu: u32,
}

/// How a virtual private gateway learned a route; the first one wins over the others for the same
/// destination (RT-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Learned {
    /// By BGP over Direct Connect.
    DirectConnect,
    /// A VPN connection's static route.
    Static,
    /// By BGP over a VPN connection.
    VpnBgp,
}

/// What joins an attached virtual private gateway to a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteLink<'a> {
    /// The VPN connection's or the virtual interface's id.
    pub id: &'a Id,
    /// The virtual private gateway.
    pub gateway: &'a Name,
    /// The VPC to which that is attached.
    pub vpc: &'a Name,
    /// The site.
    pub site: &'a Name,
    /// How routes are learned.
    pub learned: Learned,
    /// To what it leads, as the virtual private gateway sees it.
    pub routes: &'a [Ipv4Net],
    /// The MTU of a virtual interface; none for a VPN connection.
    pub mtu: Option<u32>,
    /// Whether it has not failed.
    pub is_up: bool,
}

impl Topology {
    /// Everything that joins a VPC to a site, the most wanted first, what has failed last.
    pub fn site_links(&self) -> Vec<SiteLink<'_>> {
        let is_up = |id: &Id| !self.failures.contains(&Failed::Tunnel(id.clone()));
        let attached = |gateway: &Name| self.vpn_gateways[gateway].vpc.as_ref();
        let interfaces = self.virtual_interfaces.values().filter_map(|interface| {
            Some(SiteLink {
                id: &interface.id,
                gateway: &interface.vpn_gateway,
                vpc: attached(&interface.vpn_gateway)?,
                site: &interface.site,
                learned: Learned::DirectConnect,
                routes: &self.sites[&interface.site].cidrs,
                mtu: Some(interface.mtu),
                is_up: is_up(&interface.id),
            })
        });
        let connections = self.vpn_connections.values().filter_map(|connection| {
            let site = &self.customer_gateways[&connection.customer_gateway].site;
            let (learned, routes) = match &connection.static_routes {
                Some(routes) => (Learned::Static, routes),
                None => (Learned::VpnBgp, &self.sites[site].cidrs),
            };
            let (gateway, vpc) = (&connection.vpn_gateway, attached(&connection.vpn_gateway)?);
            let is_up = is_up(&connection.id);
            Some(SiteLink { id: &connection.id, gateway, vpc, site, learned, routes, mtu: None, is_up })
        });
        let mut links: Vec<_> = interfaces.chain(connections).collect();
        links.sort_by_key(|link| (!link.is_up, link.learned));
        links
    }

    /// What a virtual private gateway knows: to which link each destination leads (RT-03). Of one that is down it
    /// knows nothing (VGW-02).
    pub fn vpn_gateway_routes(&self, gateway: &Name) -> BTreeMap<Ipv4Net, SiteLink<'_>> {
        let mut routes = BTreeMap::new();
        for link in self.site_links().into_iter().filter(|link| link.gateway == gateway && link.is_up) {
            for destination in link.routes {
                routes.entry(*destination).or_insert(link);
            }
        }
        routes
    }

    /// The routes that virtual private gateways propagate into a route table: not what has a static route
    /// (RT-03), nor what lies inside the VPC, where the local route wins (RT-06).
    pub fn propagated_routes(&self, table: &Name) -> Vec<Route> {
        let table = &self.route_tables[table];
        let vpc = &self.vpcs[&table.vpc];
        let mut routes = Vec::new();
        for gateway in &table.propagating_vgws {
            let learned = self.vpn_gateway_routes(gateway).into_keys();
            let free = learned.filter(|destination| {
                vpc.cidr_of(*destination).is_none()
                    && table.routes.iter().all(|route| route.destination != *destination)
            });
            let target = RouteTarget::VpnGateway(gateway.clone());
            routes.extend(free.map(|destination| Route { destination, target: target.clone(), line: Line::default() }));
        }
        routes
    }

    /// The networks of the sites that are joined to a VPC.
    pub fn sites_behind(&self, vpc: &Name) -> Vec<Ipv4Net> {
        let links = self.site_links().into_iter().filter(|link| link.vpc == vpc);
        let nets: Vec<_> = links.flat_map(|link| self.sites[link.site].cidrs.iter().copied()).collect();
        Ipv4Net::aggregate(&nets)
    }
}
