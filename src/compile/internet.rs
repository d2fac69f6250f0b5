//! The public internet: a namespace that routes each public address to its VPC, or to AWS's services, and drops
//! everything else in silence, public DNS, and `laptop`, somebody's machine on it.

use super::{
    instance,
    internet_gateway::INTERNET_MTU,
    names::{self, LinkAddresses},
    overview::Overview,
    router::{forwarding_sysctls, loopback},
};
use crate::{
    model::{
        Topology, aws_address,
        id::mac,
        internet::{LAPTOP, PACKAGES, PUBLIC_DNS, ROUTER},
    },
    spec::{
        Address, Hop, Link, LinkKind, LinkName, MAIN_TABLE, Namespace, NetnsName, Route,
        service::{At, Content, Responder, port_of},
    },
};
use ipnet::Ipv4Net;

/// What answers there.
pub(super) fn responder(lab: &str) -> (At, Responder) {
    let content = Content::Body("packages\n".into());
    (port_of(names::internet_netns(lab), 80), Responder { host: "internet".into(), content })
}

/// The internet itself.
pub(super) fn namespace(overview: &Overview<'_>) -> Namespace {
    let (topology, links) = (overview.topology, &overview.links);
    let mut namespace = Namespace { sysctls: forwarding_sysctls(), ..Namespace::default() };
    // A source to which no route leads back is not let in: private ones above all (IGW-08).
    namespace.sysctls.insert("ipv4/conf/all/rp_filter".to_owned(), "1".to_owned());
    let laptop = LinkName::new("laptop");
    namespace.links.insert(LinkName::lo(), loopback());
    let to_laptop = (names::laptop_netns(&topology.lab), names::host_link());
    // Routers of sites may have addresses of the laptop's network, and are not on its link.
    let network = Ipv4Net::new(LAPTOP, 24).expect("24 is at most 32");
    let proxy_arp = topology.sites.values().filter_map(|site| site.public_ip).any(|address| network.contains(&address));
    namespace.links.insert(laptop.clone(), link(topology, &laptop, to_laptop, proxy_arp));
    namespace.addresses.insert(Address { link: laptop, net: Ipv4Net::new(ROUTER, 24).expect("24 is at most 32") });
    for address in [PUBLIC_DNS, PACKAGES] {
        namespace.addresses.insert(Address { link: LinkName::lo(), net: Ipv4Net::from(address) });
    }
    namespace.routes.insert(Route { table: MAIN_TABLE, destination: Ipv4Net::default(), hop: Hop::Blackhole });
    join_aws(&mut namespace, topology, links);
    for gateway in topology.internet_gateways.values() {
        let Some(vpc_name) = &gateway.vpc else { continue };
        let to_vpc = names::vpc_link(&topology.vpcs[vpc_name]);
        let router = names::router_netns(&topology.lab, vpc_name);
        namespace.links.insert(to_vpc.clone(), link(topology, &to_vpc, (router, names::gateway_link()), false));
        namespace.addresses.insert(Address { link: to_vpc.clone(), net: links.far(&gateway.id) });
        for (_, interface) in overview.interfaces_of(vpc_name) {
            for public in interface.addresses().filter_map(|(_, public)| public) {
                let hop = Hop::Gateway(links.near(&gateway.id).addr(), to_vpc.clone());
                namespace.routes.insert(Route { table: MAIN_TABLE, destination: Ipv4Net::from(public.ip), hop });
            }
        }
    }
    for (name, site) in &topology.sites {
        let Some(address) = site.public_ip else { continue };
        let to_site = names::site_link(site);
        let router = names::site_netns(&topology.lab, name);
        namespace.links.insert(to_site.clone(), link(topology, &to_site, (router, names::internet_link()), false));
        namespace.addresses.insert(Address { link: to_site.clone(), net: links.far(&site.id) });
        let hop = Hop::Gateway(links.near(&site.id).addr(), to_site);
        namespace.routes.insert(Route { table: MAIN_TABLE, destination: Ipv4Net::from(address), hop });
    }
    namespace
}

/// The way to AWS's own services.
fn join_aws(namespace: &mut Namespace, topology: &Topology, links: &LinkAddresses<'_>) {
    let name = names::aws_link();
    let link = link(topology, &name, (names::aws_netns(&topology.lab), LinkName::new("internet")), false);
    let [far, near] = links.aws();
    namespace.links.insert(name.clone(), link);
    namespace.addresses.insert(Address { link: name.clone(), net: near });
    for destination in aws_address::networks() {
        let hop = Hop::Gateway(far.addr(), name.clone());
        namespace.routes.insert(Route { table: MAIN_TABLE, destination, hop });
    }
}

/// Somebody's machine on the internet.
pub(super) fn laptop(lab: &str) -> Namespace {
    let address = Ipv4Net::new(LAPTOP, 24).expect("24 is at most 32");
    let peer = (names::internet_netns(lab), LinkName::new("laptop"));
    let mut namespace = instance::host(mac(lab, "laptop", "eth0"), INTERNET_MTU, address, ROUTER, peer);
    namespace.files.insert("resolv.conf".to_owned(), format!("nameserver {PUBLIC_DNS}\n"));
    namespace
}

fn link(topology: &Topology, name: &LinkName, (peer_namespace, peer): (NetnsName, LinkName), proxy_arp: bool) -> Link {
    let mac = mac(&topology.lab, "internet", name.as_str());
    Link { kind: LinkKind::Veth { mac, peer_namespace, peer, proxy_arp }, mtu: INTERNET_MTU }
}
