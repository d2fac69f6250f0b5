//! What has failed answers nobody, and sends nothing (GEN-01); of a connection to a site that is down, routes are
//! withdrawn (VGW-02).

use super::{
    Component,
    walk::{Packet, Place, Step, Stop, Walk},
};
use crate::model::{Failed, Name, Route, SiteLink, Topology};
use ipnet::Ipv4Net;

impl<'a> Walk<'a> {
    /// Nothing has failed at a place.
    pub(super) fn works(&mut self, place: Place<'a>) -> Step<()> {
        let Place::Interface(name) = place else { return Ok(()) };
        let Some(failed) = self.topology.failure_of(name) else { return Ok(()) };
        let words = failed.words(self.topology);
        let id = self.topology.network_interfaces[name].id.as_str();
        let component = Component::new("network interface", name, id);
        Err(self.stop("BAD_STATE", &component, format!("{words} has failed"), format!("`vpcns heal {words}`")))
    }

    /// Tells of a route that a connection which is down would have brought into a table, if it is narrower than the one
    /// that is left.
    pub(super) fn withdrawn(&mut self, table: &Name, left: Option<&Route>, packet: Packet) -> Step<()> {
        let gateways = &self.topology.route_tables[table].propagating_vgws;
        let Some((link, net)) = self.down(packet, |link| gateways.contains(link.gateway)) else { return Ok(()) };
        match left {
            None => Err(self.is_down(&link)),
            Some(left) if left.destination.prefix_len() >= net.prefix_len() => Ok(()),
            Some(_) => {
                let (component, words) = (component(&link), tunnel(self.topology, &link));
                self.pass(&component, format!("{words} has failed: its route {net} is withdrawn"));
                Ok(())
            }
        }
    }

    /// No connection of a gateway that is down would have led to where a packet is to go.
    pub(super) fn leads_down(&mut self, gateway: &Name, packet: Packet) -> Step<()> {
        self.down(packet, |link| link.gateway == gateway).map_or(Ok(()), |(link, _)| Err(self.is_down(&link)))
    }

    /// A connection that is down and leads to where a packet is to go, by the narrowest of its routes.
    fn down(&self, packet: Packet, is_asked: impl Fn(&SiteLink<'a>) -> bool) -> Option<(SiteLink<'a>, Ipv4Net)> {
        let links = self.topology.site_links().into_iter().filter(|link| !link.is_up && is_asked(link));
        let leading = links.flat_map(|link| link.routes.iter().map(move |net| (link, *net)));
        leading.filter(|(_, net)| net.contains(&packet.destination)).max_by_key(|(_, net)| net.prefix_len())
    }

    /// At a connection to a site that is down.
    pub(super) fn is_down(&mut self, link: &SiteLink<'_>) -> Stop {
        let words = tunnel(self.topology, link);
        let says = format!("{words} has failed, and its routes are withdrawn");
        self.stop("BAD_STATE", &component(link), says, format!("`vpcns heal {words}`"))
    }
}

fn tunnel(topology: &Topology, link: &SiteLink<'_>) -> String {
    Failed::Tunnel(link.id.clone()).words(topology)
}

fn component(link: &SiteLink<'_>) -> Component {
    Component { kind: "connection to site", name: link.site.to_string(), id: link.id.to_string() }
}
