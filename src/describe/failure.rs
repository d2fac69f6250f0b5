//! What has failed of a lab, and finding what is to fail by what people call it. AWS has no call for that: a failure
//! is the lab's own.

use super::{Kind, NotFound, find};
use crate::model::{Failed, Name, Owner, Topology, diagnostic::did_you_mean};
use serde_json::{Value, json};

/// What failed, each with what it keeps packets from.
pub fn failures(topology: &Topology) -> Vec<Value> {
    let object = |failed: &Failed| json!({ "Kind": failed.kind(), "Name": failed.name(topology), "Takes": takes(topology, failed) });
    topology.failures.iter().map(object).collect()
}

/// What a failure takes with it, in words.
pub fn takes(topology: &Topology, failed: &Failed) -> Vec<String> {
    if let Failed::Tunnel(id) = failed {
        let links = topology.site_links().into_iter().filter(|link| link.id == id);
        return links.flat_map(|link| link.routes.iter().map(|net| format!("route {net}"))).collect();
    }
    let hit = topology.network_interfaces.keys().filter(|name| failed.hits(topology, name));
    let mut taken: Vec<_> = hit.filter_map(|name| owner(topology, name)).collect();
    taken.dedup();
    taken
}

/// Whose interface it is, in words.
fn owner(topology: &Topology, interface: &Name) -> Option<String> {
    let found = &topology.network_interfaces[interface];
    let az = topology.az_of(found);
    match &found.owner {
        Owner::Instance(name) => Some(format!("instance {name}")),
        Owner::NatGateway(name) => Some(format!("NAT gateway {name}")),
        Owner::LoadBalancer(name) => Some(format!("load balancer node {name}/{az}")),
        Owner::Endpoint(name) => Some(format!("endpoint interface {name}/{az}")),
        Owner::ResolverEndpoint(name) => Some(format!("Resolver endpoint address {name}/{}", found.private_ip)),
        Owner::Nobody => None,
    }
}

/// What is to fail: one of [`Failed::KINDS`], by its name.
pub fn failed(topology: &Topology, kind: &str, text: &str) -> Result<Failed, NotFound> {
    let one = |kinds: &[Kind]| find(topology, kinds, text).map(|found| (found.kind, found.name));
    match kind {
        "az" => zone(topology, text),
        "nat" => one(&[Kind::NatGateways]).map(|(_, name)| Failed::Nat(name)),
        "target" => target(topology, text).map(Failed::Target),
        "node" => node(topology, text),
        "tunnel" => one(&[Kind::VpnConnections, Kind::VirtualInterfaces]).map(|(kind, name)| {
            Failed::Tunnel(match kind {
                Kind::VpnConnections => topology.vpn_connections[&name].id.clone(),
                _ => topology.virtual_interfaces[&name].id.clone(),
            })
        }),
        other => {
            Err(unknown(topology, "kind of failure", other, Failed::KINDS.map(|(word, _)| word.to_owned()).into()))
        }
    }
}

/// A zone by its name, its letter or its id.
fn zone(topology: &Topology, text: &str) -> Result<Failed, NotFound> {
    let is_called = |az: &str, letter: &str, id: &str| [az, letter, id].contains(&text);
    let subnets = || topology.subnets.values();
    let called = subnets().filter(|subnet| is_called(subnet.az.as_str(), subnet.az.letter(), &subnet.az_id));
    let mut ids: Vec<_> = called.map(|subnet| subnet.az_id.clone()).collect();
    ids.sort();
    ids.dedup();
    match &ids[..] {
        [id] => Ok(Failed::Az(id.clone())),
        [] => {
            Err(unknown(topology, "availability zone", text, subnets().map(|subnet| subnet.az.to_string()).collect()))
        }
        _ => Err(NotFound::Ambiguous { text: text.to_owned(), candidates: ids }),
    }
}

/// An instance, or a target of a group, `GROUP/TARGET`.
fn target(topology: &Topology, text: &str) -> Result<Name, NotFound> {
    let error = match find(topology, &[Kind::Instances], text) {
        Ok(found) => return Ok(found.name),
        Err(error) => error,
    };
    let found = find(topology, &[Kind::TargetHealth], text).map_err(|_| error.clone())?;
    let (group, target) = found.name.as_str().rsplit_once('/').ok_or_else(|| error.clone())?;
    let group = topology.target_groups.get(group).ok_or_else(|| error.clone())?;
    if let Some((name, _)) = topology.instances.get_key_value(target) {
        return Ok(name.clone());
    }
    // of a group of addresses, the instance that has it
    let in_vpc = topology.network_interfaces.values().filter(|interface| interface.vpc == group.vpc);
    let mut having = in_vpc.filter(|interface| target.parse().is_ok_and(|address| interface.has(address)));
    match having.next().map(|interface| &interface.owner) {
        Some(Owner::Instance(name)) => Ok(name.clone()),
        _ => Err(error),
    }
}

/// A node, as `LOAD-BALANCER/ZONE` or by its interface; of a load balancer with one node, its name is enough.
fn node(topology: &Topology, text: &str) -> Result<Failed, NotFound> {
    let all = || {
        let balancers = topology.load_balancers.iter();
        balancers.flat_map(|(name, balancer)| balancer.nodes.iter().map(move |node| (name, node)))
    };
    let is_called = |(name, node): &(&Name, &crate::model::Node)| {
        let interface = &topology.network_interfaces[&node.interface];
        let zone = text.strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix('/'));
        let in_zone =
            |zone: &str| [node.az.as_str(), node.az.letter(), topology.zone_id(&node.interface)].contains(&zone);
        zone.is_some_and(in_zone)
            || text == interface.id.as_str()
            || text == node.interface.as_str()
            || text == name.as_str()
    };
    let found: Vec<_> = all().filter(is_called).collect();
    let name = |(name, node): &(&Name, &crate::model::Node)| format!("{name}/{}", node.az);
    match &found[..] {
        [(name, node)] => Ok(Failed::Node { load_balancer: (*name).clone(), az: node.az.clone() }),
        [] => Err(unknown(topology, "load balancer node", text, all().map(|node| name(&node)).collect())),
        several => Err(NotFound::Ambiguous { text: text.into(), candidates: several.iter().map(name).collect() }),
    }
}

/// Nothing is called so; what there is.
fn unknown(topology: &Topology, what: &str, text: &str, mut known: Vec<String>) -> NotFound {
    known.sort();
    known.dedup();
    let near = did_you_mean(text, known.iter().map(String::as_str));
    let all = || match &known[..] {
        [] => "the lab has none".to_owned(),
        some => format!("there is {}", some.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    let (what, lab) = (format!("no {what}"), topology.lab.clone());
    NotFound::Unknown { what, text: text.to_owned(), lab, hint: Some(near.unwrap_or_else(all)) }
}
