//! AWS's quotas (VPC-16, VPC-18 and their like): how much there may be of something unless AWS is asked for more.
//!
//! Each row counts one thing. What AWS raises no further, `model::resolve` refuses; what it does raise is a warning
//! here, and a mistake with `--quotas`.

mod count;

use super::{Finding, scene::Scene};
use crate::model::diagnostic::Span;
use count::Counted;
use std::{collections::BTreeMap, iter};

/// One thing that is counted.
struct Quota {
    /// The things, as messages name them.
    what: &'static str,
    /// In what they are counted.
    within: &'static str,
    /// How many there may be.
    most: usize,
    /// How many there may be at most, if AWS tells. What it raises, and no further, `model::resolve` refuses above that.
    highest: Option<usize>,
    /// AWS's error code, if it has one for this.
    code: Option<&'static str>,
    /// The rule of AWS's behaviour.
    rule: &'static str,
    count: fn(&Scene<'_>) -> Vec<Counted>,
}

const QUOTAS: [Quota; 22] = [
    Quota {
        what: "VPCs",
        within: "region",
        most: 5,
        highest: None,
        code: Some("VpcLimitExceeded"),
        rule: "VPC-16",
        count: count::vpcs,
    },
    Quota {
        what: "CIDRs",
        within: "VPC",
        most: 5,
        highest: Some(50),
        code: Some("CidrLimitExceeded"),
        rule: "VPC-09",
        count: count::cidrs,
    },
    Quota {
        what: "subnets",
        within: "VPC",
        most: 200,
        highest: None,
        code: Some("SubnetLimitExceeded"),
        rule: "VPC-18",
        count: count::subnets,
    },
    Quota {
        what: "route tables",
        within: "VPC",
        most: 200,
        highest: None,
        code: Some("RouteTableLimitExceeded"),
        rule: "VPC-18",
        count: count::route_tables,
    },
    Quota {
        what: "routes",
        within: "route table",
        most: 500,
        highest: Some(1000),
        code: Some("RouteLimitExceeded"),
        rule: "VPC-18",
        count: count::routes,
    },
    Quota {
        what: "propagated routes",
        within: "route table",
        most: 100,
        highest: Some(100),
        code: None,
        rule: "VPC-18",
        count: count::propagated_routes,
    },
    Quota {
        what: "network ACLs",
        within: "VPC",
        most: 200,
        highest: None,
        code: Some("NetworkAclLimitExceeded"),
        rule: "VPC-18",
        count: count::network_acls,
    },
    Quota {
        what: "entries",
        within: "network ACL and direction",
        most: 20,
        highest: Some(40),
        code: Some("NetworkAclEntryLimitExceeded"),
        rule: "NACL-09",
        count: count::network_acl_entries,
    },
    Quota {
        what: "security groups",
        within: "region",
        most: 2500,
        highest: None,
        code: Some("SecurityGroupLimitExceeded"),
        rule: "VPC-18",
        count: count::security_groups,
    },
    Quota {
        what: "rules",
        within: "security group and direction",
        most: 60,
        highest: Some(1000),
        code: Some("RulesPerSecurityGroupLimitExceeded"),
        rule: "SG-22",
        count: count::rules,
    },
    Quota {
        what: "security groups",
        within: "network interface",
        most: 5,
        highest: Some(16),
        code: Some("SecurityGroupsPerInterfaceLimitExceeded"),
        rule: "SG-22",
        count: count::groups_of_interfaces,
    },
    Quota {
        what: "elastic IPs",
        within: "region",
        most: 5,
        highest: None,
        code: Some("AddressLimitExceeded"),
        rule: "EIP-06",
        count: count::elastic_ips,
    },
    Quota {
        what: "internet gateways",
        within: "region",
        most: 5,
        highest: None,
        code: Some("InternetGatewayLimitExceeded"),
        rule: "VPC-18",
        count: count::internet_gateways,
    },
    Quota {
        what: "NAT gateways",
        within: "zone",
        most: 5,
        highest: None,
        code: Some("NatGatewayLimitExceeded"),
        rule: "NAT-13",
        count: count::nat_gateways,
    },
    Quota {
        what: "network interfaces",
        within: "region",
        most: 5000,
        highest: None,
        code: Some("NetworkInterfaceLimitExceeded"),
        rule: "VPC-18",
        count: count::network_interfaces,
    },
    Quota {
        what: "interface endpoints",
        within: "VPC",
        most: 50,
        highest: None,
        code: Some("VpcEndpointLimitExceeded"),
        rule: "VPCE-07",
        count: count::endpoints,
    },
    Quota {
        what: "gateway endpoints",
        within: "region",
        most: 20,
        highest: None,
        code: Some("VpcEndpointLimitExceeded"),
        rule: "GWE-16",
        count: count::gateway_endpoints,
    },
    Quota {
        what: "active peering connections",
        within: "VPC",
        most: 50,
        highest: Some(125),
        code: Some("ActiveVpcPeeringConnectionPerVpcLimitExceeded"),
        rule: "PCX-10",
        count: count::peering_connections,
    },
    Quota {
        what: "outstanding requests for peering",
        within: "region",
        most: 25,
        highest: None,
        code: Some("OutstandingVpcPeeringConnectionLimitExceeded"),
        rule: "PCX-10",
        count: count::peering_requests,
    },
    Quota {
        what: "Network Load Balancers",
        within: "region",
        most: 50,
        highest: None,
        code: Some("TooManyLoadBalancers"),
        rule: "NLB-01",
        count: count::load_balancers,
    },
    Quota {
        what: "listeners",
        within: "load balancer",
        most: 50,
        highest: Some(50),
        code: Some("TooManyListeners"),
        rule: "NLB-13",
        count: count::listeners,
    },
    Quota {
        what: "targets",
        within: "target group",
        most: 1000,
        highest: None,
        code: Some("TooManyTargets"),
        rule: "NLB-21",
        count: count::targets,
    },
];

/// Where quotas are passed: once for each that is, at the first thing that is too many.
pub(super) fn exceeded(scene: &Scene<'_>) -> Vec<Finding> {
    QUOTAS.iter().flat_map(|quota| quota.findings(scene)).collect()
}

/// The quotas as a table of Markdown, for `docs/lints.md`.
pub fn table() -> String {
    let row = |quota: &Quota| {
        let Quota { what, within, most, highest, code, rule, .. } = quota;
        let raised = match highest {
            Some(highest) if highest == most => "no".to_owned(),
            Some(highest) => format!("up to {highest}"),
            None => "yes".to_owned(),
        };
        let code = code.map_or("–".to_owned(), |code| format!("`{code}`"));
        format!("| {what} | {within} | {most} | {raised} | {code} | {rule} |\n")
    };
    let header = "| what | in a | quota | raised | code | rule |\n|---|---|---|---|---|---|\n";
    iter::once(header.to_owned()).chain(QUOTAS.iter().map(row)).collect()
}

impl Quota {
    fn findings(&self, scene: &Scene<'_>) -> Vec<Finding> {
        let mut counted: BTreeMap<String, Vec<(Option<Span>, usize)>> = BTreeMap::new();
        for Counted { within, weight, place } in (self.count)(scene) {
            counted.entry(within).or_default().push((place, weight));
        }
        counted.into_iter().filter_map(|(within, items)| self.finding(&within, items)).collect()
    }

    fn finding(&self, within: &str, mut items: Vec<(Option<Span>, usize)>) -> Option<Finding> {
        items.sort();
        let total: usize = items.iter().map(|(_, weight)| weight).sum();
        let mut sum = 0;
        // What AWS makes counts too, but has no place; the next that has one stands for it.
        let place = items.iter().find_map(|(place, weight)| {
            sum += weight;
            place.filter(|_| sum > self.most)
        })?;
        let code = self.code.map(|code| format!(" ({code})")).unwrap_or_default();
        let message = format!("{within} has {total} {}, and AWS's quota is {}{code}", self.what, self.most);
        let hint = match self.highest {
            Some(highest) if highest == self.most => "AWS does not raise this one".to_owned(),
            Some(highest) => format!("AWS raises it when asked, up to {highest}"),
            None => "AWS raises it when asked".to_owned(),
        };
        Some(Finding::new(place, message, hint))
    }
}
