//! `AWS::ElasticLoadBalancingV2::Listener` of a Network Load Balancer (NLB-13, NLB-16, NLB-18).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Setting, To, properties},
    },
    certificate::Certificate,
    load_balancer::{LoadBalancer, unknown},
    target_group::{TargetGroup, whole},
};
use crate::model::{
    diagnostic::{Diagnostics, Spanned},
    draft::{self, Ref, Text},
};

properties! {
    /// A listener.
    struct Listener = "a listener" {
        /// Its load balancer.
        load_balancer as "LoadBalancerArn": To<LoadBalancer>,
        /// Its port.
        port as "Port": Spanned<i64>,
        /// `TCP`, `UDP`, `TCP_UDP` or `TLS`.
        protocol as "Protocol": Text,
        /// One action, which forwards to target groups.
        actions as "DefaultActions": Vec<Spanned<Action>>,
        /// Only `tcp.idle_timeout.seconds`.
        attributes as "ListenerAttributes": Option<Vec<Setting>>,
        /// With TLS: its certificate.
        certificates as "Certificates": Option<Vec<OfListener>>,
        /// With TLS: AWS's name for the versions that it takes. Default `ELBSecurityPolicy-2016-08`.
        ssl_policy as "SslPolicy": Option<Text>,
    }
    unmirrored &["AlpnPolicy", "MutualAuthentication"];
}

properties! {
    /// A certificate of a listener.
    struct OfListener = "a certificate, `{CertificateArn: …}`" {
        /// The certificate, which is of the template.
        arn as "CertificateArn": To<Certificate>,
    }
}

properties! {
    /// What a listener does.
    struct Action = "an action" {
        /// Only `forward`.
        kind as "Type": Text,
        /// The target group.
        target_group as "TargetGroupArn": Option<To<TargetGroup>>,
        /// The same with weights.
        forward as "ForwardConfig": Option<Forward>,
    }
    accepted &["Order"];
    unmirrored &["AuthenticateCognitoConfig", "AuthenticateOidcConfig", "FixedResponseConfig", "RedirectConfig"];
}

properties! {
    /// Where a listener forwards.
    struct Forward = "a mapping of `TargetGroups`" {
        /// The target groups, at most five.
        target_groups as "TargetGroups": Vec<Weighted>,
        /// Only turned off.
        stickiness as "TargetGroupStickinessConfig": Option<Stickiness>,
    }
}

properties! {
    /// A target group with its weight.
    struct Weighted = "a target group" {
        /// The target group.
        target_group as "TargetGroupArn": To<TargetGroup>,
        /// Its weight, 0 to 999. Default 1.
        weight as "Weight": Option<Spanned<i64>>,
    }
}

properties! {
    /// Whether clients stay with a target group.
    struct Stickiness = "a mapping of `Enabled`" {
        /// Only `false`.
        enabled as "Enabled": Option<Spanned<bool>>,
    }
    accepted &["DurationSeconds"];
}

const IDLE_TIMEOUT: &str = "tcp.idle_timeout.seconds";

impl Resource for Listener {
    const TYPE: &'static str = "AWS::ElasticLoadBalancingV2::Listener";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("ListenerArn", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let Some(action) = self.actions.into_iter().next() else {
            let message = format!("listener `{}` needs an action (ValidationError)", name.value);
            lowering.notes.push(name.span, message);
            return;
        };
        let span = action.span;
        let action = action.value;
        if action.kind.value != "forward" {
            let message = format!("a listener of a Network Load Balancer forwards, it cannot `{}`", action.kind.value);
            lowering.notes.push_with_hint(action.kind.span, message, "write `Type: forward`");
            return;
        }
        let forward = match (action.forward, action.target_group) {
            (Some(forward), _) => forward.shares(&mut lowering.notes),
            (None, Some(group)) => vec![draft::Share { target_group: group.name, weight: None }],
            (None, None) => {
                lowering.notes.push(span, "missing key `TargetGroupArn`");
                return;
            }
        };
        let idle_timeout = idle_timeout(self.attributes.unwrap_or_default(), &mut lowering.notes);
        let certificates = self.certificates.into_iter().flatten().map(|certificate| certificate.arn.name).collect();
        let listener = draft::Listener {
            protocol: self.protocol,
            port: self.port,
            forward,
            idle_timeout,
            certificates,
            ssl_policy: self.ssl_policy,
        };
        lowering.joined.listeners.add(self.load_balancer.name, listener);
    }
}

impl Forward {
    fn shares(self, notes: &mut Diagnostics) -> Vec<draft::Share> {
        let stickiness = self.stickiness.and_then(|stickiness| stickiness.enabled);
        if let Some(enabled) = stickiness.filter(|enabled| enabled.value) {
            let message = "stickiness of target groups is not mirrored yet";
            notes.push_unmirrored(enabled.span, message, "give the target groups themselves `stickiness.enabled`");
        }
        let share = |group: Weighted| draft::Share { target_group: group.target_group.name, weight: group.weight };
        self.target_groups.into_iter().map(share).collect()
    }
}

fn idle_timeout(attributes: Vec<Setting>, notes: &mut Diagnostics) -> Option<Spanned<i64>> {
    let mut timeout = None;
    for Setting { key, value } in attributes {
        match key.value.as_str() {
            IDLE_TIMEOUT => timeout = whole(&value, notes),
            _ => unknown(&key, [IDLE_TIMEOUT].into_iter(), notes),
        }
    }
    timeout
}
