//! From AWS to Linux: the only module that speaks both.
//!
//! Pure and total: no I/O, no errors. Whatever can be wrong was reported when the file was resolved.
//! Each VPC becomes one router namespace, in whose nftables table lies all that AWS runs inside its
//! fabric; each instance, and each NAT gateway, becomes a namespace of its own behind a veth pair. One file per noun, which
//! adds its part to the router; `docs/aws-to-linux.md` is the table of what becomes what.

mod aws;
mod aws_service;
mod balancer_group;
mod connection;
mod counter;
mod dns;
mod endpoint;
mod failure;
mod flow_log;
mod gateway_endpoint;
mod health_check;
mod hosted_zone;
mod instance;
mod internet;
mod internet_gateway;
mod load_balancer;
mod metadata;
mod meter;
mod middlebox;
pub mod names;
mod nat_gateway;
mod network_acl;
mod network_interface;
mod on_premises;
mod overview;
mod peering_connection;
mod resolver;
mod route_table;
mod router;
mod rules;
mod security_group;
mod time_to_live;
mod union;
mod untracked;
mod vpn_gateway;

use crate::{
    model::{Name, Topology},
    spec::{
        Namespace, NetnsName, Spec,
        service::{Health, Services},
    },
};
pub use counter::{Counted, Way};
pub use instance::machine;
pub use metadata::session;
pub use meter::{Meter, meters};
use overview::Overview;
use router::Router;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Everything that the lab is in the kernel, when its targets are as healthy as `health` says.
pub fn compile(topology: &Topology, health: &Health) -> Spec {
    let overview = Overview::new(topology);
    let links = &overview.links;
    let mut spec = Spec::default();
    for name in topology.vpcs.keys() {
        spec.namespaces.insert(names::router_netns(&topology.lab, name), router(&overview, health, name));
    }
    for (name, instance) in &topology.instances {
        spec.namespaces.insert(names::host_netns(&topology.lab, name), instance::namespace(topology, instance));
    }
    spec.namespaces.extend(on_premises::namespaces(topology, links));
    for (name, gateway) in &topology.nat_gateways {
        spec.namespaces.insert(names::nat_netns(&topology.lab, name), nat_gateway::namespace(topology, gateway));
    }
    spec.namespaces.insert(names::internet_netns(&topology.lab), internet::namespace(&overview));
    spec.namespaces.insert(names::aws_netns(&topology.lab), aws::namespace(topology, links));
    spec.namespaces.insert(names::laptop_netns(&topology.lab), internet::laptop(&topology.lab));
    spec
}

/// Of all that, the namespaces to which it matters how healthy targets are: the routers of VPCs in which nodes of load
/// balancers lie.
pub fn balancing(topology: &Topology, health: &Health) -> BTreeMap<NetnsName, Namespace> {
    let overview = Overview::new(topology);
    let vpcs: BTreeSet<_> = topology.load_balancers.values().map(|balancer| &balancer.vpc).collect();
    let of = |name| (names::router_netns(&topology.lab, name), router(&overview, health, name));
    vpcs.into_iter().map(of).collect()
}

/// The router of a VPC.
fn router(overview: &Overview<'_>, health: &Health, name: &Name) -> Namespace {
    let mut router = Router::new(overview, name);
    time_to_live::add(&mut router);
    route_table::add(&mut router);
    network_interface::add(&mut router);
    internet_gateway::add(&mut router);
    vpn_gateway::add(&mut router);
    peering_connection::add(&mut router);
    nat_gateway::add(&mut router);
    load_balancer::add(&mut router, health);
    endpoint::add(&mut router);
    connection::add(&mut router);
    gateway_endpoint::add(&mut router);
    resolver::add(&mut router);
    network_acl::add(&mut router);
    middlebox::add(&mut router);
    flow_log::add(&mut router);
    failure::add(&mut router);
    counter::add(&mut router);
    router.finish()
}

/// What the lab's daemon serves.
pub fn services(topology: &Topology, health: &Health) -> Services {
    let overview = &Overview::new(topology);
    let services = Services {
        dns: Arc::new(dns::servers(overview)),
        public_zones: hosted_zone::public(topology),
        metadata: Arc::new(metadata::servers(topology)),
        aws: Some(aws_service::served(overview)),
        responders: Arc::new(instance::responders(topology)),
        ssh: Arc::new(instance::logins(topology)),
        checks: health_check::checks(topology),
        flow_logs: flow_log::taps(topology),
        ..Services::default()
    };
    following(services, topology, health)
}

/// The services of a topology, when its targets are as healthy as `health` says; nothing else of them differs.
pub fn following(services: Services, topology: &Topology, health: &Health) -> Services {
    Services {
        public_dns: dns::public_records(topology, health),
        relays: load_balancer::relays(topology, health),
        connections: connection::limits(topology, health),
        ..services
    }
}
