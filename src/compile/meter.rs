//! Where the kernel counts the bytes that have a price (COST-01, COST-03, COST-06): the statistics of links that are
//! there anyway, so that counting costs a packet nothing.
//!
//! ```text
//! ip -s link show vpce-0a1b2c3d4e        # in the consumer's router: both ways
//! ip -s link show eth0                   # in a NAT gateway: what it sent, which is all that it passed on
//! ip -s link show pcx-0a1b2c3d4e5        # in the requester's router: both ways
//! ```

use super::names;
use crate::{
    model::{ConnectionState, Id, Topology},
    spec::{LinkName, NetnsName},
};
use std::collections::BTreeMap;

/// A link whose bytes are a resource's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    /// The namespace.
    pub netns: NetnsName,
    /// The link in it.
    pub link: LinkName,
    /// Whether what is received counts as well as what is sent.
    pub both_ways: bool,
}

/// The meters, by the ids of the resources. What has no link of its own has none: an endpoint that is not available,
/// or that lies in the VPC of its service.
pub fn meters(topology: &Topology) -> BTreeMap<Id, Meter> {
    let available = topology.endpoints.values().filter(|endpoint| endpoint.state == ConnectionState::Available);
    let linked = available.filter(|endpoint| {
        endpoint.load_balancer().is_none_or(|balancer| topology.load_balancers[balancer].vpc != endpoint.vpc)
    });
    let endpoints = linked.map(|endpoint| {
        let netns = names::router_netns(&topology.lab, &endpoint.vpc);
        (endpoint.id.clone(), Meter { netns, link: names::endpoint_link(endpoint), both_ways: true })
    });
    let gateways = topology.nat_gateways.iter().map(|(name, gateway)| {
        let netns = names::nat_netns(&topology.lab, name);
        (gateway.id.clone(), Meter { netns, link: names::host_link(), both_ways: false })
    });
    let active = topology.peering_connections.values().filter(|connection| connection.is_active());
    let peerings = active.map(|connection| {
        let netns = names::router_netns(&topology.lab, &connection.requester.vpc);
        (connection.id.clone(), Meter { netns, link: names::peering_link(connection), both_ways: true })
    });
    endpoints.chain(gateways).chain(peerings).collect()
}
