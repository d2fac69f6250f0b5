//! Virtual private gateways: each VPN connection and virtual interface is a veth pair between the VPC's router
//! and the site's (VGW-04), with addresses of its own. No address is translated: security groups judge the
//! hosts' own (VGW-06).
//!
//! What comes in must be from a site that is joined, to the VPC's CIDR. So nothing on premises gets through the
//! VPC to the internet, a NAT gateway, a gateway endpoint or a peer (VGW-03); what AWS runs inside it, the
//! interfaces of endpoints and load balancers, can be used.
//!
//! ```text
//! iifname "vgw-*" ip saddr != @on_premises drop
//! iifname "vgw-*" ip daddr != 10.10.0.0/16 drop
//! ip route add 192.168.0.0/16 via 240.128.4.7 dev vgw-0a1b2c3d4e5 table 74565
//! ```

use super::{
    names,
    router::Router,
    rules::{accept, discard, iif, is_not, oif, outside},
};
use crate::{
    model::{Name, Route, SiteLink},
    spec::{
        Hop,
        nft::{Field, Part, Rule, Type, Value},
    },
};
use ipnet::Ipv4Net;

/// The MTU over a VPN connection (VGW-04).
const VPN_MTU: u32 = 1446;

pub(super) fn add(router: &mut Router<'_>) {
    let topology = router.topology;
    let links: Vec<_> = topology.site_links().into_iter().filter(|link| link.vpc == router.name).collect();
    if links.is_empty() {
        return;
    }
    for link in links {
        let ours = names::vpn_link(link.id);
        router.veth(ours.clone(), mtu(&link), (names::site_netns(&topology.lab, link.site), ours.clone()), false);
        router.address(ours, router.links.near(link.id));
    }
    let sites = topology.sites_behind(router.name).into_iter().map(|net| vec![Part::Net(net)]);
    router.set("on_premises".to_owned(), vec![Type::Ipv4Addr], sites.collect());
    let elsewhere = router.vpc.cidrs().map(|cidr| is_not(Field::IpDaddr, Value::Net(cidr)));
    router.rule("outbound", Rule::new([iif("vgw-*"), outside(&[Field::IpSaddr], "on_premises"), discard()]));
    router.rule("outbound", Rule::new([iif("vgw-*")].into_iter().chain(elsewhere).chain([discard()])));
    router.rule("forward", Rule::new([iif("vgw-*"), oif("eni-*"), accept()]));
    router.rule("forward", Rule::new([iif("eni-*"), oif("vgw-*"), accept()]));
    router.rule("forward", Rule::new([iif("nat-*"), oif("vgw-*"), accept()]));
}

/// The MTU of both ends.
pub(super) fn mtu(link: &SiteLink<'_>) -> u32 {
    link.mtu.unwrap_or(VPN_MTU)
}

/// What a route to a virtual private gateway becomes among all `routes` of its table. The gateway has routes of its
/// own: those inside the destination lead where the gateway sends them, unless a more specific route of the table
/// takes them; the rest of the destination leads to where the gateway has it, or nowhere.
pub(super) fn hops(router: &Router<'_>, routes: &[Route], route: &Route, gateway: &Name) -> Vec<(Ipv4Net, Hop)> {
    let learned = router.topology.vpn_gateway_routes(gateway);
    let hop = |link: &SiteLink<'_>| Hop::Gateway(router.links.far(link.id).addr(), names::vpn_link(link.id));
    let around = learned.iter().filter(|(net, _)| net.contains(&route.destination));
    let whole = around.max_by_key(|(net, _)| net.prefix_len()).map_or(Hop::Blackhole, |(_, link)| hop(link));
    let others = routes.iter().map(|other| other.destination).chain(router.vpc.cidrs());
    let nearer: Vec<_> = others.filter(|net| *net != route.destination && route.destination.contains(net)).collect();
    let inside = learned.iter().filter(|(net, _)| **net != route.destination && route.destination.contains(*net));
    let inside = inside.filter(|(net, _)| !nearer.iter().any(|nearer| nearer.contains(*net)));
    std::iter::once((route.destination, whole)).chain(inside.map(|(net, link)| (*net, hop(link)))).collect()
}
