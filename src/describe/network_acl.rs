//! `describe-network-acls`: entries by direction and number, the last of each the one that AWS shows as `*` (NACL-02).

use super::security_group::number;
use crate::model::{Action, Id, Name, NetworkAclEntry, Protocol, Topology};
use serde_json::{Value, json};

/// The number of the entry that denies what no other means.
const LAST: u16 = 32767;

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.network_acls.iter().map(|(name, acl)| {
        let vpc = &topology.vpcs[&acl.vpc];
        let inbound = acl.inbound.iter().map(|written| entry(written, false)).chain([last(false)]);
        let outbound = acl.outbound.iter().map(|written| entry(written, true)).chain([last(true)]);
        json!({
            "Name": acl.tag,
            "LogicalId": name,
            "NetworkAclId": acl.id,
            "VpcId": vpc.id,
            "OwnerId": vpc.account,
            "IsDefault": vpc.default_network_acl == *name,
            "Entries": inbound.chain(outbound).collect::<Vec<_>>(),
            "Associations": associations(topology, name, &acl.id),
        })
    });
    rows.collect()
}

fn entry(entry: &NetworkAclEntry, egress: bool) -> Value {
    let mut fields = json!({
        "RuleNumber": entry.number,
        "Protocol": number(&entry.protocol),
        "RuleAction": match entry.action { Action::Allow => "allow", Action::Deny => "deny" },
        "Egress": egress,
        "CidrBlock": entry.cidr,
    });
    let any = |part: &Option<u8>| part.map_or(-1, i64::from);
    match &entry.protocol {
        Protocol::Tcp(ports) | Protocol::Udp(ports) => {
            fields["PortRange"] = json!({ "From": ports.start(), "To": ports.end() });
        }
        Protocol::Icmp { kind, code } => {
            fields["IcmpTypeCode"] = json!({ "Type": any(kind), "Code": any(code) });
        }
        Protocol::All | Protocol::Number(_) => {}
    }
    fields
}

fn last(egress: bool) -> Value {
    json!({ "RuleNumber": LAST, "Protocol": "-1", "RuleAction": "deny", "Egress": egress, "CidrBlock": "0.0.0.0/0" })
}

fn associations(topology: &Topology, name: &Name, id: &Id) -> Vec<Value> {
    let subnets = topology.subnets.iter().filter(|(_, subnet)| subnet.network_acl == *name);
    let association = |(subnet_name, subnet): (&Name, &crate::model::Subnet)| {
        json!({
            "NetworkAclAssociationId": Id::derive(&topology.lab, "aclassoc", subnet_name.as_str()),
            "NetworkAclId": id,
            "SubnetId": subnet.id,
        })
    };
    subnets.map(association).collect()
}
