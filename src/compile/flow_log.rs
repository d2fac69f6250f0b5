//! Flow logs (FL-01 to FL-11): of an interface that one is about, the router tells the daemon each packet that passes,
//! by the kernel's packet log, and each that a security group or a network ACL refuses. Routers without a flow log have
//! nothing of this, and of others only packets of those interfaces are told.
//!
//! | border | passes at | told by | refused in |
//! |---|---|---|---|
//! | out of an instance's or a NAT gateway's interface | prerouting −148 | `iifname` | `flow_refused_out` |
//! | into it | postrouting 111 | `oifname` | `flow_refused_in` |
//! | into a node or an endpoint | prerouting −148 | `ip daddr`; a target's answer by its mark | `flow_refused_managed_in` |
//! | out of it | postrouting 111 | a node's by its mark, else `ip saddr` | `flow_refused_managed_out` |
//!
//! Packets are told before translation on the way out and after it on the way in, so that records have private addresses
//! (FL-06). DNS, metadata, time and base+1 are not told of (FL-07), nor what goes between an endpoint and a node.
//!
//! ```text
//! map flow_out { "eni-0a1b2c3d4e5" : jump flow_eni-00a1b2c3d4e5f6071_egress_ACCEPT }
//! chain flow_eni-00a1b2c3d4e5f6071_egress_ACCEPT { log prefix "eni-00a1b2c3d4e5f6071 egress ACCEPT" group 1 snaplen 76 }
//! chain flow_refused_out { iifname vmap @flow_out_refused; drop }
//! ```

use super::{
    names,
    network_acl::{link, marks},
    router::Router,
    rules::{accept, any, base, discard, iif, oif, vmap, within},
};
use crate::{
    model::{Name, NetworkInterface, Owner, RouteTarget, Topology, aws_address},
    spec::{
        NetnsName,
        flow_log::{FlowDirection, FlowLog, FlowTap, GROUP, HEADERS, LoggedInterface, Seen},
        nft::{Field, HookKind, HookPoint, Part, Rule, Statement, Type, Verdict},
    },
};
use ipnet::Ipv4Net;
use std::collections::BTreeMap;

/// Where a packet crosses into or out of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Border {
    /// Into an interface with a link of its own.
    LinkIn,
    /// Out of it.
    LinkOut,
    /// Into an interface that AWS runs.
    ManagedIn,
    /// Out of it.
    ManagedOut,
}

impl Border {
    const EVERY: [Self; 4] = [Self::LinkIn, Self::LinkOut, Self::ManagedIn, Self::ManagedOut];

    fn word(self) -> &'static str {
        match self {
            Self::LinkIn => "in",
            Self::LinkOut => "out",
            Self::ManagedIn => "managed_in",
            Self::ManagedOut => "managed_out",
        }
    }

    fn direction(self) -> FlowDirection {
        match self {
            Self::LinkIn | Self::ManagedIn => FlowDirection::Ingress,
            Self::LinkOut | Self::ManagedOut => FlowDirection::Egress,
        }
    }

    /// The key of its map.
    fn key(self) -> (Field, Type) {
        match self {
            Self::LinkIn => (Field::Oifname, Type::Ifname),
            Self::LinkOut => (Field::Iifname, Type::Ifname),
            Self::ManagedIn => (Field::IpDaddr, Type::Ipv4Addr),
            Self::ManagedOut => (Field::IpSaddr, Type::Ipv4Addr),
        }
    }

    fn map(self, accepted: bool) -> String {
        format!("flow_{}{}", self.word(), if accepted { "" } else { "_refused" })
    }

    /// The map of marks of load balancers' connections.
    fn node_map(self, accepted: bool) -> String {
        format!("flow_node_{}{}", self.word(), if accepted { "" } else { "_refused" })
    }

    /// The rules that ask the maps.
    fn rules(self, accepted: bool) -> Vec<Rule> {
        let own = Rule::new([vmap(&[self.key().0], &self.map(accepted))]);
        let node = vmap(&[Field::CtMark], &self.node_map(accepted));
        match self {
            Self::LinkIn | Self::LinkOut => vec![own],
            Self::ManagedIn => vec![Rule::new([any(Field::CtDirection, &["reply"]), node]), own],
            Self::ManagedOut => vec![Rule::new([node]), own],
        }
    }
}

/// What refuses a packet at a border: `drop`, or a chain that tells of it first.
pub(super) fn refuse(router: &Router<'_>, border: Border) -> Statement {
    if tells(router, false) { Statement::Verdict(Verdict::Goto(refused(border))) } else { discard() }
}

/// What chains are called by that refuse at this border, where those of instances may refuse too.
pub(super) fn prefix(router: &Router<'_>, border: Border) -> &'static str {
    let is_managed = matches!(border, Border::ManagedIn | Border::ManagedOut);
    if is_managed && tells(router, false) { "managed_" } else { "" }
}

/// The maps and chains, empty yet, where the VPC has a flow log.
pub(super) fn frame(router: &mut Router<'_>) {
    for accepted in [true, false].into_iter().filter(|accepted| tells(router, *accepted)).collect::<Vec<_>>() {
        for border in Border::EVERY {
            router.new_map(&border.map(accepted), vec![border.key().1], Type::Verdict);
            if matches!(border, Border::ManagedIn | Border::ManagedOut) {
                router.new_map(&border.node_map(accepted), vec![Type::Mark], Type::Verdict);
            }
            if !accepted {
                let rules = border.rules(false).into_iter().chain([Rule::new([discard()])]);
                router.chain(refused(border), rules.collect());
            }
        }
    }
    if !tells(router, true) {
        return;
    }
    let prerouting = [Rule::new([within(&[Field::IpDaddr], "unfiltered"), accept()])].into_iter();
    let prerouting = prerouting.chain(Border::LinkOut.rules(true));
    // What comes from an endpoint to a node stays inside AWS.
    let prerouting = prerouting.chain([Rule::new([iif("svc-*"), accept()])]).chain(Border::ManagedIn.rules(true));
    let postrouting = [Rule::new([within(&[Field::IpSaddr], "unfiltered"), accept()])].into_iter();
    let postrouting = postrouting.chain(Border::LinkIn.rules(true));
    let postrouting = postrouting.chain([Rule::new([oif("svc-*"), accept()])]).chain(Border::ManagedOut.rules(true));
    let chain = |at, priority, rules| base(HookKind::Filter, at, priority, rules);
    router.base_chain("flow_prerouting", chain(HookPoint::Prerouting, -148, prerouting.collect()));
    router.base_chain("flow_postrouting", chain(HookPoint::Postrouting, 111, postrouting.collect()));
}

/// The router's part: each interface with what is told of it.
pub(super) fn add(router: &mut Router<'_>) {
    for (name, interface) in router.interfaces {
        let is_managed = !matches!(interface.owner, Owner::Instance(_) | Owner::NatGateway(_));
        let borders =
            if is_managed { [Border::ManagedIn, Border::ManagedOut] } else { [Border::LinkIn, Border::LinkOut] };
        for (border, accepted) in borders.into_iter().flat_map(|border| [(border, true), (border, false)]) {
            let mut logs = router.topology.flow_logs.values();
            if logs.any(|log| log.is_about(name, interface) && log.traffic.is_about(accepted)) {
                tell(router, interface, border, accepted);
            }
        }
    }
}

/// Has the packets of an interface be told of at a border.
fn tell(router: &mut Router<'_>, interface: &NetworkInterface, border: Border, accepted: bool) {
    let seen = Seen { interface: interface.id.to_string(), direction: border.direction(), accepted };
    let chain = format!("flow_{seen}").replace(' ', "_");
    let log = Statement::Log { group: GROUP, prefix: seen.to_string(), bytes: HEADERS };
    // A packet that is passed on is told of twice: out of the sender's interface, and into a node's or an endpoint's. A
    // node's or an endpoint's is found by one key only, though it may have two.
    let is_managed = matches!(border, Border::ManagedIn | Border::ManagedOut);
    let verdict = if accepted { is_managed.then(accept) } else { Some(discard()) };
    router.chain(chain.clone(), vec![Rule::new([log].into_iter().chain(verdict))]);
    let jump = Part::Verdict(Verdict::Jump(chain));
    if !is_managed {
        router.map(&border.map(accepted), vec![Part::Ifname(link(router, interface))], jump);
        return;
    }
    router.map(&border.map(accepted), vec![Part::address(interface.private_ip)], jump.clone());
    if let (Border::ManagedIn, Some(public)) = (border, &interface.public) {
        router.map(&border.map(accepted), vec![Part::address(public.ip)], jump.clone());
    }
    if matches!(interface.owner, Owner::LoadBalancer(_)) {
        for mark in marks(router, interface) {
            router.map(&border.node_map(accepted), vec![Part::Number(mark)], jump.clone());
        }
    }
}

/// Whether some flow log of the VPC is about what passes, or what is refused.
fn tells(router: &Router<'_>, accepted: bool) -> bool {
    router.topology.flow_logs.values().any(|log| log.vpc == *router.name && log.traffic.is_about(accepted))
}

fn refused(border: Border) -> String {
    format!("flow_refused_{}", border.word())
}

/// What the daemon makes records of.
pub(super) fn taps(topology: &Topology) -> BTreeMap<NetnsName, FlowTap> {
    let mut taps: BTreeMap<NetnsName, FlowTap> = BTreeMap::new();
    for (name, log) in &topology.flow_logs {
        let tap = taps
            .entry(names::router_netns(&topology.lab, &log.vpc))
            .or_insert_with(|| FlowTap { services: services(topology), ..FlowTap::default() });
        let interfaces = log.interfaces(topology).map(|(_, interface)| interface);
        let interfaces: BTreeMap<_, _> =
            interfaces.map(|interface| (interface.id.to_string(), logged(topology, interface))).collect();
        let spec = FlowLog {
            traffic: log.traffic,
            format: log.format.clone(),
            interval: log.max_aggregation_interval,
            interfaces: interfaces.keys().cloned().collect(),
        };
        tap.interfaces.extend(interfaces);
        tap.logs.insert(name.to_string(), spec);
    }
    taps
}

fn logged(topology: &Topology, interface: &NetworkInterface) -> LoggedInterface {
    let subnet = &topology.subnets[&interface.subnet];
    let vpc = &topology.vpcs[&interface.vpc];
    LoggedInterface {
        account: vpc.account.clone(),
        vpc: vpc.id.to_string(),
        subnet: subnet.id.to_string(),
        instance: match &interface.owner {
            Owner::Instance(name) => Some(topology.instances[name].id.to_string()),
            Owner::LoadBalancer(_)
            | Owner::Endpoint(_)
            | Owner::NatGateway(_)
            | Owner::ResolverEndpoint(_)
            | Owner::Nobody => None,
        },
        region: vpc.region.to_string(),
        az_id: subnet.az_id.clone(),
        private_ip: interface.private_ip,
        public_ip: interface.public.as_ref().map(|public| public.ip),
        paths: paths(topology, &interface.vpc, &subnet.route_table),
    }
}

/// AWS's numbers for the ways of a route table (FL-09).
fn paths(topology: &Topology, vpc: &Name, table: &Name) -> Vec<(Ipv4Net, u8)> {
    const SAME_VPC: u8 = 1;
    let written = topology.static_routes(table);
    let routes = written.iter().filter_map(|route| {
        let path = match &route.target {
            RouteTarget::NatGateway(_) | RouteTarget::NetworkInterface(_) => SAME_VPC,
            RouteTarget::VpnGateway(_) => 3,
            RouteTarget::PeeringConnection(name) => {
                let connection = &topology.peering_connections[name];
                let [one, other] =
                    [&connection.requester, &connection.accepter].map(|side| topology.region_of(&side.vpc));
                if one == other { 4 } else { 5 }
            }
            RouteTarget::InternetGateway(_) => 8,
            RouteTarget::Blackhole => return None,
        };
        Some((route.destination, path))
    });
    let gateways = topology.gateway_endpoints.values().filter(|endpoint| endpoint.route_tables.contains(table));
    let to_services =
        gateways.flat_map(|endpoint| aws_address::prefix_list(topology.region_of(vpc), &endpoint.service).cidrs);
    let own = topology.vpcs[vpc].cidrs().map(|cidr| (cidr, SAME_VPC));
    own.chain(routes).chain(to_services.map(|net| (net, 7))).collect()
}

/// The public networks of AWS's services with the names that records have for them: `S3`, `DYNAMODB`, `AMAZON`.
fn services(topology: &Topology) -> Vec<(Ipv4Net, String)> {
    let lists = topology.regions().into_iter().flat_map(aws_address::prefix_lists);
    let lists = lists.flat_map(|(service, list)| {
        let name = service.as_str().to_uppercase();
        list.cidrs.into_iter().map(move |net| (net, name.clone()))
    });
    let others = aws_address::networks().map(|net| (net, "AMAZON".to_owned()));
    lists.chain(others).collect()
}
