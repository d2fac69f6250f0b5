//! `AWS::ElasticLoadBalancingV2::TargetGroup` of Network Load Balancers (sections 13.3 and 13.4 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Named, Resource, Setting, To, properties},
    },
    instance::Instance,
    load_balancer::{truth, unknown},
    vpc::Vpc,
};
use crate::{
    input::mapping::REFUSED,
    model::{
        diagnostic::{Diagnostics, Spanned},
        draft::{self, HealthCheck, Label, Ref, Text},
    },
};

properties! {
    /// A target group.
    struct TargetGroup = "a target group" {
        /// Its AWS name. Default: made of the stack's name and the logical id.
        name as "Name": Option<Text>,
        /// Its VPC.
        vpc as "VpcId": To<Vpc>,
        /// `TCP`, `UDP`, `TCP_UDP` or `TLS`.
        protocol as "Protocol": Text,
        /// The port of targets for which none is named.
        port as "Port": Spanned<i64>,
        /// `instance` (default) or `ip`.
        target_type as "TargetType": Option<Text>,
        /// Its targets.
        targets as "Targets": Option<Vec<Target>>,
        /// Only `true`.
        checked as "HealthCheckEnabled": Option<Spanned<bool>>,
        /// `TCP` (default) or `HTTP`.
        check_protocol as "HealthCheckProtocol": Option<Text>,
        /// A port, or `traffic-port` (default).
        check_port as "HealthCheckPort": Option<Text>,
        /// With `HTTP`: the path to get. Default `/`.
        check_path as "HealthCheckPath": Option<Text>,
        /// With `HTTP`: the status codes that are healthy. Default `200-399`.
        matcher as "Matcher": Option<Matcher>,
        /// Time between two checks, 5 to 300. Default 30.
        interval as "HealthCheckIntervalSeconds": Option<Spanned<i64>>,
        /// Time for an answer, 2 to 120. Default 10, with `HTTP` 6.
        timeout as "HealthCheckTimeoutSeconds": Option<Spanned<i64>>,
        /// Passes that make a target healthy, 2 to 10. Default 5.
        healthy_threshold as "HealthyThresholdCount": Option<Spanned<i64>>,
        /// Failures that make a target unhealthy, 2 to 10. Default 2.
        unhealthy_threshold as "UnhealthyThresholdCount": Option<Spanned<i64>>,
        /// All attributes of a Network Load Balancer's groups; those of `target_group_health` and the draining
        /// interval only with their default values.
        attributes as "TargetGroupAttributes": Option<Vec<Setting>>,
        /// Only `ipv4`.
        address_type as "IpAddressType": Option<Text>,
    }
    // Its `Name` tag is not its name.
    accepted &["Tags"];
    unmirrored &["ProtocolVersion", "TargetControlPort"];
}

properties! {
    /// A target.
    struct Target = "a target" {
        /// An instance, or with the type `ip` an address.
        id as "Id": Named<Instance>,
        /// Its port. Default: the group's.
        port as "Port": Option<Spanned<i64>>,
    }
    accepted &["AvailabilityZone", "QuicServerId"];
}

properties! {
    /// What is healthy.
    struct Matcher = "a mapping of `HttpCode`" {
        /// Status codes: `200`, `200-399`, `200,302`.
        code as "HttpCode": Option<Text>,
    }
    unmirrored &["GrpcCode"];
}

/// Attributes that change something unless they have this value.
const DEFAULTS: &[(&str, &str)] = &[
    ("target_health_state.unhealthy.draining_interval_seconds", "0"),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "1"),
    ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"),
];

const PRESERVE: &str = "preserve_client_ip.enabled";
const DELAY: &str = "deregistration_delay.timeout_seconds";
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
const TERMINATE_DEREGISTERED: &str = "deregistration_delay.connection_termination.enabled";
const TERMINATE_UNHEALTHY: &str = "target_health_state.unhealthy.connection_termination.enabled";
const STICKY: &str = "stickiness.enabled";
const STICKINESS: &str = "stickiness.type";
const PROXY_PROTOCOL: &str = "proxy_protocol_v2.enabled";

/// The attributes that are mirrored.
const MIRRORED: [&str; 8] =
    [PRESERVE, DELAY, CROSS_ZONE, TERMINATE_DEREGISTERED, TERMINATE_UNHEALTHY, STICKY, STICKINESS, PROXY_PROTOCOL];

impl Resource for TargetGroup {
    const TYPE: &'static str = "AWS::ElasticLoadBalancingV2::TargetGroup";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[
        ("TargetGroupArn", How::Itself),
        ("LoadBalancerArns", How::Later),
        ("TargetGroupFullName", How::Later),
        ("TargetGroupName", How::Later),
    ];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let own = ["TCP", "UDP", "TCP_UDP", "TLS"].contains(&self.protocol.value.as_str());
        if !self.protocol.value.is_empty() && !own {
            let message = format!("a target group of the protocol `{}` is not mirrored yet", self.protocol.value);
            lowering.leave_out(&name, self.protocol.span, message);
            return;
        }
        let notes = &mut lowering.notes;
        if let Some(checked) = self.checked.filter(|checked| !checked.value) {
            notes.push_unmirrored(checked.span, "a target group without health checks is not mirrored yet", REFUSED);
        }
        if let Some(kind) = self.address_type.filter(|kind| kind.value != "ipv4") {
            notes.push_unmirrored(kind.span, "IPv6 is not mirrored yet", REFUSED);
        }
        let settings = Settings::of(self.attributes.unwrap_or_default(), notes);
        let stickiness = settings.stickiness();
        let targets = self.targets.into_iter().flatten();
        let targets = targets.map(|target| draft::Target { id: target.id.text, port: target.port }).collect();
        let aws_name = match self.name {
            Some(name) => name.value,
            None => lowering.scope.physical_name(name.value.as_str(), 5),
        };
        lowering.draft.target_groups.push(draft::TargetGroup {
            label: Label { name, tag: Some(aws_name) },
            vpc: Some(self.vpc.name),
            protocol: Some(self.protocol).filter(|protocol| !protocol.value.is_empty()),
            port: self.port,
            target_type: self.target_type,
            targets,
            health_check: HealthCheck {
                protocol: self.check_protocol,
                port: self.check_port,
                path: self.check_path,
                matcher: self.matcher.and_then(|matcher| matcher.code),
                interval: self.interval,
                timeout: self.timeout,
                healthy_threshold: self.healthy_threshold,
                unhealthy_threshold: self.unhealthy_threshold,
            },
            preserve_client_ip: settings.preserve_client_ip,
            cross_zone: settings.cross_zone,
            deregistration_delay: settings.deregistration_delay,
            terminate_deregistered: settings.terminate_deregistered,
            stickiness,
            terminate_unhealthy: settings.terminate_unhealthy,
            proxy_protocol: settings.proxy_protocol,
        });
    }
}

/// The attributes that are mirrored.
#[derive(Default)]
struct Settings {
    preserve_client_ip: Option<Spanned<bool>>,
    cross_zone: Option<bool>,
    deregistration_delay: Option<Spanned<i64>>,
    terminate_deregistered: Option<bool>,
    terminate_unhealthy: Option<bool>,
    proxy_protocol: Option<Spanned<bool>>,
    sticky: Option<Spanned<bool>>,
    stickiness: Option<Text>,
}

impl Settings {
    fn of(attributes: Vec<Setting>, notes: &mut Diagnostics) -> Self {
        let mut settings = Self::default();
        for Setting { key, value } in attributes {
            match key.value.as_str() {
                PRESERVE => settings.preserve_client_ip = spanned_truth(&value, notes),
                TERMINATE_DEREGISTERED => settings.terminate_deregistered = truth(&value, notes),
                TERMINATE_UNHEALTHY => settings.terminate_unhealthy = truth(&value, notes),
                PROXY_PROTOCOL => settings.proxy_protocol = spanned_truth(&value, notes),
                STICKY => settings.sticky = spanned_truth(&value, notes),
                STICKINESS => settings.stickiness = Some(value),
                CROSS_ZONE if value.value == "use_load_balancer_configuration" => {}
                CROSS_ZONE => settings.cross_zone = truth(&value, notes),
                DELAY => settings.deregistration_delay = whole(&value, notes),
                other => match DEFAULTS.iter().find(|(known, _)| *known == other) {
                    Some((_, default)) if value.value == *default => {}
                    Some((known, _)) => {
                        let message = format!("`{known}: {}` is not mirrored yet", value.value);
                        notes.push_unmirrored(key.span, message, REFUSED);
                    }
                    None => {
                        let defaults = DEFAULTS.iter().map(|(known, _)| *known);
                        unknown(&key, MIRRORED.into_iter().chain(defaults), notes);
                    }
                },
            }
        }
        settings
    }

    /// The type if it is enabled, which is written by itself.
    fn stickiness(&self) -> Option<Text> {
        let on = self.sticky.as_ref().filter(|on| on.value)?;
        Some(self.stickiness.clone().unwrap_or_else(|| Spanned::new("source_ip".into(), on.span)))
    }
}

fn spanned_truth(text: &Text, notes: &mut Diagnostics) -> Option<Spanned<bool>> {
    truth(text, notes).map(|truth| Spanned::new(truth, text.span))
}

/// A whole number.
pub(super) fn whole(text: &Text, notes: &mut Diagnostics) -> Option<Spanned<i64>> {
    let number = text.value.parse().ok();
    if number.is_none() {
        notes.push(text.span, format!("expected a whole number, found `{}`", text.value));
    }
    number.map(|number| Spanned::new(number, text.span))
}
