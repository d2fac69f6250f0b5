//! Network Load Balancers (section 13 of the rules).

use super::{Az, Name, SslPolicy};
use serde::{Deserialize, Serialize};
use std::time::Duration;

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

/// A listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Its port.
    pub port: u16,
    /// What it listens for (NLB-13).
    pub protocol: ListenerProtocol,
    /// To which groups it forwards, none twice (NLB-16).
    pub forward: Vec<Share>,
    /// After how long without a packet a TCP connection is forgotten (NLB-18).
    pub idle_timeout: Duration,
    /// How a TLS listener meets its clients (NLB-13).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
}

/// What a TLS listener shows its clients, and what it takes of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    /// Its certificates, the default one first.
    pub certificates: Vec<Name>,
    /// AWS's policy of versions.
    pub policy: SslPolicy,
}

/// A target group's share of a listener's connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The group.
    pub target_group: Name,
    /// Its weight among the others'; 0 gets nothing.
    pub weight: u32,
}

impl Listener {
    /// The groups to which it forwards.
    pub fn groups(&self) -> impl Iterator<Item = &Name> {
        self.forward.iter().map(|share| &share.target_group)
    }

    /// Whether it forwards to this group.
    pub fn uses(&self, group: &Name) -> bool {
        self.groups().any(|name| name == group)
    }

    /// `TCP:80`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.protocol.as_str(), self.port)
    }
}

/// What listeners and target groups carry (NLB-13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ListenerProtocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// Both, on the same port.
    TcpUdp,
    /// TLS over TCP, which the load balancer ends.
    Tls,
}

impl ListenerProtocol {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            ListenerProtocol::Tcp => "TCP",
            ListenerProtocol::Udp => "UDP",
            ListenerProtocol::TcpUdp => "TCP_UDP",
            ListenerProtocol::Tls => "TLS",
        }
    }

    /// Whether TCP is carried.
    pub fn has_tcp(self) -> bool {
        self != ListenerProtocol::Udp
    }

    /// Whether UDP is carried.
    pub fn has_udp(self) -> bool {
        matches!(self, ListenerProtocol::Udp | ListenerProtocol::TcpUdp)
    }

    /// Whether a listener of this protocol may forward to a group of that one.
    pub fn may_forward_to(self, group: ListenerProtocol) -> bool {
        match self {
            ListenerProtocol::Tls => matches!(group, ListenerProtocol::Tls | ListenerProtocol::Tcp),
            ListenerProtocol::Tcp | ListenerProtocol::Udp | ListenerProtocol::TcpUdp => {
                group == self || group == ListenerProtocol::TcpUdp
            }
        }
    }
}
