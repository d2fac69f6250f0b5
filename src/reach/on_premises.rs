//! Sites on premises: what a virtual private gateway knows of them (RT-03), and where their routers lead.

use super::{
    Component,
    walk::{Packet, Place, Step, Walk},
};
use crate::model::{Name, RouteTarget, SiteLink};
use ipnet::Ipv4Net;

impl<'a> Walk<'a> {
    /// By a virtual private gateway, which has routes of its own, to a site.
    pub(super) fn by_vpn_gateway(&mut self, gateway: &Name, packet: Packet) -> Step<(Place<'a>, Packet)> {
        let id = self.topology.vpn_gateways[gateway].id.as_str();
        let component = Component::new("virtual private gateway", gateway, id);
        let learned = self.topology.vpn_gateway_routes(gateway);
        let matching = learned.into_iter().filter(|(net, _)| net.contains(&packet.destination));
        let Some((net, link)) = matching.max_by_key(|(net, _)| net.prefix_len()) else {
            self.leads_down(gateway, packet)?;
            let says = format!("no connection of it leads to {}", packet.destination);
            let change = format!("give a VPN connection a static route to {}", packet.destination);
            return Err(self.stop("NO_ROUTE_TO_DESTINATION", &component, says, change));
        };
        self.pass(&component, format!("{net} → {} of site {}", link.id, link.site));
        self.at_site(&link, packet)
    }

    /// At a site's router, from a VPC: to the site's hosts, or by its own way to the internet.
    fn at_site(&mut self, link: &SiteLink<'a>, packet: Packet) -> Step<(Place<'a>, Packet)> {
        let elsewhere = self.vpc_behind(link.site, packet);
        if let Some((vpc, ..)) = elsewhere {
            let says = format!("its router leads nothing from one VPC to another, {vpc}");
            let change = "join the VPCs themselves, by peering or PrivateLink";
            return Err(self.stop("NO_ROUTE_TO_DESTINATION", &site_component(link.site), says, change));
        }
        self.inside_site(link.site, packet)
    }

    /// From a host on premises: to its neighbours, to the VPCs that its site is joined to, to the internet.
    pub(super) fn leave_host(&mut self, host: &Name, packet: Packet) -> Step<(Place<'a>, Packet)> {
        let site = &self.topology.on_premises_hosts[host].site;
        match self.vpc_behind(site, packet) {
            None => self.inside_site(site, packet),
            Some((_, link, _)) if !link.is_up => Err(self.is_down(&link)),
            Some((vpc, link, cidr)) => {
                self.pass(&site_component(site), format!("{cidr} → {} to VPC {vpc}", link.id));
                self.inwards(&RouteTarget::VpnGateway(link.gateway.clone()), vpc, packet)
            }
        }
    }

    /// The VPC to which a site's router leads a packet: by the longest prefix, its own networks among them.
    fn vpc_behind(&self, site: &Name, packet: Packet) -> Option<(&'a Name, SiteLink<'a>, Ipv4Net)> {
        let own = self.topology.sites[site].network_of(packet.destination).map_or(0, |net| net.prefix_len());
        let links = self.topology.site_links().into_iter().filter(|link| link.site == site);
        let mut leading = links.filter_map(|link| {
            let cidr = self.topology.vpcs[link.vpc].cidr_of(packet.destination)?;
            (cidr.prefix_len() > own).then_some((link.vpc, link, cidr))
        });
        let first = leading.next()?;
        Some(leading.fold(first, |best, other| if other.2.prefix_len() > best.2.prefix_len() { other } else { best }))
    }

    fn inside_site(&mut self, name: &'a Name, packet: Packet) -> Step<(Place<'a>, Packet)> {
        let site = &self.topology.sites[name];
        let component = site_component(name);
        if site.network_of(packet.destination).is_some() {
            let mut hosts = self.topology.on_premises_hosts.iter();
            let host = hosts.find(|(_, host)| host.site == *name && host.address == packet.destination);
            let Some((host, _)) = host else {
                let says = format!("no host has the address {}", packet.destination);
                let change = "send to an address that somebody has";
                return Err(self.stop("NO_POSSIBLE_DESTINATION", &component, says, change));
            };
            return Ok((Place::OnPremises(host), packet));
        }
        let Some(public) = site.public_ip else {
            let says = format!("it has no way to {}", packet.destination);
            let change = "give the site `internet: true`, or join it to a VPC that has the address";
            return Err(self.stop("NO_ROUTE_TO_DESTINATION", &component, says, change));
        };
        self.pass(&component, format!("{} becomes {public} on the internet", packet.source));
        self.across_the_internet(Packet { source: public, ..packet })
    }

    /// The site whose router has a public address.
    pub(super) fn site_at(&self, address: std::net::Ipv4Addr) -> Option<&'a Name> {
        self.topology.sites.iter().find(|(_, site)| site.public_ip == Some(address)).map(|(name, _)| name)
    }
}

fn site_component(name: &Name) -> Component {
    Component::new("site", name, "")
}
