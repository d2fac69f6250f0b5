//! What the checks used of a lab: rules of security groups, entries of network ACLs, routes and listeners, by the model's word, and what no check
//! used. A rule that nobody uses is one that nobody would miss in a test.

use super::{
    context::Context,
    curl,
    prepare::{Action, Case, Part},
};
use crate::{
    model::{Line, Name, Topology},
    reach::{Atlas, Direction, Path, RuleRef, text_of_rule},
};
use ipnet::Ipv4Net;
use serde::Serialize;
use std::collections::BTreeSet;

/// How much of a lab its checks use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Coverage {
    /// Rules, entries, routes and listeners in all.
    pub total: usize,
    /// How many of them some check uses.
    pub used: usize,
    /// The others.
    pub unused: Vec<Unused>,
}

/// What no check uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Unused {
    /// `inbound rule`, `outbound entry`, `route` or `listener`.
    pub kind: &'static str,
    /// The group, table or load balancer.
    pub of: Name,
    /// What it says.
    pub says: String,
    /// Where the file says it; nothing for what AWS made by itself.
    #[serde(skip_serializing_if = "Line::is_unknown")]
    pub line: Line,
}

/// What checks used.
#[derive(Debug, Default)]
struct Used {
    rules: BTreeSet<RuleRef>,
    routes: BTreeSet<(Name, Ipv4Net)>,
    listeners: BTreeSet<(Name, u16)>,
    entries: BTreeSet<(Name, Direction, u16)>,
}

/// What these checks use of the lab.
pub fn coverage(context: &Context<'_>, cases: &[Case]) -> Coverage {
    let mut used = Used::default();
    for path in cases.iter().flat_map(|case| &case.parts).flat_map(|part| paths(context, part)) {
        used.rules.extend(path.hops.into_iter().filter(|hop| hop.passes).filter_map(|hop| hop.rule));
        used.routes.extend(path.used.routes);
        used.listeners.extend(path.used.listeners);
        used.entries.extend(path.used.entries);
    }
    compare(context.topology, &used)
}

/// The paths that a part goes.
fn paths(context: &Context<'_>, part: &Part) -> Vec<Path> {
    let Some(from) = &part.from else { return Vec::new() };
    let to = match &part.action {
        Action::Reach { to }
        | Action::Deny { to, .. }
        | Action::Source { to, .. }
        | Action::Distribution { to, .. }
        | Action::Throughput { to, .. }
        | Action::Traceroute { to, .. } => to,
        Action::Policy(question) => &question.to,
        Action::Curl { request, .. } => {
            return curl::paths(context, from, request).into_iter().map(|(_, path)| path).collect();
        }
        Action::Dns(_) | Action::Health { .. } | Action::FlowLog { .. } | Action::Run { .. } => return Vec::new(),
    };
    let health = context.health();
    let to = context.destination(&health, from, to);
    let paths = to.map(|to| to.paths(&Atlas::new(context.topology, &health), from)).unwrap_or_default();
    paths.into_iter().map(|(_, path)| path).collect()
}

fn compare(topology: &Topology, used: &Used) -> Coverage {
    let all: Vec<_> =
        rules(topology, used).into_iter().chain(entries(topology, used)).chain(others(topology, used)).collect();
    let total = all.len();
    let unused: Vec<_> = all.into_iter().filter(|(is_used, _)| !is_used).map(|(_, it)| it).collect();
    Coverage { total, used: total - unused.len(), unused }
}

/// Each rule that the file says, and whether it is used. Those that AWS makes by itself are nobody's to test.
fn rules(topology: &Topology, used: &Used) -> Vec<(bool, Unused)> {
    let mut all = Vec::new();
    for (name, group) in &topology.security_groups {
        for (direction, rules) in [(Direction::Inbound, &group.inbound), (Direction::Outbound, &group.outbound)] {
            for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| !rule.line.is_unknown()) {
                let kind = match direction {
                    Direction::Inbound => "inbound rule",
                    Direction::Outbound => "outbound rule",
                };
                let says = text_of_rule(rule, direction);
                let is_used = used.rules.contains(&RuleRef { group: name.clone(), direction, index });
                all.push((is_used, Unused { kind, of: name.clone(), says, line: rule.line }));
            }
        }
    }
    all
}

/// Each entry of a network ACL that the file says.
fn entries(topology: &Topology, used: &Used) -> Vec<(bool, Unused)> {
    let mut all = Vec::new();
    for (name, acl) in &topology.network_acls {
        for (direction, entries) in [(Direction::Inbound, &acl.inbound), (Direction::Outbound, &acl.outbound)] {
            for entry in entries.iter().filter(|entry| !entry.line.is_unknown()) {
                let kind = match direction {
                    Direction::Inbound => "inbound entry",
                    Direction::Outbound => "outbound entry",
                };
                let says = format!("{}: {}", entry.number, entry.cidr);
                let is_used = used.entries.contains(&(name.clone(), direction, entry.number));
                all.push((is_used, Unused { kind, of: name.clone(), says, line: entry.line }));
            }
        }
    }
    all
}

fn others(topology: &Topology, used: &Used) -> Vec<(bool, Unused)> {
    let routes = topology.route_tables.iter().flat_map(|(name, table)| {
        table.routes.iter().map(move |route| {
            let is_used = used.routes.contains(&(name.clone(), route.destination));
            let says = route.destination.to_string();
            (is_used, Unused { kind: "route", of: name.clone(), says, line: route.line })
        })
    });
    let to_lists = topology.route_tables.iter().flat_map(|(name, table)| {
        table.prefix_list_routes.iter().map(move |route| {
            let mut nets = topology.prefix_list_cidrs(&table.vpc, &route.destination).into_iter();
            let is_used = nets.any(|net| used.routes.contains(&(name.clone(), net)));
            let says = topology.prefix_list_name(&table.vpc, &route.destination);
            (is_used, Unused { kind: "route", of: name.clone(), says, line: route.line })
        })
    });
    let listeners = topology.load_balancers.iter().flat_map(|(name, balancer)| {
        balancer.listeners.iter().map(move |listener| {
            let is_used = used.listeners.contains(&(name.clone(), listener.port));
            let groups: Vec<_> = listener.groups().map(Name::as_str).collect();
            let protocol = listener.protocol.as_str().to_lowercase();
            let says = format!("{protocol} {} → {}", listener.port, groups.join(", "));
            (is_used, Unused { kind: "listener", of: name.clone(), says, line: Line::default() })
        })
    });
    routes.chain(to_lists).chain(listeners).collect()
}
