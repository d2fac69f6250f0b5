//! AWS's own services: a namespace with their public addresses, joined to the internet, to each gateway endpoint's
//! VPC and to each interface endpoint's (GEN-05, GEN-06, GWE-09, VPCE-34).
//!
//! A service is told by the destination address: a public one, or one of 240.0.0.0/9 that stands for it towards an
//! endpoint's interface. The endpoint and the client are told by the source address: a network of 241.0.0.0/8 upwards
//! stands for the VPC of each endpoint. `aws_service` tells the daemon, which serves on all addresses here.
//!
//! ```text
//! ip route add 254.7.0.0/16 via 240.128.0.6 dev gwe-0a1b2c3d4e5
//! iifname "gwe-0a1b2c3d4e5" ip saddr 254.7.0.0/16 accept
//! ip daddr . meta l4proto . th dport @ports accept
//! oifname "internet" ip saddr @ttl_57 ip ttl set 59
//! ```

use super::{
    endpoint::PRIVATE_LINK_MTU,
    internet_gateway::INTERNET_MTU,
    names::{self, LinkAddresses},
    router::{link_network, loopback},
    rules::{accept, accept_known, any, base, closed, discard, iif, is, oif, within},
};
use crate::{
    model::{AwsService, ConnectionState, Topology, aws_address, id::mac},
    spec::{
        Address, Hop, Link, LinkKind, LinkName, MAIN_TABLE, Namespace, NetnsName, Route,
        nft::{Chain, Field, Filter, HookKind, HookPoint, Part, Rule, Set, Statement, Table, Type, Value},
    },
};
use ipnet::Ipv4Net;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// How many routers lie between the services and an instance, by the internet and by a gateway endpoint.
const HOPS: [(&str, u8); 2] = [("internet", 2), ("gwe-*", 1)];

/// The key of a service: destination address, protocol, port.
const SERVICE: [Field; 3] = [Field::IpDaddr, Field::L4proto, Field::ThDport];

/// TCP's protocol number.
const TCP: u32 = 6;

/// The namespace.
pub(super) fn namespace(topology: &Topology, links: &LinkAddresses<'_>) -> Namespace {
    let mut aws = Aws { topology, links, namespace: Namespace::default(), sources: Vec::new() };
    aws.namespace.sysctls = sysctls();
    aws.namespace.links.insert(LinkName::lo(), loopback());
    aws.internet();
    for endpoint in topology.gateway_endpoints.values() {
        let link = names::gateway_front_link(endpoint);
        let router = names::router_netns(&topology.lab, &endpoint.vpc);
        aws.veth(&link, PRIVATE_LINK_MTU, (router, names::gateway_endpoint_link(endpoint)));
        let clients: Vec<_> = endpoint.client_networks.values().copied().collect();
        aws.clients(&link, &clients, [links.far(&endpoint.id), links.near(&endpoint.id)]);
    }
    for endpoint in topology.endpoints.values() {
        if endpoint.aws_service().is_none() || endpoint.state != ConnectionState::Available {
            continue;
        }
        let link = names::service_link(endpoint);
        let router = names::router_netns(&topology.lab, &endpoint.vpc);
        aws.veth(&link, PRIVATE_LINK_MTU, (router, names::endpoint_link(endpoint)));
        let clients: Vec<_> = endpoint.client_networks.values().copied().collect();
        aws.clients(&link, &clients, [links.far(&endpoint.id), links.near(&endpoint.id)]);
    }
    aws.finish()
}

/// Each address of a service in the namespace, with the service and whether it is its public one: the others stand for
/// it towards endpoints' interfaces.
fn fronts(topology: &Topology, links: &LinkAddresses<'_>) -> BTreeMap<Ipv4Addr, (AwsService, bool)> {
    let public = aws_address::public_services(&topology.regions());
    let public = public.into_iter().map(|public| (public.address, (public.service, true)));
    let endpoints = topology.endpoints.values().flat_map(|endpoint| {
        let service = endpoint.aws_service();
        endpoint
            .interfaces
            .values()
            .filter_map(move |interface| Some((links.node(interface), (service?.clone(), false))))
    });
    public.chain(endpoints).collect()
}

/// The namespace while it is being put together.
struct Aws<'a> {
    topology: &'a Topology,
    links: &'a LinkAddresses<'a>,
    namespace: Namespace,
    /// Who may come by which link.
    sources: Vec<Rule>,
}

impl Aws<'_> {
    /// The way to and from the internet.
    fn internet(&mut self) {
        let link = LinkName::new("internet");
        self.veth(&link, INTERNET_MTU, (names::internet_netns(&self.topology.lab), names::aws_link()));
        let [near, far] = self.links.aws();
        self.address(&link, near);
        self.route(Ipv4Net::default(), Hop::Gateway(far.addr(), link));
        self.route(link_network(), Hop::Blackhole);
        let stand_in = is(Field::IpSaddr, Value::Net(link_network()));
        self.sources.push(Rule::new([iif("internet"), stand_in, discard()]));
    }

    /// The way back to an endpoint's clients, who come by its link and by no other. So connections that were open
    /// on another way before break (GWE-10).
    fn clients(&mut self, link: &LinkName, clients: &[Ipv4Net], [own, router]: [Ipv4Net; 2]) {
        self.address(link, own);
        for net in clients {
            self.route(*net, Hop::Gateway(router.addr(), link.clone()));
            self.sources.push(Rule::new([iif(link.as_str()), is(Field::IpSaddr, Value::Net(*net)), accept()]));
        }
        self.sources.push(Rule::new([iif(link.as_str()), discard()]));
    }

    fn veth(&mut self, name: &LinkName, mtu: u32, (peer_namespace, peer): (NetnsName, LinkName)) {
        let mac = mac(&self.topology.lab, "aws", name.as_str());
        let kind = LinkKind::Veth { mac, peer_namespace, peer, proxy_arp: false };
        self.namespace.links.insert(name.clone(), Link { kind, mtu });
    }

    fn address(&mut self, link: &LinkName, net: Ipv4Net) {
        self.namespace.addresses.insert(Address { link: link.clone(), net });
    }

    fn route(&mut self, destination: Ipv4Net, hop: Hop) {
        self.namespace.routes.insert(Route { table: MAIN_TABLE, destination, hop });
    }

    fn finish(mut self) -> Namespace {
        let fronts = fronts(self.topology, self.links);
        for address in fronts.keys() {
            self.address(&LinkName::lo(), Ipv4Net::from(*address));
        }
        self.namespace.nft = Filter::Table(table(&fronts, self.sources));
        self.namespace
    }
}

/// What passes: TCP to the services' ports, `ping` to those that answer it, and nothing else (VPCE-24, VPCE-25).
fn table(fronts: &BTreeMap<Ipv4Addr, (AwsService, bool)>, sources: Vec<Rule>) -> Table {
    let mut table = Table::default();
    let ports = fronts.iter().flat_map(|(address, (service, _))| {
        service.ports().iter().map(|port| vec![Part::address(*address), Part::Number(TCP), Part::port(*port)])
    });
    let key = vec![Type::Ipv4Addr, Type::InetProto, Type::InetService];
    table.sets.insert("ports".into(), Set { key, interval: false, elements: ports.collect() });
    let mut answering: BTreeMap<u8, BTreeSet<Vec<Part>>> = BTreeMap::new();
    for (address, (service, public)) in fronts {
        if let Some(ttl) = service.ttl().filter(|_| *public) {
            answering.entry(ttl).or_default().insert(vec![Part::address(*address)]);
        }
    }
    // Its own loopback address, where the lab's emulator is asked.
    let own = Rule::new([iif("lo"), accept()]);
    let mut input = vec![accept_known(), own, Rule::new([within(&SERVICE, "ports"), accept()])];
    let mut output = Vec::new();
    for (ttl, elements) in answering {
        let name = format!("ttl_{ttl}");
        let echo = any(Field::IcmpType, &["echo-request"]);
        input.push(Rule::new([echo, within(&[Field::IpDaddr], &name), accept()]));
        for (link, hops) in HOPS {
            let set = Statement::SetTtl(ttl.saturating_add(hops));
            output.push(Rule::new([oif(link), within(&[Field::IpSaddr], &name), set]));
        }
        table.sets.insert(name, Set { key: vec![Type::Ipv4Addr], interval: false, elements });
    }
    let chains: [(&str, Chain); 3] = [
        ("sources", base(HookKind::Filter, HookPoint::Prerouting, -150, sources)),
        ("input", closed(HookPoint::Input, input)),
        ("time_to_live", base(HookKind::Filter, HookPoint::Postrouting, 0, output)),
    ];
    table.chains = chains.map(|(name, chain)| (name.to_owned(), chain)).into();
    table
}

/// Nothing passes through, and clients come from wherever.
fn sysctls() -> BTreeMap<String, String> {
    let all = ["all", "default"].map(|which| (format!("ipv4/conf/{which}/rp_filter"), "0".to_owned()));
    let rest = [("ipv4/ip_forward", "0"), ("ipv6/conf/default/disable_ipv6", "1")];
    all.into_iter().chain(rest.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}
