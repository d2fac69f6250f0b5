//! Network Load Balancers (section 13 of the rules).

use super::{Az, Name};
use serde::{Deserialize, Serialize};

/// A Network Load Balancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancer {
    /// `arn:aws:elasticloadbalancing:…:loadbalancer/net/NAME/HEX` (NLB-09).
    pub arn: String,
    /// The load balancer's AWS name, at most 32 characters (NLB-01).
    pub tag: String,
    /// Its regional DNS name (NLB-04).
    pub dns_name: String,
    /// Its VPC.
    pub vpc: Name,
    /// Who can reach it.
    pub scheme: Scheme,
    /// One node per zone, sorted by zone (NLB-02).
    pub nodes: Vec<Node>,
    /// Its listeners, sorted by port.
    pub listeners: Vec<Listener>,
    /// Whether nodes use the targets of other zones (NLB-10).
    pub cross_zone: bool,
    /// Whether its groups judge PrivateLink clients by their own addresses (NLB-41).
    pub enforce_security_groups_on_private_link: bool,
}

/// Who can reach a load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Private addresses only.
    Internal,
    /// A public address per node (NLB-03).
    InternetFacing,
}

/// A load balancer's presence in a zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The zone.
    pub az: Az,
    /// Its network interface.
    pub interface: Name,
}

/// A TCP listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Its port.
    pub port: u16,
    /// To which group it forwards (NLB-16).
    pub target_group: Name,
}
