//! Hosts on premises, of which AWS knows nothing: the fields are the lab's own.

use crate::model::Topology;
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.on_premises_hosts.iter().map(|(name, host)| {
        let site = &topology.sites[&host.site];
        json!({
            "Name": name,
            "LogicalId": name,
            "Site": host.site,
            "IpAddress": host.address,
            "MacAddress": host.mac.to_string(),
            "SiteCidrBlocks": site.cidrs,
            "SitePublicIp": site.public_ip,
        })
    });
    rows.collect()
}
