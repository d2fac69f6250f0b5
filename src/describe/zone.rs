//! `describe-availability-zones` and `describe-regions` (SUB-06). They are AWS's and not a lab's, so `show` does not
//! list them.

use crate::model::{Region, Topology};
use serde_json::{Value, json};

/// The zones of the lab's region.
pub fn availability_zones(topology: &Topology) -> Vec<Value> {
    let region = &topology.region;
    let zones = region.azs().into_iter().map(|zone| {
        json!({
            "OptInStatus": "opt-in-not-required",
            "Messages": [],
            "RegionName": region,
            "ZoneName": zone,
            "ZoneId": region.az_id(&zone),
            "GroupName": format!("{region}-zg-1"),
            "NetworkBorderGroup": region,
            "ZoneType": "availability-zone",
            "State": "available",
        })
    });
    zones.collect()
}

/// The regions that are known.
pub fn regions() -> Vec<Value> {
    let region = |name| {
        json!({
            "OptInStatus": "opt-in-not-required",
            "RegionName": name,
            "Endpoint": format!("ec2.{name}.amazonaws.com"),
        })
    };
    Region::names().map(region).collect()
}
