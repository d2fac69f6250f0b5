//! What AWS's quotas count, each thing with what it is counted in and where it stands.

use crate::{
    lint::scene::{Direction, Noun, Scene, rules_of},
    model::{
        Id, LoadBalancer, Name, NatGateway, NetworkInterface, Peer, PeeringState, PrefixListRef, PublicAddress,
        RouteTable, SecurityGroupRule, TargetGroup,
        aws_address::CLOUDFRONT_WEIGHT,
        diagnostic::{Span, Spanned},
        draft,
    },
};
use std::iter;

/// One of what is counted: in what, as how many, and where it stands.
pub(super) struct Counted {
    pub(super) within: String,
    pub(super) weight: usize,
    pub(super) place: Option<Span>,
}

fn one(within: String, place: Option<Span>) -> Counted {
    Counted { within, weight: 1, place }
}

pub(super) fn vpcs(scene: &Scene<'_>) -> Vec<Counted> {
    scene.topology.vpcs.keys().map(|name| one(scene.region(name), scene.place(Noun::Vpc, name))).collect()
}

pub(super) fn cidrs(scene: &Scene<'_>) -> Vec<Counted> {
    let of = |vpc: &draft::Vpc| {
        let within = format!("VPC `{}`", vpc.label.name.value);
        let all = iter::once(&vpc.cidr).chain(&vpc.secondary_cidrs);
        all.map(|Spanned { span, .. }| one(within.clone(), Some(*span))).collect::<Vec<_>>()
    };
    scene.draft.vpcs.iter().flat_map(of).collect()
}

/// Things in a VPC.
fn in_vpc<'a>(scene: &Scene<'_>, noun: Noun, things: impl Iterator<Item = (&'a Name, &'a Name)>) -> Vec<Counted> {
    things.map(|(name, vpc)| one(format!("VPC `{vpc}`"), scene.place(noun, name))).collect()
}

/// Things in the region and account of a VPC.
fn in_region<'a>(scene: &Scene<'_>, noun: Noun, things: impl Iterator<Item = (&'a Name, &'a Name)>) -> Vec<Counted> {
    things.map(|(name, vpc)| one(scene.region(vpc), scene.place(noun, name))).collect()
}

pub(super) fn subnets(scene: &Scene<'_>) -> Vec<Counted> {
    in_vpc(scene, Noun::Subnet, scene.topology.subnets.iter().map(|(name, subnet)| (name, &subnet.vpc)))
}

pub(super) fn route_tables(scene: &Scene<'_>) -> Vec<Counted> {
    in_vpc(scene, Noun::RouteTable, scene.topology.route_tables.iter().map(|(name, table)| (name, &table.vpc)))
}

pub(super) fn routes(scene: &Scene<'_>) -> Vec<Counted> {
    let mut counted = Vec::new();
    for (name, table) in &scene.topology.route_tables {
        let within = || format!("route table `{name}`");
        counted.extend(table.routes.iter().map(|route| one(within(), scene.place_of_route(name, route))));
        counted.extend(table.prefix_list_routes.iter().map(|route| {
            let place = scene.place_of_destination(name, route.line, |_| false);
            Counted { within: within(), weight: weight(scene, &route.destination), place }
        }));
    }
    counted
}

pub(super) fn propagated_routes<'a>(scene: &Scene<'a>) -> Vec<Counted> {
    let of = |(name, table): (&'a Name, &RouteTable)| {
        let routes = scene.topology.propagated_routes(name);
        // A main table stands where its VPC does.
        let place = scene.place(Noun::RouteTable, name).or_else(|| scene.place(Noun::Vpc, &table.vpc));
        routes.into_iter().map(move |_| one(format!("route table `{name}`"), place))
    };
    scene.topology.route_tables.iter().flat_map(of).collect()
}

pub(super) fn network_acls(scene: &Scene<'_>) -> Vec<Counted> {
    in_vpc(scene, Noun::NetworkAcl, scene.topology.network_acls.iter().map(|(name, acl)| (name, &acl.vpc)))
}

pub(super) fn network_acl_entries(scene: &Scene<'_>) -> Vec<Counted> {
    let mut counted = Vec::new();
    for (name, acl) in &scene.topology.network_acls {
        for (direction, entries) in [(Direction::Inbound, &acl.inbound), (Direction::Outbound, &acl.outbound)] {
            let within = || format!("the {direction} side of network ACL `{name}`");
            counted.extend(entries.iter().map(|entry| one(within(), scene.place_of_entry(name, direction, entry))));
        }
    }
    counted
}

pub(super) fn security_groups(scene: &Scene<'_>) -> Vec<Counted> {
    let groups = scene.topology.security_groups.iter();
    in_region(scene, Noun::SecurityGroup, groups.map(|(name, group)| (name, &group.vpc)))
}

pub(super) fn rules(scene: &Scene<'_>) -> Vec<Counted> {
    let mut counted = Vec::new();
    for (name, group) in &scene.topology.security_groups {
        for direction in Direction::BOTH {
            let within = || format!("the {direction} side of security group `{name}`");
            let own = rules_of(group, direction).iter().filter(|rule| rule.line.is_unknown());
            counted.extend(own.map(|_| one(within(), None)));
            let written = scene.rules(name, direction).into_iter();
            counted.extend(written.map(|(rule, place)| Counted {
                within: within(),
                weight: rule_weight(scene, rule),
                place: Some(place),
            }));
        }
    }
    counted
}

/// As how many rules one counts (SG-22).
fn rule_weight(scene: &Scene<'_>, rule: &SecurityGroupRule) -> usize {
    if let Peer::PrefixList(list) = &rule.peer { weight(scene, list) } else { 1 }
}

/// As how many rules or routes a prefix list counts (SG-22).
fn weight(scene: &Scene<'_>, list: &PrefixListRef) -> usize {
    match list {
        PrefixListRef::Own(name) => scene.topology.prefix_lists[name].max_entries,
        PrefixListRef::Service(_) => 1,
        PrefixListRef::CloudFront => CLOUDFRONT_WEIGHT,
    }
}

pub(super) fn groups_of_interfaces(scene: &Scene<'_>) -> Vec<Counted> {
    let of = |(name, interface): (&Name, &NetworkInterface)| {
        let place = scene.place_of_interface(name, interface);
        Counted { within: format!("interface `{name}`"), weight: interface.security_groups.len(), place }
    };
    scene.topology.network_interfaces.iter().map(of).collect()
}

pub(super) fn elastic_ips(scene: &Scene<'_>) -> Vec<Counted> {
    let topology = scene.topology;
    let of = |elastic: &draft::ElasticIp| {
        let Spanned { value: name, span } = &elastic.label.name;
        let id = Id::derive(&topology.lab, "eipalloc", name.as_str());
        let mut interfaces = topology.network_interfaces.values();
        let has = |public: &PublicAddress| public.allocation.as_ref() == Some(&id);
        let interface = interfaces.find(|one| one.addresses().any(|(_, public)| public.is_some_and(has)));
        // One that is on nothing is in the lab's own region.
        let first = || topology.vpcs.iter().find(|(_, vpc)| vpc.region == topology.region).map(|(name, _)| name);
        let vpc = interface.map(|interface| &interface.vpc).or_else(first)?;
        Some(one(scene.region(vpc), Some(*span)))
    };
    scene.draft.elastic_ips.iter().filter_map(of).collect()
}

pub(super) fn internet_gateways(scene: &Scene<'_>) -> Vec<Counted> {
    let gateways = scene.topology.internet_gateways.iter();
    in_region(scene, Noun::InternetGateway, gateways.filter_map(|(name, gateway)| Some((name, gateway.vpc.as_ref()?))))
}

pub(super) fn nat_gateways(scene: &Scene<'_>) -> Vec<Counted> {
    let of = |(name, gateway): (&Name, &NatGateway)| {
        let zone = &scene.topology.subnets[&gateway.subnet].az_id;
        one(format!("zone `{zone}` of {}", scene.region(&gateway.vpc)), scene.place(Noun::NatGateway, name))
    };
    scene.topology.nat_gateways.iter().map(of).collect()
}

pub(super) fn network_interfaces(scene: &Scene<'_>) -> Vec<Counted> {
    let of = |(name, interface): (&Name, &NetworkInterface)| {
        one(scene.region(&interface.vpc), scene.place_of_interface(name, interface))
    };
    scene.topology.network_interfaces.iter().map(of).collect()
}

pub(super) fn endpoints(scene: &Scene<'_>) -> Vec<Counted> {
    in_vpc(scene, Noun::Endpoint, scene.topology.endpoints.iter().map(|(name, endpoint)| (name, &endpoint.vpc)))
}

pub(super) fn gateway_endpoints(scene: &Scene<'_>) -> Vec<Counted> {
    let endpoints = scene.topology.gateway_endpoints.iter();
    in_region(scene, Noun::GatewayEndpoint, endpoints.map(|(name, endpoint)| (name, &endpoint.vpc)))
}

pub(super) fn peering_connections(scene: &Scene<'_>) -> Vec<Counted> {
    let active = scene.topology.peering_connections.iter().filter(|(_, connection)| connection.is_active());
    let sides =
        active.flat_map(|(name, connection)| [(name, &connection.requester.vpc), (name, &connection.accepter.vpc)]);
    in_vpc(scene, Noun::PeeringConnection, sides)
}

pub(super) fn peering_requests(scene: &Scene<'_>) -> Vec<Counted> {
    let connections = scene.topology.peering_connections.iter();
    let waiting = connections.filter(|(_, connection)| connection.state == PeeringState::PendingAcceptance);
    in_region(scene, Noun::PeeringConnection, waiting.map(|(name, connection)| (name, &connection.requester.vpc)))
}

pub(super) fn load_balancers(scene: &Scene<'_>) -> Vec<Counted> {
    let balancers = scene.topology.load_balancers.iter();
    in_region(scene, Noun::LoadBalancer, balancers.map(|(name, balancer)| (name, &balancer.vpc)))
}

pub(super) fn listeners(scene: &Scene<'_>) -> Vec<Counted> {
    let of = |(name, balancer): (&Name, &LoadBalancer)| {
        let (within, place) = (format!("load balancer `{name}`"), scene.place(Noun::LoadBalancer, name));
        Counted { within, weight: balancer.listeners.len(), place }
    };
    scene.topology.load_balancers.iter().map(of).collect()
}

pub(super) fn targets(scene: &Scene<'_>) -> Vec<Counted> {
    let of = |(name, group): (&Name, &TargetGroup)| {
        let (within, place) = (format!("target group `{name}`"), scene.place(Noun::TargetGroup, name));
        Counted { within, weight: group.targets.len(), place }
    };
    scene.topology.target_groups.iter().map(of).collect()
}
