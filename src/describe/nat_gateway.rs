//! `describe-nat-gateways` (NAT-01).

use crate::model::{Id, Topology};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.nat_gateways.iter().map(|(name, gateway)| {
        let interface = &topology.network_interfaces[&gateway.interface];
        let public = interface.public.as_ref();
        let allocation = public.and_then(|public| public.allocation.as_ref());
        json!({
            "Name": gateway.tag,
            "LogicalId": name,
            "NatGatewayId": gateway.id,
            "State": "available",
            "ConnectivityType": gateway.connectivity.as_str(),
            "VpcId": topology.vpcs[&gateway.vpc].id,
            "SubnetId": topology.subnets[&gateway.subnet].id,
            "NatGatewayAddresses": [{
                "AllocationId": allocation,
                "AssociationId": allocation.map(|id| Id::derive(&topology.lab, "eipassoc", id.as_str())),
                "IsPrimary": true,
                "NetworkInterfaceId": interface.id,
                "PrivateIp": interface.private_ip,
                "PublicIp": public.map(|public| public.ip),
                "Status": "succeeded",
            }],
        })
    });
    rows.collect()
}
