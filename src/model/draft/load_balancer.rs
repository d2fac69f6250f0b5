//! What a file says of load balancers and target groups.

use super::{super::diagnostic::Spanned, Label, Ref, Text};

/// A target group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroup {
    /// Its name.
    pub label: Label,
    /// Its VPC; none means that of its first target.
    pub vpc: Option<Ref>,
    /// `TCP` (default), `UDP`, `TCP_UDP` or `TLS`.
    pub protocol: Option<Text>,
    /// The port of targets for which none is named.
    pub port: Spanned<i64>,
    /// `instance` (default) or `ip`.
    pub target_type: Option<Text>,
    /// Its targets.
    pub targets: Vec<Target>,
    /// How they are checked.
    pub health_check: HealthCheck,
    /// None means AWS's default for the target type (NLB-32).
    pub preserve_client_ip: Option<Spanned<bool>>,
    /// None means the load balancer's setting.
    pub cross_zone: Option<bool>,
    /// Seconds; default 300.
    pub deregistration_delay: Option<Spanned<i64>>,
    /// Default true if there is UDP, else false.
    pub terminate_deregistered: Option<bool>,
    /// `source_ip`; none is not sticky.
    pub stickiness: Option<Text>,
    /// Default true (NLB-28).
    pub terminate_unhealthy: Option<bool>,
    /// Default false (NLB-36).
    pub proxy_protocol: Option<Spanned<bool>>,
}

/// A target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// An instance's name, or for `ip` groups an address.
    pub id: Text,
    /// Its port; none means the group's.
    pub port: Option<Spanned<i64>>,
}

/// The settings of a health check; what is none has AWS's default (NLB-23).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthCheck {
    /// `TCP` or `HTTP`.
    pub protocol: Option<Text>,
    /// A port, or `traffic-port`.
    pub port: Option<Text>,
    /// The path of a GET.
    pub path: Option<Text>,
    /// Status codes: `200`, `200-399`, `200,302`.
    pub matcher: Option<Text>,
    /// Seconds.
    pub interval: Option<Spanned<i64>>,
    /// Seconds.
    pub timeout: Option<Spanned<i64>>,
    /// Checks.
    pub healthy_threshold: Option<Spanned<i64>>,
    /// Checks.
    pub unhealthy_threshold: Option<Spanned<i64>>,
}

/// A Network Load Balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBalancer {
    /// Its name; the tag is its AWS name.
    pub label: Label,
    /// `internal` or `internet-facing`; none means `internet-facing` if its subnets route to an internet
    /// gateway, `internal` if they do not.
    pub scheme: Option<Text>,
    /// One subnet per zone.
    pub subnets: Vec<NodeSubnet>,
    /// Its listeners.
    pub listeners: Vec<Listener>,
    /// Default false.
    pub cross_zone: Option<bool>,
    /// Its groups; none at all lets everything pass (NLB-40).
    pub security_groups: Vec<Ref>,
    /// Default true (NLB-41).
    pub enforce_security_groups_on_private_link: Option<bool>,
}

/// Where a load balancer has a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSubnet {
    /// The subnet.
    pub subnet: Ref,
    /// The node's private address; none lets the subnet choose.
    pub private_ip: Option<Text>,
    /// The elastic IP of an internet-facing load balancer's node; none lets AWS choose the public address (NLB-03).
    pub elastic_ip: Option<Ref>,
}

/// A listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// `TCP`, `UDP`, `TCP_UDP` or `TLS`.
    pub protocol: Text,
    /// Its port.
    pub port: Spanned<i64>,
    /// To which groups it forwards.
    pub forward: Vec<Share>,
    /// Seconds; default 350 (NLB-18).
    pub idle_timeout: Option<Spanned<i64>>,
    /// With TLS: its certificates, the default one first.
    pub certificates: Vec<Ref>,
    /// With TLS: the name of AWS's policy.
    pub ssl_policy: Option<Text>,
}

/// A certificate for servers of some names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its name.
    pub label: Label,
    /// The name that it is for.
    pub domain_name: Text,
    /// Other names that it is for.
    pub alternative_names: Vec<Text>,
}

/// A target group's share of a listener's connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The group.
    pub target_group: Ref,
    /// None is 1.
    pub weight: Option<Spanned<i64>>,
}
