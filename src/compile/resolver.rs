//! Route 53 Resolver's ways in and out, and DNS servers on premises. An endpoint's addresses are the router's own: at
//! those of an inbound one the VPC's resolver listens (DNS-14), from those of an outbound one the daemon asks (DNS-15).
//! Their groups, network ACLs and route tables judge as for anything else.
//!
//! ```text
//! ip rule add priority 900 from 10.0.1.5 lookup 74565
//! ip daddr @inbound_resolvers meta l4proto { tcp, udp } th dport 53 accept
//! ```

use super::{
    hosted_zone, names,
    route_table::number_of,
    router::Router,
    rules::{accept, any, is, is_not, within},
    security_group::{Direction, managed_gate},
};
use crate::{
    model::{Name, ResolverAction, ResolverDirection, SiteDns, Topology, internet::PUBLIC_DNS},
    spec::{
        NetnsName, Rule as RoutingRule,
        nft::{Field, Part, Rule, Type, Value},
        service::DnsServer,
        zone::{self, Forward},
    },
};
use ipnet::Ipv4Net;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddrV4},
};

/// The set of addresses at which the VPC's resolver answers everybody whom groups let in.
const INBOUND: &str = "inbound_resolvers";
/// The port of DNS.
const PORT: u16 = 53;

/// The router's part.
pub(super) fn add(router: &mut Router<'_>) {
    let topology = router.topology;
    for endpoint in topology.resolver_endpoints.values().filter(|endpoint| endpoint.vpc == *router.name) {
        for interface in endpoint.interfaces.iter().map(|name| &topology.network_interfaces[name]) {
            let Part::Number(table) = number_of(router, &interface.subnet) else { continue };
            let from = Some(Ipv4Net::from(interface.private_ip));
            let priority = names::SOURCE_PRIORITY;
            router.routing_rule(RoutingRule { priority, from, to: None, fwmark: None, table });
            if endpoint.direction == ResolverDirection::Outbound && !interface.security_groups.is_empty() {
                let outbound = managed_gate(router, Direction::Outbound, &interface.security_groups);
                router.map("check_outbound", vec![Part::address(interface.private_ip)], outbound);
            }
        }
    }
    let listening: BTreeSet<_> =
        listening(topology, router.name).into_iter().map(|address| vec![Part::address(address)]).collect();
    if listening.is_empty() || !router.vpc.enable_dns_support {
        return;
    }
    router.exact_set(INBOUND.to_owned(), vec![Type::Ipv4Addr], listening);
    router.rule(
        "input",
        Rule::new([
            is_not(Field::Iifname, Value::Link("igw".to_owned())),
            within(&[Field::IpDaddr], INBOUND),
            any(Field::L4proto, &["tcp", "udp"]),
            is(Field::ThDport, Value::Number(PORT.into())),
            accept(),
        ]),
    );
}

/// The addresses of a VPC's inbound endpoints.
pub(super) fn listening(topology: &Topology, vpc: &Name) -> Vec<Ipv4Addr> {
    let endpoints = topology.resolver_endpoints.values();
    let inbound = endpoints.filter(|endpoint| endpoint.vpc == *vpc && endpoint.direction == ResolverDirection::Inbound);
    let interfaces = inbound.flat_map(|endpoint| &endpoint.interfaces);
    interfaces.map(|name| topology.network_interfaces[name].private_ip).collect()
}

/// The rules that hold in a VPC.
pub(super) fn rules(topology: &Topology, vpc: &Name) -> BTreeMap<String, zone::Rule> {
    let rules = topology.resolver_rules.values().filter(|rule| rule.vpcs.contains(vpc));
    rules
        .map(|rule| {
            let becomes = match &rule.action {
                ResolverAction::System => zone::Rule::System,
                ResolverAction::Forward { endpoint, to } => {
                    let endpoint = &topology.resolver_endpoints[endpoint];
                    let from = endpoint.interfaces.iter().map(|name| topology.network_interfaces[name].private_ip);
                    zone::Rule::Forward(Forward {
                        netns: names::router_netns(&topology.lab, &endpoint.vpc),
                        from: from.collect(),
                        to: to.clone(),
                    })
                }
            };
            (rule.domain.clone(), becomes)
        })
        .collect()
}

/// The DNS servers on premises. What is not theirs, nor anybody's whom they know, they ask public DNS (DNS-16).
pub(super) fn on_premises(topology: &Topology) -> impl Iterator<Item = (NetnsName, DnsServer)> {
    let servers = topology.sites.values().filter_map(|site| site.dns.as_ref());
    servers.map(|dns| (names::host_netns(&topology.lab, &dns.host), server(topology, dns)))
}

fn server(topology: &Topology, dns: &SiteDns) -> DnsServer {
    let own = topology.on_premises_hosts[&dns.host].address;
    let rule = |to: &[Ipv4Addr]| {
        zone::Rule::Forward(Forward {
            netns: names::host_netns(&topology.lab, &dns.host),
            from: vec![own],
            to: to.iter().map(|address| SocketAddrV4::new(*address, PORT)).collect(),
        })
    };
    let mut rules = BTreeMap::from([(String::new(), rule(&[PUBLIC_DNS]))]);
    rules.extend(dns.forward.iter().map(|(domain, to)| (domain.clone(), rule(to))));
    let zones = dns.zone.iter().map(|(domain, records)| {
        (domain.clone(), hosted_zone::with([format!("{}.{domain}", dns.host.as_str().to_lowercase())], records.clone()))
    });
    DnsServer { listen: vec![own], zones: zones.collect(), rules, ..DnsServer::default() }
}
