//! Lints about the rules of security groups.

use super::{
    Finding, cover,
    cover::Transport,
    scene::{Direction, Scene, is_everybody},
    text,
};
use crate::model::{Name, Peer, SecurityGroupRule};
use ipnet::Ipv4Net;

/// Ports of databases and caches, and whose they are.
const DATABASES: [(u16, &str); 12] = [
    (1433, "Microsoft SQL Server"),
    (1521, "Oracle"),
    (3306, "MySQL"),
    (5432, "PostgreSQL"),
    (5439, "Redshift"),
    (5984, "CouchDB"),
    (6379, "Redis"),
    (9042, "Cassandra"),
    (9200, "OpenSearch"),
    (11211, "Memcached"),
    (26257, "CockroachDB"),
    (27017, "MongoDB"),
];

/// A range as wide as this is not about a database.
const WIDE: u16 = 10_000;

/// A rule that another one of the group covers. Of two that cover each other, the second.
pub(super) fn shadowed(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, group) in &scene.topology.security_groups {
        for direction in Direction::BOTH {
            let rules = scene.rules(name, direction);
            let covers = |wide: &SecurityGroupRule, narrow: &SecurityGroupRule| {
                cover::rule(scene.topology, &group.vpc, wide, narrow)
            };
            for (index, (rule, place)) in rules.iter().enumerate() {
                let covering = rules.iter().enumerate().find(|(other, (wide, _))| {
                    *other != index && covers(wide, rule) && (*other < index || !covers(rule, wide))
                });
                let Some((_, (wide, _))) = covering else { continue };
                let words = |rule| text::rule(scene.topology, &group.vpc, direction, rule);
                let line = wide.line.number().map(|line| format!(" in line {line}")).unwrap_or_default();
                let message = format!("`{}` of security group `{name}` is in `{}` already", words(rule), words(wide));
                let hint = format!("take it out, or narrow the rule{line}: without this one nothing changes");
                found.push(Finding::new(*place, message, hint));
            }
        }
    }
    found
}

/// A rule that names a group without members.
pub(super) fn empty_peer(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, _) in scene.topology.security_groups.iter().filter(|(name, _)| !scene.members(name).is_empty()) {
        for direction in Direction::BOTH {
            for (rule, place) in scene.rules(name, direction) {
                let Peer::Group(peer) = &rule.peer else { continue };
                if scene.members(peer).is_empty() && !scene.draft.named_elsewhere.contains(peer) {
                    let message =
                        format!("a rule of `{name}` names the security group `{peer}`, which no interface has");
                    let hint = "it lets nobody pass until something has the group";
                    found.push(Finding::new(place, message, hint));
                }
            }
        }
    }
    found
}

/// A rule that opens a database to everybody. One for nearly all ports is about something else.
pub(super) fn database_port(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, group) in &scene.topology.security_groups {
        for (rule, place) in scene.rules(name, Direction::Inbound) {
            let Some(ports) = cover::ports(&rule.protocol, Transport::Tcp) else { continue };
            let is_narrow = ports.end() - ports.start() < WIDE;
            let database = DATABASES.iter().find(|(port, _)| is_narrow && ports.contains(port));
            let Some((port, product)) = database else { continue };
            if nets(scene, &group.vpc, rule).into_iter().any(is_everybody) {
                let words = text::rule(scene.topology, &group.vpc, Direction::Inbound, rule);
                let message =
                    format!("`{words}` of security group `{name}` opens port {port}, {product}'s, to everybody");
                let hint = "name the security group of those who ask the database";
                found.push(Finding::new(place, message, hint));
            }
        }
    }
    found
}

/// The networks that a rule names.
fn nets(scene: &Scene<'_>, vpc: &Name, rule: &SecurityGroupRule) -> Vec<Ipv4Net> {
    match &rule.peer {
        Peer::Cidr(net) => vec![*net],
        Peer::PrefixList(list) => scene.topology.prefix_list_cidrs(vpc, list),
        Peer::Group(_) => Vec::new(),
    }
}
