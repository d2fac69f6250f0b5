//! Target groups of the native format, whether they stand by themselves or in a listener.

use super::{
    lower::{Lowering, label},
    mapping,
};
use crate::{
    input::{
        decode::Decode,
        tree::{Kind, Node},
    },
    model::{
        Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, Ref, Text},
    },
};
use std::net::IpAddr;

mapping! {
    /// A target group.
    struct TargetGroup = "a target group" {
        /// Its VPC. Default: that of its first target; in a listener, that of the load balancer.
        vpc: Option<Text>,
        /// `TCP`, `UDP`, `TCP_UDP` or `TLS`. Default: `TCP`; in a listener, the listener's.
        protocol: Option<Text>,
        /// The port of targets for which none is named. Needed, but in a listener: there it is the listener's.
        port: Option<Spanned<i64>>,
        /// `instance` or `ip`. Default: `ip` if all targets are addresses.
        target_type: Option<Text>,
        /// Its targets: `INSTANCE`, `INSTANCE:PORT`, `ADDRESS`, `ADDRESS:PORT` or `{id, port}`.
        targets: Option<Vec<Target>>,
        /// How targets are checked.
        health_check: Option<HealthCheck>,
        /// Whether targets see the client's address. Default: `true` for instances, `false` for addresses; with UDP always.
        preserve_client_ip: Option<Spanned<bool>>,
        /// Whether nodes send to targets in other zones too. Default: as the load balancer says.
        cross_zone: Option<bool>,
        /// How long a target that was taken out keeps its connections. Default 300.
        deregistration_delay: Option<Spanned<Seconds>>,
        /// Whether its connections are ended then. Default `false`; with UDP `true`.
        terminate_deregistered_connections: Option<bool>,
        /// `source_ip`: all connections of a client go to the same target. Default: each goes where its hash says.
        stickiness: Option<Text>,
        /// Whether connections to a target that became unhealthy are ended. Default `true`.
        terminate_unhealthy_connections: Option<bool>,
        /// Whether each connection begins with a header of proxy protocol 2, which says who the client is. Default `false`.
        proxy_protocol: Option<Spanned<bool>>,
        /// Its AWS name. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// A target with its port.
    struct LongTarget = "a target" {
        /// An instance's name, or an address.
        id: Text,
        /// Its port. Default: the group's.
        port: Option<Spanned<i64>>,
    }
}

mapping! {
    /// A health check.
    struct HealthCheck = "a health check" {
        /// `TCP` (default) or `HTTP`.
        protocol: Option<Text>,
        /// A port, or `traffic-port` (default): the target's own.
        port: Option<Text>,
        /// With `HTTP`: the path to get. Default `/`.
        path: Option<Text>,
        /// With `HTTP`: the status codes that are healthy, as in `200,300-399`. Default `200-399`.
        matcher: Option<Text>,
        /// Time between two checks, 5 to 300. Default 30.
        interval: Option<Spanned<Seconds>>,
        /// Time for an answer, 2 to 120. Default 10, with `HTTP` 6.
        timeout: Option<Spanned<Seconds>>,
        /// Passes that make a target healthy, 2 to 10. Default 5.
        healthy_threshold: Option<Spanned<i64>>,
        /// Failures that make a target unhealthy, 2 to 10. Default 2.
        unhealthy_threshold: Option<Spanned<i64>>,
    }
}

/// One target.
#[derive(Debug, Clone)]
pub(super) struct Target(draft::Target);

impl Decode for Target {
    fn what() -> String {
        "`NAME`, `NAME:PORT`, `ADDRESS`, `ADDRESS:PORT` or `{id, port}`".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { text, .. } if !node.is_null() => {
                let Some((id, port)) = text.split_once(':') else {
                    return Self(draft::Target { id: Spanned::new(text.clone(), node.span), port: None });
                };
                let Ok(port) = port.parse() else { return Self::unexpected(node, notes) };
                let port = Some(Spanned::new(port, node.span));
                Self(draft::Target { id: Spanned::new(id.to_owned(), node.span), port })
            }
            Kind::Mapping(_) => {
                let LongTarget { id, port } = LongTarget::decode(node, notes);
                Self(draft::Target { id, port })
            }
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self(draft::Target { id: Text::placeholder(at), port: None })
    }
}

impl TargetGroup {
    /// A group of these targets, all else by default.
    pub(super) fn of(targets: Vec<Target>) -> Self {
        Self { targets: Some(targets), ..Self::placeholder(Span::default()) }
    }

    /// Writes the group.
    pub(super) fn lower(self, group: Ref, lowering: &mut Lowering<'_>) {
        if self.port.is_none() {
            lowering.notes.push_with_hint(group.span, "missing key `port`", "targets are reached at it");
        }
        let targets: Vec<_> = self.targets.into_iter().flatten().map(|target| target.0).collect();
        let target_type = self.target_type.or_else(|| {
            let first = targets.first()?;
            let is_address = |target: &draft::Target| target.id.value.parse::<IpAddr>().is_ok();
            targets.iter().all(is_address).then(|| Spanned::new("ip".into(), first.id.span))
        });
        let health_check = self.health_check.map(HealthCheck::lower).unwrap_or_default();
        lowering.draft.target_groups.push(draft::TargetGroup {
            port: self.port.unwrap_or_else(|| Spanned::new(1, group.span)),
            label: label(group, self.tag),
            vpc: self.vpc.map(|vpc| vpc.map(Name::new)),
            protocol: self.protocol,
            target_type,
            targets,
            health_check,
            preserve_client_ip: self.preserve_client_ip,
            cross_zone: self.cross_zone,
            deregistration_delay: self.deregistration_delay.map(seconds),
            terminate_deregistered: self.terminate_deregistered_connections,
            stickiness: self.stickiness,
            terminate_unhealthy: self.terminate_unhealthy_connections,
            proxy_protocol: self.proxy_protocol,
        });
    }
}

impl HealthCheck {
    fn lower(self) -> draft::HealthCheck {
        draft::HealthCheck {
            protocol: self.protocol,
            port: self.port,
            path: self.path,
            matcher: self.matcher,
            interval: self.interval.map(seconds),
            timeout: self.timeout.map(seconds),
            healthy_threshold: self.healthy_threshold,
            unhealthy_threshold: self.unhealthy_threshold,
        }
    }
}

pub(super) fn seconds(time: Spanned<Seconds>) -> Spanned<i64> {
    time.map(|Seconds(seconds)| seconds)
}

/// A span of time in whole seconds: `10` or `10s`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seconds(pub(super) i64);

impl Decode for Seconds {
    fn what() -> String {
        "seconds, such as `10` or `10s`".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { text, .. } => {
                text.strip_suffix('s').unwrap_or(text).parse().map_or_else(|_| Self::unexpected(node, notes), Self)
            }
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(_at: Span) -> Self {
        Self(0)
    }
}
