//! `describe-managed-prefix-lists` with the entries: the lab's own lists, and those of AWS that rules and routes may name
//! (GWE-03).

use crate::model::{PrefixList, Topology, aws_address};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let of_region = |region| aws_address::prefix_lists(region).into_values().chain([aws_address::cloudfront(region)]);
    let of_aws = topology.regions().into_iter().flat_map(of_region).map(|list| {
        json!({
            "Name": "",
            "LogicalId": list.name,
            "PrefixListId": list.id,
            "PrefixListName": list.name,
            "OwnerId": "AWS",
            "Cidrs": list.cidrs,
        })
    });
    let own = topology.prefix_lists.iter().map(|(name, list)| {
        json!({
            "Name": list.tag,
            "LogicalId": name,
            "PrefixListId": list.id,
            "PrefixListName": list.prefix_list_name,
            "OwnerId": crate::model::FIRST_ACCOUNT,
            "AddressFamily": "IPv4",
            "State": if list.version == 1 { "create-complete" } else { "modify-complete" },
            "MaxEntries": list.max_entries,
            "Version": list.version,
            "Cidrs": list.entries.iter().map(|entry| entry.cidr).collect::<Vec<_>>(),
            "Entries": entries(list),
        })
    });
    own.chain(of_aws).collect()
}

/// As `get-managed-prefix-list-entries` has them.
fn entries(list: &PrefixList) -> Vec<Value> {
    let entry = list.entries.iter().map(|entry| match &entry.description {
        Some(description) => json!({ "Cidr": entry.cidr, "Description": description }),
        None => json!({ "Cidr": entry.cidr }),
    });
    entry.collect()
}
