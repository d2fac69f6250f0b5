//! `AWS::ElasticLoadBalancingV2::Listener` of a Network Load Balancer (NLB-13, NLB-16).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, To, properties},
    },
    load_balancer::LoadBalancer,
    target_group::TargetGroup,
};
use crate::{
    input::mapping::REFUSED,
    model::{
        diagnostic::Spanned,
        draft::{self, Ref, Text},
    },
};

properties! {
    /// A listener.
    struct Listener = "a listener" {
        /// Its load balancer.
        load_balancer as "LoadBalancerArn": To<LoadBalancer>,
        /// Its port.
        port as "Port": Spanned<i64>,
        /// `TCP`.
        protocol as "Protocol": Text,
        /// One action, which forwards to one target group.
        actions as "DefaultActions": Vec<Spanned<Action>>,
    }
    unmirrored &["AlpnPolicy", "Certificates", "ListenerAttributes", "MutualAuthentication", "SslPolicy"];
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
        /// The target groups, of which there is one.
        target_groups as "TargetGroups": Vec<Weighted>,
    }
    unmirrored &["TargetGroupStickinessConfig"];
}

properties! {
    /// A target group with its weight.
    struct Weighted = "a target group" {
        /// The target group.
        target_group as "TargetGroupArn": To<TargetGroup>,
    }
    accepted &["Weight"];
}

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
        let mut groups = action.forward.into_iter().flat_map(|forward| forward.target_groups);
        let Some(target_group) = action.target_group.or_else(|| groups.next().map(|group| group.target_group)) else {
            lowering.notes.push(span, "missing key `TargetGroupArn`");
            return;
        };
        if let Some(other) = groups.find(|other| other.target_group.name.value != target_group.name.value) {
            let message = "a listener with several target groups is not mirrored yet";
            lowering.notes.push_unmirrored(other.target_group.name.span, message, REFUSED);
        }
        let listener = draft::Listener { protocol: self.protocol, port: self.port, target_group: target_group.name };
        lowering.joined.listeners.add(self.load_balancer.name, listener);
    }
}
