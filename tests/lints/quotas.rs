//! Each of AWS's quotas: as many as there may be are silent, one more is found, at its place and with AWS's code.

use super::{findings, source};
use std::fmt::Write;
use vpcns::lint::{self, QUOTA};

/// What a text with so many of something is called.
type Text = fn(usize) -> String;

/// A list of so many, one a line, each made of its number.
fn many(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, n| {
        writeln!(text, "{}", item(n)).unwrap();
        text
    })
}

/// A VPC `main` with more in it.
fn main_with(inside: &str) -> String {
    format!("vpcs:\n  main:\n    cidr: 10.0.0.0/16\n{inside}")
}

/// `10.0.x.y/BITS`, the nth of them.
fn nth(n: usize, bits: u32) -> String {
    let at = n << (32 - bits);
    format!("10.0.{}.{}/{bits}", at >> 8, at & 255)
}

fn routes(count: usize) -> String {
    main_with(&format!(
        "    internet_gateway: true\n    routes:\n{}",
        many(count, |n| format!("      203.{}.{}.0/24: internet_gateway", n / 256, n % 256))
    ))
}

fn propagated(count: usize) -> String {
    let nets: Vec<_> = (0..count).map(|n| format!("192.168.{n}.0/24")).collect();
    let site = "on_premises: { site: { cidr: 192.168.0.0/16 } }\nvpn_gateways: { g: { vpc: main } }\ncustomer_gateways: { c: { \
                site: site, ip_address: 198.51.100.20, bgp_asn: 65010 } }\n";
    let connection = format!("{{ vpn_gateway: g, customer_gateway: c, static_routes: [{}] }}", nets.join(", "));
    main_with(&format!("    propagating_vgws: [g]\n{site}vpn_connections:\n  v: {connection}\n"))
}

fn endpoints(count: usize) -> String {
    let head = main_with("    subnets: { a: { cidr: 10.0.0.0/20 } }\nendpoints:\n");
    head + &many(count, |n| format!("  e{n}: {{ service: kms, subnets: [main/a], private_dns_enabled: false }}"))
}

fn peerings(count: usize, accepted: bool) -> String {
    let vpcs = many(count, |n| format!("  p{n}: {{ cidr: 10.{}.0.0/16 }}", n + 1));
    let connections = many(count, |n| format!("  c{n}: {{ requester: main, accepter: p{n}, accepted: {accepted} }}"));
    main_with(&format!("{vpcs}peering_connections:\n{connections}"))
}

fn balancer(listeners: usize, targets: usize) -> String {
    let head = "    subnets: { a: { cidr: 10.0.0.0/20 } }\ntarget_groups:\n  g:\n    vpc: main\n    port: 80\n    target_type: ip\n    \
                targets:\n";
    let ips = many(targets, |n| format!("      - 10.0.{}.{}", 4 + n / 200, 10 + n % 200));
    let listeners = many(listeners, |n| format!("      TCP:{}: g", 1000 + n));
    let tail = "load_balancers:\n  b:\n    scheme: internal\n    subnets: [main/a]\n    listeners:\n";
    main_with(&format!("{head}{ips}{tail}{listeners}"))
}

/// For each code, or what has none, how many there may be, and a text with so many.
const QUOTAS: &[(&str, usize, Text)] = &[
    ("VpcLimitExceeded", 5, |count| format!("vpcs:\n{}", many(count, |n| format!("  v{n}: {{ cidr: 10.0.0.0/16 }}")))),
    ("CidrLimitExceeded", 5, |count| {
        main_with(&format!("    secondary_cidrs:\n{}", many(count - 1, |n| format!("      - 10.{}.0.0/16", n + 1))))
    }),
    ("SubnetLimitExceeded", 200, |count| {
        main_with(&format!("    subnets:\n{}", many(count, |n| format!("      s{n}: {{ cidr: {} }}", nth(n, 28)))))
    }),
    // The main one counts too.
    ("RouteTableLimitExceeded", 200, |count| {
        main_with(&format!("    route_tables:\n{}", many(count - 1, |n| format!("      t{n}: {{}}"))))
    }),
    ("RouteLimitExceeded", 500, routes),
    ("propagated routes", 100, propagated),
    ("NetworkAclLimitExceeded", 200, |count| {
        main_with(&format!("    network_acls:\n{}", many(count - 1, |n| format!("      n{n}: {{}}"))))
    }),
    ("NetworkAclEntryLimitExceeded", 20, |count| {
        let entry = |n| format!("          {}: {{ type: HTTP, cidr: {}, action: allow }}", n + 1, nth(n, 28));
        main_with(&format!("    network_acls:\n      web:\n        inbound:\n{}", many(count, entry)))
    }),
    // The default one counts too.
    ("SecurityGroupLimitExceeded", 2500, |count| {
        main_with(&format!("    security_groups:\n{}", many(count - 1, |n| format!("      g{n}: {{}}"))))
    }),
    ("RulesPerSecurityGroupLimitExceeded", 60, |count| {
        let rule = |n| format!("          - {{ type: HTTP, source: {} }}", nth(n, 28));
        main_with(&format!("    security_groups:\n      web:\n        inbound:\n{}", many(count, rule)))
    }),
    ("SecurityGroupsPerInterfaceLimitExceeded", 5, |count| {
        let groups: Vec<_> = (0..count).map(|n| format!("g{n}")).collect();
        let head = format!("    security_groups:\n{}", many(count, |n| format!("      g{n}: {{}}")));
        let subnets = "    subnets: { a: { cidr: 10.0.0.0/24 } }\n";
        let groups = groups.join(", ");
        main_with(&format!("{head}{subnets}instances:\n  i: {{ subnet: main/a, security_groups: [{groups}] }}\n"))
    }),
    ("AddressLimitExceeded", 5, |count| {
        main_with(&format!("elastic_ips:\n{}", many(count, |n| format!("  e{n}: {{}}"))))
    }),
    ("InternetGatewayLimitExceeded", 5, |count| {
        let vpc = |n| format!("  v{n}: {{ cidr: 10.0.0.0/16, internet_gateway: true }}");
        format!("vpcs:\n{}", many(count, vpc))
    }),
    ("NatGatewayLimitExceeded", 5, |count| {
        let gateway = |n| format!("  n{n}: {{ subnet: main/a, connectivity_type: private }}");
        let subnets = "    subnets: { a: { cidr: 10.0.0.0/24 } }\n";
        main_with(&format!("{subnets}nat_gateways:\n{}", many(count, gateway)))
    }),
    ("NetworkInterfaceLimitExceeded", 5000, |count| {
        let interface = |n| format!("  i{n}: {{ subnet: main/a }}");
        let subnets = "    subnets: { a: { cidr: 10.0.0.0/16 } }\n";
        main_with(&format!("{subnets}network_interfaces:\n{}", many(count, interface)))
    }),
    ("VpcEndpointLimitExceeded", 50, endpoints),
    ("VpcEndpointLimitExceeded", 20, |count| {
        // A table leads to a service once.
        let tables = many(count, |n| format!("      t{n}: {{}}"));
        let endpoint = |n| format!("  e{n}: {{ service: s3, vpc: main, route_tables: [main/t{n}] }}");
        main_with(&format!("    route_tables:\n{tables}gateway_endpoints:\n{}", many(count, endpoint)))
    }),
    ("ActiveVpcPeeringConnectionPerVpcLimitExceeded", 50, |count| peerings(count, true)),
    ("OutstandingVpcPeeringConnectionLimitExceeded", 25, |count| peerings(count, false)),
    ("TooManyLoadBalancers", 50, |count| {
        let balancer = |n| format!("  b{n}: {{ scheme: internal, subnets: [main/a], listeners: {{ TCP:80: g }} }}");
        let head = "    subnets: { a: { cidr: 10.0.0.0/20 } }\ntarget_groups: { g: { vpc: main, port: 80 } }\nload_balancers:\n";
        main_with(&format!("{head}{}", many(count, balancer)))
    }),
    ("TooManyListeners", 50, |count| balancer(count, 1)),
    ("TooManyTargets", 1000, |count| balancer(1, count)),
];

/// What the lint says of a text, of one kind of thing.
fn said(text: &str, code: &str) -> Vec<String> {
    let (found, _) = findings(&source(text));
    let found = found.into_sorted().into_iter().filter(|one| one.lint == Some(QUOTA));
    found.map(|one| one.message + " ").filter(|message| message.contains(code)).collect()
}

#[test]
fn as_many_as_aws_allows_are_silent_and_one_more_is_found() {
    for (code, most, text) in QUOTAS {
        assert_eq!(said(&text(*most), code), Vec::<String>::new(), "{most}, {code}");
        let found = said(&text(most + 1), code);
        let words = (format!("has {} ", most + 1), format!("AWS's quota is {most} "));
        assert!(found.len() == 1 && found[0].contains(&words.0) && found[0].contains(&words.1), "{code}: {found:?}");
    }
}

#[test]
fn every_quota_is_tried() {
    let table = lint::quotas();
    assert_eq!(table.lines().count() - 2, QUOTAS.len());
    for (code, most, _) in QUOTAS {
        let row = |line: &str| line.contains(&format!("| {most} |")) && line.contains(code);
        assert!(table.lines().any(row), "{code} {most}");
    }
}

#[test]
fn the_place_is_that_of_the_first_that_is_too_many() {
    let text = "vpcs:\n".to_owned() + &many(7, |n| format!("  v{n}: {{ cidr: 10.0.0.0/16 }}"));
    let (found, _) = findings(&source(&text));
    let found = found.into_sorted();
    assert_eq!(found.len(), 1);
    assert_eq!(&text[found[0].span.range()], "v5");
}

#[test]
fn regions_and_accounts_are_counted_apart() {
    let vpc = |n| match n % 3 {
        0 => format!("  v{n}: {{ cidr: 10.0.0.0/16 }}"),
        1 => format!("  v{n}: {{ cidr: 10.0.0.0/16, region: eu-west-1 }}"),
        _ => format!("  v{n}: {{ cidr: 10.0.0.0/16, account: '444455556666' }}"),
    };
    assert_eq!(said(&format!("vpcs:\n{}", many(15, vpc)), "VpcLimitExceeded").len(), 0);
    let found = said(&format!("vpcs:\n{}", many(18, vpc)), "VpcLimitExceeded");
    assert_eq!(found.len(), 3);
    assert!(found.iter().any(|message| message.contains("`eu-west-1`")));
    assert!(found.iter().any(|message| message.contains("`444455556666`")));
}

/// A prefix list counts with its size, whatever it has (SG-22).
#[test]
fn a_prefix_list_counts_with_its_size() {
    let text = |size: usize| {
        let rules = "    security_groups:\n      web:\n        inbound:\n          - { type: HTTP, source: prefix_list/p }\n          \
                     - { type: HTTP, source: 192.0.2.0/24 }\n";
        let list = format!("prefix_lists:\n  p: {{ entries: [203.0.113.0/24], max_entries: {size} }}\n");
        main_with(rules) + &list
    };
    assert!(said(&text(59), "RulesPerSecurityGroupLimitExceeded").is_empty());
    assert_eq!(said(&text(60), "RulesPerSecurityGroupLimitExceeded").len(), 1);
}
