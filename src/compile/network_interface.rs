//! Network interfaces: those of instances are veth pairs into the router, those that AWS runs are
//! addresses of the router itself. Each is bound to its subnet's route table and its groups' gates.
//!
//! ```text
//! ip link add eni-0a1b2c3d4e5 type veth peer name eth0 netns LAB.bastion
//! ip route add 10.10.0.49 dev eni-0a1b2c3d4e5
//! map senders { "eni-0a1b2c3d4e5" . 10.10.0.49 : 0x12345 }
//! ```

use super::{
    names, route_table,
    router::Router,
    security_group::{Direction, gate, managed_gate},
};
use crate::{
    model::{NetworkInterface, Owner},
    spec::{Hop, nft::Part},
};
use ipnet::Ipv4Net;

/// The MTU inside a VPC (ENI-07).
pub(super) const VPC_MTU: u32 = 9001;

pub(super) fn add(router: &mut Router<'_>) {
    let topology = router.topology;
    for &(name, interface) in router.interfaces {
        match &interface.owner {
            Owner::Instance(instance) => {
                let host = names::host_netns(&topology.lab, instance);
                let link = names::interface_link(interface);
                let index = topology.instances[instance].interfaces().find(|(_, its)| *its == name);
                let device = names::device(index.map_or(0, |(index, _)| index));
                router.veth(link.clone(), VPC_MTU, (host, device), true);
                for address in interface.private_ips() {
                    router.main_route(Ipv4Net::from(address), Hop::Link(link.clone()));
                }
                filter_instance(router, interface);
            }
            Owner::NatGateway(_) | Owner::Nobody => {} // a namespace of its own, and nowhere
            Owner::LoadBalancer(_) | Owner::Endpoint(_) | Owner::ResolverEndpoint(_) => {
                router.own_address(interface.private_ip);
                filter_managed(router, interface);
            }
        }
    }
}

/// Route table, source check (ENI-02) and both gates of an instance's interface.
fn filter_instance(router: &mut Router<'_>, interface: &NetworkInterface) {
    let link = Part::Ifname(names::interface_link(interface));
    let table = route_table::number_of(router, &interface.subnet);
    for address in interface.private_ips() {
        router.map("senders", vec![link.clone(), Part::address(address)], table.clone());
    }
    let outbound = gate(router, Direction::Outbound, &interface.security_groups);
    router.map("outbound", vec![link.clone()], outbound);
    let inbound = gate(router, Direction::Inbound, &interface.security_groups);
    router.map("inbound", vec![link], inbound);
}

/// The inbound gate of an interface that AWS runs, if it has groups (VPCE-03, NLB-40).
fn filter_managed(router: &mut Router<'_>, interface: &NetworkInterface) {
    if interface.security_groups.is_empty() {
        return;
    }
    let inbound = managed_gate(router, Direction::Inbound, &interface.security_groups);
    router.map("managed_inbound", vec![Part::address(interface.private_ip)], inbound.clone());
    if let Some(public) = &interface.public {
        router.map("public_managed_inbound", vec![Part::address(public.ip)], inbound);
    }
}
