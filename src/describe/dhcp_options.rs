//! `describe-dhcp-options`: the sets of the lab, and the account's default one.

use crate::model::{DhcpOptions, FIRST_ACCOUNT, NameServer, Topology};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    // One for each region.
    let of_regions = topology.regions().into_iter().map(|region| {
        let name = if *region == topology.region { "default".to_owned() } else { format!("default/{region}") };
        row(&name, &topology.default_dhcp_options(region))
    });
    let own = topology.dhcp_options.iter().map(|(name, options)| row(name.as_str(), options));
    own.chain(of_regions).collect()
}

fn row(name: &str, options: &DhcpOptions) -> Value {
    json!({
        "Name": options.tag,
        "LogicalId": name,
        "DhcpOptionsId": options.id,
        "OwnerId": FIRST_ACCOUNT,
        "DhcpConfigurations": configurations(options),
    })
}

/// `[{Key, Values: [{Value}]}]`, what is not said left out.
fn configurations(options: &DhcpOptions) -> Vec<Value> {
    let server = |server: &NameServer| match server {
        NameServer::AmazonProvided => "AmazonProvidedDNS".to_owned(),
        NameServer::Address(address) => address.to_string(),
    };
    let all = [
        ("domain-name", options.domain_name.iter().cloned().collect::<Vec<_>>()),
        ("domain-name-servers", options.domain_name_servers.iter().map(server).collect()),
        ("ntp-servers", options.ntp_servers.iter().map(ToString::to_string).collect()),
    ];
    let said = all.into_iter().filter(|(_, values)| !values.is_empty());
    said.map(|(key, values)| {
        let values: Vec<_> = values.into_iter().map(|value| json!({ "Value": value })).collect();
        json!({ "Key": key, "Values": values })
    })
    .collect()
}
