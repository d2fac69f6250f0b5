//! Security groups (SG-01 to SG-03, SG-09, SG-15, SG-18, SG-19, SG-21).

use super::{
    super::{
        Id, Name, Peer, Protocol, SecurityGroup, SecurityGroupRule,
        diagnostic::{Diagnostics, Line, Span, Spanned},
        draft::{self, Draft, Ref, Text},
    },
    Resolver, tag, text,
};
use ipnet::Ipv4Net;
use std::ops::RangeInclusive;

/// How many rules a group has at most in one direction, once AWS has raised the quota as far as it goes (SG-22).
const QUOTA: usize = 1000;

impl Resolver<'_> {
    pub(super) fn security_groups(&mut self, draft: &Draft) {
        for group in &draft.security_groups {
            let resolved = self.security_group(group);
            self.security_groups.insert(&group.label.name, resolved, &mut self.found);
        }
        self.own_default_groups();
        for group in &draft.security_groups {
            self.rules(group);
        }
    }

    /// The group without its rules, which may refer to groups that come later.
    fn security_group(&mut self, group: &draft::SecurityGroup) -> Option<SecurityGroup> {
        let name = &group.label.name;
        let is_default = self.vpcs.find(&group.vpc, &mut self.found)?.default_security_group == name.value;
        let group_name = if is_default { "default".to_owned() } else { self.group_name(group)? };
        let (inbound, outbound) = default_rules(is_default.then_some(&name.value));
        Some(SecurityGroup {
            id: Id::derive(self.lab, "sg", name.value.as_str()),
            tag: tag(&group.label),
            description: group.description.clone().unwrap_or_else(|| group_name.clone()),
            group_name,
            vpc: group.vpc.value.clone(),
            inbound: if group.inbound.is_some() { Vec::new() } else { inbound },
            outbound: if group.outbound.is_some() { Vec::new() } else { outbound },
        })
    }

    /// The group's own name, unique in its VPC (SG-19).
    fn group_name(&mut self, group: &draft::SecurityGroup) -> Option<String> {
        let label = &group.label.name;
        let written =
            group.group_name.clone().unwrap_or_else(|| Spanned::new(label.value.last().to_owned(), label.span));
        let Spanned { value, span } = written;
        if value == "default" || value.starts_with("sg-") || value.len() > 255 {
            self.found.push(span, format!("the group name `{value}` is reserved or too long (InvalidGroup.Reserved)"));
            return None;
        }
        let taken = |other: &SecurityGroup| other.vpc == group.vpc.value && other.group_name == value;
        if self.security_groups.iter().any(|(_, other)| taken(other)) {
            let message = format!("the security group `{value}` already exists for VPC `{}`", group.vpc.value);
            self.found.push(span, format!("{message} (InvalidGroup.Duplicate)"));
            return None;
        }
        Some(value)
    }

    /// The default groups that AWS makes with each VPC (SG-03).
    fn own_default_groups(&mut self) {
        for (vpc_name, vpc) in self.vpcs.iter() {
            let name = &vpc.default_security_group;
            if !self.security_groups.contains(name) {
                let (inbound, outbound) = default_rules(Some(name));
                let group = SecurityGroup {
                    id: Id::derive(self.lab, "sg", name.as_str()),
                    tag: String::new(),
                    group_name: "default".to_owned(),
                    description: "default VPC security group".to_owned(),
                    vpc: vpc_name.clone(),
                    inbound,
                    outbound,
                };
                self.security_groups.insert_own(name.clone(), group);
            }
        }
    }

    fn rules(&mut self, group: &draft::SecurityGroup) {
        let inbound = group.inbound.as_ref().map(|rules| self.resolve_rules(&group.vpc.value, rules));
        let outbound = group.outbound.as_ref().map(|rules| self.resolve_rules(&group.vpc.value, rules));
        let Some(resolved) = self.security_groups.get_mut(&group.label.name.value) else { return };
        resolved.inbound.extend(inbound.into_iter().flatten());
        resolved.outbound.extend(outbound.into_iter().flatten());
    }

    fn resolve_rules(&mut self, vpc: &Name, rules: &[draft::SecurityGroupRule]) -> Vec<SecurityGroupRule> {
        let mut resolved: Vec<SecurityGroupRule> = Vec::with_capacity(rules.len());
        let mut weights = Vec::with_capacity(rules.len());
        for rule in rules {
            let range = [rule.from_port.as_ref(), rule.to_port.as_ref()];
            let protocol = protocol(rule.span, &rule.protocol, range, &mut self.found);
            let peer = self.peer(vpc, &rule.peer);
            let (Some(protocol), Some(peer)) = (protocol, peer) else { continue };
            if resolved.iter().any(|other| other.protocol == protocol && other.peer == peer) {
                self.found.push(rule.span, "the specified rule already exists (InvalidPermission.Duplicate)");
                continue;
            }
            weights.push((self.peer_weight(&peer), rule.span));
            let line = self.lines.line(rule.span);
            resolved.push(SecurityGroupRule { protocol, peer, description: rule.description.clone(), line });
        }
        let message = format!("a security group has {QUOTA} rules at most (RulesPerSecurityGroupLimitExceeded)");
        self.quota(weights, QUOTA, &message);
        resolved
    }

    /// As how many rules a peer counts (SG-22).
    fn peer_weight(&self, peer: &Peer) -> usize {
        if let Peer::PrefixList(list) = peer { self.weight(list) } else { 1 }
    }

    fn peer(&mut self, vpc: &Name, peer: &Spanned<draft::Peer>) -> Option<Peer> {
        match &peer.value {
            draft::Peer::Cidr(cidr) => {
                text::cidr(&Spanned::new(cidr.clone(), peer.span), &mut self.found).map(Peer::Cidr)
            }
            draft::Peer::PrefixList(text) => {
                self.prefix_list_ref(vpc, &Spanned::new(text.clone(), peer.span)).map(Peer::PrefixList)
            }
            draft::Peer::Group(name) => {
                let reference = Spanned::new(name.clone(), peer.span);
                self.peer_group(vpc, &reference).map(Peer::Group)
            }
        }
    }

    /// A group as the other side of a rule: of this VPC, or of one of its region that it peers with (SG-12, PCX-08).
    fn peer_group(&mut self, vpc: &Name, group: &Ref) -> Option<Name> {
        let of = &self.security_groups.find(group, &mut self.found)?.vpc.clone();
        if of != vpc && !self.are_peers(vpc, of) {
            let message = format!("security group `{}` is of VPC `{of}`, not of `{vpc}`", group.value);
            let hint =
                "a rule names groups of its own VPC, and of those with which an active peering connection joins it";
            self.found.push_with_hint(group.span, format!("{message} (InvalidGroup.NotFound)"), hint);
            return None;
        }
        if self.region_of(vpc) != self.region_of(of) {
            let message = format!("security group `{}` is of another region (InvalidGroup.NotFound)", group.value);
            let hint = "between regions, rules name addresses: write the peer's CIDR";
            self.found.push_with_hint(group.span, message, hint);
            return None;
        }
        Some(group.value.clone())
    }

    /// A group by reference, if it is one of this VPC (SG-21).
    pub(super) fn group_of(&mut self, vpc: &Name, group: &Ref) -> Option<Name> {
        let of = &self.security_groups.find(group, &mut self.found)?.vpc;
        if of != vpc {
            let message =
                format!("security group `{}` is of VPC `{of}`, not of `{vpc}` (InvalidGroup.NotFound)", group.value);
            self.found.push(group.span, message);
            return None;
        }
        Some(group.value.clone())
    }

    /// The groups of an interface; none named means the VPC's default group (SG-03).
    pub(super) fn groups_of(&mut self, vpc: &Name, groups: Option<&[Ref]>) -> Vec<Name> {
        match groups {
            Some(groups) => {
                let found: Vec<_> = groups.iter().filter_map(|group| self.group_of(vpc, group)).collect();
                if let Some(sixth) = groups.get(16) {
                    let message =
                        "an interface has 16 security groups at most (SecurityGroupsPerInterfaceLimitExceeded)";
                    self.found.push(sixth.span, message);
                }
                found
            }
            None => self.vpcs.get(vpc).map(|vpc| vpc.default_security_group.clone()).into_iter().collect(),
        }
    }
}

/// What AWS allows by itself: everything out, and into a default group everything from itself (SG-02, SG-03).
fn default_rules(default_group: Option<&Name>) -> (Vec<SecurityGroupRule>, Vec<SecurityGroupRule>) {
    let all = |peer| SecurityGroupRule { protocol: Protocol::All, peer, description: None, line: Line::default() };
    let inbound = default_group.map(|name| all(Peer::Group(name.clone())));
    (inbound.into_iter().collect(), vec![all(Peer::Cidr(Ipv4Net::default()))])
}

/// Protocol and ports of a rule, as AWS reads an `IpPermission` (SG-15).
pub(super) fn protocol(
    rule: Span,
    protocol: &Text,
    range: [Option<&Spanned<i64>>; 2],
    found: &mut Diagnostics,
) -> Option<Protocol> {
    match protocol.value.to_ascii_lowercase().as_str() {
        "-1" | "all" => Some(Protocol::All),
        "tcp" | "6" => Some(Protocol::Tcp(ports(rule, range, found)?)),
        "udp" | "17" => Some(Protocol::Udp(ports(rule, range, found)?)),
        "icmp" | "1" => Some(Protocol::Icmp { kind: icmp(range[0], found)?, code: icmp(range[1], found)? }),
        "icmpv6" | "58" => {
            found.push_with_hint(protocol.span, "ICMPv6 is not mirrored", "IPv6 is not mirrored yet");
            None
        }
        other => {
            let number = other.parse::<u8>().ok().map(Protocol::Number);
            if number.is_none() {
                let message = format!("`{}` is not a protocol (InvalidPermission.Malformed)", protocol.value);
                found.push_with_hint(protocol.span, message, "it is `tcp`, `udp`, `icmp`, `all` or a number up to 255");
            }
            number
        }
    }
}

fn ports(rule: Span, range: [Option<&Spanned<i64>>; 2], found: &mut Diagnostics) -> Option<RangeInclusive<u16>> {
    let [Some(from), Some(to)] = range else {
        found.push_with_hint(rule, "TCP and UDP rules need ports (MissingParameter)", "all ports are `0-65535`");
        return None;
    };
    if (from.value, to.value) == (-1, -1) {
        return Some(0..=u16::MAX);
    }
    let bound = |port: &Spanned<i64>, found: &mut Diagnostics| {
        text::within(port, "a port", 0..=65535, found).and_then(|port| u16::try_from(port).ok())
    };
    let (first, last) = (bound(from, found)?, bound(to, found)?);
    if first > last {
        let span = Span { start: from.span.start.min(to.span.start), end: from.span.end.max(to.span.end) };
        found.push(span, format!("the first port, {first}, is above the last, {last} (InvalidParameterValue)"));
        return None;
    }
    Some(first..=last)
}

/// An ICMP type or code: `Some(None)` means any.
#[allow(clippy::option_option, reason = "the outer option is whether it was right, the inner one is AWS's -1")]
fn icmp(number: Option<&Spanned<i64>>, found: &mut Diagnostics) -> Option<Option<u8>> {
    match number {
        None => Some(None),
        Some(number) if number.value == -1 => Some(None),
        Some(number) => {
            let value = text::within(number, "an ICMP type or code", -1..=255, found)?;
            Some(u8::try_from(value).ok())
        }
    }
}
