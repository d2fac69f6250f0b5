//! Gateway endpoints: a link from the VPC's router to AWS's services, and routes to a service's public networks in
//! the chosen tables (GWE-02, GWE-03). TCP and ICMP echo only, from the VPC's own interfaces only, NAT gateways'
//! among them (GWE-05, GWE-11, GWE-19): `forward` lets nothing else through. The service sees private addresses (GWE-09), each VPC's as a
//! network of its own.
//!
//! ```text
//! ip route add 52.219.56.0/22 via 240.128.0.7 dev aws-0a1b2c3d4e5 table 74565
//! iifname "eni-*" oifname "aws-0a1b2c3d4e5" meta l4proto tcp accept
//! oifname "aws-0a1b2c3d4e5" snat ip prefix to ip saddr map { 10.10.0.0/16 : 254.7.0.0/16 }
//! ```

use super::{
    endpoint::PRIVATE_LINK_MTU,
    names,
    router::Router,
    rules::{accept, any, iif, oif_link},
    untracked,
};
use crate::{
    model::{GatewayEndpoint, aws_address},
    spec::{
        Hop, LinkName,
        nft::{Field, Rule, Statement, Translation},
    },
};

pub(super) fn add(router: &mut Router<'_>) {
    let topology = router.topology;
    for endpoint in topology.gateway_endpoints.values().filter(|endpoint| endpoint.vpc == *router.name) {
        let link = names::gateway_endpoint_link(endpoint);
        let aws = names::aws_netns(&topology.lab);
        router.veth(link.clone(), PRIVATE_LINK_MTU, (aws, names::gateway_front_link(endpoint)), false);
        router.address(link.clone(), router.links.near(&endpoint.id));
        routes(router, endpoint, &link);
        for from in ["eni-*", "nat-*"] {
            for passing in [any(Field::L4proto, &["tcp"]), any(Field::IcmpType, &["echo-request"])] {
                router.rule("forward", Rule::new([iif(from), oif_link(&link), passing, accept()]));
            }
        }
        if endpoint.service.as_str() == "dynamodb" {
            untracked::always_track(router, link.as_str());
        }
        let clients = Translation::Prefix { from: router.vpc.cidr, to: endpoint.client_network };
        router.source_nat([oif_link(&link), Statement::Snat(clients)]);
    }
}

/// In each of its tables, where no static route leads to the very same network.
fn routes(router: &mut Router<'_>, endpoint: &GatewayEndpoint, link: &LinkName) {
    let topology = router.topology;
    let gateway = router.links.far(&endpoint.id).addr();
    for table in &endpoint.route_tables {
        let written = &topology.route_tables[table].routes;
        for net in aws_address::prefix_list(topology.region_of(&endpoint.vpc), &endpoint.service).cidrs {
            if !written.iter().any(|route| route.destination == net) {
                router.route(router.tables[table], net, Hop::Gateway(gateway, link.clone()));
            }
        }
    }
}
