//! Listeners of Network Load Balancers (NLB-13, NLB-16, NLB-18).

use super::{
    super::{
        Listener, ListenerProtocol, Name, Share, SslPolicy, Tls,
        diagnostic::{Diagnostics, Span, did_you_mean},
        draft::{self, Text},
    },
    Resolver, text,
};
use std::{collections::BTreeMap, ops::RangeInclusive, time::Duration};

/// Seconds without a packet after which a TCP connection is forgotten, unless the listener says otherwise (NLB-18).
const IDLE_TIMEOUT: u32 = 350;

/// To what it can be set.
const IDLE_TIMEOUTS: RangeInclusive<i64> = 60..=6000;

/// To how many groups a listener can forward.
const MOST_GROUPS: usize = 5;

/// What Network Load Balancers carry and is not mirrored.
const UNMIRRORED: [&str; 2] = ["QUIC", "TCP_QUIC"];

/// The protocol that is written; what is not mirrored is refused by name.
pub(super) fn protocol(text: &Text, what: &str, found: &mut Diagnostics) -> Option<ListenerProtocol> {
    let words = [ListenerProtocol::Tcp, ListenerProtocol::Udp, ListenerProtocol::TcpUdp, ListenerProtocol::Tls];
    let word = words.into_iter().find(|word| word.as_str().eq_ignore_ascii_case(&text.value));
    if word.is_none() {
        let hint = "it is `TCP`, `UDP`, `TCP_UDP` or `TLS`";
        let message = if UNMIRRORED.iter().any(|word| word.eq_ignore_ascii_case(&text.value)) {
            format!("`{}` {what} are not mirrored yet", text.value)
        } else {
            format!("`{}` is not a protocol of {what} of a Network Load Balancer (UnsupportedProtocol)", text.value)
        };
        found.push_with_hint(text.span, message, hint);
    }
    word
}

impl Resolver<'_> {
    /// The listeners of a load balancer, sorted by port: one a port, whatever it carries.
    pub(super) fn listeners(&mut self, balancer: &draft::LoadBalancer, vpc: &Name) -> Vec<Listener> {
        let mut listeners: BTreeMap<u16, (Span, Listener)> = BTreeMap::new();
        for listener in &balancer.listeners {
            let Some(resolved) = self.listener(listener, vpc) else { continue };
            if listeners.insert(resolved.port, (listener.port.span, resolved)).is_some() {
                let message = "a listener with the specified port already exists (DuplicateListener)";
                let hint = "a listener of the protocol `TCP_UDP` has both on one port";
                self.found.push_with_hint(listener.port.span, message, hint);
            }
        }
        listeners.into_values().map(|(_, listener)| listener).collect()
    }

    fn listener(&mut self, listener: &draft::Listener, vpc: &Name) -> Option<Listener> {
        let protocol = protocol(&listener.protocol, "listeners", &mut self.found);
        let port = text::port(&listener.port, &mut self.found);
        let idle_timeout = self.idle_timeout(listener, protocol);
        let shares: Vec<_> = listener.forward.iter().map(|share| self.share(share, (protocol, vpc))).collect();
        if listener.forward.is_empty() || listener.forward.len() > MOST_GROUPS {
            let message = format!("a listener forwards to 1 to {MOST_GROUPS} target groups (ValidationError)");
            self.found.push(listener.port.span, message);
        }
        for (place, share) in listener.forward.iter().enumerate() {
            let name = &share.target_group;
            if listener.forward[..place].iter().any(|other| other.target_group.value == name.value) {
                self.found.push(name.span, format!("target group `{}` is there twice (ValidationError)", name.value));
            }
        }
        let tls = self.tls(listener, protocol);
        let forward = shares.into_iter().collect::<Option<_>>()?;
        Some(Listener { port: port?, protocol: protocol?, forward, idle_timeout: idle_timeout?, tls: tls? })
    }

    /// The certificates and the policy of a TLS listener, which needs the former; others have neither.
    #[allow(
        clippy::option_option,
        reason = "the outer option is whether it was right, the inner one whether it is TLS"
    )]
    fn tls(&mut self, listener: &draft::Listener, protocol: Option<ListenerProtocol>) -> Option<Option<Tls>> {
        let protocol = protocol?;
        if protocol != ListenerProtocol::Tls {
            let certificate = listener.certificates.first().map(|certificate| certificate.span);
            for (what, span) in
                [("certificate", certificate), ("security policy", listener.ssl_policy.as_ref().map(|text| text.span))]
            {
                let Some(span) = span else { continue };
                let message = format!("a {} listener has no {what} (InvalidConfigurationRequest)", protocol.as_str());
                self.found.push_with_hint(span, message, "a `TLS` listener has");
            }
            return Some(None);
        }
        if listener.certificates.is_empty() {
            let message = "a certificate must be specified for TLS listeners (CertificateNotFound)";
            self.found.push_with_hint(listener.protocol.span, message, "give the listener a `certificate`");
        }
        let known = |certificate: &&draft::Ref| self.certificates.find(certificate, &mut self.found).is_some();
        let certificates: Vec<_> = listener.certificates.iter().filter(known).cloned().collect();
        let policy = match &listener.ssl_policy {
            None => SslPolicy::default(),
            Some(name) => SslPolicy::parse(&name.value).or_else(|| {
                let message = format!("SSL policy `{}` not found (SSLPolicyNotFound)", name.value);
                let hint = did_you_mean(&name.value, SslPolicy::names());
                let hint = hint.unwrap_or_else(|| {
                    "such as `ELBSecurityPolicy-TLS13-1-2-2021-06`; those of FIPS and PQ are not mirrored".into()
                });
                self.found.push_with_hint(name.span, message, hint);
                None
            })?,
        };
        let certificates = certificates.into_iter().map(|certificate| certificate.value).collect();
        Some(Some(Tls { certificates, policy }))
    }

    fn idle_timeout(&mut self, listener: &draft::Listener, protocol: Option<ListenerProtocol>) -> Option<Duration> {
        let Some(seconds) = &listener.idle_timeout else { return Some(Duration::from_secs(IDLE_TIMEOUT.into())) };
        if protocol == Some(ListenerProtocol::Udp) {
            let message = "a UDP listener has no `tcp.idle_timeout.seconds` (InvalidConfigurationRequest)";
            self.found.push_with_hint(seconds.span, message, "flows of UDP are forgotten after 120 seconds");
        }
        let seconds = text::within(seconds, "an idle timeout in seconds", IDLE_TIMEOUTS, &mut self.found)?;
        Some(Duration::from_secs(seconds.into()))
    }

    fn share(&mut self, share: &draft::Share, (protocol, vpc): (Option<ListenerProtocol>, &Name)) -> Option<Share> {
        let weight = match &share.weight {
            Some(weight) => text::within(weight, "a weight", 0..=999, &mut self.found),
            None => Some(1),
        };
        let name = &share.target_group;
        let group = self.target_groups.find(name, &mut self.found)?;
        if group.vpc != *vpc {
            let message = format!("target group `{}` is of VPC `{}`", name.value, group.vpc);
            self.found.push(name.span, format!("{message}, not of `{vpc}` (InvalidConfigurationRequest)"));
        }
        if let Some(protocol) = protocol.filter(|protocol| !protocol.may_forward_to(group.protocol)) {
            let (own, other) = (protocol.as_str(), group.protocol.as_str());
            let message = format!("a {own} listener cannot forward to a {other} target group (IncompatibleProtocols)");
            self.found.push_with_hint(
                name.span,
                message,
                format!("give target group `{}` the protocol `{own}`", name.value),
            );
        }
        Some(Share { target_group: name.value.clone(), weight: weight? })
    }
}
