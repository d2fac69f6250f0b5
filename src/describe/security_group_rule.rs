//! `describe-security-group-rules`: each source of each permission of a group, as a rule with an id of its own (SG-15).

use super::security_group;
use crate::model::{Id, Topology};
use serde_json::{Map, Value, json};

/// Where a permission lists its sources.
const SOURCES: [&str; 3] = ["IpRanges", "PrefixListIds", "UserIdGroupPairs"];

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    security_group::describe(topology).iter().flat_map(|group| rules(topology, group)).collect()
}

fn rules(topology: &Topology, group: &Value) -> Vec<Value> {
    let directions = [("IpPermissions", false), ("IpPermissionsEgress", true)];
    let permissions = directions.into_iter().flat_map(|(field, egress)| {
        group[field].as_array().into_iter().flatten().map(move |permission| (egress, permission))
    });
    let sources = permissions.flat_map(|(egress, permission)| {
        SOURCES.into_iter().flat_map(move |field| {
            permission[field].as_array().into_iter().flatten().map(move |source| (egress, permission, source))
        })
    });
    sources.map(|(egress, permission, source)| rule(topology, group, egress, (permission, source))).collect()
}

fn rule(topology: &Topology, group: &Value, egress: bool, (permission, source): (&Value, &Value)) -> Value {
    let word = if egress { "egress" } else { "ingress" };
    let what = format!("{}/{word}/{}/{}", group["GroupId"], ports(permission), identity(source));
    let id = Id::derive(&topology.lab, "sgr", &what);
    let number = |field: &str| permission.get(field).cloned().unwrap_or(json!(-1));
    let mut rule = json!({
        "Name": "",
        "LogicalId": format!("{}/{id}", group["LogicalId"].as_str().unwrap_or_default()),
        "SecurityGroupRuleId": id,
        "GroupId": group["GroupId"],
        "GroupOwnerId": group["OwnerId"],
        "IsEgress": egress,
        "IpProtocol": permission["IpProtocol"],
        "FromPort": number("FromPort"),
        "ToPort": number("ToPort"),
        "SecurityGroupRuleArn":
            format!("arn:aws:ec2:{}:{}:security-group-rule/{id}", super::region(topology, group), group["OwnerId"].as_str().unwrap_or_default()),
    });
    if let Some(fields) = rule.as_object_mut() {
        peer(fields, source);
    }
    rule
}

fn ports(permission: &Value) -> String {
    format!("{}:{}-{}", permission["IpProtocol"], permission["FromPort"], permission["ToPort"])
}

/// A source without its description, which may change.
fn identity(source: &Value) -> String {
    ["CidrIp", "PrefixListId", "GroupId"].iter().filter_map(|field| source[field].as_str()).collect()
}

fn peer(rule: &mut Map<String, Value>, source: &Value) {
    for (field, own) in [("CidrIp", "CidrIpv4"), ("PrefixListId", "PrefixListId"), ("Description", "Description")] {
        if let Some(value) = source.get(field) {
            rule.insert(own.into(), value.clone());
        }
    }
    if source.get("GroupId").is_some() {
        let mut group = source.clone();
        if let Some(fields) = group.as_object_mut() {
            fields.retain(|field, _| field != "Description"); // the rule's own
        }
        rule.insert("ReferencedGroupInfo".into(), group);
    }
}
