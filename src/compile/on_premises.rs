//! Sites on premises: a router each, which leads to its hosts, to the VPCs that it is joined to, and to the
//! internet by one address for all; and the hosts, ordinary machines behind it.
//!
//! A site's router is somebody's own, not AWS's: it shows in `traceroute` and answers `ping`. It lets its hosts go
//! everywhere, and what comes from a VPC go to its hosts and to the internet; from one VPC to another it leads nothing.
//!
//! ```text
//! chain forward { ct state established,related accept; iifname "host-*" accept;
//!                 iifname "vgw-*" oifname { "host-*", "internet" } accept }
//! oifname "internet" snat ip to 198.51.100.7
//! ip route add 10.10.0.0/16 via 240.128.4.6 dev vgw-0a1b2c3d4e5
//! ```

use super::{
    instance,
    internet_gateway::INTERNET_MTU,
    names::{self, LinkAddresses},
    router::{forwarding_sysctls, loopback},
    rules::{accept, accept_known, base, closed, iif, oif},
    vpn_gateway,
};
use crate::{
    model::{Name, OnPremisesHost, Site, Topology, id::mac, internet::PUBLIC_DNS, router_of},
    spec::{
        Address, Hop, Link, LinkKind, LinkName, MAIN_TABLE, Machine, Namespace, NetnsName, Route,
        nft::{Filter, HookKind, HookPoint, Rule, Statement, Table, Translation},
        service::{At, Responder, port_of},
    },
};
use ipnet::Ipv4Net;
use std::{collections::BTreeMap, fmt::Write};

/// The routers and hosts of all sites.
pub(super) fn namespaces(topology: &Topology, links: &LinkAddresses<'_>) -> BTreeMap<NetnsName, Namespace> {
    let lab = &topology.lab;
    let routers = topology.sites.iter().map(|(name, site)| {
        let router = Router { topology, links, name, site, namespace: Namespace::default() };
        (names::site_netns(lab, name), router.namespace())
    });
    let hosts = topology.on_premises_hosts.iter();
    routers.chain(hosts.map(|(name, found)| (names::host_netns(lab, name), host(topology, found)))).collect()
}

/// What answers HTTP on premises, by namespace and port.
pub(super) fn responders(topology: &Topology) -> impl Iterator<Item = (At, Responder)> {
    topology.on_premises_hosts.iter().flat_map(|(name, host)| {
        host.httpd.iter().map(|(port, content)| {
            let responder = Responder { host: name.to_string(), content: content.clone() };
            (port_of(names::host_netns(&topology.lab, name), *port), responder)
        })
    })
}

/// A site's router while it is being put together.
struct Router<'a> {
    topology: &'a Topology,
    links: &'a LinkAddresses<'a>,
    name: &'a Name,
    site: &'a Site,
    namespace: Namespace,
}

impl Router<'_> {
    fn namespace(mut self) -> Namespace {
        self.namespace.sysctls = forwarding_sysctls();
        self.namespace.links.insert(LinkName::lo(), loopback());
        for network in &self.site.cidrs {
            // An address that no host has leads nowhere.
            self.route(*network, Hop::Blackhole);
            let own = router_of(*network).map(|address| Address { link: LinkName::lo(), net: Ipv4Net::from(address) });
            self.namespace.addresses.extend(own);
        }
        self.hosts();
        self.vpcs();
        self.internet();
        self.namespace.nft = Filter::Table(self.table());
        self.namespace
    }

    fn hosts(&mut self) {
        let topology = self.topology;
        for (name, host) in topology.on_premises_hosts.iter().filter(|(_, host)| host.site == *self.name) {
            let link = names::on_premises_link(host);
            let peer = (names::host_netns(&topology.lab, name), names::host_link());
            self.veth(link.clone(), lan_mtu(topology, self.name), peer, true);
            self.route(Ipv4Net::from(host.address), Hop::Link(link));
        }
    }

    /// The best link to each VPC; not to one that has the addresses of a network of the site. If all of them are down,
    /// what is for the VPC ends here: it does not go to the internet instead.
    fn vpcs(&mut self) {
        let (topology, name) = (self.topology, self.name);
        let mut known: Vec<Ipv4Net> = self.site.cidrs.clone();
        for joined in topology.site_links().into_iter().filter(|link| link.site == name) {
            let link = names::vpn_link(joined.id);
            let peer = (names::router_netns(&topology.lab, joined.vpc), link.clone());
            self.veth(link.clone(), vpn_gateway::mtu(&joined), peer, false);
            self.namespace.addresses.insert(Address { link: link.clone(), net: self.links.far(joined.id) });
            for cidr in topology.vpcs[joined.vpc].cidrs() {
                if !known.contains(&cidr) {
                    known.push(cidr);
                    let near = Hop::Gateway(self.links.near(joined.id).addr(), link.clone());
                    self.route(cidr, if joined.is_up { near } else { Hop::Blackhole });
                }
            }
        }
    }

    fn internet(&mut self) {
        let Some(address) = self.site.public_ip else { return };
        let link = names::internet_link();
        let internet = names::internet_netns(&self.topology.lab);
        self.veth(link.clone(), INTERNET_MTU, (internet, names::site_link(self.site)), false);
        self.namespace.addresses.insert(Address { link: link.clone(), net: self.links.near(&self.site.id) });
        self.namespace.addresses.insert(Address { link: LinkName::lo(), net: Ipv4Net::from(address) });
        self.route(Ipv4Net::default(), Hop::Gateway(self.links.far(&self.site.id).addr(), link));
    }

    fn table(&self) -> Table {
        let from_vpcs = |to: &str| Rule::new([iif("vgw-*"), oif(to), accept()]);
        let hosts = Rule::new([iif("host-*"), accept()]);
        let forward = vec![accept_known(), hosts, from_vpcs("host-*"), from_vpcs("internet")];
        let mut table = Table::default();
        table.chains.insert("forward".to_owned(), closed(HookPoint::Forward, forward));
        if let Some(address) = self.site.public_ip {
            let seen_as = Rule::new([oif("internet"), Statement::Snat(Translation::Address(address))]);
            let nat = base(HookKind::Nat, HookPoint::Postrouting, 100, vec![seen_as]);
            table.chains.insert("source_nat".to_owned(), nat);
        }
        table
    }

    fn veth(&mut self, link: LinkName, mtu: u32, (peer_namespace, peer): (NetnsName, LinkName), proxy_arp: bool) {
        let netns = names::site_netns(&self.topology.lab, self.name);
        let mac = mac(&self.topology.lab, netns.as_str(), link.as_str());
        self.namespace.links.insert(link, Link { kind: LinkKind::Veth { mac, peer_namespace, peer, proxy_arp }, mtu });
    }

    fn route(&mut self, destination: Ipv4Net, hop: Hop) {
        self.namespace.routes.insert(Route { table: MAIN_TABLE, destination, hop });
    }
}

/// The MTU inside a site: jumbo frames if a virtual interface has them.
fn lan_mtu(topology: &Topology, site: &Name) -> u32 {
    let interfaces = topology.virtual_interfaces.values().filter(|interface| interface.site == *site);
    interfaces.map(|interface| interface.mtu).max().map_or(INTERNET_MTU, |mtu| mtu.max(INTERNET_MTU))
}

/// A host. It knows the others of its site by name, and asks the site's DNS server, or public DNS if there is a way to
/// it; a VPC's resolver it cannot ask (VGW-05).
fn host(topology: &Topology, host: &OnPremisesHost) -> Namespace {
    let site = &topology.sites[&host.site];
    let network = site.network_of(host.address).expect("a host's address lies in its site");
    let address = Ipv4Net::new(host.address, network.prefix_len()).expect("a network's prefix length");
    let peer = (names::site_netns(&topology.lab, &host.site), names::on_premises_link(host));
    let mtu = lan_mtu(topology, &host.site);
    let mut namespace = instance::host(host.mac, mtu, address, router_of(network).unwrap_or(host.address), peer);
    if router_of(network).is_none() {
        // No address is left for the router: it answers for everybody on the link.
        let default = Route { table: MAIN_TABLE, destination: Ipv4Net::default(), hop: Hop::Link(names::host_link()) };
        namespace.routes = [default].into();
    }
    let hosts = namespace.files.entry("hosts".to_owned()).or_default();
    for (name, other) in topology.on_premises_hosts.iter().filter(|(_, other)| other.site == host.site) {
        writeln!(hosts, "{} {name}", other.address).expect("a string takes whatever is written");
    }
    namespace.files.insert("resolv.conf".to_owned(), resolv_conf(topology, site));
    namespace
}

/// The site's own DNS server, or public DNS.
fn resolv_conf(topology: &Topology, site: &Site) -> String {
    let Some(dns) = &site.dns else {
        return site.public_ip.map(|_| format!("nameserver {PUBLIC_DNS}\n")).unwrap_or_default();
    };
    let search = dns.zone.as_ref().map(|(domain, _)| format!("search {domain}\n")).unwrap_or_default();
    format!("{search}nameserver {}\n", topology.on_premises_hosts[&dns.host].address)
}

/// What the view of a host is made for.
pub(super) fn machine(topology: &Topology, name: &Name) -> Machine {
    Machine {
        host: name.to_string(),
        netns: names::host_netns(&topology.lab, name),
        host_name: name.to_string(),
        region: None,
        user_data: None,
        public_key: None,
        layers: Vec::new(),
    }
}
