//! What has failed answers nobody, and sends nothing (GEN-01); of a connection to a site that is down, routes are
//! withdrawn (VGW-02).

use super::{
    Component,
    walk::{Packet, Place, Step, Stop, Walk},
};
use crate::model::{Failed, SiteLink};

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

    /// No connection that is down would have led to where a packet is to go.
    pub(super) fn leads_down(&mut self, is_asked: impl Fn(&SiteLink<'a>) -> bool, packet: Packet) -> Step<()> {
        let links = self.topology.site_links().into_iter().filter(|link| !link.is_up && is_asked(link));
        let mut leading = links.filter(|link| link.routes.iter().any(|net| net.contains(&packet.destination)));
        leading.next().map_or(Ok(()), |link| Err(self.is_down(&link)))
    }

    /// At a connection to a site that is down.
    pub(super) fn is_down(&mut self, link: &SiteLink<'_>) -> Stop {
        let words = Failed::Tunnel(link.id.clone()).words(self.topology);
        let component = Component { kind: "connection", name: link.site.to_string(), id: link.id.to_string() };
        let says = format!("{words} has failed, and its routes are withdrawn");
        self.stop("BAD_STATE", &component, says, format!("`vpcns heal {words}`"))
    }
}
