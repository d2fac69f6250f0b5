//! What an estimate leaves out, for the lab that it is about: bytes that nobody counts, and resources whose prices are
//! not in the rules.

use super::{
    price,
    zones::{self, Crossing},
};
use crate::model::{Name, Topology};

/// The notes, in a fixed order.
pub(super) fn notes(topology: &Topology) -> Vec<String> {
    let mut notes = Vec::new();
    let regions: Vec<_> = topology.regions().into_iter().map(crate::model::Region::as_str).collect();
    if regions != [price::REGION] {
        notes.push(format!(
            "the lab is in {}, where prices differ from those of {}",
            regions.join(", "),
            price::REGION
        ));
    }
    notes.extend(uncounted(topology));
    let unpriced = unpriced(topology);
    if !unpriced.is_empty() {
        notes.push(format!("not priced: {}", unpriced.join(", ")));
    }
    notes
}

/// Bytes with a price that nobody counts.
fn uncounted(topology: &Topology) -> Vec<String> {
    let mut notes = Vec::new();
    if !topology.load_balancers.is_empty() {
        let names = names(topology.load_balancers.keys());
        notes.push(format!(
            "of load balancers ({names}), only the bytes of clients that come by PrivateLink are counted; bytes of \
             other clients, numbers of connections, and bytes between a node and targets in other zones are not"
        ));
    }
    let inside = topology.endpoints.iter().filter(|(_, endpoint)| {
        let balancer = endpoint.load_balancer();
        balancer.is_some_and(|balancer| topology.load_balancers[balancer].vpc == endpoint.vpc)
    });
    let inside = names(inside.map(|(name, _)| name));
    if !inside.is_empty() {
        notes
            .push(format!("endpoints in the VPC of their own service ({inside}) have no link whose bytes could count"));
    }
    let gateways = topology.nat_gateways.keys().filter(|name| unknown(zones::of_nat_gateway(topology, name)));
    let peerings = topology.peering_connections.keys();
    let peerings = peerings.filter(|name| unknown(zones::of_peering_connection(topology, name)));
    let between = names(gateways.chain(peerings));
    if !between.is_empty() {
        notes
            .push(format!("some of what these carry may go from one zone to another, which is not counted: {between}"));
    }
    notes
}

fn unknown(crossing: Crossing) -> bool {
    crossing == Crossing::Unknown
}

/// What the lab has that costs something in AWS, and nothing here.
fn unpriced(topology: &Topology) -> Vec<String> {
    let between_regions = topology.peering_connections.values().filter(|connection| {
        topology.region_of(&connection.requester.vpc) != topology.region_of(&connection.accepter.vpc)
    });
    let kinds = [
        (topology.instances.len(), "instances"),
        (topology.vpn_connections.len(), "VPN connections"),
        (topology.virtual_interfaces.len(), "Direct Connect"),
        (topology.resolver_endpoints.len(), "Resolver endpoints"),
        (topology.hosted_zones.len(), "hosted zones"),
        (topology.flow_logs.len(), "flow logs"),
        (topology.buckets.len(), "what is in buckets"),
        (between_regions.count(), "bytes between regions"),
        (topology.internet_gateways.len(), "bytes to the internet"),
    ];
    kinds.into_iter().filter(|(count, _)| *count > 0).map(|(_, kind)| kind.to_owned()).collect()
}

fn names<'a>(names: impl Iterator<Item = &'a Name>) -> String {
    names.map(Name::as_str).collect::<Vec<_>>().join(", ")
}
