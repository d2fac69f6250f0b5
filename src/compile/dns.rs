//! DNS: a resolver in each VPC's router at base+2 and 169.254.169.253 (DNS-01), public DNS in the internet.
//!
//! Names of load balancers and endpoints are public and lead to private addresses where those are private
//! (DNS-12); instances' public names have a split horizon (NAME-04); zones without a healthy target leave
//! the regional names, unless all have (NLB-07, VPCE-20).

use super::{hosted_zone, names, overview::Overview, resolver};
use crate::{
    model::{
        Endpoint, LoadBalancer, Name, NetworkInterface, Node, Owner, Topology, aws_address, dns_name,
        internet::{PACKAGES, PUBLIC_DNS},
    },
    spec::{
        NetnsName,
        service::{DnsServer, Health, HostNames, Records, ZonedAddress},
    },
};
use ipnet::Ipv4Net;
use std::{collections::BTreeMap, net::Ipv4Addr};

/// The servers by their namespaces. A VPC without DNS support has none (DNS-03).
pub(super) fn servers(overview: &Overview<'_>) -> BTreeMap<NetnsName, DnsServer> {
    let topology = overview.topology;
    let vpcs = topology.vpcs.iter().filter(|(_, vpc)| vpc.enable_dns_support);
    let resolvers = vpcs.map(|(name, _)| (names::router_netns(&topology.lab, name), vpc_resolver(overview, name)));
    let public = DnsServer { listen: vec![PUBLIC_DNS], ..DnsServer::default() };
    let public = (names::internet_netns(&topology.lab), public);
    resolvers.chain([public]).chain(resolver::on_premises(topology)).collect()
}

fn vpc_resolver(overview: &Overview<'_>, name: &Name) -> DnsServer {
    let topology = overview.topology;
    let vpc = &topology.vpcs[name];
    let subnets = topology.subnets.values().filter(|subnet| subnet.vpc == *name);
    let mut private = Records::default();
    add_instances(&mut private, overview, name);
    let mut networks = BTreeMap::from([(&vpc.region, vpc.cidrs().collect::<Vec<_>>())]);
    for (_, _, other) in topology.active_peerings(name) {
        let peer = &topology.vpcs[&other.vpc];
        if other.allow_dns_resolution_from_remote_vpc {
            add_instances(&mut private, overview, &other.vpc);
        }
        // Names of addresses that are nobody's on the internet need no option (PCX-15).
        let open = other.allow_dns_resolution_from_remote_vpc;
        let known = peer.cidrs().filter(|cidr| open || is_private(*cidr));
        networks.entry(&peer.region).or_default().extend(known);
    }
    let own = [vpc.resolver(), Ipv4Addr::new(169, 254, 169, 253)];
    DnsServer {
        listen: own.into_iter().chain(resolver::listening(topology, name)).collect(),
        zones: hosted_zone::private(overview, name),
        rules: resolver::rules(topology, name),
        private,
        host_names: networks
            .into_iter()
            .map(|(region, networks)| HostNames { suffix: region.internal_domain(), networks })
            .collect(),
        client_zones: subnets.map(|subnet| (subnet.cidr, subnet.az_id.clone())).collect(),
    }
}

/// The public names of a VPC's instances, leading to their private addresses (NAME-04, PCX-09).
fn add_instances(records: &mut Records, overview: &Overview<'_>, name: &Name) {
    let vpc = &overview.topology.vpcs[name];
    for (_, interface) in overview.interfaces_of(name) {
        for (private_ip, public) in interface.addresses().filter(|_| is_instance(interface)) {
            let public_name = public.and_then(|public| dns_name::instance_public(vpc, public.ip));
            if let Some(public_name) = public_name {
                put(records, &public_name, private_ip, None);
            }
        }
    }
}

/// Whether a CIDR lies in the ranges of RFC 1918.
fn is_private(cidr: Ipv4Net) -> bool {
    cidr.network().is_private() && cidr.broadcast().is_private()
}

/// What public DNS knows, when targets are as healthy as `health` says.
pub(super) fn public_records(topology: &Topology, health: &Health) -> Records {
    let mut records = Records::default();
    put(&mut records, "archive.ubuntu.com", PACKAGES, None);
    for public in aws_address::public_services(&topology.regions()) {
        for name in &public.names {
            put(&mut records, name, public.address, None);
        }
        records.ptr.extend(public.pointer.map(|name| (public.address, name)));
    }
    for balancer in topology.load_balancers.values() {
        add_balancer(&mut records, topology, health, balancer);
    }
    for (name, endpoint) in &topology.endpoints {
        add_endpoint(&mut records, topology, health, (name, endpoint));
    }
    for interface in topology.network_interfaces.values() {
        let vpc = &topology.vpcs[&interface.vpc];
        for public in interface.addresses().filter_map(|(_, public)| public) {
            let Some(name) = dns_name::instance_public(vpc, public.ip) else { continue };
            records.ptr.insert(public.ip, name.clone());
            if is_instance(interface) {
                put(&mut records, &name, public.ip, None);
            }
        }
    }
    records
}

fn add_balancer(records: &mut Records, topology: &Topology, health: &Health, balancer: &LoadBalancer) {
    let in_service = zones_in_service(topology, health, balancer);
    for node in &balancer.nodes {
        let interface = &topology.network_interfaces[&node.interface];
        let address = interface.public.as_ref().map_or(interface.private_ip, |public| public.ip);
        let zone = topology.zone_id(&node.interface);
        put(records, &dns_name::load_balancer_zonal(balancer, &node.az), address, Some(zone));
        if in_service.contains(&zone) {
            put(records, &balancer.dns_name, address, Some(zone));
        }
    }
}

fn add_endpoint(records: &mut Records, topology: &Topology, health: &Health, (name, endpoint): (&Name, &Endpoint)) {
    let in_service = if let Some(balancer) = endpoint.load_balancer() {
        zones_in_service(topology, health, &topology.load_balancers[balancer])
    } else {
        interfaces_in_service(topology, endpoint).into_iter().map(|interface| topology.zone_id(interface)).collect()
    };
    let some = endpoint.interfaces.values().any(|interface| in_service.contains(&topology.zone_id(interface)));
    for (az, interface) in &endpoint.interfaces {
        let address = topology.network_interfaces[interface].private_ip;
        let zone = topology.zone_id(interface);
        put(records, &dns_name::endpoint_zonal(topology, name, az), address, Some(zone));
        if !some || in_service.contains(&zone) {
            put(records, &dns_name::endpoint_regional(topology, name), address, Some(zone));
        }
    }
}

/// The interfaces of an endpoint to a service of AWS's own that its names list. AWS looks after these services itself: a
/// zone that has failed leaves the names at once, unless all have (VPCE-20).
pub(super) fn interfaces_in_service<'a>(topology: &Topology, endpoint: &'a Endpoint) -> Vec<&'a Name> {
    let works = |interface: &&Name| !topology.is_zone_failed(topology.zone_id(interface));
    let working: Vec<_> = endpoint.interfaces.values().filter(works).collect();
    if working.is_empty() { endpoint.interfaces.values().collect() } else { working }
}

/// The zones that a load balancer's regional name lists: those in service, or all if none is (NLB-07).
fn zones_in_service<'a>(topology: &'a Topology, health: &Health, balancer: &LoadBalancer) -> Vec<&'a str> {
    let in_service = balancer.nodes.iter().filter(|node| topology.is_in_service(health, balancer, node));
    let zone = |node: &Node| topology.zone_id(&node.interface);
    let zones: Vec<_> = in_service.map(zone).collect();
    if zones.is_empty() { balancer.nodes.iter().map(zone).collect() } else { zones }
}

fn is_instance(interface: &NetworkInterface) -> bool {
    matches!(interface.owner, Owner::Instance(_))
}

fn put(records: &mut Records, name: &str, address: Ipv4Addr, zone: Option<&str>) {
    let zoned = ZonedAddress { address, zone: zone.map(str::to_owned) };
    records.a.entry(name.to_ascii_lowercase()).or_default().push(zoned);
}
