//! `list-hosted-zones` with their VPCs and record sets (section 12 of the rules).

use crate::{
    model::{HostedZone, Topology},
    spec::zone::{RecordData, RecordSet},
};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.hosted_zones.iter().map(|(name, zone)| {
        let vpc = |vpc| json!({ "VPCRegion": topology.region_of(vpc), "VPCId": topology.vpcs[vpc].id });
        let records = record_sets(zone);
        json!({
            "Name": zone.tag,
            "LogicalId": name,
            "Id": format!("/hostedzone/{}", zone.id),
            "DomainName": format!("{}.", zone.domain),
            "Config": { "PrivateZone": zone.is_private() },
            "ResourceRecordSetCount": records.len(),
            "VPCs": zone.vpcs.iter().map(vpc).collect::<Vec<_>>(),
            "ResourceRecordSets": records,
        })
    });
    rows.collect()
}

/// The zone's record sets, those that AWS makes first.
fn record_sets(zone: &HostedZone) -> Vec<Value> {
    let servers = zone.name_servers();
    let soa = format!("{}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400", servers[0]);
    let has_own =
        zone.records.get(&zone.domain).is_some_and(|sets| sets.iter().any(|set| matches!(set.data, RecordData::Ns(_))));
    let ns = (!has_own).then(|| values(&zone.domain, "NS", 172_800, servers.iter().map(|server| format!("{server}."))));
    let own = ns.into_iter().chain([values(&zone.domain, "SOA", 900, [soa])]);
    let sets = zone.records.iter().flat_map(|(name, sets)| sets.iter().map(move |set| record_set(name, set)));
    own.chain(sets).collect()
}

fn record_set(name: &str, set: &RecordSet) -> Value {
    let kind = set.data.kind().as_str();
    let dot = |name: &String| format!("{name}.");
    let texts: Vec<String> = match &set.data {
        RecordData::A(addresses) => addresses.iter().map(|found| found.address.to_string()).collect(),
        RecordData::Aaaa(addresses) => addresses.iter().map(ToString::to_string).collect(),
        RecordData::Cname(target) => vec![dot(target)],
        RecordData::Mx(list) => list.iter().map(|(preference, name)| format!("{preference} {name}.")).collect(),
        RecordData::Ns(names) | RecordData::Ptr(names) => names.iter().map(dot).collect(),
        RecordData::Srv(list) => list.iter().map(|(a, b, port, name)| format!("{a} {b} {port} {name}.")).collect(),
        RecordData::Txt(list) => {
            let quote = |text: &String| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            list.iter().map(|texts| texts.iter().map(quote).collect::<Vec<_>>().join(" ")).collect()
        }
        RecordData::Alias(_, target) => {
            return json!({
                "Name": shown(name),
                "Type": kind,
                "AliasTarget": { "DNSName": shown(target), "EvaluateTargetHealth": true },
            });
        }
    };
    values(name, kind, set.ttl, texts)
}

fn values(name: &str, kind: &str, ttl: u32, texts: impl IntoIterator<Item = String>) -> Value {
    let texts: Vec<_> = texts.into_iter().map(|text| json!({ "Value": text })).collect();
    json!({ "Name": shown(name), "Type": kind, "TTL": ttl, "ResourceRecords": texts })
}

/// A name as Route 53 writes it.
fn shown(name: &str) -> String {
    format!("{}.", name.replace('*', "\\052"))
}
