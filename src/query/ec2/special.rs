//! The calls of EC2 that are no plain list of one kind of resource.

use super::{
    super::{Lab, Read, error::Error, leave_out, only, parameters::Parameters},
    Describe, calls, choose,
    identity::{Identity, Refusal},
    listed, services,
};
use crate::{
    describe::{self, Kind},
    model::Id,
};
use serde_json::{Map, Value, json};

type Answer = Result<Map<String, Value>, Error>;

/// What answers the call of that name.
pub(super) fn find(name: &str) -> Option<Read> {
    let read: Read = match name {
        "DescribeInstances" => describe_instances,
        "DescribeKeyPairs" => describe_key_pairs,
        "DescribePrefixLists" => describe_prefix_lists,
        "DescribeManagedPrefixLists" => describe_managed_prefix_lists,
        "GetManagedPrefixListEntries" => get_managed_prefix_list_entries,
        "DescribeAvailabilityZones" => describe_availability_zones,
        "DescribeRegions" => describe_regions,
        "DescribeVpcAttribute" => describe_vpc_attribute,
        "DescribeTags" => describe_tags,
        "DescribeVpcEndpointServices" => services::describe_vpc_endpoint_services,
        "DescribeVpcEndpointServicePermissions" => services::describe_vpc_endpoint_service_permissions,
        _ => return None,
    };
    Some(read)
}

const INSTANCES: Describe = Describe {
    member: "Reservations",
    kind: Kind::Instances,
    by: &[Identity {
        parameter: "InstanceId",
        field: "InstanceId",
        refusal: Refusal::Id { prefix: "i", stem: "InvalidInstanceID", noun: "instance ID" },
    }],
    filters: &[
        "architecture",
        "availability-zone=Placement/AvailabilityZone",
        "availability-zone-id=Placement/AvailabilityZoneId",
        "dns-name=PublicDnsName",
        "hypervisor",
        "iam-instance-profile.arn=IamInstanceProfile/Arn",
        "image-id",
        "instance-id",
        "instance-state-code=State/Code",
        "instance-state-name=State/Name",
        "instance-type",
        "instance.group-id=SecurityGroups/*/GroupId",
        "instance.group-name=SecurityGroups/*/GroupName",
        "ip-address=PublicIpAddress",
        "key-name",
        "launch-index=AmiLaunchIndex",
        "launch-time",
        "metadata-options.http-endpoint=MetadataOptions/HttpEndpoint",
        "metadata-options.http-put-response-hop-limit=MetadataOptions/HttpPutResponseHopLimit",
        "metadata-options.http-tokens=MetadataOptions/HttpTokens",
        "metadata-options.instance-metadata-tags=MetadataOptions/InstanceMetadataTags",
        "metadata-options.state=MetadataOptions/State",
        "monitoring-state=Monitoring/State",
        "network-interface.addresses.private-ip-address=NetworkInterfaces/*/PrivateIpAddresses/*/PrivateIpAddress",
        "network-interface.association.public-ip=NetworkInterfaces/*/Association/PublicIp",
        "network-interface.group-id=NetworkInterfaces/*/Groups/*/GroupId",
        "network-interface.mac-address=NetworkInterfaces/*/MacAddress",
        "network-interface.network-interface-id=NetworkInterfaces/*/NetworkInterfaceId",
        "network-interface.private-ip-address=NetworkInterfaces/*/PrivateIpAddress",
        "network-interface.subnet-id=NetworkInterfaces/*/SubnetId",
        "network-interface.vpc-id=NetworkInterfaces/*/VpcId",
        "owner-id=NetworkInterfaces/*/OwnerId",
        "private-dns-name",
        "private-ip-address=NetworkInterfaces/*/PrivateIpAddresses/*/PrivateIpAddress",
        "root-device-name",
        "root-device-type",
        "source-dest-check",
        "subnet-id",
        "tag",
        "tenancy=Placement/Tenancy",
        "virtualization-type",
        "vpc-id",
    ],
    accepted: &["IncludeManagedResources"],
    leave_out: &[],
};

/// Each instance in a reservation of its own, as if they had been launched one by one.
fn describe_instances(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    let (instances, next) = INSTANCES.read(lab, parameters)?;
    let reservations = instances.into_iter().map(|instance| {
        let id = Id::derive(&lab.topology.lab, "r", instance["InstanceId"].as_str().unwrap_or_default());
        let owner = describe::owner(lab.topology, &instance);
        json!({ "ReservationId": id, "OwnerId": owner, "Groups": [], "Instances": [instance] })
    });
    Ok(listed(INSTANCES.member, reservations.collect(), next))
}

const KEY_PAIRS: Describe = Describe {
    member: "KeyPairs",
    kind: Kind::KeyPairs,
    by: &[
        Identity {
            parameter: "KeyName",
            field: "KeyName",
            refusal: Refusal::Name { code: "InvalidKeyPair.NotFound", words: ("The key pair '", "' does not exist") },
        },
        Identity {
            parameter: "KeyPairId",
            field: "KeyPairId",
            refusal: Refusal::Id { prefix: "key", stem: "InvalidKeyPairID", noun: "key pair ID" },
        },
    ],
    filters: &["fingerprint=KeyFingerprint", "key-name", "key-pair-id", "tag"],
    accepted: &["IncludePublicKey"],
    leave_out: &[],
};

fn describe_key_pairs(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    let with_key = parameters.flag("IncludePublicKey")?;
    let (mut pairs, next) = KEY_PAIRS.read(lab, parameters)?;
    if !with_key {
        for pair in &mut pairs {
            leave_out(pair, "PublicKey");
        }
    }
    Ok(listed(KEY_PAIRS.member, pairs, next))
}

const PREFIX_LISTS: Describe = Describe {
    member: "PrefixLists",
    kind: Kind::PrefixLists,
    by: &[Identity {
        parameter: "PrefixListId",
        field: "PrefixListId",
        refusal: Refusal::Id { prefix: "pl", stem: "InvalidPrefixListID", noun: "prefix list ID" },
    }],
    filters: &["owner-id", "prefix-list-id", "prefix-list-name"],
    accepted: &[],
    leave_out: &[],
};

/// Takes out all members but these.
fn keep(resource: &mut Value, members: &[&str]) {
    if let Some(object) = resource.as_object_mut() {
        object.retain(|member, _| members.contains(&member.as_str()));
    }
}

/// The lists of AWS's services alone, with their networks (GWE-03).
fn describe_prefix_lists(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    let all = describe::resources(Kind::PrefixLists, lab.topology, lab.health);
    let mut of_aws: Vec<_> = all.into_iter().filter(|list| is_of_aws(list) && is_here(lab, list)).collect();
    for list in &mut of_aws {
        keep(list, &["Cidrs", "PrefixListId", "PrefixListName"]);
    }
    let call = Describe { filters: &["prefix-list-id", "prefix-list-name"], ..PREFIX_LISTS };
    let (lists, next) = choose(&call, parameters, of_aws)?;
    Ok(listed(call.member, lists, next))
}

fn is_of_aws(list: &Value) -> bool {
    list.get("OwnerId").is_none_or(|owner| owner == "AWS")
}

/// Whether a list of AWS's is that of the region that is asked: they are named after it.
fn is_here(lab: &Lab<'_>, list: &Value) -> bool {
    let name = list["PrefixListName"].as_str().unwrap_or_default();
    name.split('.').any(|part| part == lab.region.as_str() || part == "global")
}

fn describe_managed_prefix_lists(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    let (lists, next) = choose(&PREFIX_LISTS, parameters, managed_prefix_lists(lab))?;
    let fields = [
        "AddressFamily",
        "MaxEntries",
        "OwnerId",
        "PrefixListArn",
        "PrefixListId",
        "PrefixListName",
        "State",
        "Tags",
        "Version",
    ];
    let kept = lists.into_iter().map(|mut list| {
        keep(&mut list, &fields);
        list
    });
    Ok(listed(PREFIX_LISTS.member, kept.collect(), next))
}

/// The caller's own lists and those of AWS, complete.
fn managed_prefix_lists(lab: &Lab<'_>) -> Vec<Value> {
    let all = describe::resources(Kind::PrefixLists, lab.topology, lab.health);
    let is_seen = |list: &Value| if is_of_aws(list) { is_here(lab, list) } else { lab.has(list) };
    let seen = all.into_iter().filter(is_seen);
    let complete = seen.map(|mut list| {
        let (id, of_aws) = (list["PrefixListId"].as_str().unwrap_or_default().to_owned(), is_of_aws(&list));
        let owner = if of_aws { "aws" } else { lab.caller.account.as_str() };
        let arn = format!("arn:aws:ec2:{}:{owner}:prefix-list/{id}", lab.region);
        list["PrefixListArn"] = json!(arn);
        if of_aws {
            list["OwnerId"] = json!("AWS");
            list["AddressFamily"] = json!("IPv4");
            list["State"] = json!("create-complete");
        } else if list.get("Tags").is_none() {
            list["Tags"] = json!([{ "Key": "Name", "Value": list["Name"] }]);
        }
        list
    });
    complete.collect()
}

fn get_managed_prefix_list_entries(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    only(parameters, &["PrefixListId", "TargetVersion", "MaxResults", "NextToken"])?;
    let id = parameters.get("PrefixListId").ok_or_else(|| Error::missing("PrefixListId"))?;
    let named = Parameters::parse(&format!("PrefixListId.1={id}"))?;
    let list = PREFIX_LISTS.by[0].choose(&named, managed_prefix_lists(lab))?.swap_remove(0);
    let cidrs = list["Cidrs"].as_array().into_iter().flatten().map(|cidr| json!({ "Cidr": cidr }));
    let entries = list.get("Entries").and_then(Value::as_array).cloned().unwrap_or_else(|| cidrs.collect());
    let (entries, next) = super::page::part(super::Service::Ec2, super::EC2, parameters, entries)?;
    Ok(listed("Entries", entries, next))
}

/// Chooses among resources that are nobody's by name and filter, without parts.
fn of_aws(call: &Describe, parameters: &Parameters, resources: Vec<Value>) -> Answer {
    let (resources, _) = choose(call, parameters, resources)?;
    Ok(listed(call.member, resources, None))
}

fn describe_availability_zones(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    const INVALID: Refusal =
        Refusal::Name { code: "InvalidParameterValue", words: ("Invalid availability zone: [", "]") };
    let call = Describe {
        member: "AvailabilityZones",
        kind: Kind::Subnets,
        by: &[
            Identity { parameter: "ZoneName", field: "ZoneName", refusal: INVALID },
            Identity { parameter: "ZoneId", field: "ZoneId", refusal: INVALID },
        ],
        filters: &["group-name", "opt-in-status", "region-name", "state", "zone-id", "zone-name", "zone-type"],
        accepted: &["AllAvailabilityZones"],
        leave_out: &[],
    };
    of_aws(&call, parameters, describe::availability_zones(lab.topology, lab.region, &lab.caller.account))
}

fn describe_regions(_: &Lab<'_>, parameters: &Parameters) -> Answer {
    let call = Describe {
        member: "Regions",
        kind: Kind::Subnets,
        by: &[Identity {
            parameter: "RegionName",
            field: "RegionName",
            refusal: Refusal::Name { code: "InvalidParameterValue", words: ("Invalid region provided: ", "") },
        }],
        filters: &["endpoint", "opt-in-status", "region-name"],
        accepted: &["AllRegions"],
        leave_out: &[],
    };
    of_aws(&call, parameters, describe::regions())
}

fn describe_vpc_attribute(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    only(parameters, &["Attribute", "VpcId"])?;
    let id = parameters.get("VpcId").ok_or_else(|| Error::missing("VpcId"))?;
    let attribute = parameters.get("Attribute").ok_or_else(|| Error::missing("Attribute"))?;
    let own = describe::resources(Kind::Vpcs, lab.topology, lab.health);
    let own = own.into_iter().filter(|vpc| lab.has(vpc)).collect();
    let named = Parameters::parse(&format!("VpcId.1={id}"))?;
    let by = &calls::row("DescribeVpcs").expect("the call has a row").by[0];
    let vpc = by.choose(&named, own)?.swap_remove(0);
    let (member, value) = match attribute {
        "enableDnsSupport" => ("EnableDnsSupport", vpc["EnableDnsSupport"].clone()),
        "enableDnsHostnames" => ("EnableDnsHostnames", vpc["EnableDnsHostnames"].clone()),
        "enableNetworkAddressUsageMetrics" => ("EnableNetworkAddressUsageMetrics", json!(false)),
        other => {
            let message = format!("Value ({other}) for parameter attribute is invalid. Unknown attribute.");
            return Err(Error::new("InvalidParameterValue", message));
        }
    };
    Ok(Map::from_iter([("VpcId".to_owned(), json!(id)), (member.to_owned(), json!({ "Value": value }))]))
}

/// The tags of all that has some, with AWS's word for what it is.
const TAGGED: &[(&str, &str, &str)] = &[
    ("DescribeVpcs", "VpcId", "vpc"),
    ("DescribeSubnets", "SubnetId", "subnet"),
    ("DescribeRouteTables", "RouteTableId", "route-table"),
    ("DescribeInternetGateways", "InternetGatewayId", "internet-gateway"),
    ("DescribeVpnGateways", "VpnGatewayId", "vpn-gateway"),
    ("DescribeCustomerGateways", "CustomerGatewayId", "customer-gateway"),
    ("DescribeVpcPeeringConnections", "VpcPeeringConnectionId", "vpc-peering-connection"),
    ("DescribeNatGateways", "NatGatewayId", "natgateway"),
    ("DescribeSecurityGroups", "GroupId", "security-group"),
    ("DescribeNetworkAcls", "NetworkAclId", "network-acl"),
    ("DescribeNetworkInterfaces", "NetworkInterfaceId", "network-interface"),
    ("DescribeVpcEndpoints", "VpcEndpointId", "vpc-endpoint"),
    ("DescribeVpcEndpointServiceConfigurations", "ServiceId", "vpc-endpoint-service"),
];

fn describe_tags(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    let rows = TAGGED.iter().map(|(call, id, kind)| (calls::row(call).expect("the call has a row"), *id, *kind));
    let mut tags = Vec::new();
    for (call, id, kind) in rows.chain([(&INSTANCES, "InstanceId", "instance")]) {
        let resources = super::own(call, lab);
        for resource in &resources {
            let own = resource.get("Tags").or_else(|| resource.get("TagSet")).and_then(Value::as_array);
            tags.extend(own.into_iter().flatten().map(|tag| {
                json!({ "Key": tag["Key"], "ResourceId": resource[id], "ResourceType": kind, "Value": tag["Value"] })
            }));
        }
    }
    tags.sort_by_key(|tag| format!("{}\n{}", tag["ResourceId"], tag["Key"]));
    let call = Describe {
        member: "Tags",
        kind: Kind::Vpcs,
        by: &[],
        filters: &["key", "resource-id", "resource-type", "value"],
        accepted: &[],
        leave_out: &[],
    };
    let (tags, next) = choose(&call, parameters, tags)?;
    Ok(listed(call.member, tags, next))
}
