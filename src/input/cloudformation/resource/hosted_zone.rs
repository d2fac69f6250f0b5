//! `AWS::Route53::HostedZone`, `RecordSet` and `RecordSetGroup` (section 12 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Tags, To, properties},
    },
    vpc::Vpc,
};
use crate::{
    input::{
        decode::Decode,
        tree::{Kind, Node, Part},
    },
    model::{
        Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, Label, RecordContent, Ref, Text, Value},
    },
};

properties! {
    /// A hosted zone.
    struct HostedZone = "a hosted zone" {
        /// Its domain.
        domain as "Name": Text,
        /// The VPCs in which a private one answers. Left out: it is public.
        vpcs as "VPCs": Option<Vec<ZoneVpc>>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "HostedZoneTags": Tags,
    }
    accepted &["HostedZoneConfig", "QueryLoggingConfig"];
    unmirrored &["HostedZoneFeatures"];
}

properties! {
    /// A VPC of a private hosted zone.
    struct ZoneVpc = "`{VPCId: …, VPCRegion: …}`" {
        /// The VPC.
        vpc as "VPCId": To<Vpc>,
    }
    accepted &["VPCRegion"];
}

properties! {
    /// The records of one name and type.
    struct RecordSet = "a record set" {
        /// The zone that they are in.
        zone as "HostedZoneId": Option<To<HostedZone>>,
        /// The same by its domain: `example.com.`.
        zone_name as "HostedZoneName": Option<Text>,
        /// Their whole name.
        name as "Name": Text,
        /// `A`, `AAAA`, `CNAME`, `MX`, `NS`, `PTR`, `SRV` or `TXT`.
        kind as "Type": Text,
        /// Seconds for which clients may keep them. Default 300.
        ttl as "TTL": Option<Spanned<i64>>,
        /// The values, as DNS writes them; or an address or a name of an instance, an elastic IP, a load balancer or an
        /// endpoint.
        values as "ResourceRecords": Option<Vec<RecordValue>>,
        /// Instead of values: what another name has.
        alias as "AliasTarget": Option<AliasTarget>,
    }
    accepted &["Comment"];
    unmirrored &[
        "CidrRoutingConfig",
        "Failover",
        "GeoLocation",
        "GeoProximityLocation",
        "HealthCheckId",
        "MultiValueAnswer",
        "Region",
        "SetIdentifier",
        "Weight",
    ];
}

properties! {
    /// Where an alias leads.
    struct AliasTarget = "`{DNSName: …, HostedZoneId: …}`" {
        /// `!GetAtt LOADBALANCER.DNSName`, a name of an endpoint
        /// (`!Select [1, !Split [":", !Select [0, !GetAtt ENDPOINT.DnsEntries]]]`), or another name of the zone.
        name as "DNSName": RecordValue,
    }
    accepted &["EvaluateTargetHealth", "HostedZoneId"];
}

properties! {
    /// Several record sets of a zone.
    struct RecordSetGroup = "a group of record sets" {
        /// The zone that they are in.
        zone as "HostedZoneId": Option<To<HostedZone>>,
        /// The same by its domain: `example.com.`.
        zone_name as "HostedZoneName": Option<Text>,
        /// The record sets.
        sets as "RecordSets": Option<Vec<RecordSet>>,
    }
    accepted &["Comment"];
}

/// A text, or what is known of a resource once the lab is resolved.
#[derive(Debug, Clone)]
pub(in crate::input::cloudformation) struct RecordValue(pub(super) Spanned<Value>);

impl Decode for RecordValue {
    fn what() -> String {
        "text, or an address or a name of a resource".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let Kind::Later(parts) = &node.kind else { return Self(Text::decode(node, notes).map(Value::Text)) };
        let value = match parts.as_slice() {
            [Part::Of { resource, kind, attribute }] => of(resource, kind, attribute.as_deref()),
            _ => None,
        };
        value.map_or_else(|| Self::unexpected(node, notes), |value| Self(Spanned::new(value, node.span)))
    }

    fn placeholder(at: Span) -> Self {
        Self(Spanned::new(Value::Text(String::new()), at))
    }
}

/// What an attribute stands for.
fn of(resource: &str, kind: &str, attribute: Option<&str>) -> Option<Value> {
    let name = Name::new(resource);
    match (kind, attribute) {
        ("AWS::EC2::Instance", Some("PrivateIp")) => Some(Value::PrivateIp(name)),
        ("AWS::EC2::Instance", Some("PublicIp")) => Some(Value::PublicIp(name)),
        ("AWS::EC2::Instance", Some("PrivateDnsName")) => Some(Value::PrivateDnsName(name)),
        ("AWS::EC2::Instance", Some("PublicDnsName")) => Some(Value::PublicDnsName(name)),
        ("AWS::EC2::EIP", None | Some("PublicIp")) => Some(Value::ElasticIp(name)),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", Some("DNSName")) => Some(Value::LoadBalancer(name)),
        ("AWS::EC2::VPCEndpoint", Some(entry)) => {
            let place = entry.strip_prefix("DnsEntries[")?.strip_suffix("]:[1]")?;
            Some(Value::Endpoint(name, place.parse().ok()?))
        }
        _ => None,
    }
}

impl Resource for HostedZone {
    const TYPE: &'static str = "AWS::Route53::HostedZone";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Itself), ("NameServers", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        lowering.draft.hosted_zones.push(draft::HostedZone {
            label: Label { name, tag: self.tags.0 },
            domain: self.domain,
            vpcs: self.vpcs.map(|vpcs| vpcs.into_iter().map(|vpc| vpc.vpc.name).collect()),
            records: Vec::new(), // resources of their own
        });
    }
}

impl Resource for RecordSet {
    const TYPE: &'static str = "AWS::Route53::RecordSet";

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let (zone, zone_name) = (self.zone.clone(), self.zone_name.clone());
        let set = self.set(&name, lowering);
        put((zone, zone_name), &name, set.into_iter().collect(), lowering);
    }
}

impl Resource for RecordSetGroup {
    const TYPE: &'static str = "AWS::Route53::RecordSetGroup";

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let sets = self.sets.into_iter().flatten();
        let sets = sets
            .filter_map(|set| {
                let at = Spanned::new(name.value.clone(), set.name.span);
                let set = set.set(&at, lowering)?;
                Some(draft::RecordSet { label: None, ..set })
            })
            .collect();
        put((self.zone, self.zone_name), &name, sets, lowering);
    }
}

impl RecordSet {
    fn set(self, label: &Ref, lowering: &mut Lowering<'_>) -> Option<draft::RecordSet> {
        let content = match (self.values, self.alias) {
            (Some(values), None) => RecordContent::Values(values.into_iter().map(|RecordValue(value)| value).collect()),
            (None, Some(AliasTarget { name: RecordValue(target) })) => RecordContent::Alias(target),
            _ => {
                let message = "a record set has either `ResourceRecords` or an `AliasTarget` (InvalidInput)";
                lowering.notes.push(label.span, message);
                return None;
            }
        };
        let (name, kind, ttl) = (self.name, self.kind, self.ttl);
        Some(draft::RecordSet { span: label.span, label: Some(label.value.clone()), name, kind, ttl, content })
    }
}

/// Puts record sets into their zone.
fn put(
    (zone, zone_name): (Option<To<HostedZone>>, Option<Text>),
    at: &Ref,
    sets: Vec<draft::RecordSet>,
    lowering: &mut Lowering<'_>,
) {
    match (zone, zone_name) {
        (Some(zone), None) => {
            for set in sets {
                lowering.joined.records.add(zone.name.clone(), set);
            }
        }
        (None, Some(domain)) => {
            lowering.joined.records_by_domain.extend(sets.into_iter().map(|set| (domain.clone(), set)));
        }
        _ => lowering.notes.push(at.span, "records need either a `HostedZoneId` or a `HostedZoneName` (InvalidInput)"),
    }
}
