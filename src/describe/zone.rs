//! `describe-availability-zones` and `describe-regions` (SUB-06). They are AWS's and not a lab's, so `show` does not
//! list them.

use crate::model::{Region, Topology};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The zones of a region as an account names them. What no subnet tells means what is left, in order.
pub fn availability_zones(topology: &Topology, region: &Region, account: &str) -> Vec<Value> {
    let own = topology.subnets.values().filter(|subnet| topology.vpcs[&subnet.vpc].account == account);
    let told: BTreeMap<_, _> = own.map(|subnet| (&subnet.az, subnet.az_id.clone())).collect();
    let azs = region.azs();
    let ids = azs.iter().map(|az| region.az_id(az));
    let mut left = ids.filter(|id| !told.values().any(|taken| taken == id)).collect::<Vec<_>>().into_iter();
    let zones = azs.iter().map(|zone| {
        let id = told.get(zone).cloned().or_else(|| left.next());
        let is_up = id.as_deref().is_none_or(|id| !topology.is_zone_failed(id));
        json!({
            "OptInStatus": "opt-in-not-required",
            "Messages": [],
            "RegionName": region,
            "ZoneName": zone,
            "ZoneId": id,
            "GroupName": format!("{region}-zg-1"),
            "NetworkBorderGroup": region,
            "ZoneType": "availability-zone",
            "State": if is_up { "available" } else { "unavailable" },
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
