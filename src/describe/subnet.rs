//! `describe-subnets`.

use crate::model::{Topology, default_subnet};
use serde_json::{Value, json};

/// Addresses of each subnet that AWS keeps for itself (SUB-03).
const RESERVED: usize = 5;

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.subnets.iter().map(|(name, subnet)| {
        let used = topology.network_interfaces.values().filter(|interface| interface.subnet == *name).count();
        let size = 1_usize << (32 - subnet.cidr.prefix_len());
        json!({
            "Name": subnet.tag,
            "LogicalId": name,
            "SubnetId": subnet.id,
            "VpcId": topology.vpcs[&subnet.vpc].id,
            "State": "available",
            "CidrBlock": subnet.cidr,
            "AvailableIpAddressCount": size - RESERVED - used,
            "AvailabilityZone": subnet.az,
            "AvailabilityZoneId": subnet.az_id,
            "MapPublicIpOnLaunch": subnet.map_public_ip_on_launch,
            "DefaultForAz": *name == default_subnet(&subnet.az),
            "RouteTableId": topology.route_tables[&subnet.route_table].id,
        })
    });
    rows.collect()
}
