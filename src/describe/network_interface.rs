//! `describe-network-interfaces`, those that AWS runs among them (ENI-05).

use super::groups;
use crate::model::{Name, NetworkInterface, Owner, PublicAddress, Topology, dns_name};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.network_interfaces.iter().map(|(name, interface)| {
        let use_ = usage(topology, name, interface);
        json!({
            "Name": interface.tag.as_deref().unwrap_or(use_.tag),
            "LogicalId": name,
            "NetworkInterfaceId": interface.id,
            "InterfaceType": use_.kind,
            "RequesterManaged": !matches!(interface.owner, Owner::Instance(_) | Owner::Nobody),
            "Description": use_.description,
            "Status": if interface.owner == Owner::Nobody { "available" } else { "in-use" },
            "SourceDestCheck": interface.source_dest_check,
            "VpcId": topology.vpcs[&interface.vpc].id,
            "SubnetId": topology.subnets[&interface.subnet].id,
            "AvailabilityZone": topology.az_of(interface),
            "MacAddress": interface.mac.to_string(),
            "PrivateIpAddress": interface.private_ip,
            "PrivateDnsName": dns_name::instance_private(&topology.vpcs[&interface.vpc], interface.private_ip),
            "PrivateIpAddresses": addresses(topology, interface),
            "Association": association(topology, interface, interface.public.as_ref()),
            "Groups": groups(topology, &interface.security_groups),
            "Attachment": use_.attachment,
        })
    });
    rows.collect()
}

/// What the interface's owner makes of it.
struct Usage<'a> {
    tag: &'a str,
    kind: &'static str,
    description: String,
    attachment: Value,
}

fn usage<'a>(topology: &'a Topology, own: &Name, interface: &NetworkInterface) -> Usage<'a> {
    match &interface.owner {
        Owner::Instance(name) => {
            let instance = &topology.instances[name];
            let index = instance.interfaces().find(|(_, name)| *name == own).map(|(index, _)| index);
            Usage {
                tag: &instance.tag,
                kind: "interface",
                description: String::new(),
                attachment: json!({ "InstanceId": instance.id, "DeviceIndex": index, "Status": "attached" }),
            }
        }
        Owner::Nobody => Usage { tag: "", kind: "interface", description: String::new(), attachment: Value::Null },
        Owner::LoadBalancer(name) => {
            let balancer = &topology.load_balancers[name];
            let path = balancer.arn.rsplit_once("loadbalancer/").map_or("", |(_, path)| path);
            Usage {
                tag: &balancer.tag,
                kind: "network_load_balancer",
                description: format!("ELB {path}"),
                attachment: json!({ "InstanceOwnerId": "amazon-elb", "DeviceIndex": 1, "Status": "attached" }),
            }
        }
        Owner::Endpoint(name) => {
            let endpoint = &topology.endpoints[name];
            Usage {
                tag: &endpoint.tag,
                kind: "vpc_endpoint",
                description: format!("VPC Endpoint Interface {}", endpoint.id),
                attachment: json!({ "InstanceOwnerId": "amazon-aws", "DeviceIndex": 1, "Status": "attached" }),
            }
        }
        Owner::ResolverEndpoint(name) => {
            let endpoint = &topology.resolver_endpoints[name];
            Usage {
                tag: &endpoint.tag,
                kind: "interface",
                description: format!("Route 53 Resolver: {}:rni-{}", endpoint.id, &interface.id.digits()[..17]),
                attachment: json!({ "InstanceOwnerId": "amazon-aws", "DeviceIndex": 1, "Status": "attached" }),
            }
        }
        Owner::NatGateway(name) => {
            let gateway = &topology.nat_gateways[name];
            Usage {
                tag: &gateway.tag,
                kind: "natGateway",
                description: format!("Interface for NAT Gateway {}", gateway.id),
                attachment: json!({ "InstanceOwnerId": "amazon-aws", "DeviceIndex": 1, "Status": "attached" }),
            }
        }
    }
}

/// Each private address with the public one that stands for it.
fn addresses(topology: &Topology, interface: &NetworkInterface) -> Vec<Value> {
    let rows = interface.addresses().map(|(address, public)| {
        json!({
            "PrivateIpAddress": address,
            "PrivateDnsName": dns_name::instance_private(&topology.vpcs[&interface.vpc], address),
            "Primary": address == interface.private_ip,
            "Association": association(topology, interface, public),
        })
    });
    rows.collect()
}

fn association(topology: &Topology, interface: &NetworkInterface, public: Option<&PublicAddress>) -> Value {
    let Some(public) = public else { return Value::Null };
    let vpc = &topology.vpcs[&interface.vpc];
    json!({
        "PublicIp": public.ip,
        "PublicDnsName": dns_name::instance_public(vpc, public.ip).unwrap_or_default(),
        "IpOwnerId": if public.allocation.is_some() { &vpc.account } else { "amazon" },
        "AllocationId": public.allocation,
    })
}
