//! Target groups, targets and health check settings (NLB-13, NLB-19, NLB-21 to NLB-23, NLB-27, NLB-28, NLB-32).

use super::{
    super::{
        HealthCheck, HealthProtocol, ListenerProtocol, Name, Owner, Target, TargetGroup, TargetType, Vpc,
        diagnostic::{Diagnostics, Spanned},
        draft::{self, Draft, Ref, Text},
        id,
    },
    Resolver, listener, tag, text,
};
use std::{net::Ipv4Addr, ops::RangeInclusive, time::Duration};

impl Resolver<'_> {
    pub(super) fn target_groups(&mut self, draft: &Draft) {
        for group in &draft.target_groups {
            let resolved = self.target_group(group);
            self.target_groups.insert(&group.label.name, resolved, &mut self.found);
        }
    }

    fn target_group(&mut self, group: &draft::TargetGroup) -> Option<TargetGroup> {
        let kinds = [("instance", TargetType::Instance), ("ip", TargetType::Ip)];
        let target_type = match &group.target_type {
            None => Some(TargetType::Instance),
            Some(text) => text::word(text, "a target type that is mirrored", &kinds, &mut self.found),
        };
        let protocol = match &group.protocol {
            None => Some(ListenerProtocol::Tcp),
            Some(text) => listener::protocol(text, "target groups", &mut self.found),
        };
        let port = text::port(&group.port, &mut self.found);
        self.attributes(group, protocol);
        let health_check = health_check(&group.health_check, &mut self.found);
        let delay = seconds(group.deregistration_delay.as_ref(), 300, 0..=3600, &mut self.found);
        let vpc = self.vpc_of(group, target_type?)?;
        let (target_type, port, protocol) = (target_type?, port?, protocol?);
        let targets = group.targets.iter().filter_map(|target| self.target(target, target_type, &vpc, port)).collect();
        let name = super::load_balancer::aws_name(&tag(&group.label));
        let hex = id::hex(self.lab, "targetgroup", group.label.name.value.as_str());
        let Vpc { region, account, .. } = self.vpcs.get(&vpc)?;
        let resolved = TargetGroup {
            arn: format!("arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex}"),
            tag: name,
            vpc,
            protocol,
            port,
            target_type,
            targets,
            health_check: health_check?,
            preserve_client_ip: preserves(group, protocol, target_type),
            cross_zone: group.cross_zone,
            deregistration_delay: delay?,
            terminates_deregistered: group.terminate_deregistered.unwrap_or(protocol.has_udp()),
            is_sticky: group.stickiness.is_some(),
            terminates_unhealthy: group.terminate_unhealthy.unwrap_or(true),
            proxy_protocol: group.proxy_protocol.as_ref().is_some_and(|on| on.value),
        };
        self.no_target_twice(group, &resolved);
        Some(resolved)
    }

    /// Refuses attributes that AWS refuses for such a group.
    fn attributes(&mut self, group: &draft::TargetGroup, protocol: Option<ListenerProtocol>) {
        if let (Some(preserve), Some(protocol)) = (&group.preserve_client_ip, protocol)
            && protocol.has_udp()
            && !preserve.value
        {
            let message = format!("a {} target group always keeps the client's address", protocol.as_str());
            self.found.push(preserve.span, format!("{message} (InvalidConfigurationRequest)"));
        }
        if let (Some(proxy), Some(protocol)) = (&group.proxy_protocol, protocol)
            && protocol.has_udp()
            && proxy.value
        {
            let message = format!("proxy protocol of {} target groups is not mirrored yet", protocol.as_str());
            self.found.push_with_hint(proxy.span, message, "target groups of `TCP` and `TLS` can have it");
        }
        if let Some(kind) = group.stickiness.as_ref().filter(|kind| kind.value != "source_ip") {
            let message = format!("`{}` is not a stickiness of a Network Load Balancer", kind.value);
            self.found.push_with_hint(
                kind.span,
                format!("{message} (InvalidConfigurationRequest)"),
                "it is `source_ip`",
            );
        }
    }

    /// The group's VPC: named, or that of its first target, or of the only VPC.
    fn vpc_of(&mut self, group: &draft::TargetGroup, kind: TargetType) -> Option<Name> {
        if let Some(vpc) = &group.vpc {
            return self.vpcs.find(vpc, &mut self.found).map(|_| vpc.value.clone());
        }
        let first = group.targets.first().filter(|_| kind == TargetType::Instance);
        if let Some(first) = first {
            return self.instance_subnet(&reference(&first.id)).map(|(_, vpc)| vpc);
        }
        let mut vpcs = self.vpcs.iter().map(|(name, _)| name.clone());
        let only = vpcs.next().filter(|_| vpcs.next().is_none());
        if only.is_none() {
            let message = format!("target group `{}` needs a `vpc`", group.label.name.value);
            self.found.push(group.label.name.span, message);
        }
        only
    }

    /// The subnet and VPC of an instance.
    fn instance_subnet(&mut self, instance: &Ref) -> Option<(Name, Name)> {
        self.instances.find(instance, &mut self.found)?;
        let owner = Owner::Instance(instance.value.clone());
        let wish = self.wishes.iter().find(|wish| wish.owner == owner)?;
        let subnet = self.subnets.get(&wish.subnet)?;
        Some((wish.subnet.clone(), subnet.vpc.clone()))
    }

    fn target(&mut self, target: &draft::Target, kind: TargetType, vpc: &Name, port: u16) -> Option<Target> {
        let port = target.port.as_ref().map_or(Some(port), |port| text::port(port, &mut self.found))?;
        match kind {
            TargetType::Instance => {
                let instance = reference(&target.id);
                let (subnet, of) = self.instance_subnet(&instance)?;
                if of != *vpc {
                    let message = format!("instance `{}` is in VPC `{of}`, not in the group's `{vpc}`", instance.value);
                    self.found.push(target.id.span, format!("{message} (InvalidTarget)"));
                    return None;
                }
                let id = self.instances.get(&instance.value)?.id.as_str().to_owned();
                let ip = Ipv4Addr::UNSPECIFIED; // known once the interfaces have addresses
                Some(Target { id, instance: Some(instance.value), subnet, ip, port })
            }
            TargetType::Ip => {
                let ip = text::address(&target.id, &mut self.found)?;
                let subnet = self.subnets.iter().find(|(_, subnet)| subnet.vpc == *vpc && subnet.cidr.contains(&ip));
                let Some((subnet, _)) = subnet else {
                    let message = format!("address {ip} lies in no subnet of VPC `{vpc}` (InvalidTarget)");
                    self.found.push_with_hint(
                        target.id.span,
                        message,
                        "targets outside of the VPC are not mirrored yet",
                    );
                    return None;
                };
                Some(Target { id: ip.to_string(), instance: None, subnet: subnet.clone(), ip, port })
            }
        }
    }

    fn no_target_twice(&mut self, group: &draft::TargetGroup, resolved: &TargetGroup) {
        if resolved.targets.len() != group.targets.len() {
            return;
        }
        for (place, target) in resolved.targets.iter().enumerate() {
            if resolved.targets[..place].iter().any(|other| (&other.id, other.port) == (&target.id, target.port)) {
                let written = &group.targets[place].id;
                self.found
                    .push(written.span, format!("`{}` is registered twice on port {}", written.value, target.port));
            }
        }
    }

    /// Fills in the addresses of instance targets, now that their interfaces have them.
    pub(super) fn target_addresses(&mut self) {
        for (_, group) in self.target_groups.iter_mut() {
            for target in &mut group.targets {
                let instance = target.instance.as_ref().and_then(|name| self.instances.get(name));
                let interface = instance.map(|instance| instance.interface.clone());
                if let Some(interface) = interface.and_then(|name| self.network_interfaces.get(&name)) {
                    target.ip = interface.private_ip;
                }
            }
        }
    }
}

/// Whether targets see the client's address: always with UDP, else by default if they are instances (NLB-32).
fn preserves(group: &draft::TargetGroup, protocol: ListenerProtocol, kind: TargetType) -> bool {
    let by_default = protocol.has_udp() || kind == TargetType::Instance;
    group.preserve_client_ip.as_ref().map_or(by_default, |preserve| preserve.value)
}

fn reference(id: &Text) -> Ref {
    id.clone().map(Name::new)
}

/// AWS's defaults for what is not written (NLB-23).
fn health_check(check: &draft::HealthCheck, found: &mut Diagnostics) -> Option<HealthCheck> {
    let is_http = match &check.protocol {
        None => Some(false),
        Some(text) => {
            text::word(text, "a health check protocol that is mirrored", &[("TCP", false), ("HTTP", true)], found)
        }
    };
    let port = health_port(check.port.as_ref(), found);
    let interval = seconds(check.interval.as_ref(), 30, 5..=300, found);
    let timeout = seconds(check.timeout.as_ref(), if is_http == Some(true) { 6 } else { 10 }, 2..=120, found);
    let healthy = count(check.healthy_threshold.as_ref(), 5, found);
    let unhealthy = count(check.unhealthy_threshold.as_ref(), 2, found);
    let matcher = check.matcher.as_ref().map_or(Some(vec![200..=399]), |text| matcher(text, found));
    let protocol = if is_http? {
        let path = check.path.as_ref().map_or("/".to_owned(), |path| path.value.clone());
        if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            let span = check.path.as_ref().map(|path| path.span).unwrap_or_default();
            found.push(span, format!("`{path}` is not a path: it begins with `/` and has no spaces"));
        }
        HealthProtocol::Http { path, matcher: matcher? }
    } else {
        for text in [&check.path, &check.matcher].into_iter().flatten() {
            found.push_with_hint(text.span, "a TCP health check has no path and no matcher", "set `protocol: HTTP`");
        }
        HealthProtocol::Tcp
    };
    Some(HealthCheck {
        protocol,
        port: port?,
        interval: interval?,
        timeout: timeout?.min(interval?),
        healthy_threshold: healthy?,
        unhealthy_threshold: unhealthy?,
    })
}

/// The port to check: `Some(None)` is each target's own.
#[allow(clippy::option_option, reason = "the outer option is whether it was right, the inner one is `traffic-port`")]
fn health_port(port: Option<&Text>, found: &mut Diagnostics) -> Option<Option<u16>> {
    let Some(text) = port.filter(|text| text.value != "traffic-port") else { return Some(None) };
    let port = text.value.parse::<u16>().ok().filter(|port| *port > 0);
    if port.is_none() {
        found.push(text.span, format!("`{}` is neither a port nor `traffic-port`", text.value));
    }
    port.map(Some)
}

fn seconds(
    number: Option<&Spanned<i64>>,
    default: u64,
    bounds: RangeInclusive<i64>,
    found: &mut Diagnostics,
) -> Option<Duration> {
    let Some(number) = number else { return Some(Duration::from_secs(default)) };
    text::within(number, "this time in seconds", bounds, found).map(|seconds| Duration::from_secs(u64::from(seconds)))
}

fn count(number: Option<&Spanned<i64>>, default: u32, found: &mut Diagnostics) -> Option<u32> {
    number.map_or(Some(default), |number| text::within(number, "a threshold", 2..=10, found))
}

/// Status codes: `200`, `200-399`, `200,302`.
fn matcher(text: &Text, found: &mut Diagnostics) -> Option<Vec<RangeInclusive<u16>>> {
    let code = |code: &str| code.trim().parse::<u16>().ok().filter(|code| (200..=599).contains(code));
    let range = |part: &str| match part.split_once('-') {
        Some((first, last)) => Some(code(first)?..=code(last)?),
        None => code(part).map(|code| code..=code),
    };
    let ranges = text.value.split(',').map(range).collect::<Option<Vec<_>>>();
    if ranges.is_none() {
        let message = format!("`{}` is not a matcher", text.value);
        found.push_with_hint(text.span, message, "write codes from 200 to 599 as `200`, `200-399` or `200,302`");
    }
    ranges
}
