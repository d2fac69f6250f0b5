//! `describe-security-groups`, rules in the shape of `IpPermission` (SG-15): those with equal protocol and
//! ports are one permission with several sources.

use crate::model::{Name, Peer, PeeringConnection, Protocol, SecurityGroupRule, Topology};
use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.security_groups.iter().map(|(name, group)| {
        json!({
            "Name": group.tag,
            "LogicalId": name,
            "GroupId": group.id,
            "GroupName": group.group_name,
            "Description": group.description,
            "VpcId": topology.vpcs[&group.vpc].id,
            "OwnerId": topology.vpcs[&group.vpc].account,
            "IpPermissions": permissions(topology, &group.vpc, &group.inbound),
            "IpPermissionsEgress": permissions(topology, &group.vpc, &group.outbound),
        })
    });
    rows.collect()
}

fn permissions(topology: &Topology, vpc: &Name, rules: &[SecurityGroupRule]) -> Vec<Value> {
    let mut protocols: Vec<&Protocol> = Vec::new();
    for rule in rules {
        if !protocols.contains(&&rule.protocol) {
            protocols.push(&rule.protocol);
        }
    }
    let permission = |protocol: &Protocol| {
        let mut ranges = Vec::new();
        let mut pairs = Vec::new();
        let mut lists = Vec::new();
        for rule in rules.iter().filter(|rule| rule.protocol == *protocol) {
            match &rule.peer {
                Peer::Cidr(cidr) => ranges.push(described(json!({ "CidrIp": cidr }), rule)),
                Peer::PrefixList(list) => {
                    lists.push(described(json!({ "PrefixListId": topology.prefix_list_id(vpc, list) }), rule));
                }
                Peer::Group(name) => pairs.push(described(pair(topology, vpc, name), rule)),
            }
        }
        let mut permission = ports(protocol);
        permission.insert("IpRanges".into(), Value::Array(ranges));
        permission.insert("UserIdGroupPairs".into(), Value::Array(pairs));
        if !lists.is_empty() {
            permission.insert("PrefixListIds".into(), Value::Array(lists));
        }
        Value::Object(permission)
    };
    protocols.into_iter().map(permission).collect()
}

/// A group as the other side; of one in another VPC also what joins the two (SG-12).
fn pair(topology: &Topology, vpc: &Name, name: &Name) -> Value {
    let group = &topology.security_groups[name];
    let account = &topology.vpcs[&group.vpc].account;
    let mut pair = json!({ "GroupId": group.id, "UserId": account });
    let joins = |one: &&PeeringConnection| one.sides(vpc).is_some_and(|(_, other)| other.vpc == group.vpc);
    if let Some(connection) = topology.peering_connections.values().find(joins) {
        pair["VpcId"] = json!(topology.vpcs[&group.vpc].id);
        pair["VpcPeeringConnectionId"] = json!(connection.id);
        pair["PeeringStatus"] = json!(connection.state.as_str());
    }
    pair
}

fn described(mut peer: Value, rule: &SecurityGroupRule) -> Value {
    if let Some(description) = &rule.description {
        peer["Description"] = json!(description);
    }
    peer
}

/// `IpProtocol`, and `FromPort` and `ToPort` where the protocol has them.
fn ports(protocol: &Protocol) -> Map<String, Value> {
    let any = |part: &Option<u8>| part.map_or(-1, i64::from);
    let range = |ports: &RangeInclusive<u16>| Some((i64::from(*ports.start()), i64::from(*ports.end())));
    let (name, ports) = match protocol {
        Protocol::All => ("-1".to_owned(), None),
        Protocol::Tcp(ports) => ("tcp".to_owned(), range(ports)),
        Protocol::Udp(ports) => ("udp".to_owned(), range(ports)),
        Protocol::Icmp { kind, code } => ("icmp".to_owned(), Some((any(kind), any(code)))),
        Protocol::Number(number) => (number.to_string(), None),
    };
    let mut fields = Map::new();
    fields.insert("IpProtocol".into(), json!(name));
    if let Some((from, to)) = ports {
        fields.insert("FromPort".into(), json!(from));
        fields.insert("ToPort".into(), json!(to));
    }
    fields
}

/// The protocol as network ACLs have it: its number, or -1.
pub(super) fn number(protocol: &Protocol) -> String {
    match protocol {
        Protocol::All => "-1".into(),
        Protocol::Tcp(_) => "6".into(),
        Protocol::Udp(_) => "17".into(),
        Protocol::Icmp { .. } => "1".into(),
        Protocol::Number(number) => number.to_string(),
    }
}
