//! DNS names of instances, load balancers and endpoints, in the one place that makes them:
//! `compile` serves them, `describe` shows them.
//!
//! All are written in lower case and without a final dot.

use super::{Az, Endpoint, Id, LoadBalancer, Name, Provider, Region, Topology, Vpc};
use std::net::Ipv4Addr;

/// The domain of an endpoint service's names: `vpce-svc-….REGION.vpce.amazonaws.com` (SVC-01).
pub fn endpoint_service_base(topology: &Topology, service: &Name) -> String {
    let service = &topology.endpoint_services[service];
    format!("{}.{}.vpce.amazonaws.com", service.id, topology.region_of_service(service))
}

/// The name of an endpoint in all its zones: `vpce-…-SUFFIX.vpce-svc-…` (VPCE-10).
pub fn endpoint_regional(topology: &Topology, endpoint: &Name) -> String {
    let this = &topology.endpoints[endpoint];
    endpoint_name(topology.region_of(&this.vpc), this, service_id(topology, this), None)
}

/// The name of an endpoint in one zone: `vpce-…-SUFFIX-AZ.vpce-svc-…` (VPCE-10, VPCE-35).
pub fn endpoint_zonal(topology: &Topology, endpoint: &Name, az: &Az) -> String {
    let this = &topology.endpoints[endpoint];
    endpoint_name(topology.region_of(&this.vpc), this, service_id(topology, this), Some(az))
}

/// The names that an endpoint takes over inside its VPC, the service's own one first (VPCE-15).
pub fn endpoint_private(topology: &Topology, endpoint: &Endpoint) -> Vec<String> {
    let service = endpoint.aws_service().filter(|_| endpoint.private_dns_enabled);
    service.map(|service| service.names(topology.region_of(&endpoint.vpc))).unwrap_or_default()
}

fn service_id<'a>(topology: &'a Topology, endpoint: &Endpoint) -> Option<&'a Id> {
    endpoint.endpoint_service().map(|service| &topology.endpoint_services[service].id)
}

/// The name of an endpoint, in all its zones or in one. `service` is the id of its endpoint service, if it has one.
pub fn endpoint_name(region: &Region, endpoint: &Endpoint, service: Option<&Id>, az: Option<&Az>) -> String {
    let az = az.map(|az| format!("-{az}")).unwrap_or_default();
    let label = format!("{}-{}{az}", endpoint.id, endpoint.dns_suffix);
    match (&endpoint.provider, service) {
        (Provider::EndpointService { service: name, .. }, id) => {
            format!("{label}.{}.{region}.vpce.amazonaws.com", id.map_or(name.as_str(), Id::as_str))
        }
        // VPCE-19: a bucket's name comes before it.
        (Provider::Aws(service), _) if service.as_str() == "s3" => {
            format!("*.{label}.s3.{region}.vpce.amazonaws.com")
        }
        (Provider::Aws(service), _) => format!("{label}.{}.{region}.vpce.amazonaws.com", service.label()),
    }
}

/// The name of a load balancer's node in one zone: `AZ.NAME-….elb.REGION.amazonaws.com` (NLB-04).
pub fn load_balancer_zonal(balancer: &LoadBalancer, az: &Az) -> String {
    format!("{az}.{}", balancer.dns_name)
}

/// The private name of an address of a VPC: `ip-10-0-0-49.REGION.compute.internal` (NAME-01).
pub fn instance_private(vpc: &Vpc, ip: Ipv4Addr) -> String {
    format!("{}.{}", host_name(ip), vpc.region.internal_domain())
}

/// The public name of a public address in a VPC, if the VPC gives such names (NAME-03).
pub fn instance_public(vpc: &Vpc, ip: Ipv4Addr) -> Option<String> {
    vpc.enable_dns_hostnames.then(|| format!("ec2-{}.{}", dashed(ip), vpc.region.public_domain()))
}

/// The host name of an instance: `ip-10-0-0-49` (NAME-02).
pub fn host_name(ip: Ipv4Addr) -> String {
    format!("ip-{}", dashed(ip))
}

fn dashed(ip: Ipv4Addr) -> String {
    ip.to_string().replace('.', "-")
}
