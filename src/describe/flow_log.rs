//! `describe-flow-logs` (FL-05).

use crate::model::{FlowLogDestinationType, FlowLogResource, Topology};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.flow_logs.iter().map(|(name, log)| {
        let resource = match &log.resource {
            FlowLogResource::Vpc(name) => &topology.vpcs[name].id,
            FlowLogResource::Subnet(name) => &topology.subnets[name].id,
            FlowLogResource::NetworkInterface(name) => &topology.network_interfaces[name].id,
        };
        let destination = log.destination.name.as_deref();
        let is_arn = destination.is_some_and(|text| text.starts_with("arn:"));
        let is_group = log.destination.kind == FlowLogDestinationType::CloudWatchLogs && !is_arn;
        json!({
            "Name": log.tag,
            "LogicalId": name,
            "FlowLogId": log.id,
            "FlowLogStatus": "ACTIVE",
            "DeliverLogsStatus": "SUCCESS",
            "ResourceId": resource,
            "TrafficType": log.traffic.as_str(),
            "LogDestinationType": log.destination.kind.as_str(),
            "LogDestination": destination.filter(|_| !is_group),
            "LogGroupName": destination.filter(|_| is_group),
            "LogFormat": log.format_text(),
            "MaxAggregationInterval": log.max_aggregation_interval,
        })
    });
    rows.collect()
}
