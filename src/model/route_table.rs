//! Route tables (section 3 of the rules).

use super::{Id, Line, Name};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

/// A route table. The `local` route is in each and not listed (RT-01).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    /// `rtb-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// Its VPC.
    pub vpc: Name,
    /// Its routes, sorted by destination, no destination twice (RT-14).
    pub routes: Vec<Route>,
    /// The virtual private gateways that propagate their routes into it (VGW-02).
    pub propagating_vgws: Vec<Name>,
    /// The gateways by which comes what it leads: internet gateways and virtual private gateways (RT-20).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gateways: Vec<Target>,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Where packets go.
    pub destination: Ipv4Net,
    /// By what.
    pub target: Target,
    /// Where the file says it.
    #[serde(default)]
    pub line: Line,
}

/// The target of a route (RT-17).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The VPC's internet gateway.
    InternetGateway(Name),
    /// A virtual private gateway that is attached to the VPC.
    VpnGateway(Name),
    /// A peering connection of the VPC. One that is not active is a black hole (PCX-04).
    PeeringConnection(Name),
    /// A NAT gateway of the VPC.
    NatGateway(Name),
    /// A network interface of the VPC. One that no instance has is a black hole (RT-11).
    NetworkInterface(Name),
    /// A target that is gone: packets are dropped and no other route is asked (RT-11).
    Blackhole,
}
