//! `describe-vpc-peering-connections` (PCX-01).

use crate::model::{PeeringConnection, PeeringSide, PeeringState, Topology};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.peering_connections.iter().map(|(name, connection)| {
        json!({
            "Name": connection.tag,
            "LogicalId": name,
            "VpcPeeringConnectionId": connection.id,
            "Status": { "Code": connection.state.as_str(), "Message": message(topology, connection) },
            "RequesterVpcInfo": side(topology, &connection.requester),
            "AccepterVpcInfo": side(topology, &connection.accepter),
        })
    });
    rows.collect()
}

fn message(topology: &Topology, connection: &PeeringConnection) -> String {
    let accepter = &topology.vpcs[&connection.accepter.vpc].account;
    match connection.state {
        PeeringState::PendingAcceptance => format!("Pending Acceptance by {accepter}"),
        PeeringState::Active => "Active".to_owned(),
        PeeringState::Rejected => format!("Rejected by {accepter}"),
    }
}

fn side(topology: &Topology, side: &PeeringSide) -> Value {
    let vpc = &topology.vpcs[&side.vpc];
    json!({
        "CidrBlock": vpc.cidr,
        "CidrBlockSet": vpc.cidrs().map(|cidr| json!({ "CidrBlock": cidr })).collect::<Vec<_>>(),
        "OwnerId": vpc.account,
        "PeeringOptions": { "AllowDnsResolutionFromRemoteVpc": side.allow_dns_resolution_from_remote_vpc },
        "VpcId": vpc.id,
        "Region": vpc.region,
    })
}
