//! `describe-addresses`: the elastic IPs that an interface has.

use crate::model::{Owner, Topology};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.network_interfaces.iter().flat_map(|(name, interface)| {
        interface.addresses().filter_map(move |(private_ip, public)| {
            let public = public?;
            let allocation = public.allocation.as_ref()?;
            let instance = match &interface.owner {
                Owner::Instance(name) => Some(&topology.instances[name]),
                Owner::LoadBalancer(_)
                | Owner::Endpoint(_)
                | Owner::NatGateway(_)
                | Owner::ResolverEndpoint(_)
                | Owner::Nobody => None,
            };
            Some(json!({
                "Name": instance.map_or(name.last(), |instance| &instance.tag),
                "LogicalId": name,
                "PublicIp": public.ip,
                "AllocationId": allocation,
                "Domain": "vpc",
                "InstanceId": instance.map(|instance| &instance.id),
                "NetworkInterfaceId": interface.id,
                "PrivateIpAddress": private_ip,
            }))
        })
    });
    rows.collect()
}
