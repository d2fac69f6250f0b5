//! What nobody uses. AWS takes it, some of it for money; mostly it means that a name is missing somewhere else. What
//! something uses that is not in the lab, such as a function, is used.

use super::{
    Finding,
    scene::{Direction, Noun, Scene, rules_of},
};
use crate::model::{Id, Listener, Name, NetworkInterface, Peer, RouteTarget, Topology};
use std::collections::BTreeSet;

pub(super) fn security_group(scene: &Scene<'_>) -> Vec<Finding> {
    let groups = &scene.topology.security_groups;
    let mut named = BTreeSet::new();
    for (name, group) in groups {
        let rules = Direction::BOTH.into_iter().flat_map(|direction| rules_of(group, direction));
        named.extend(rules.filter_map(|rule| match &rule.peer {
            Peer::Group(other) if other != name => Some(other),
            _ => None,
        }));
    }
    let unused = groups.iter().filter(|(name, group)| {
        group.group_name != "default" && scene.members(name).is_empty() && !named.contains(name)
    });
    let finding = |(name, _)| {
        let message = format!("no interface has the security group `{name}`, and no rule names it");
        found(scene, Noun::SecurityGroup, name, message, "give it to an instance or endpoint, or take it out")
    };
    unused.filter_map(finding).collect()
}

pub(super) fn network_acl(scene: &Scene<'_>) -> Vec<Finding> {
    let topology = scene.topology;
    let used: BTreeSet<_> = topology.subnets.values().map(|subnet| &subnet.network_acl).collect();
    let defaults: BTreeSet<_> = topology.vpcs.values().map(|vpc| &vpc.default_network_acl).collect();
    let unused = topology.network_acls.keys().filter(|name| !used.contains(name) && !defaults.contains(name));
    let finding = |name| {
        let message = format!("no subnet has the network ACL `{name}`");
        found(scene, Noun::NetworkAcl, name, message, "associate a subnet with it, or take it out")
    };
    unused.filter_map(finding).collect()
}

pub(super) fn route_table(scene: &Scene<'_>) -> Vec<Finding> {
    let topology = scene.topology;
    let used: BTreeSet<_> = topology.subnets.values().map(|subnet| &subnet.route_table).collect();
    let main: BTreeSet<_> = topology.vpcs.values().map(|vpc| &vpc.main_route_table).collect();
    let tables = topology.route_tables.iter();
    let unused =
        tables.filter(|(name, table)| !used.contains(name) && !main.contains(name) && table.gateways.is_empty());
    let finding = |(name, _)| {
        let message = format!("no subnet uses the route table `{name}`");
        found(scene, Noun::RouteTable, name, message, "associate a subnet with it, or take it out")
    };
    unused.filter_map(finding).collect()
}

pub(super) fn nat_gateway(scene: &Scene<'_>) -> Vec<Finding> {
    let targets = targets(scene.topology);
    let unused = scene.topology.nat_gateways.keys();
    let unused = unused.filter(|name| !targets.contains(&&RouteTarget::NatGateway((*name).clone())));
    let finding = |name| {
        let message = format!("no route leads to the NAT gateway `{name}`");
        found(scene, Noun::NatGateway, name, message, "private subnets need a route `0.0.0.0/0` to it")
    };
    unused.filter_map(finding).collect()
}

pub(super) fn internet_gateway(scene: &Scene<'_>) -> Vec<Finding> {
    let targets = targets(scene.topology);
    let finding = |name: &Name, is_attached: bool| {
        let (message, hint) = if is_attached {
            let hint = "public subnets need a route `0.0.0.0/0` to it";
            (format!("no route leads to the internet gateway `{name}`"), hint)
        } else {
            (format!("the internet gateway `{name}` is attached to no VPC"), "attach it, or take it out")
        };
        // The native format's own one stands where its VPC does.
        let place = scene.place(Noun::InternetGateway, name)?;
        Some(Finding::new(place, message, hint))
    };
    let gateways = scene.topology.internet_gateways.iter();
    let unused = gateways.filter(|(name, gateway)| {
        gateway.vpc.is_none() || !targets.contains(&&RouteTarget::InternetGateway((*name).clone()))
    });
    unused.filter_map(|(name, gateway)| finding(name, gateway.vpc.is_some())).collect()
}

pub(super) fn target_group(scene: &Scene<'_>) -> Vec<Finding> {
    let listeners = scene.topology.load_balancers.values().flat_map(|balancer| &balancer.listeners);
    let used: BTreeSet<_> = listeners.flat_map(Listener::groups).collect();
    let finding = |name| {
        let message = format!("no listener forwards to the target group `{name}`: its targets are `unused`");
        found(scene, Noun::TargetGroup, name, message, "name it in a listener, or take it out")
    };
    scene.topology.target_groups.keys().filter(|name| !used.contains(name)).filter_map(finding).collect()
}

pub(super) fn elastic_ip(scene: &Scene<'_>) -> Vec<Finding> {
    let topology = scene.topology;
    let addresses = topology.network_interfaces.values().flat_map(NetworkInterface::addresses);
    let used: BTreeSet<_> = addresses.filter_map(|(_, public)| public?.allocation.as_ref()).collect();
    let names = scene.draft.elastic_ips.iter().map(|elastic| &elastic.label.name.value);
    let unused = names.filter(|name| !used.contains(&Id::derive(&topology.lab, "eipalloc", name.as_str())));
    let finding = |name| {
        let message = format!("the elastic IP `{name}` is on no interface");
        found(scene, Noun::ElasticIp, name, message, "associate it, or take it out")
    };
    unused.filter_map(finding).collect()
}

/// To what the routes of the file lead.
fn targets(topology: &Topology) -> Vec<&RouteTarget> {
    let tables = topology.route_tables.values();
    tables
        .flat_map(|table| {
            let lists = table.prefix_list_routes.iter().map(|route| &route.target);
            table.routes.iter().map(|route| &route.target).chain(lists)
        })
        .collect()
}

fn found(scene: &Scene<'_>, noun: Noun, name: &Name, message: String, hint: &'static str) -> Option<Finding> {
    let place = scene.place(noun, name).filter(|_| !scene.draft.named_elsewhere.contains(name))?;
    Some(Finding::new(place, message, hint))
}
