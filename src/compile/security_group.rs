//! Security groups (SG-01, SG-10, SG-15): a chain and up to four sets per group and direction, and a gate
//! per combination of groups that some interface has. Rules are set elements, so that five thousand of
//! them cost a packet as little as five.
//!
//! ```text
//! set in_vpc/web_ports { type ipv4_addr . inet_proto . inet_service; flags interval; elements = { 10.10.0.0/16 . 6 . 80 } }
//! chain in_vpc/web { ip saddr . meta l4proto . th dport @in_vpc/web_ports accept }
//! chain inbound_of_vpc/ssh.vpc/web { jump in_vpc/ssh; jump in_vpc/web; drop }
//! ```

use super::{
    balancer_group,
    counter::{self, Counted, Way},
    flow_log::{self, Border},
    middlebox, names,
    router::Router,
    rules::{accept, jump, within},
    union::{Box2, disjoint},
    untracked,
};
use crate::{
    model::{ConnectionState, Name, Peer, Protocol, SecurityGroup, SecurityGroupRule},
    spec::nft::{Field, Part, Rule, Statement, Type, Verdict},
};
use ipnet::Ipv4Net;
use std::{collections::BTreeSet, net::Ipv4Addr, ops::RangeInclusive, slice};

/// Which of a group's two gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// Connections to a member; the peer is the source.
    Inbound,
    /// Connections from a member; the peer is the destination.
    Outbound,
}

impl Direction {
    /// The other one.
    pub(super) fn reverse(self) -> Self {
        match self {
            Direction::Inbound => Direction::Outbound,
            Direction::Outbound => Direction::Inbound,
        }
    }

    /// A group's rules for this way.
    pub(super) fn rules(self, group: &SecurityGroup) -> &[SecurityGroupRule] {
        match self {
            Direction::Inbound => &group.inbound,
            Direction::Outbound => &group.outbound,
        }
    }

    fn short(self) -> &'static str {
        match self {
            Direction::Inbound => "in",
            Direction::Outbound => "out",
        }
    }

    fn peer(self) -> Field {
        match self {
            Direction::Inbound => Field::IpSaddr,
            Direction::Outbound => Field::IpDaddr,
        }
    }
}

/// TCP's protocol number.
pub(super) const TCP: u32 = 6;
/// UDP's.
pub(super) const UDP: u32 = 17;

/// The gate for an instance's interface with these groups: what a map says to make a packet pass through it.
pub(super) fn gate(router: &mut Router<'_>, direction: Direction, groups: &[Name]) -> Part {
    let border = if direction == Direction::Inbound { Border::LinkIn } else { Border::LinkOut };
    gate_at(router, direction, groups, border)
}

/// The same for an interface that AWS runs, which has an address and no link.
pub(super) fn managed_gate(router: &mut Router<'_>, direction: Direction, groups: &[Name]) -> Part {
    let border = if direction == Direction::Inbound { Border::ManagedIn } else { Border::ManagedOut };
    gate_at(router, direction, groups, border)
}

fn gate_at(router: &mut Router<'_>, direction: Direction, groups: &[Name], border: Border) -> Part {
    let groups: BTreeSet<&Name> = groups.iter().collect();
    let prefix = format!("{}{}bound_of_", flow_log::prefix(router, border), direction.short());
    let chain = names::chain(&prefix, groups.iter().copied());
    if !router.has_chain(&chain) {
        let jumps = groups.iter().map(|group| Rule::new([jump(&group_chain(router, direction, group))]));
        let jumps: Vec<_> = jumps.collect();
        let mut rules = Vec::new();
        if router.topology.is_counted {
            // Before the first group that accepts ends it.
            let counting = groups.iter().filter_map(|group| counting_chain(router, direction, group));
            rules.extend(counting.map(|chain| Rule::new([jump(&chain)])));
        }
        rules.extend(untracked::mark(router, direction, &groups, &chain));
        rules.extend(jumps);
        rules.push(Rule::new([flow_log::refuse(router, border)]));
        router.chain(chain.clone(), rules);
    }
    Part::Verdict(Verdict::Goto(chain))
}

/// The chain of a group, which accepts what the group allows. Returns its name.
fn group_chain(router: &mut Router<'_>, direction: Direction, name: &Name) -> String {
    let chain = names::chain(&format!("{}_", direction.short()), [name]);
    if !router.has_chain(&chain) {
        let rules = direction.rules(&router.topology.security_groups[name]);
        let rules = asking(router, (direction, name), &chain, rules, &accept());
        router.chain(chain.clone(), rules);
    }
    chain
}

/// The chain that counts what a group allows: for every rule that says so, for they have no order. None where the file
/// says no rule.
fn counting_chain(router: &mut Router<'_>, direction: Direction, group: &Name) -> Option<String> {
    let rules = direction.rules(&router.topology.security_groups[group]);
    if rules.iter().all(|rule| rule.line.is_unknown()) {
        return None;
    }
    let chain = names::chain(&format!("count_{}_", direction.short()), [group]);
    if !router.has_chain(&chain) {
        let back = || Statement::Verdict(Verdict::Return);
        let background = counter::is_background(router).map(|is| Rule::new(is.into_iter().chain([back()])));
        let mut counting: Vec<_> = background.into_iter().collect();
        let way = if direction == Direction::Inbound { Way::In } else { Way::Out };
        for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| !rule.line.is_unknown()) {
            let count = router.count(&Counted::Rule { group, way, index });
            let own = format!("{chain}_{index}");
            let mut asking = asking(router, (direction, group), &own, slice::from_ref(rule), &count);
            if asking.len() > 1 {
                // Each packet once.
                for rule in &mut asking {
                    rule.statements.push(back());
                }
                router.chain(own.clone(), asking);
                asking = vec![Rule::new([jump(&own)])];
            }
            counting.extend(asking);
        }
        router.chain(chain.clone(), counting);
    }
    Some(chain)
}

/// Puts what rules of a group allow into sets of the router; returns the rules that ask these, and what is `then` done.
fn asking(
    router: &mut Router<'_>,
    (direction, group): (Direction, &Name),
    chain: &str,
    rules: &[SecurityGroupRule],
    then: &Statement,
) -> Vec<Rule> {
    // SG-11: a group does not mean what a middlebox forwarded.
    let apart = direction == Direction::Inbound && middlebox::is_in(router);
    let is_apart = |rule: &&SecurityGroupRule| apart && matches!(rule.peer, Peer::Group(_));
    let sets = Sets::of(router, group, rules.iter().filter(|rule| !is_apart(rule)));
    let of_groups = Sets::of(router, group, rules.iter().filter(is_apart));
    let mut asking = sets.into_rules(router, direction, (chain, ""), (&[None], then));
    let conditions = middlebox::not_forwarded().map(Some);
    asking.extend(of_groups.into_rules(router, direction, (chain, "group_"), (&conditions, then)));
    asking.extend(balancer_group::rule(router, direction, chain, rules, then));
    asking
}

/// The end of a set's name, the key that a packet has for it, the key's type, and its elements.
type NamedSet = (&'static str, Vec<Field>, Vec<Type>, BTreeSet<Vec<Part>>);

/// What a group allows, by the kind of set that can say it.
#[derive(Default)]
struct Sets {
    /// Any protocol.
    any: Vec<Ipv4Net>,
    /// TCP ports.
    tcp: Vec<Box2>,
    /// UDP ports.
    udp: Vec<Box2>,
    /// ICMP: type × 256 + code.
    icmp: Vec<Box2>,
    /// Other protocols, whole.
    other: BTreeSet<(u32, Ipv4Net)>,
}

impl Sets {
    fn of<'r>(router: &Router<'_>, group: &Name, rules: impl Iterator<Item = &'r SecurityGroupRule>) -> Self {
        let mut sets = Self::default();
        for rule in rules {
            for net in peer_networks(router, group, &rule.peer) {
                sets.add(&rule.protocol, net);
            }
        }
        sets
    }

    fn add(&mut self, protocol: &Protocol, net: Ipv4Net) {
        let wide = |ports: &RangeInclusive<u16>| u32::from(*ports.start())..=u32::from(*ports.end());
        match protocol {
            Protocol::All => self.any.push(net),
            Protocol::Tcp(ports) => self.tcp.push((wide(ports), net)),
            Protocol::Udp(ports) => self.udp.push((wide(ports), net)),
            Protocol::Icmp { kind, code } => self.icmp.push((icmp_range(*kind, *code), net)),
            Protocol::Number(number) => _ = self.other.insert((u32::from(*number), net)),
        }
    }

    /// Puts the sets into the router and returns the rules that ask them.
    fn into_rules(
        self,
        router: &mut Router<'_>,
        direction: Direction,
        (chain, prefix): (&str, &str),
        (conditions, then): (&[Option<Statement>], &Statement),
    ) -> Vec<Rule> {
        let peer = direction.peer();
        let any = Ipv4Net::aggregate(&self.any).into_iter().map(|net| vec![Part::Net(net)]).collect();
        let port =
            |protocol: u32| move |(range, net): Box2| vec![Part::Net(net), Part::Number(protocol), ports(&range)];
        let tcp = disjoint(&self.tcp).into_iter().map(port(TCP));
        let udp = disjoint(&self.udp).into_iter().map(port(UDP));
        let icmp = disjoint(&self.icmp).into_iter().flat_map(|(range, net)| {
            types_and_codes(&range)
                .into_iter()
                .map(move |(kind, code)| vec![Part::Net(net), ports(&kind), ports(&code)])
        });
        let other = whole(&self.other).into_iter().map(|(number, net)| vec![Part::Net(net), Part::Number(number)]);
        let sets: [NamedSet; 4] = [
            ("any", vec![peer], vec![Type::Ipv4Addr], any),
            (
                "ports",
                vec![peer, Field::L4proto, Field::ThDport],
                vec![Type::Ipv4Addr, Type::InetProto, Type::InetService],
                tcp.chain(udp).collect(),
            ),
            (
                "icmp",
                vec![peer, Field::IcmpType, Field::IcmpCode],
                vec![Type::Ipv4Addr, Type::IcmpType, Type::IcmpCode],
                icmp.collect(),
            ),
            ("protocols", vec![peer, Field::L4proto], vec![Type::Ipv4Addr, Type::InetProto], other.collect()),
        ];
        let mut rules = Vec::new();
        for (suffix, key, types, elements) in sets {
            if elements.is_empty() {
                continue;
            }
            let name = format!("{chain}_{prefix}{suffix}");
            // Everything from everywhere is nothing to look for.
            let is_all = suffix == "any" && elements.contains(&vec![Part::Net(Ipv4Net::default())]);
            let asked = (!is_all).then(|| within(&key, &name));
            let rule = |condition: &Option<Statement>| {
                Rule::new(condition.iter().cloned().chain(asked.clone()).chain([then.clone()]))
            };
            rules.extend(conditions.iter().map(rule));
            router.set(name, types, elements);
        }
        rules
    }
}

/// The networks of a rule's other side: its CIDR, or the private addresses of a group's members (SG-10).
fn peer_networks(router: &Router<'_>, group: &Name, peer: &Peer) -> Vec<Ipv4Net> {
    match peer {
        Peer::Cidr(net) => {
            let mut nets = vec![*net];
            nets.extend(private_link_clients(router, group, *net));
            nets
        }
        Peer::PrefixList(list) => {
            let nets = router.topology.prefix_list_cidrs(router.name, list);
            let clients: Vec<_> = nets.iter().flat_map(|net| private_link_clients(router, group, *net)).collect();
            nets.into_iter().chain(clients).collect()
        }
        Peer::Group(name) if !is_in_reach(router, name) => Vec::new(),
        Peer::Group(name) => {
            let interfaces = router.topology.network_interfaces.values();
            let members = interfaces.filter(|interface| interface.security_groups.contains(name));
            members.flat_map(|member| member.private_ips().map(Ipv4Net::from)).collect()
        }
    }
}

/// Whether a group is of this VPC or of one that it peers with; a rule that names another is stale (SG-12).
fn is_in_reach(router: &Router<'_>, group: &Name) -> bool {
    let of = &router.topology.security_groups[group].vpc;
    of == router.name || router.topology.active_peerings(router.name).any(|(_, _, other)| other.vpc == *of)
}

/// The part of a rule's CIDR from which consumers' clients come, as the networks that stand for it here: a load
/// balancer's groups judge PrivateLink clients by their own addresses (NLB-41).
fn private_link_clients(router: &Router<'_>, group: &Name, net: Ipv4Net) -> Vec<Ipv4Net> {
    let topology = router.topology;
    let connections = router.endpoints.iter().filter(|endpoint| {
        let Some(balancer) = endpoint.load_balancer().map(|name| &topology.load_balancers[name]) else { return false };
        let node = &topology.network_interfaces[&balancer.nodes[0].interface];
        endpoint.state == ConnectionState::Available
            && balancer.vpc == *router.name
            && node.security_groups.contains(group)
    });
    connections
        .flat_map(|endpoint| &endpoint.client_networks)
        .filter_map(|(own, stands_for_it)| {
            let common = if net.contains(own) { *own } else { Some(net).filter(|net| own.contains(net))? };
            let offset = u32::from(common.network()) - u32::from(own.network());
            let address = Ipv4Addr::from(u32::from(stands_for_it.network()) + offset);
            Ipv4Net::new(address, common.prefix_len()).ok()
        })
        .collect()
}

fn icmp_range(kind: Option<u8>, code: Option<u8>) -> RangeInclusive<u32> {
    match (kind, code) {
        (None, _) => 0..=0xffff,
        (Some(kind), None) => u32::from(kind) << 8..=(u32::from(kind) << 8) + 0xff,
        (Some(kind), Some(code)) => {
            let one = (u32::from(kind) << 8) + u32::from(code);
            one..=one
        }
    }
}

/// A range of type × 256 + code as boxes of types and codes.
fn types_and_codes(range: &RangeInclusive<u32>) -> Vec<(RangeInclusive<u32>, RangeInclusive<u32>)> {
    let (mut first, last) = (*range.start(), *range.end());
    let mut boxes = Vec::new();
    while first <= last {
        let (kind, code) = (first >> 8, first & 0xff);
        let whole = (last + 1) >> 8;
        if code == 0 && whole > kind {
            boxes.push((kind..=whole - 1, 0..=0xff));
            first = whole << 8;
        } else {
            let end = last.min((kind << 8) + 0xff);
            boxes.push((kind..=kind, code..=end & 0xff));
            first = end + 1;
        }
    }
    boxes
}

/// Protocols and networks without nested networks.
fn whole(pairs: &BTreeSet<(u32, Ipv4Net)>) -> Vec<(u32, Ipv4Net)> {
    let boxes: Vec<Box2> = pairs.iter().map(|(number, net)| (*number..=*number, *net)).collect();
    disjoint(&boxes).into_iter().flat_map(|(range, net)| range.map(move |number| (number, net))).collect()
}

fn ports(range: &RangeInclusive<u32>) -> Part {
    let narrow = |number: u32| u16::try_from(number).expect("ports, types and codes fit in 16 bits");
    Part::Range(narrow(*range.start()), narrow(*range.end()))
}

#[cfg(test)]
mod tests {
    use super::types_and_codes;

    #[test]
    fn a_range_over_several_types_becomes_boxes() {
        assert_eq!(types_and_codes(&(0..=0xffff)), [(0..=255, 0..=255)]);
        assert_eq!(types_and_codes(&(0x0800..=0x08ff)), [(8..=8, 0..=255)]);
        assert_eq!(types_and_codes(&(0x0304..=0x0304)), [(3..=3, 4..=4)]);
        assert_eq!(types_and_codes(&(0x0304..=0x0501)), [(3..=3, 4..=255), (4..=4, 0..=255), (5..=5, 0..=1)]);
    }
}
