//! `describe-prefix-lists`: the networks of AWS's services to which gateway endpoints lead (GWE-03).

use crate::model::{Topology, aws_address};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.regions().into_iter().flat_map(aws_address::prefix_lists).map(|(_, list)| {
        json!({
            "Name": "",
            "LogicalId": list.name,
            "PrefixListId": list.id,
            "PrefixListName": list.name,
            "Cidrs": list.cidrs,
        })
    });
    rows.collect()
}
