//! The outputs of a lab: a template's own, and names and addresses that one types, by the path in the file that
//! they belong to.

use crate::model::{Topology, aws_address, dns_name};
use std::collections::BTreeMap;

/// Output name to value, sorted: `endpoints.customer.dns_name` to `vpce-….amazonaws.com`.
pub type Outputs = BTreeMap<String, String>;

/// The outputs of a lab.
pub fn outputs(topology: &Topology) -> Outputs {
    let mut outputs = Outputs::new();
    for (name, instance) in &topology.instances {
        let interface = &topology.network_interfaces[&instance.interface];
        outputs.insert(format!("instances.{name}.private_ip"), interface.private_ip.to_string());
        if let Some(public) = &interface.public {
            outputs.insert(format!("instances.{name}.public_ip"), public.ip.to_string());
        }
    }
    for (name, host) in &topology.on_premises_hosts {
        outputs.insert(format!("on_premises.{name}.address"), host.address.to_string());
    }
    for (name, gateway) in &topology.nat_gateways {
        let interface = &topology.network_interfaces[&gateway.interface];
        outputs.insert(format!("nat_gateways.{name}.private_ip"), interface.private_ip.to_string());
        if let Some(public) = &interface.public {
            outputs.insert(format!("nat_gateways.{name}.public_ip"), public.ip.to_string());
        }
    }
    for (name, balancer) in &topology.load_balancers {
        outputs.insert(format!("load_balancers.{name}.dns_name"), balancer.dns_name.clone());
    }
    for (name, service) in &topology.endpoint_services {
        outputs.insert(format!("endpoint_services.{name}.service_name"), service.service_name.clone());
    }
    for (name, endpoint) in &topology.endpoints {
        outputs.insert(format!("endpoints.{name}.dns_name"), dns_name::endpoint_regional(topology, name));
        for az in endpoint.interfaces.keys() {
            let zonal = dns_name::endpoint_zonal(topology, name, az);
            outputs.insert(format!("endpoints.{name}.dns_names.{az}"), zonal);
        }
    }
    for (name, endpoint) in &topology.gateway_endpoints {
        let list = aws_address::prefix_list(topology.region_of(&endpoint.vpc), &endpoint.service);
        outputs.insert(format!("gateway_endpoints.{name}.prefix_list_id"), list.id);
    }
    let own = topology.outputs.iter();
    outputs.extend(own.filter_map(|output| Some((output.name.clone(), output.value.clone()?))));
    outputs
}
