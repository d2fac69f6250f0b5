//! What lints look at: the topology, the draft that it came from, and where each thing stands in the file.
//!
//! What AWS makes by itself, such as default groups and main route tables, has no place; lints leave it alone.

use crate::model::{
    Line, Name, NetworkAclEntry, NetworkInterface, Owner, Route, SecurityGroup, SecurityGroupRule, Topology,
    diagnostic::Span,
    draft::{self, Draft},
};
use ipnet::Ipv4Net;
use std::{collections::BTreeMap, fmt};

/// Kinds of resources that have a place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Noun {
    ElasticIp,
    Endpoint,
    GatewayEndpoint,
    Instance,
    InternetGateway,
    LoadBalancer,
    NatGateway,
    NetworkAcl,
    NetworkInterface,
    PeeringConnection,
    ResolverEndpoint,
    RouteTable,
    SecurityGroup,
    Subnet,
    TargetGroup,
    Vpc,
}

/// Which rules of a group, or entries of a network ACL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Inbound,
    Outbound,
}

impl Direction {
    pub(super) const BOTH: [Self; 2] = [Self::Inbound, Self::Outbound];

    pub(super) fn opposite(self) -> Self {
        match self {
            Self::Inbound => Self::Outbound,
            Self::Outbound => Self::Inbound,
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        })
    }
}

/// A topology and its file.
pub(super) struct Scene<'a> {
    pub(super) topology: &'a Topology,
    pub(super) draft: &'a Draft,
    places: BTreeMap<(Noun, &'a Name), Span>,
    groups: BTreeMap<&'a Name, &'a draft::SecurityGroup>,
    acls: BTreeMap<&'a Name, &'a draft::NetworkAcl>,
    routes: BTreeMap<&'a Name, Vec<&'a draft::Route>>,
    members: BTreeMap<&'a Name, Vec<&'a NetworkInterface>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(topology: &'a Topology, draft: &'a Draft) -> Self {
        let mut routes: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for route in &draft.routes {
            routes.entry(&route.route_table.value).or_default().push(route);
        }
        let mut members: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for interface in topology.network_interfaces.values() {
            for group in &interface.security_groups {
                members.entry(group).or_default().push(interface);
            }
        }
        let groups = draft.security_groups.iter().map(|group| (&group.label.name.value, group)).collect();
        let acls = draft.network_acls.iter().map(|acl| (&acl.label.name.value, acl)).collect();
        Self { topology, draft, places: places(draft), groups, acls, routes, members }
    }

    /// Where a resource stands; none if AWS makes it.
    pub(super) fn place(&self, noun: Noun, name: &Name) -> Option<Span> {
        self.places.get(&(noun, name)).copied()
    }

    /// Where that stands to which an interface belongs.
    pub(super) fn place_of_interface(&self, name: &Name, interface: &NetworkInterface) -> Option<Span> {
        match &interface.owner {
            Owner::Instance(owner) => self.place(Noun::Instance, owner),
            Owner::LoadBalancer(owner) => self.place(Noun::LoadBalancer, owner),
            Owner::Endpoint(owner) => self.place(Noun::Endpoint, owner),
            Owner::NatGateway(owner) => self.place(Noun::NatGateway, owner),
            Owner::ResolverEndpoint(owner) => self.place(Noun::ResolverEndpoint, owner),
            Owner::Nobody => self.place(Noun::NetworkInterface, name),
        }
    }

    /// The interfaces that have a group.
    pub(super) fn members(&self, group: &Name) -> &[&'a NetworkInterface] {
        self.members.get(group).map_or(&[], Vec::as_slice)
    }

    /// The rules of a group that the file says, each with its place.
    pub(super) fn rules(&self, name: &Name, direction: Direction) -> Vec<(&'a SecurityGroupRule, Span)> {
        let Some(written) = self.groups.get(name) else { return Vec::new() };
        let group = &self.topology.security_groups[name];
        let resolved: Vec<_> = rules_of(group, direction).iter().filter(|rule| !rule.line.is_unknown()).collect();
        let written = match direction {
            Direction::Inbound => &written.inbound,
            Direction::Outbound => &written.outbound,
        };
        let spans: Vec<_> = written.iter().flatten().map(|rule| rule.span).collect();
        let label = self.place(Noun::SecurityGroup, name).unwrap_or_default();
        // One is made of each, in the file's order.
        let paired = spans.len() == resolved.len();
        let place = |index: usize| if paired { spans[index] } else { label };
        resolved.into_iter().enumerate().map(|(index, rule)| (rule, place(index))).collect()
    }

    /// The place of an entry, if the file says it.
    pub(super) fn place_of_entry(&self, acl: &Name, direction: Direction, entry: &NetworkAclEntry) -> Option<Span> {
        let written = self.acls.get(acl)?;
        let written = match direction {
            Direction::Inbound => &written.inbound,
            Direction::Outbound => &written.outbound,
        };
        let number = i64::from(entry.number);
        written.iter().flatten().find(|other| other.number.value == number).map(|entry| entry.span)
    }

    /// The place of a route, if the file says it.
    pub(super) fn place_of_route(&self, table: &Name, route: &Route) -> Option<Span> {
        self.place_of_destination(table, route.line, |text| text.parse() == Ok(route.destination))
    }

    /// The place of a table's route on a line: the one that is meant, if there are several.
    pub(super) fn place_of_destination(
        &self,
        table: &Name,
        line: Line,
        is_meant: impl Fn(&str) -> bool,
    ) -> Option<Span> {
        let routes = self.routes.get(table)?;
        let on_line = || {
            let line_of = |route: &draft::Route| self.draft.lines.line(route.destination.span).number();
            routes.iter().filter(move |route| line_of(route) == line.number())
        };
        let meant = on_line().find(|route| is_meant(&route.destination.value));
        meant.or_else(|| on_line().next()).map(|route| route.destination.span)
    }

    /// The region and account of a VPC, for what is counted by them.
    pub(super) fn region(&self, vpc: &Name) -> String {
        let vpc = &self.topology.vpcs[vpc];
        format!("region `{}` of account `{}`", vpc.region.as_str(), vpc.account)
    }

    /// The routes of a table that the file says and those that come of endpoints' lists, by destination.
    pub(super) fn routes(&self, table: &Name) -> Vec<Route> {
        self.topology.routes_of(table)
    }
}

/// The rules of a group in one direction.
pub(super) fn rules_of(group: &SecurityGroup, direction: Direction) -> &[SecurityGroupRule] {
    match direction {
        Direction::Inbound => &group.inbound,
        Direction::Outbound => &group.outbound,
    }
}

/// Whether a network is everybody, or as good as.
pub(super) fn is_everybody(net: Ipv4Net) -> bool {
    net.prefix_len() < 8
}

/// Where everything stands.
fn places(draft: &Draft) -> BTreeMap<(Noun, &Name), Span> {
    let mut places = BTreeMap::new();
    macro_rules! add {
        ($($field:ident: $noun:ident,)*) => {
            $(places.extend(draft.$field.iter().map(|it| ((Noun::$noun, &it.label.name.value), it.label.name.span)));)*
        };
    }
    add! {
        elastic_ips: ElasticIp,
        endpoints: Endpoint,
        gateway_endpoints: GatewayEndpoint,
        instances: Instance,
        internet_gateways: InternetGateway,
        load_balancers: LoadBalancer,
        nat_gateways: NatGateway,
        network_acls: NetworkAcl,
        network_interfaces: NetworkInterface,
        peering_connections: PeeringConnection,
        resolver_endpoints: ResolverEndpoint,
        route_tables: RouteTable,
        security_groups: SecurityGroup,
        subnets: Subnet,
        target_groups: TargetGroup,
        vpcs: Vpc,
    }
    places
}
