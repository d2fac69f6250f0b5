//! What AWS says of every resource of a kind alike, added to what each noun's file says of it: tags, owners, ARNs, times,
//! and the fields that are the same for all in a lab. What a noun's file says already stays as it is.

use super::{Kind, network_interface};
use crate::model::{FIRST_ACCOUNT, Id, Region, Topology, Vpc};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Adds to each resource of a kind.
pub(super) fn add(kind: Kind, topology: &Topology, objects: &mut [Value]) {
    let interfaces = if kind == Kind::Instances { interfaces(topology) } else { BTreeMap::new() };
    for object in objects.iter_mut().filter_map(Value::as_object_mut) {
        let owner = owner(topology, object);
        match kind {
            Kind::Subnets => subnet(topology, object, &owner),
            Kind::InternetGateways => put(object, "OwnerId", json!(owner)),
            Kind::SecurityGroups => arn(topology, object, &owner, ("SecurityGroupArn", "security-group", "GroupId")),
            Kind::NetworkInterfaces => interface(topology, object, &owner),
            Kind::Instances => instance(topology, object, &interfaces),
            Kind::Images => image(object),
            Kind::Addresses => address(topology, object, &owner),
            Kind::NatGateways => time(topology, object, "CreateTime", "NatGatewayId"),
            Kind::KeyPairs => time(topology, object, "CreateTime", "KeyPairId"),
            Kind::Endpoints | Kind::EndpointConnections => {
                time(topology, object, "CreationTimestamp", "VpcEndpointId");
            }
            Kind::LoadBalancers => time(topology, object, "CreatedTime", "LoadBalancerArn"),
            Kind::TargetGroups => {
                put(object, "HealthCheckEnabled", json!(true));
                put(object, "IpAddressType", json!("ipv4"));
            }
            _ => {}
        }
        tags(kind, topology, object);
    }
}

/// When a resource came into the lab, in ISO 8601; `null` where that is not known.
fn created(topology: &Topology, id: &str) -> Value {
    json!(topology.created.get(id))
}

fn put(object: &mut Map<String, Value>, field: &str, value: Value) {
    if !object.contains_key(field) && !value.is_null() {
        object.insert(field.to_owned(), value);
    }
}

fn time(topology: &Topology, object: &mut Map<String, Value>, field: &str, id: &str) {
    let created = object.get(id).and_then(Value::as_str).map_or(Value::Null, |id| created(topology, id));
    put(object, field, created);
}

/// The VPC to which a resource belongs: by its id, or by what it hangs on; none of what is of no VPC.
fn vpc_of<'a>(topology: &'a Topology, object: &Map<String, Value>) -> Option<&'a Vpc> {
    let text = |field: &str| object.get(field).and_then(Value::as_str);
    let attachments = ["Attachments", "VpcAttachments"].iter().find_map(|field| object.get(*field));
    let attached = attachments.and_then(|list| list.get(0)).and_then(|first| first["VpcId"].as_str());
    if let Some(id) = text("VpcId").or(attached) {
        return topology.vpcs.values().find(|vpc| vpc.id.as_str() == id);
    }
    let of_interface = |id: &str| topology.network_interfaces.values().find(|one| one.id.as_str() == id);
    let of_balancer = |arn: &str| topology.load_balancers.values().find(|one| one.arn == arn);
    let of_group = |arn: &str| topology.target_groups.values().find(|one| one.arn == arn);
    let of_rule = |id: &str| topology.security_groups.values().find(|one| one.id.as_str() == id);
    let of_service = |id: &str| {
        let service = topology.endpoint_services.values().find(|one| one.id.as_str() == id)?;
        service.load_balancers.first().map(|balancer| &topology.load_balancers[balancer].vpc)
    };
    let name = text("LoadBalancerArn")
        .and_then(of_balancer)
        .map(|one| &one.vpc)
        .or_else(|| text("TargetGroupArn").and_then(of_group).map(|one| &one.vpc))
        .or_else(|| text("ServiceId").and_then(of_service))
        .or_else(|| text("GroupId").and_then(of_rule).map(|one| &one.vpc))
        .or_else(|| text("NetworkInterfaceId").and_then(of_interface).map(|one| &one.vpc))?;
    Some(&topology.vpcs[name])
}

/// The account that has a resource: its own word, or that of its VPC; the first one's is what is of no VPC.
pub(super) fn owner(topology: &Topology, object: &Map<String, Value>) -> String {
    let own = object.get("OwnerId").or_else(|| object.get("GroupOwnerId")).and_then(Value::as_str);
    let of_vpc = || vpc_of(topology, object).map_or(FIRST_ACCOUNT, |vpc| &vpc.account);
    own.unwrap_or_else(of_vpc).to_owned()
}

/// The region in which a resource is: that of its VPC, or the lab's own.
pub(super) fn region<'a>(topology: &'a Topology, object: &Map<String, Value>) -> &'a Region {
    vpc_of(topology, object).map_or(&topology.region, |vpc| &vpc.region)
}

fn arn(topology: &Topology, object: &mut Map<String, Value>, owner: &str, (field, kind, id): (&str, &str, &str)) {
    let id = object[id].as_str().unwrap_or_default();
    let arn = format!("arn:aws:ec2:{}:{owner}:{kind}/{id}", region(topology, object));
    put(object, field, json!(arn));
}

fn subnet(topology: &Topology, object: &mut Map<String, Value>, owner: &str) {
    put(object, "OwnerId", json!(owner));
    put(object, "AssignIpv6AddressOnCreation", json!(false));
    put(object, "Ipv6Native", json!(false));
    put(object, "Ipv6CidrBlockAssociationSet", json!([]));
    arn(topology, object, owner, ("SubnetArn", "subnet", "SubnetId"));
}

/// SUB-06: the id of the zone that a subnet's account calls by the subnet's zone.
fn zone_id(topology: &Topology, subnet: &str) -> Value {
    json!(topology.subnets.values().find(|one| one.id.as_str() == subnet).map(|one| &one.az_id))
}

fn interface(topology: &Topology, object: &mut Map<String, Value>, owner: &str) {
    let is_managed = object["RequesterManaged"] == true;
    put(object, "OwnerId", json!(owner));
    put(object, "AvailabilityZoneId", zone_id(topology, text(object, "SubnetId")));
    put(object, "SourceDestCheck", json!(!is_managed));
    put(object, "Ipv6Addresses", json!([]));
    let primary = json!({
        "Primary": true,
        "PrivateDnsName": object["PrivateDnsName"],
        "PrivateIpAddress": object["PrivateIpAddress"],
        "Association": object["Association"],
    });
    put(object, "PrivateIpAddresses", json!([primary]));
    let logical = object["LogicalId"].as_str().unwrap_or_default();
    let attachment_id = Id::derive(&topology.lab, "eni-attach", logical);
    let created = created(topology, object["NetworkInterfaceId"].as_str().unwrap_or_default());
    if let Some(attachment) = object.get_mut("Attachment").and_then(Value::as_object_mut) {
        put(attachment, "AttachmentId", json!(attachment_id));
        put(attachment, "AttachTime", created);
        put(attachment, "DeleteOnTermination", json!(!is_managed));
        put(attachment, "NetworkCardIndex", json!(0));
        put(attachment, "InstanceOwnerId", json!(owner));
    }
}

/// Interfaces by their ids, as an instance lists its own.
fn interfaces(topology: &Topology) -> BTreeMap<String, Map<String, Value>> {
    let mut objects = network_interface::describe(topology);
    add(Kind::NetworkInterfaces, topology, &mut objects);
    let by_id = objects.into_iter().filter_map(|object| {
        let Value::Object(mut object) = object else { return None };
        let elsewhere = ["Name", "LogicalId", "RequesterManaged", "AvailabilityZone", "AvailabilityZoneId", "TagSet"];
        object.retain(|field, _| !elsewhere.contains(&field.as_str()));
        if let Some(attachment) = object.get_mut("Attachment").and_then(Value::as_object_mut) {
            attachment.retain(|field, _| !["InstanceId", "InstanceOwnerId"].contains(&field.as_str()));
        }
        let addresses = object.get_mut("PrivateIpAddresses").and_then(Value::as_array_mut);
        let associations = addresses.into_iter().flatten().filter_map(|address| address.get_mut("Association"));
        associations.for_each(of_instance);
        if let Some(association) = object.get_mut("Association") {
            of_instance(association);
        }
        Some((object["NetworkInterfaceId"].as_str()?.to_owned(), object))
    });
    by_id.collect()
}

/// An instance does not tell by which allocation it has an address.
fn of_instance(association: &mut Value) {
    if let Some(association) = association.as_object_mut() {
        association.retain(|field, _| !["AllocationId", "AssociationId"].contains(&field.as_str()));
    }
}

fn instance(topology: &Topology, object: &mut Map<String, Value>, known: &BTreeMap<String, Map<String, Value>>) {
    let listed = object.get_mut("NetworkInterfaces").and_then(Value::as_array_mut);
    for own in listed.into_iter().flatten().filter_map(Value::as_object_mut) {
        let Some(fields) = own["NetworkInterfaceId"].as_str().and_then(|id| known.get(id)) else { continue };
        fields.iter().for_each(|(field, value)| put(own, field, value.clone()));
    }
    let zone = zone_id(topology, text(object, "SubnetId"));
    if let Some(placement) = object.get_mut("Placement").and_then(Value::as_object_mut) {
        put(placement, "AvailabilityZoneId", zone);
        put(placement, "GroupName", json!(""));
        put(placement, "Tenancy", json!("default"));
    }
    time(topology, object, "LaunchTime", "InstanceId");
    for (field, value) in [
        ("AmiLaunchIndex", json!(0)),
        ("Architecture", json!("x86_64")),
        ("BlockDeviceMappings", json!([])),
        ("EbsOptimized", json!(false)),
        ("Hypervisor", json!("xen")),
        ("Monitoring", json!({ "State": "disabled" })),
        ("ProductCodes", json!([])),
        ("RootDeviceName", json!("/dev/xvda")),
        ("RootDeviceType", json!("ebs")),
        ("StateTransitionReason", json!("")),
        ("VirtualizationType", json!("hvm")),
    ] {
        put(object, field, value);
    }
}

fn image(object: &mut Map<String, Value>) {
    let location = format!("{}/{}", object["OwnerId"].as_str().unwrap_or_default(), text(object, "Name"));
    for (field, value) in [
        ("ImageLocation", json!(location)),
        ("Public", json!(false)),
        ("RootDeviceType", json!("ebs")),
        ("VirtualizationType", json!("hvm")),
        ("Hypervisor", json!("xen")),
    ] {
        put(object, field, value);
    }
}

/// EIP-04.
fn address(topology: &Topology, object: &mut Map<String, Value>, owner: &str) {
    let association = Id::derive(&topology.lab, "eipassoc", text(object, "AllocationId"));
    let border = region(topology, object);
    put(object, "AssociationId", json!(association));
    put(object, "NetworkInterfaceOwnerId", json!(owner));
    put(object, "PublicIpv4Pool", json!("amazon"));
    put(object, "NetworkBorderGroup", json!(border));
}

fn text<'a>(object: &'a Map<String, Value>, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// `[{Key, Value}]`, of the kinds that have tags: `Name`, and what the file says beside it.
fn tags(kind: Kind, topology: &Topology, object: &mut Map<String, Value>) {
    let tag = |key: &str, value: &str| json!({ "Key": key, "Value": value });
    let mut tags: Vec<_> = match kind {
        Kind::Vpcs
        | Kind::Subnets
        | Kind::RouteTables
        | Kind::InternetGateways
        | Kind::VpnGateways
        | Kind::CustomerGateways
        | Kind::VpnConnections
        | Kind::PeeringConnections
        | Kind::NatGateways
        | Kind::SecurityGroups
        | Kind::NetworkAcls
        | Kind::Instances
        | Kind::EndpointServices
        | Kind::Endpoints => {
            let name = text(object, "Name");
            (!name.is_empty()).then(|| tag("Name", name)).into_iter().collect()
        }
        // These are called otherwise, or after those who use them.
        Kind::NetworkInterfaces
        | Kind::KeyPairs
        | Kind::Images
        | Kind::Addresses
        | Kind::SecurityGroupRules
        | Kind::EndpointConnections => Vec::new(),
        _ => return,
    };
    if kind == Kind::Instances {
        let instance = topology.instances.values().find(|one| one.id.as_str() == text(object, "InstanceId"));
        let others = instance.into_iter().flat_map(|instance| &instance.tags).filter(|(key, _)| *key != "Name");
        tags.extend(others.map(|(key, value)| tag(key, value)));
    }
    put(object, if kind == Kind::NetworkInterfaces { "TagSet" } else { "Tags" }, json!(tags));
}
