//! Lints: what AWS takes and an engineer would not have meant, and what passes AWS's quotas.
//!
//! ```text
//! Topology ─┐
//!           ├─ lint ─► Diagnostics, each with the name of its lint, place and way out
//! Draft ────┘
//! ```
//!
//! Pure, and told from AWS's rules alone. A lint says nothing rather than something that may be wrong; whoever meant
//! it silences the lint by name. Each file here holds the lints about one noun. `docs/lints.md` has the table.

mod cover;
mod endpoint;
mod load_balancer;
mod network_acl;
mod public_address;
mod quota;
mod route;
mod scene;
mod security_group;
mod text;
mod unused;

use crate::model::{
    Topology,
    diagnostic::{Diagnostics, Span, did_you_mean},
    draft::{Draft, Text},
};
use scene::Scene;

pub use quota::table as quotas;

/// The lint that is about AWS's quotas.
pub const QUOTA: &str = "quota";

/// One lint.
#[derive(Debug, Clone, Copy)]
pub struct Lint {
    /// Its name.
    pub name: &'static str,
    /// What it finds.
    pub what: &'static str,
    find: fn(&Scene<'_>) -> Vec<Finding>,
}

/// What a lint found.
struct Finding {
    place: Span,
    message: String,
    hint: String,
}

impl Finding {
    fn new(place: Span, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { place, message: message.into(), hint: hint.into() }
    }
}

/// All lints, by name.
pub const LINTS: [Lint; 24] = [
    Lint {
        name: "blackhole-route",
        what: "a route to a peering connection that is not active, or to an interface that no instance has (RT-11)",
        find: route::blackhole,
    },
    Lint {
        name: "cross-zone-without-target",
        what: "a load balancer's node in a zone without a target, cross-zone load balancing off (NLB-10, SVC-13)",
        find: load_balancer::cross_zone,
    },
    Lint {
        name: "endpoint-group-admits-no-client",
        what: "an interface endpoint whose groups admit nobody from its VPC or behind it (VPCE-04)",
        find: endpoint::admits_nobody,
    },
    Lint {
        name: "gateway-endpoint-without-route-table",
        what: "a gateway endpoint to which no route table leads (GWE-02)",
        find: endpoint::without_table,
    },
    Lint {
        name: "listener-without-target",
        what: "a listener whose groups have no target, or no weight (NLB-29)",
        find: load_balancer::without_target,
    },
    Lint {
        name: "nat-gateway-in-another-zone",
        what: "instances that leave by a NAT gateway of another zone, for money, and not when that zone fails (COST-06)",
        find: route::other_zone,
    },
    Lint {
        name: "network-acl-without-way-back",
        what: "an entry that allows connections whose answers the same network ACL denies (NACL-01, NACL-06)",
        find: network_acl::without_way_back,
    },
    Lint {
        name: "one-way-peering",
        what: "an active peering connection to which the routes of one VPC lead, or of none (PCX-04)",
        find: route::one_way_peering,
    },
    Lint {
        name: "public-address-without-internet-route",
        what: "a public address in a subnet without a route to the internet gateway (IGW-03, NAT-11)",
        find: public_address::without_route,
    },
    Lint {
        name: "public-database-port",
        what: "a rule that opens a database's port to everybody",
        find: security_group::database_port,
    },
    Lint {
        name: "public-subnet-without-public-address",
        what: "an instance that a default route leads to the internet gateway, without a public address (IGW-03)",
        find: public_address::without_address,
    },
    Lint { name: QUOTA, what: "more of something than AWS allows without being asked (VPC-18)", find: quota::exceeded },
    Lint {
        name: "rule-of-empty-group",
        what: "a rule that names a security group without members, and so lets nobody pass (SG-10)",
        find: security_group::empty_peer,
    },
    Lint {
        name: "shadowed-network-acl-entry",
        what: "an entry of a network ACL that never decides: an earlier one has all its packets (NACL-02)",
        find: network_acl::shadowed,
    },
    Lint {
        name: "shadowed-rule",
        what: "a rule that another rule of the same security group covers (SG-01)",
        find: security_group::shadowed,
    },
    Lint {
        name: "target-admits-no-health-check",
        what: "a target whose groups admit no health check of its load balancer (NLB-26, NLB-38)",
        find: load_balancer::unchecked,
    },
    Lint {
        name: "target-in-zone-without-node",
        what: "a target in a zone that its load balancer does not have, which gets nothing (NLB-25)",
        find: load_balancer::without_node,
    },
    Lint {
        name: "unused-elastic-ip",
        what: "an elastic IP that is on nothing, and costs all the same (COST-05)",
        find: unused::elastic_ip,
    },
    Lint {
        name: "unused-internet-gateway",
        what: "an internet gateway without a VPC, or to which no route leads (IGW-02)",
        find: unused::internet_gateway,
    },
    Lint {
        name: "unused-nat-gateway",
        what: "a NAT gateway to which no route leads, and which costs all the same (COST-03)",
        find: unused::nat_gateway,
    },
    Lint { name: "unused-network-acl", what: "a network ACL without a subnet (NACL-08)", find: unused::network_acl },
    Lint {
        name: "unused-route-table",
        what: "a route table without a subnet or gateway, which is not the main one (RT-09)",
        find: unused::route_table,
    },
    Lint {
        name: "unused-security-group",
        what: "a security group that no interface has and no other group's rule names",
        find: unused::security_group,
    },
    Lint {
        name: "unused-target-group",
        what: "a target group to which no listener forwards, so its targets are `unused` (NLB-25)",
        find: unused::target_group,
    },
];

/// All that the lints find, in a file that is right.
pub fn lint(topology: &Topology, draft: &Draft) -> Diagnostics {
    let scene = Scene::new(topology, draft);
    let mut found = Diagnostics::default();
    for lint in &LINTS {
        for Finding { place, message, hint } in (lint.find)(&scene) {
            found.push_lint(lint.name, place, message, hint);
        }
    }
    found
}

/// Notes names that are no lint's.
pub fn check_names(names: &[Text], mistakes: &mut Diagnostics) {
    let known = || LINTS.iter().map(|lint| lint.name);
    for name in names.iter().filter(|name| known().all(|lint| lint != name.value)) {
        let hint = did_you_mean(&name.value, known());
        let hint = hint.unwrap_or_else(|| "`vpcns validate --list-lints` names them all".into());
        mistakes.push_with_hint(name.span, format!("there is no lint `{}`", name.value), hint);
    }
}

/// The lints as a table of Markdown, for `docs/lints.md`.
pub fn table() -> String {
    let rows = LINTS.iter().map(|lint| format!("| `{}` | {} |\n", lint.name, lint.what));
    std::iter::once("| lint | what it finds |\n|---|---|\n".to_owned()).chain(rows).collect()
}
