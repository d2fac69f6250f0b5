//! What has failed falls silent: an instance, a NAT gateway, a load balancer's node, or all of these and the interfaces
//! of endpoints in a zone. Before anything else looks at a packet, and after everything else has, the router drops what
//! comes from them or goes to them (GEN-01); routes, names and open connections stay as they are, until health checks
//! find that out (NLB-07).
//!
//! ```text
//! set failed_links { eni-0a1b2c3d4e5, nat-0a1b2c3d4e5 }    set failed_addresses { 10.0.1.7, 240.3.2.1 }
//! chain failed { hook prerouting −310; iifname @failed_links drop; ip daddr @failed_addresses drop }
//! chain failed_out { hook postrouting 300; oifname @failed_links drop; ip saddr @failed_addresses drop }
//! ```

use super::{
    load_balancer::private_link_addresses,
    names,
    router::Router,
    rules::{base, discard, within},
};
use crate::{
    model::{Name, NetworkInterface, Owner},
    spec::nft::{Field, HookKind, HookPoint, Part, Rule, Type},
};
use std::{collections::BTreeSet, net::Ipv4Addr};

/// The ends of links that have failed.
const LINKS: &str = "failed_links";
/// The addresses of what AWS runs and has failed.
const ADDRESSES: &str = "failed_addresses";

/// Before connections are looked up and addresses translated.
const FIRST: i32 = -310;
/// After that.
const LAST: i32 = 300;

pub(super) fn add(router: &mut Router<'_>) {
    let topology = router.topology;
    let failed = router.interfaces.iter().filter(|(name, _)| topology.failure_of(name).is_some());
    let (mut links, mut addresses) = (BTreeSet::new(), BTreeSet::new());
    for (name, interface) in failed {
        match &interface.owner {
            Owner::Instance(_) => _ = links.insert(vec![Part::Ifname(names::interface_link(interface))]),
            Owner::NatGateway(gateway) => {
                links.insert(vec![Part::Ifname(names::nat_link(&topology.nat_gateways[gateway]))]);
            }
            Owner::LoadBalancer(_) | Owner::Endpoint(_) | Owner::ResolverEndpoint(_) => {
                addresses.extend(own_addresses(router, name, interface).into_iter().map(|ip| vec![Part::address(ip)]));
            }
            Owner::Nobody => {}
        }
    }
    let (mut first, mut last) = (Vec::new(), Vec::new());
    if !links.is_empty() {
        router.exact_set(LINKS.to_owned(), vec![Type::Ifname], links);
        first.push(Rule::new([within(&[Field::Iifname], LINKS), discard()]));
        last.push(Rule::new([within(&[Field::Oifname], LINKS), discard()]));
    }
    if !addresses.is_empty() {
        router.exact_set(ADDRESSES.to_owned(), vec![Type::Ipv4Addr], addresses);
        first.push(Rule::new([within(&[Field::IpDaddr], ADDRESSES), discard()]));
        last.push(Rule::new([within(&[Field::IpSaddr], ADDRESSES), discard()]));
    }
    if !first.is_empty() {
        router.base_chain("failed", base(HookKind::Filter, HookPoint::Prerouting, FIRST, first));
        router.base_chain("failed_out", base(HookKind::Filter, HookPoint::Postrouting, LAST, last));
    }
}

/// By which addresses an interface that AWS runs is known in the router: its private and public one, and of a load
/// balancer's node those at which PrivateLink comes to it (SVC-12).
fn own_addresses(router: &Router<'_>, name: &Name, interface: &NetworkInterface) -> Vec<Ipv4Addr> {
    let mut addresses = vec![interface.private_ip];
    addresses.extend(interface.public.as_ref().map(|public| public.ip));
    if let Owner::LoadBalancer(balancer) = &interface.owner {
        let nodes = router.topology.load_balancers[balancer].nodes.iter();
        for node in nodes.filter(|node| node.interface == *name) {
            addresses.extend(private_link_addresses(router, balancer, node).into_iter().map(|(address, _)| address));
        }
    }
    addresses
}
