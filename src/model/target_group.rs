//! Target groups and health checks of Network Load Balancers (sections 13.3 and 13.4 of the rules).

use super::{ListenerProtocol, Name};
use serde::{Deserialize, Serialize};
use std::{net::Ipv4Addr, ops::RangeInclusive, time::Duration};

/// A target group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are attributes of AWS's, each yes or no by itself")]
pub struct TargetGroup {
    /// `arn:aws:elasticloadbalancing:…:targetgroup/…`.
    pub arn: String,
    /// The group's AWS name, at most 32 characters.
    pub tag: String,
    /// Its VPC.
    pub vpc: Name,
    /// What its targets are sent.
    pub protocol: ListenerProtocol,
    /// The port of targets for which none is named.
    pub port: u16,
    /// What its targets are.
    pub target_type: TargetType,
    /// Its targets, none twice (NLB-21).
    pub targets: Vec<Target>,
    /// How they are checked.
    pub health_check: HealthCheck,
    /// Whether targets see the client's address (NLB-32).
    pub preserve_client_ip: bool,
    /// Overrides the load balancer's cross-zone setting (NLB-11).
    pub cross_zone: Option<bool>,
    /// How long a deregistered target drains (NLB-27).
    pub deregistration_delay: Duration,
    /// Whether its connections are ended then (NLB-27).
    pub terminates_deregistered: bool,
    /// Whether all connections of a client go to the same target (NLB-19).
    pub is_sticky: bool,
    /// Whether connections to a target that became unhealthy are ended (NLB-28).
    pub terminates_unhealthy: bool,
    /// Whether each connection begins with a header of proxy protocol 2 (NLB-36).
    #[serde(default)]
    pub proxy_protocol: bool,
}

/// What the targets of a group are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetType {
    /// Instances, reached at their primary private address.
    Instance,
    /// Private addresses.
    Ip,
}

/// One registered target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// AWS's id of it: an instance's id, or an address.
    pub id: String,
    /// The instance, for instance targets.
    pub instance: Option<Name>,
    /// The subnet in which it lies, from which its zone follows.
    pub subnet: Name,
    /// Its private address.
    pub ip: Ipv4Addr,
    /// Its port.
    pub port: u16,
}

/// How targets are checked (NLB-23).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// TCP or HTTP.
    pub protocol: HealthProtocol,
    /// The port; none is each target's own (`traffic-port`).
    pub port: Option<u16>,
    /// Time between two checks, 5 s to 300 s.
    pub interval: Duration,
    /// Time for an answer, 2 s to 120 s.
    pub timeout: Duration,
    /// Passes that make a target healthy, 2 to 10.
    pub healthy_threshold: u32,
    /// Failures that make a target unhealthy, 2 to 10.
    pub unhealthy_threshold: u32,
}

/// The protocol of a health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthProtocol {
    /// A connection is enough.
    Tcp,
    /// A GET must be answered with one of these status codes.
    Http {
        /// The path.
        path: String,
        /// Codes that count as healthy.
        matcher: Vec<RangeInclusive<u16>>,
    },
}
