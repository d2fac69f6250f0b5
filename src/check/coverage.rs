//! What the packets of checks used of a lab: rules of security groups, entries of network ACLs, routes and listeners, by the
//! kernel's own counters, and what none used. A rule that no packet needs is one that nobody would miss in a test.

use crate::{
    compile::{Counted, Way},
    model::{Line, Name, Topology},
    reach::{Direction, text_of_rule},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// How much of a lab was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Coverage {
    /// Rules, entries, routes and listeners in all.
    pub total: usize,
    /// How many of them were used.
    pub used: usize,
    /// Those, with what was counted.
    pub exercised: Vec<Item>,
    /// The others.
    pub unused: Vec<Item>,
}

/// What can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Item {
    /// `inbound rule`, `outbound entry`, `route` or `listener`.
    pub kind: &'static str,
    /// The group, table or load balancer.
    pub of: Name,
    /// What it says.
    pub says: String,
    /// Where the file says it; nothing for what AWS made by itself.
    #[serde(skip_serializing_if = "Line::is_unknown")]
    pub line: Line,
    /// How many packets used it; of a listener, how many connections.
    #[serde(skip_serializing_if = "is_none")]
    pub packets: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands on a reference")]
fn is_none(packets: &u64) -> bool {
    *packets == 0
}

impl Coverage {
    /// By what the counters of the lab's routers counted.
    pub fn new(topology: &Topology, counted: &BTreeMap<String, u64>) -> Self {
        let packets = |what: Counted<'_>| counted.get(&what.counter()).copied().unwrap_or_default();
        let all = rules(topology, &packets).into_iter().chain(entries(topology, &packets));
        let all = all.chain(routes(topology, &packets)).chain(listeners(topology, &packets));
        let (exercised, unused): (Vec<_>, Vec<_>) = all.partition(|item| item.packets > 0);
        Self { total: exercised.len() + unused.len(), used: exercised.len(), exercised, unused }
    }
}

/// What was counted of something.
type Packets<'a> = &'a dyn Fn(Counted<'_>) -> u64;

/// Each rule that the file says. Those that AWS makes by itself are nobody's to test.
fn rules(topology: &Topology, packets: Packets<'_>) -> Vec<Item> {
    let mut all = Vec::new();
    for (name, group) in &topology.security_groups {
        for (direction, way, kind, rules) in [
            (Direction::Inbound, Way::In, "inbound rule", &group.inbound),
            (Direction::Outbound, Way::Out, "outbound rule", &group.outbound),
        ] {
            for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| !rule.line.is_unknown()) {
                let packets = packets(Counted::Rule { group: name, way, index });
                let says = text_of_rule(rule, direction);
                all.push(Item { kind, of: name.clone(), says, line: rule.line, packets });
            }
        }
    }
    all
}

/// Each entry of a network ACL that the file says.
fn entries(topology: &Topology, packets: Packets<'_>) -> Vec<Item> {
    let mut all = Vec::new();
    for (name, acl) in &topology.network_acls {
        for (way, kind, entries) in
            [(Way::In, "inbound entry", &acl.inbound), (Way::Out, "outbound entry", &acl.outbound)]
        {
            for entry in entries.iter().filter(|entry| !entry.line.is_unknown()) {
                let packets = packets(Counted::Entry { acl: name, way, number: entry.number });
                let says = format!("{}: {}", entry.number, entry.cidr);
                all.push(Item { kind, of: name.clone(), says, line: entry.line, packets });
            }
        }
    }
    all
}

/// Each route that the file says; one to a prefix list is used if one of those to its networks is.
fn routes(topology: &Topology, packets: Packets<'_>) -> Vec<Item> {
    let mut all = Vec::new();
    for (name, table) in &topology.route_tables {
        let counted = |destination| packets(Counted::Route { table: name, destination });
        let route = |says, line, packets| Item { kind: "route", of: name.clone(), says, line, packets };
        all.extend(table.routes.iter().map(|it| route(it.destination.to_string(), it.line, counted(it.destination))));
        let to_lists = topology.networks_of_prefix_list_routes(name).into_iter();
        all.extend(to_lists.map(|(it, networks)| {
            let says = topology.prefix_list_name(&table.vpc, &it.destination);
            route(says, it.line, networks.into_iter().map(counted).sum())
        }));
    }
    all
}

fn listeners(topology: &Topology, packets: Packets<'_>) -> Vec<Item> {
    let balancers = topology.load_balancers.iter();
    let listeners = balancers.flat_map(|(name, balancer)| balancer.listeners.iter().map(move |it| (name, it)));
    let item = |(name, listener): (&Name, &crate::model::Listener)| {
        let groups: Vec<_> = listener.groups().map(Name::as_str).collect();
        let protocol = listener.protocol.as_str().to_lowercase();
        let says = format!("{protocol} {} → {}", listener.port, groups.join(", "));
        let packets = packets(Counted::Listener { balancer: name, port: listener.port });
        Item { kind: "listener", of: name.clone(), says, line: Line::default(), packets }
    };
    listeners.map(item).collect()
}
