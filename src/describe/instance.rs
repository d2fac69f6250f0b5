//! `describe-instances`, without the reservations around them.

use super::groups;
use crate::model::{Instance, MetadataOptions, Topology, dns_name};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.instances.iter().map(|(name, instance)| {
        let interface = &topology.network_interfaces[&instance.interface];
        let vpc = &topology.vpcs[&interface.vpc];
        let public = interface.public.as_ref().map(|public| public.ip);
        let public_name = public.and_then(|ip| dns_name::instance_public(vpc, ip));
        json!({
            "Name": instance.tag,
            "LogicalId": name,
            "InstanceId": instance.id,
            "ImageId": topology.image_id(instance),
            "InstanceType": instance.instance_type(),
            "State": { "Code": 16, "Name": "running" },
            "Placement": { "AvailabilityZone": topology.az_of(interface) },
            "VpcId": vpc.id,
            "SubnetId": topology.subnets[&interface.subnet].id,
            "KeyName": instance.key_pair.as_ref().map(|name| &topology.key_pairs[name].key_name),
            "PrivateIpAddress": interface.private_ip,
            "PrivateDnsName": dns_name::instance_private(vpc, interface.private_ip),
            "PublicIpAddress": public,
            "PublicDnsName": public_name.unwrap_or_default(),
            "SourceDestCheck": interface.source_dest_check,
            "IamInstanceProfile": instance.iam_role.as_ref().map(|role| profile(&vpc.account, role)),
            "MetadataOptions": metadata_options(&instance.metadata_options),
            "SecurityGroups": groups(topology, &interface.security_groups),
            "NetworkInterfaces": interfaces(topology, instance),
        })
    });
    rows.collect()
}

/// Its interfaces, the first one first.
fn interfaces(topology: &Topology, instance: &Instance) -> Vec<Value> {
    let interfaces = instance.interfaces().map(|(_, name)| &topology.network_interfaces[name]);
    let rows = interfaces
        .map(|interface| json!({ "NetworkInterfaceId": interface.id, "MacAddress": interface.mac.to_string() }));
    rows.collect()
}

/// In a lab a profile is called as its role.
fn profile(account: &str, role: &str) -> Value {
    json!({ "Arn": format!("arn:aws:iam::{account}:instance-profile/{role}") })
}

fn metadata_options(options: &MetadataOptions) -> Value {
    let word = |is_on: bool, on: &'static str, off: &'static str| if is_on { on } else { off };
    json!({
        "State": "applied",
        "HttpTokens": word(options.tokens_required, "required", "optional"),
        "HttpPutResponseHopLimit": options.hop_limit,
        "HttpEndpoint": word(options.endpoint, "enabled", "disabled"),
        "InstanceMetadataTags": word(options.instance_tags, "enabled", "disabled"),
    })
}
