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
    /// The `Name` tag of one that is a resource of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Its Ethernet address.
    pub mac: MacAddress,
    /// Its VPC.
    pub vpc: Name,
    /// Its subnet.
    pub subnet: Name,
    /// Its private address, which it keeps as long as it lives (ENI-08).
    pub private_ip: Ipv4Addr,
    /// Its secondary private addresses (ENI-01).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secondary: Vec<SecondaryAddress>,
    /// The public address that an internet gateway translates to the private one (IGW-01).
    pub public: Option<PublicAddress>,
    /// Its groups. None at all means unfiltered, as NAT gateways are (NAT-07) and load
    /// balancers may be (NLB-40).
    pub security_groups: Vec<Name>,
    /// Whether it takes only what is for its own addresses, and sends only from them (ENI-02).
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub source_dest_check: bool,
    /// Who uses it.
    pub owner: Owner,
}

impl NetworkInterface {
    /// Its private addresses, the primary one first, each with the public one that stands for it.
    pub fn addresses(&self) -> impl Iterator<Item = (Ipv4Addr, Option<&PublicAddress>)> {
        let secondary = self.secondary.iter().map(|address| (address.private_ip, address.public.as_ref()));
        std::iter::once((self.private_ip, self.public.as_ref())).chain(secondary)
    }

    /// Its private addresses, the primary one first.
    pub fn private_ips(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.addresses().map(|(address, _)| address)
    }

    /// Whether an address is one of its own.
    pub fn has(&self, address: Ipv4Addr) -> bool {
        self.private_ips().any(|own| own == address)
    }

    /// The public address that stands for one of its private ones (IGW-01).
    pub fn public_of(&self, private: Ipv4Addr) -> Option<&PublicAddress> {
        self.addresses().find(|(address, _)| *address == private)?.1
    }
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_yes(check: &bool) -> bool {
    *check
}

/// A secondary private address of an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondaryAddress {
    /// The address.
    pub private_ip: Ipv4Addr,
    /// The elastic IP that stands for it (EIP-03).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<PublicAddress>,
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
    /// Nobody: it is available (ENI-04).
    Nobody,
}
