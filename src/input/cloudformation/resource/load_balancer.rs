//! `AWS::ElasticLoadBalancingV2::LoadBalancer` of the type `network` (section 13 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Setting, To, names, properties},
    },
    elastic_ip::Eip,
    security_group::SecurityGroup,
    vpc::Subnet,
};
use crate::{
    input::mapping::REFUSED,
    model::{
        diagnostic::{Diagnostics, Spanned, did_you_mean},
        draft::{self, Label, NodeSubnet, Ref, Text},
    },
};

properties! {
    /// A Network Load Balancer.
    struct LoadBalancer = "a load balancer" {
        /// Only `network`. Left out, it is `application`.
        kind as "Type": Option<Text>,
        /// Its AWS name. Default: made of the stack's name and the logical id.
        name as "Name": Option<Text>,
        /// `internet-facing` (default) or `internal`.
        scheme as "Scheme": Option<Text>,
        /// One subnet per zone, in each of which it has a node.
        subnets as "Subnets": Option<Vec<To<Subnet>>>,
        /// The same with the nodes' private addresses.
        mappings as "SubnetMappings": Option<Vec<SubnetMapping>>,
        /// Its security groups. Left out: everything passes to the listeners.
        security_groups as "SecurityGroups": Option<Vec<To<SecurityGroup>>>,
        /// Whether its groups also judge what comes through PrivateLink: `on` (default) or `off`.
        enforce as "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": Option<Text>,
        /// Of the attributes, `load_balancing.cross_zone.enabled` is mirrored.
        attributes as "LoadBalancerAttributes": Option<Vec<Setting>>,
        /// Only `ipv4`.
        address_type as "IpAddressType": Option<Text>,
    }
    // Its `Name` tag is not its name.
    accepted &["EnableCapacityReservationProvisionStabilize", "EnablePrefixForIpv6SourceNat",
        "MinimumLoadBalancerCapacity", "Tags"];
    unmirrored &["Ipv4IpamPoolId"];
}

properties! {
    /// A subnet with the node's address.
    struct SubnetMapping = "a subnet" {
        /// The subnet.
        subnet as "SubnetId": To<Subnet>,
        /// The node's private address. Default: a free one of the subnet.
        private_ip as "PrivateIPv4Address": Option<Text>,
        /// The elastic IP of an internet-facing load balancer's node: `!GetAtt EIP.AllocationId`.
        allocation as "AllocationId": Option<To<Eip>>,
    }
    unmirrored &["IPv6Address", "SourceNatIpv6Prefix"];
}

/// Attributes that change nothing in a lab.
const ACCEPTED: &[&str] = &[
    "access_logs.s3.bucket",
    "access_logs.s3.enabled",
    "access_logs.s3.prefix",
    "deletion_protection.enabled",
    "zonal_shift.config.enabled",
];

const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
const ROUTING_POLICY: &str = "dns_record.client_routing_policy";

impl Resource for LoadBalancer {
    const TYPE: &'static str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[
        ("LoadBalancerArn", How::Itself),
        ("CanonicalHostedZoneID", How::Later),
        ("DNSName", How::Later),
        ("LoadBalancerFullName", How::Later),
        ("LoadBalancerName", How::Later),
        ("SecurityGroups", How::Later),
    ];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let kind = self.kind.unwrap_or_else(|| Spanned::new("application".into(), name.span));
        if kind.value != "network" {
            let message = format!("a load balancer of the type `{}` is not mirrored yet", kind.value);
            lowering.leave_out(&name, kind.span, message);
            return;
        }
        if let Some(kind) = self.address_type.filter(|kind| kind.value != "ipv4") {
            lowering.notes.push_unmirrored(kind.span, "IPv6 is not mirrored yet", REFUSED);
        }
        let mappings = self.mappings.into_iter().flatten();
        let mappings = mappings.map(|mapping| NodeSubnet {
            subnet: mapping.subnet.name,
            private_ip: mapping.private_ip,
            elastic_ip: mapping.allocation.map(|elastic| elastic.name),
        });
        let subnets = names(self.subnets.into_iter().flatten()).into_iter();
        let subnets = subnets.map(|subnet| NodeSubnet { subnet, private_ip: None, elastic_ip: None }).chain(mappings);
        let aws_name = match self.name {
            Some(name) => name.value,
            None => lowering.scope.physical_name(name.value.as_str(), 5),
        };
        let internet_facing = || Spanned::new("internet-facing".into(), name.span);
        let scheme = self.scheme.unwrap_or_else(internet_facing);
        let enforce = self.enforce.and_then(|word| on_or_off(&word, &mut lowering.notes));
        lowering.draft.load_balancers.push(draft::LoadBalancer {
            label: Label { name, tag: Some(aws_name) },
            scheme: Some(scheme),
            subnets: subnets.collect(),
            listeners: Vec::new(), // resources of their own
            cross_zone: cross_zone(self.attributes.unwrap_or_default(), &mut lowering.notes),
            security_groups: names(self.security_groups.into_iter().flatten()),
            enforce_security_groups_on_private_link: enforce,
        });
    }
}

fn on_or_off(word: &Text, notes: &mut Diagnostics) -> Option<bool> {
    match word.value.as_str() {
        "on" => return Some(true),
        "off" => return Some(false),
        other => notes.push(word.span, format!("expected `on` or `off`, found `{other}`")),
    }
    None
}

fn cross_zone(attributes: Vec<Setting>, notes: &mut Diagnostics) -> Option<bool> {
    let mut cross_zone = None;
    for Setting { key, value } in attributes {
        match key.value.as_str() {
            CROSS_ZONE => cross_zone = truth(&value, notes),
            ROUTING_POLICY if value.value == "any_availability_zone" => {}
            ROUTING_POLICY => {
                let message = format!("`{}` is not mirrored yet", value.value);
                notes.push_unmirrored(value.span, message, REFUSED);
            }
            known if ACCEPTED.contains(&known) => {}
            _ => unknown(&key, ACCEPTED.iter().copied().chain([CROSS_ZONE, ROUTING_POLICY]), notes),
        }
    }
    cross_zone
}

/// `true` or `false`.
pub(super) fn truth(text: &Text, notes: &mut Diagnostics) -> Option<bool> {
    match text.value.as_str() {
        "true" => return Some(true),
        "false" => return Some(false),
        other => notes.push(text.span, format!("expected `true` or `false`, found `{other}`")),
    }
    None
}

/// Notes an attribute that is none of those known.
pub(super) fn unknown<'a>(key: &Text, known: impl Iterator<Item = &'a str>, notes: &mut Diagnostics) {
    let message = format!("unknown attribute `{}`", key.value);
    let known: Vec<_> = known.collect();
    let hint = did_you_mean(&key.value, known.iter().copied());
    notes.push_with_hint(key.span, message, hint.unwrap_or_else(|| format!("known are `{}`", known.join("`, `"))));
}
