//! VPC peering: each active connection is a veth pair between the two routers, with addresses of its own. No
//! address is translated, so that both gates judge the real ones: the sender's groups in its router, the
//! receiver's in the other (PCX-05, SG-14). Answers follow the receiver's own table (PCX-16).
//!
//! A packet that comes in must be from the peer's CIDR to this VPC's (PCX-06). So nothing goes through: not to a
//! third VPC, nor out of the peer's gateways (PCX-07). What AWS runs in this VPC is inside it, and can be used.
//!
//! ```text
//! chain peering { iifname "pcx-0a1b2c3d4e5" ip saddr != 10.20.0.0/16 drop
//!                 iifname "pcx-0a1b2c3d4e5" ip daddr != 10.10.0.0/16 drop }
//! ip route add 10.20.0.0/16 via 240.128.4.7 dev pcx-0a1b2c3d4e5 table 74565
//! ```

use super::{
    names,
    network_interface::VPC_MTU,
    router::Router,
    rules::{discard, iif, is_not},
};
use crate::{
    model::{Name, PeeringConnection},
    spec::{
        Hop,
        nft::{Field, Rule, Value},
    },
};
use ipnet::Ipv4Net;

/// The MTU between regions (PCX-11).
const INTER_REGION_MTU: u32 = 8500;

pub(super) fn add(router: &mut Router<'_>) {
    let topology = router.topology;
    for (connection, own, other) in topology.active_peerings(router.name) {
        let link = names::peering_link(connection);
        let peer = (names::router_netns(&topology.lab, &other.vpc), link.clone());
        let near = router.vpc.region == topology.vpcs[&other.vpc].region;
        router.veth(link.clone(), if near { VPC_MTU } else { INTER_REGION_MTU }, peer, false);
        router.address(link.clone(), end(router, connection, &own.vpc));
        for (field, vpc) in [(Field::IpSaddr, &topology.vpcs[&other.vpc]), (Field::IpDaddr, router.vpc)] {
            let elsewhere = vpc.cidrs().map(|cidr| is_not(field, Value::Net(cidr)));
            router.rule("peering", Rule::new([iif(link.as_str())].into_iter().chain(elsewhere).chain([discard()])));
        }
    }
}

/// Where a route to a connection leads: nowhere, unless it is active (PCX-04).
pub(super) fn hop(router: &Router<'_>, name: &Name) -> Hop {
    let connection = &router.topology.peering_connections[name];
    match connection.sides(router.name) {
        Some((_, other)) if connection.is_active() => {
            Hop::Gateway(end(router, connection, &other.vpc).addr(), names::peering_link(connection))
        }
        _ => Hop::Blackhole,
    }
}

/// The address of a VPC's end.
fn end(router: &Router<'_>, connection: &PeeringConnection, vpc: &Name) -> Ipv4Net {
    if connection.requester.vpc == *vpc { router.links.near(&connection.id) } else { router.links.far(&connection.id) }
}
