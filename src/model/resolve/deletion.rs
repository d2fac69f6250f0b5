//! What AWS refuses to delete: what a file no longer has, while something in it still needs it (DEL-01 to DEL-06).
//!
//! A file says what is to be, not in which order. So an order of deletion is a series of files, and a wrong order is
//! a file that names what it has left out. If that runs, what is wrong is not a name but the deletion.

use super::{
    super::{
        ConnectionState, Id, Name, Provider,
        draft::{self, Draft, Ref, Text},
    },
    Resolver,
};

/// The way out of a deletion that AWS refuses.
const STILL_USED: &str =
    "it runs and is not in this file any more, but this still uses it: take this out first, or with it";

/// The way out where AWS deletes, and leaves something behind that leads nowhere.
const LEFT_BEHIND: &str =
    "it runs and is not in this file any more; AWS would leave this route as a `blackhole`: write that, or take it out";

/// What AWS says when somebody deletes a resource that is in use, and what to do. None for what it deletes, or
/// does not have.
pub(super) fn refusal(kind: &str, name: &Name) -> Option<(String, &'static str)> {
    let message = match kind {
        // DEL-01, DEL-03, RT-10, NACL-08
        "VPC" => format!("the vpc `{name}` has dependencies and cannot be deleted (DependencyViolation)"),
        "subnet" => format!("the subnet `{name}` has dependencies and cannot be deleted (DependencyViolation)"),
        "route table" => {
            format!("the routeTable `{name}` has dependencies and cannot be deleted (DependencyViolation)")
        }
        "network ACL" => {
            format!("the network ACL `{name}` has dependencies and cannot be deleted (DependencyViolation)")
        }
        "prefix list" => format!("prefix list `{name}` is in use and cannot be deleted (DependencyViolation)"),
        // DNS-17
        "set of DHCP options" => {
            format!("the dhcpOptions `{name}` has dependencies and cannot be deleted (DependencyViolation)")
        }
        // SG-20
        "security group" => format!("resource `{name}` has a dependent object (DependencyViolation)"),
        // NLB-43, NLB-44
        "load balancer" => format!(
            "load balancer `{name}` cannot be deleted because it is currently associated with another service \
             (ResourceInUse)"
        ),
        "target group" => {
            format!("target group `{name}` is currently in use by a listener or a rule (ResourceInUse)")
        }
        "virtual private gateway" | "customer gateway" => format!("the {kind} `{name}` is in use (IncorrectState)"),
        // RT-11, NAT-12, PCX-13
        "NAT gateway" => return Some((format!("NatGateway `{name}` was not found (NatGatewayNotFound)"), LEFT_BEHIND)),
        "internet gateway" => {
            let message = format!("the internetGateway ID `{name}` does not exist (InvalidInternetGatewayID.NotFound)");
            return Some((message, LEFT_BEHIND));
        }
        "peering connection" => {
            let message =
                format!("the vpcPeeringConnection ID `{name}` does not exist (InvalidVpcPeeringConnectionID.NotFound)");
            return Some((message, LEFT_BEHIND));
        }
        // DEL-09
        "instance" => {
            let message = format!("the instance ID `{name}` does not exist (InvalidInstanceID.NotFound)");
            return Some((message, STILL_USED));
        }
        _ => return None,
    };
    Some((message, STILL_USED))
}

impl Resolver<'_> {
    /// Whether an endpoint asks for a service that is taken away under it (SVC-19, SVC-20), which is reported.
    pub(super) fn is_service_deleted(&mut self, endpoint: &Name, service: &Text) -> bool {
        let Some(previous) = self.previous else { return false };
        let Some(running) = previous.endpoints.get(endpoint) else { return false };
        let Provider::EndpointService { service: name, .. } = &running.provider else { return false };
        let of_old = previous.endpoint_services.get(name).map(|old| old.service_name.as_str());
        if service.value != name.as_str() && Some(service.value.as_str()) != of_old {
            return false;
        }
        match running.state {
            ConnectionState::Available | ConnectionState::PendingAcceptance => {
                let message = format!(
                    "service `{name}` has existing active VPC Endpoint connections! (ExistingVpcEndpointConnections)"
                );
                self.found.push_with_hint(service.span, message, STILL_USED);
            }
            ConnectionState::Rejected => {
                let message =
                    format!("the VPC endpoint service `{}` does not exist (InvalidServiceName)", service.value);
                let hint = "it runs and is not in this file any more; AWS would delete it, the connection being \
                            rejected, and leave this endpoint dead: take it out too";
                self.found.push_with_hint(service.span, message, hint);
            }
        }
        true
    }

    /// Whether an elastic IP in use is taken away (EIP-04), which is reported.
    pub(super) fn is_released(&mut self, elastic: &Ref) -> bool {
        let allocation = Id::derive(self.lab, "eipalloc", elastic.value.as_str());
        let running = self.previous.into_iter().flat_map(|previous| previous.network_interfaces.values());
        let is_used = running
            .flat_map(|interface| interface.addresses().filter_map(|(_, public)| public))
            .any(|public| public.allocation.as_ref() == Some(&allocation));
        if is_used {
            let message = format!("address `{}` is in use (InvalidIPAddress.InUse)", elastic.value);
            self.found.push_with_hint(elastic.span, message, STILL_USED);
        }
        is_used
    }

    /// Refuses to take a load balancer away from a service while an endpoint is connected by it (SVC-19).
    pub(super) fn keeps_its_load_balancer(&mut self, endpoint: &draft::Endpoint, service: &Name) {
        let running = self.previous.and_then(|previous| previous.endpoints.get(&endpoint.label.name.value));
        let Some(running) = running.filter(|running| running.state != ConnectionState::Rejected) else { return };
        let Provider::EndpointService { service: old, load_balancer } = &running.provider else { return };
        let left = self.endpoint_services.get(service).map(|service| &service.load_balancers);
        if old == service && left.is_some_and(|left| !left.contains(load_balancer)) {
            let message = format!(
                "service `{service}` has existing active VPC Endpoint connections! (ExistingVpcEndpointConnections)"
            );
            let hint = format!("they came by load balancer `{load_balancer}`: reject them first, or take them out");
            self.found.push_with_hint(endpoint.service.span, message, hint);
        }
    }

    /// Refuses to detach an internet gateway while public addresses of its VPC lead through it (IGW-06, DEL-04).
    pub(super) fn no_gateway_leaves_addresses(&mut self, draft: &Draft) {
        let Some(previous) = self.previous else { return };
        for vpc in &draft.vpcs {
            let name = &vpc.label.name;
            let is_mapped = |(interface, running): (&Name, &super::NetworkInterface)| {
                let now = self.network_interfaces.get(interface);
                running.public.is_some() && now.is_some_and(|now| now.vpc == name.value && now.public.is_some())
            };
            let detached = previous.gateway_of(&name.value).is_some() && !self.has_gateway(&name.value);
            if detached && previous.interfaces_of(&name.value).any(is_mapped) {
                let message = format!(
                    "network `{}` has some mapped public address(es); please unmap those public address(es) before \
                     detaching the gateway (DependencyViolation)",
                    name.value
                );
                self.found.push_with_hint(name.span, message, "take the addresses out first, or with the gateway");
            }
        }
    }
}
