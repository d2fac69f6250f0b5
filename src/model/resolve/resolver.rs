//! Resolver endpoints and rules (DNS-14, DNS-15).

use super::{
    super::{
        Id, Name, Owner, ResolverAction, ResolverDirection, ResolverEndpoint, ResolverRule,
        draft::{self, Draft, NodeSubnet},
    },
    Resolver,
    interface::{More, Wish},
    tag, text,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddrV4},
};

/// How many addresses a Resolver endpoint has, at least and at most.
const ADDRESSES: std::ops::RangeInclusive<usize> = 2..=20;
/// How many servers a rule has at most.
const TARGETS: usize = 6;
/// The port of DNS.
const PORT: u16 = 53;

impl Resolver<'_> {
    pub(super) fn resolver_endpoints(&mut self, draft: &Draft) {
        for endpoint in &draft.resolver_endpoints {
            let resolved = self.resolver_endpoint(endpoint);
            self.resolver_endpoints.insert(&endpoint.label.name, resolved, &mut self.found);
        }
    }

    fn resolver_endpoint(&mut self, endpoint: &draft::ResolverEndpoint) -> Option<ResolverEndpoint> {
        let name = &endpoint.label.name;
        let directions =
            [ResolverDirection::Inbound, ResolverDirection::Outbound].map(|direction| (direction.as_str(), direction));
        let direction = text::word(&endpoint.direction, "a direction", &directions, &mut self.found);
        if !ADDRESSES.contains(&endpoint.addresses.len()) {
            let message = format!("Resolver endpoint `{}` needs 2 to 20 IP addresses", name.value);
            let hint = "name a subnet for each of them; AWS wants two zones, and two addresses of one subnet do";
            self.found.push_with_hint(name.span, format!("{message} (InvalidRequestException)"), hint);
            return None;
        }
        let mut vpc = None;
        for NodeSubnet { subnet, .. } in &endpoint.addresses {
            let own = self.subnets.find(subnet, &mut self.found)?.vpc.clone();
            if let Some(first) = vpc.replace(own.clone()).filter(|first| *first != own) {
                let message = format!("subnet `{}` is not of VPC `{first}` (InvalidRequestException)", subnet.value);
                self.found.push_with_hint(subnet.span, message, "all subnets are of one VPC");
                return None;
            }
        }
        let vpc = vpc?;
        let groups = self.groups_of(&vpc, endpoint.security_groups.as_deref());
        let direction = direction?;
        let mut interfaces = Vec::new();
        for (place, NodeSubnet { subnet, private_ip, .. }) in endpoint.addresses.iter().enumerate() {
            let interface = Name::new(format!("{}/resolver-{}", name.value, place + 1));
            interfaces.push(interface.clone());
            self.wishes.push(Wish {
                name: interface,
                span: subnet.span,
                subnet: subnet.value.clone(),
                private_ip: private_ip.clone(),
                public: None,
                security_groups: groups.clone(),
                owner: Owner::ResolverEndpoint(name.value.clone()),
                more: More::default(),
            });
        }
        let prefix = if direction == ResolverDirection::Inbound { "rslvr-in" } else { "rslvr-out" };
        let id = Id::derive(self.lab, prefix, name.value.as_str());
        Some(ResolverEndpoint { id, tag: tag(&endpoint.label), vpc, direction, interfaces })
    }

    pub(super) fn resolver_rules(&mut self, draft: &Draft) {
        let mut associated = BTreeMap::new();
        for rule in &draft.resolver_rules {
            let resolved = self.resolver_rule(rule, &mut associated);
            self.resolver_rules.insert(&rule.label.name, resolved, &mut self.found);
        }
    }

    /// `associated` are the rules so far by VPC and domain.
    fn resolver_rule(
        &mut self,
        rule: &draft::ResolverRule,
        associated: &mut BTreeMap<(Name, String), Name>,
    ) -> Option<ResolverRule> {
        let name = &rule.label.name;
        let domain = if rule.domain.value == "." { Some(String::new()) } else { self.domain(&rule.domain) };
        let kinds = [("FORWARD", true), ("SYSTEM", false)];
        let forwards = text::word(&rule.kind, "a rule type", &kinds, &mut self.found);
        let (domain, forwards) = (domain?, forwards?);
        let action = if forwards { self.forward(rule)? } else { self.system(rule)? };
        let mut vpcs = BTreeSet::new();
        for reference in &rule.vpcs {
            if self.vpcs.find(reference, &mut self.found).is_none() {
                continue;
            }
            let vpc = reference.value.clone();
            if let Some(other) = associated.insert((vpc.clone(), domain.clone()), name.value.clone()) {
                let message = format!(
                    "cannot associate rules with same domain name with same VPC: `{vpc}` has rule `{other}` for \
                     `{}` (InvalidRequestException)",
                    rule.domain.value
                );
                self.found.push(reference.span, message);
            }
            if let ResolverAction::Forward { endpoint, .. } = &action
                && let Some(at) = self.resolver_endpoints.get(endpoint).map(|endpoint| endpoint.vpc.clone())
                && self.region_of(&at) != self.region_of(&vpc)
            {
                let message = format!("rule `{}` and VPC `{vpc}` are of different regions", name.value);
                self.found.push(reference.span, format!("{message} (ResourceNotFoundException)"));
            }
            vpcs.insert(vpc);
        }
        let id = Id::derive(self.lab, "rslvr-rr", name.value.as_str());
        Some(ResolverRule { id, tag: tag(&rule.label), domain, action, vpcs })
    }

    fn forward(&mut self, rule: &draft::ResolverRule) -> Option<ResolverAction> {
        let name = &rule.label.name;
        let Some(endpoint) = &rule.endpoint else {
            let message = format!("rule `{}` of the type FORWARD needs an outbound endpoint", name.value);
            self.found.push(name.span, format!("{message} (InvalidParameterException)"));
            return None;
        };
        let direction = self.resolver_endpoints.find(endpoint, &mut self.found).map(|endpoint| endpoint.direction);
        if direction == Some(ResolverDirection::Inbound) {
            let message = format!("Resolver endpoint `{}` is not an outbound one", endpoint.value);
            self.found.push(endpoint.span, format!("{message} (InvalidParameterException)"));
        }
        let to = self.target_ips(rule);
        if rule.targets.is_empty() || to.as_ref().is_some_and(|to| to.len() > TARGETS) {
            let message = format!("rule `{}` of the type FORWARD needs 1 to {TARGETS} target addresses", name.value);
            self.found.push(name.span, format!("{message} (InvalidParameterException)"));
            return None;
        }
        direction?;
        Some(ResolverAction::Forward { endpoint: endpoint.value.clone(), to: to? })
    }

    fn target_ips(&mut self, rule: &draft::ResolverRule) -> Option<Vec<SocketAddrV4>> {
        let mut all = Some(Vec::new());
        for target in &rule.targets {
            let port = target.port.as_ref().map_or(Some(PORT), |port| text::port(port, &mut self.found));
            let addresses: Option<Vec<Ipv4Addr>> = self
                .texts(&target.ip)
                .and_then(|texts| texts.iter().map(|text| text::address(text, &mut self.found)).collect());
            match (port, addresses, &mut all) {
                (Some(port), Some(addresses), Some(all)) => {
                    all.extend(addresses.into_iter().map(|address| SocketAddrV4::new(address, port)));
                }
                _ => all = None,
            }
        }
        all
    }

    fn system(&mut self, rule: &draft::ResolverRule) -> Option<ResolverAction> {
        let span = rule.endpoint.as_ref().map(|endpoint| endpoint.span);
        let span = span.or_else(|| rule.targets.first().map(|target| target.ip.span));
        let Some(span) = span else { return Some(ResolverAction::System) };
        let message = "a rule of the type SYSTEM has neither an endpoint nor targets (InvalidParameterException)";
        self.found.push_with_hint(span, message, "leave it out, or make it `FORWARD`");
        None
    }
}
