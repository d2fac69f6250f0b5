//! The networks that stand for endpoints' clients on the providers' side, chosen once all is resolved: one
//! for each network that an endpoint's VPC knows as sources, so that equal CIDRs do not meet (SVC-15).

use super::super::{Name, Topology, assign::Pool, diagnostic::Diagnostics, diagnostic::Span, id};
use ipnet::Ipv4Net;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// How many /16 networks there are for the clients of endpoints: 241.0.0.0/16 to 253.255.0.0/16.
const CLIENT_NETWORKS: u32 = 13 * 256;

/// The first of them.
const FIRST: Ipv4Addr = Ipv4Addr::new(241, 0, 0, 0);

/// The largest network that one of them can stand for.
const LARGEST: u8 = 16;

/// Gives each endpoint its networks. What runs keeps those that it has, since open connections show them.
pub(super) fn choose(topology: &mut Topology, previous: Option<&Topology>, found: &mut Diagnostics) {
    let mut pool = Pool::new(CLIENT_NETWORKS);
    let wanted: Vec<(Name, Ipv4Net)> = topology
        .endpoints
        .iter()
        .flat_map(|(name, endpoint)| networks(topology, &endpoint.vpc).into_iter().map(|net| (name.clone(), net)))
        .collect();
    let mut chosen: BTreeMap<(Name, Ipv4Net), u32> = BTreeMap::new();
    for (name, network) in &wanted {
        let running = previous.and_then(|previous| previous.endpoints.get(name)?.client_networks.get(network));
        if let Some(number) = running.copied().and_then(number_of).filter(|number| pool.take(*number)) {
            chosen.insert((name.clone(), *network), number);
        }
    }
    for (name, network) in wanted {
        let own = topology.vpcs[&topology.endpoints[&name].vpc].cidr == network;
        let seed = if own { name.to_string() } else { format!("{name} {network}") };
        let kept = chosen.get(&(name.clone(), network)).copied();
        let Some(number) = kept.or_else(|| pool.choose(id::number(&topology.lab, "clients", &seed))) else {
            let message =
                format!("the clients of all interface endpoints come from {CLIENT_NETWORKS} networks at most");
            found.push_with_hint(Span::default(), message, "a network larger than a /16 counts as several");
            return;
        };
        let stands_for_it = Ipv4Net::new(Ipv4Addr::from(u32::from(FIRST) + (number << 16)), network.prefix_len());
        let endpoint = topology.endpoints.get_mut(&name).expect("it was wanted for an endpoint");
        endpoint.client_networks.insert(network, stands_for_it.expect("a network's prefix length"));
    }
}

/// The networks from which packets come to what lies in a VPC: none larger than a /16, none inside another.
fn networks(topology: &Topology, vpc: &Name) -> Vec<Ipv4Net> {
    let all = topology.vpcs[vpc].cidrs().chain(topology.networks_behind(vpc));
    let pieces: BTreeSet<Ipv4Net> =
        all.flat_map(|net| net.subnets(LARGEST.max(net.prefix_len())).expect("a length from its own to 32")).collect();
    let is_inside = |net: &Ipv4Net| pieces.iter().any(|other| other != net && other.contains(net));
    pieces.iter().filter(|net| !is_inside(net)).copied().collect()
}

fn number_of(network: Ipv4Net) -> Option<u32> {
    u32::from(network.network()).checked_sub(u32::from(FIRST)).map(|offset| offset >> 16)
}
