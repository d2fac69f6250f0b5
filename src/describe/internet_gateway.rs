//! `describe-internet-gateways`.

use crate::model::Topology;
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.internet_gateways.iter().map(|(name, gateway)| {
        let attachment = |vpc| json!({ "State": "available", "VpcId": topology.vpcs[vpc].id });
        json!({
            "Name": gateway.tag,
            "LogicalId": name,
            "InternetGatewayId": gateway.id,
            "Attachments": gateway.vpc.iter().map(attachment).collect::<Vec<_>>(),
        })
    });
    rows.collect()
}
