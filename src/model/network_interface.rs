//! Elastic network interfaces (section 9 of the rules): those of instances, and those that AWS runs
//! for load balancer nodes and endpoints.

use super::{Id, Name};
use crate::spec::MacAddress;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkInterface {
    /// `eni-…`.
    pub id: Id,
    /// Its Ethernet address.
    pub mac: MacAddress,
    /// Its VPC.
    pub vpc: Name,
    /// Its subnet.
    pub subnet: Name,
    /// Its private address, which it keeps as long as it lives (ENI-08).
    pub private_ip: Ipv4Addr,
    /// The public address that an internet gateway translates to the private one (IGW-01).
    pub public: Option<PublicAddress>,
    /// Its groups. None at all means unfiltered, as NAT gateways are (NAT-07) and load
    /// balancers may be (NLB-40).
    pub security_groups: Vec<Name>,
    /// Who uses it.
    pub owner: Owner,
}

/// A public address of an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicAddress {
    /// The address.
    pub ip: Ipv4Addr,
    /// The elastic IP's allocation id, `eipalloc-…`; none if the address was assigned by AWS (EIP-01).
    pub allocation: Option<Id>,
}

/// Who uses an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// An instance.
    Instance(Name),
    /// A node of a load balancer (NLB-02).
    LoadBalancer(Name),
    /// An interface endpoint (VPCE-02).
    Endpoint(Name),
    /// A NAT gateway (NAT-17).
    NatGateway(Name),
    /// A Resolver endpoint (DNS-14).
    ResolverEndpoint(Name),
}
