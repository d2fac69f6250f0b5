//! Lints about load balancers: zones without targets, targets without zones, and targets that no check reaches.

use super::{
    Finding, cover,
    cover::Transport,
    scene::{Direction, Noun, Scene, rules_of},
};
use crate::model::{
    Listener, LoadBalancer, Name, NetworkInterface, Node, Peer, SecurityGroupRule, Target, TargetGroup, Topology,
    diagnostic::Span,
};
use std::collections::BTreeSet;

/// A load balancer with one of its listeners and a group to which that forwards.
type Way<'a> = (&'a Name, &'a LoadBalancer, &'a Listener, &'a Name, &'a TargetGroup);

/// All ways from listeners to groups that get something.
fn ways(topology: &Topology) -> impl Iterator<Item = Way<'_>> {
    topology.load_balancers.iter().flat_map(move |(name, balancer)| {
        balancer.listeners.iter().flat_map(move |listener| {
            let shares = listener.forward.iter().filter(|share| share.weight > 0);
            shares.map(move |share| {
                let group = &share.target_group;
                (name, balancer, listener, group, &topology.target_groups[group])
            })
        })
    })
}

/// The zone of a target.
fn zone<'a>(topology: &'a Topology, target: &Target) -> &'a str {
    &topology.subnets[&target.subnet].az_id
}

/// Whether a node may use a target (NLB-10, NLB-11).
fn uses(topology: &Topology, (balancer, node): (&LoadBalancer, &Node), group: &TargetGroup, target: &Target) -> bool {
    topology.crosses_zones(balancer, group) || topology.zone_id(&node.interface) == zone(topology, target)
}

/// Nodes whose zone has no target of a group, while other zones have.
pub(super) fn cross_zone(scene: &Scene<'_>) -> Vec<Finding> {
    let topology = scene.topology;
    let mut found = Vec::new();
    for (name, balancer, listener, group_name, group) in ways(topology) {
        let Some(place) = scene.place(Noun::LoadBalancer, name).filter(|_| !group.targets.is_empty()) else { continue };
        for node in &balancer.nodes {
            if !group.targets.iter().any(|target| uses(topology, (balancer, node), group, target)) {
                let message = format!(
                    "`{name}` answers nobody on {} in {}: `{group_name}` has no target there, and cross-zone load \
                     balancing is off",
                    listener.name(),
                    node.az
                );
                let hint = "turn cross-zone load balancing on, put a target into the zone, or take its subnet out of the \
                            load balancer";
                found.push(Finding::new(place, message, hint));
            }
        }
    }
    found
}

/// Targets in zones that no load balancer of theirs has.
pub(super) fn without_node(scene: &Scene<'_>) -> Vec<Finding> {
    let topology = scene.topology;
    let mut found = Vec::new();
    for (name, balancer, _, group_name, group) in ways(topology) {
        let zones: BTreeSet<_> = balancer.nodes.iter().map(|node| topology.zone_id(&node.interface)).collect();
        let outside = group.targets.iter().filter(|target| !zones.contains(zone(topology, target)));
        for target in outside {
            let Some(place) = place_of_group(scene, group_name, name) else { continue };
            let message = format!(
                "the target {} of `{group_name}` is in {}, which is not enabled for `{name}`: it gets nothing",
                called(target),
                topology.subnets[&target.subnet].az
            );
            found.push(Finding::new(place, message, "give the load balancer a subnet in that zone"));
        }
    }
    found
}

/// Targets whose groups let no health check in.
pub(super) fn unchecked(scene: &Scene<'_>) -> Vec<Finding> {
    let topology = scene.topology;
    let mut found = Vec::new();
    for (name, balancer, _, group_name, group) in ways(topology) {
        for target in &group.targets {
            let mut interfaces = topology.interfaces_of(&group.vpc).map(|(_, interface)| interface);
            let Some(interface) = interfaces.find(|interface| interface.has(target.ip)) else { continue };
            let port = group.health_check.port.unwrap_or(target.port);
            let nodes = balancer.nodes.iter().filter(|node| uses(topology, (balancer, node), group, target));
            let nodes: Vec<_> = nodes.map(|node| &topology.network_interfaces[&node.interface]).collect();
            let Some(place) = place_of_group(scene, group_name, name) else { continue };
            if nodes.is_empty() || nodes.iter().any(|node| passes(topology, node, interface, port)) {
                continue;
            }
            let message = format!(
                "`{name}` cannot check {} on port {port}: the groups of both do not let it pass",
                called(target)
            );
            let from: Vec<_> = nodes.iter().map(|node| topology.subnets[&node.subnet].cidr.to_string()).collect();
            let hint = format!(
                "checks, and all that comes by PrivateLink, have the node's address: the target's group must admit {}",
                from.join(", ")
            );
            found.push(Finding::new(place, message, hint));
        }
    }
    found
}

/// Listeners that forward to nobody.
pub(super) fn without_target(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, balancer) in &scene.topology.load_balancers {
        for listener in &balancer.listeners {
            let mut shares = listener.forward.iter().filter(|share| share.weight > 0);
            let has_target = shares.any(|share| !scene.topology.target_groups[&share.target_group].targets.is_empty());
            let Some(place) = scene.place(Noun::LoadBalancer, name).filter(|_| !has_target) else { continue };
            let message = format!("`{name}` answers nobody on {}: there is no target", listener.name());
            found.push(Finding::new(place, message, "register targets with the listener's target group"));
        }
    }
    found
}

/// Where a group stands, or its load balancer, if the file gives it no name.
fn place_of_group(scene: &Scene<'_>, group: &Name, balancer: &Name) -> Option<Span> {
    scene.place(Noun::TargetGroup, group).or_else(|| scene.place(Noun::LoadBalancer, balancer))
}

/// How people call a target.
fn called(target: &Target) -> String {
    target.instance.as_ref().map_or_else(|| format!("`{}`", target.id), |instance| format!("`{instance}`"))
}

/// Whether the groups of both let a connection of TCP pass. An interface without groups is not filtered (NLB-40).
fn passes(topology: &Topology, from: &NetworkInterface, to: &NetworkInterface, port: u16) -> bool {
    let judge = |own: &NetworkInterface, other: &NetworkInterface, direction| {
        let rules = own.security_groups.iter().flat_map(|name| {
            let group = &topology.security_groups[name];
            rules_of(group, direction).iter().map(move |rule| (&group.vpc, rule))
        });
        let is_peer = |vpc: &Name, rule: &SecurityGroupRule| match &rule.peer {
            Peer::Cidr(net) => net.contains(&other.private_ip),
            Peer::Group(group) => other.security_groups.contains(group),
            Peer::PrefixList(list) => {
                topology.prefix_list_cidrs(vpc, list).iter().any(|net| net.contains(&other.private_ip))
            }
        };
        let mut rules = rules.filter(|(_, rule)| {
            cover::ports(&rule.protocol, Transport::Tcp).is_some_and(|ports| ports.contains(&port))
        });
        own.security_groups.is_empty() || rules.any(|(vpc, rule)| is_peer(vpc, rule))
    };
    judge(from, to, Direction::Outbound) && judge(to, from, Direction::Inbound)
}
