//! What AWS has and vpcns does not mirror yet: refused by name, so that nothing is dropped in silence
//! and nobody takes it for a typing error.

/// Keys of the format that would mean something in AWS, anywhere in a file.
pub(super) const KEYS: &[&str] = &[
    "alpn_policy",
    "capacity_reservations",
    "carrier_gateways",
    "client_vpn_endpoints",
    "dns_firewall",
    "egress_only_internet_gateway",
    "egress_only_internet_gateways",
    "gateway_load_balancers",
    "instance_connect_endpoints",
    "ipam",
    "ipv6_cidr",
    "ipv6_cidrs",
    "local_zones",
    "nat_gateway",
    "nat_instances",
    "network_firewalls",
    "placement_groups",
    "policy",
    "private_dns_enabled",
    "private_dns_name",
    "stickiness",
    "traffic_mirroring",
    "transit_gateway",
    "transit_gateways",
    "verified_access",
    "vpc_lattice",
];

/// Targets that a route can have in AWS.
pub(super) const ROUTE_TARGETS: &[&str] = &[
    "carrier_gateway",
    "egress_only_internet_gateway",
    "endpoint",
    "gateway_endpoint",
    "local_gateway",
    "transit_gateway",
];

/// The message and the hint for a key that belongs to this format's plans, or to YAML's.
pub(super) fn key(key: &str) -> Option<(String, String)> {
    match key {
        "<<" => Some((
            "merge keys (`<<`) are not supported".into(),
            "write the keys out, or use an alias for the whole value".into(),
        )),
        "direct_connect" | "site_to_site_vpn" | "vpn" | "vpn_gateway" => Some((
            format!("unknown key `{key}`"),
            "`vpn_gateways`, and `vpn_connections` or `private_virtual_interfaces`, join a VPC to a site of \
             `on_premises`"
                .into(),
        )),
        _ => None,
    }
}
