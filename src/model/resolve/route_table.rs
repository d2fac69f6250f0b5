//! Route tables and routes (RT-01 to RT-17).

use super::{
    super::{
        Id, Name, PrefixListRef, PrefixListRoute, Route, RouteTable, RouteTarget,
        diagnostic::{Span, Spanned},
        draft::{
            self, Draft,
            RouteTarget::{Blackhole, Instance, NatGateway, NetworkInterface, OwnNatGateway},
        },
    },
    Resolver, tag, text,
};
use ipnet::Ipv4Net;
use std::collections::{BTreeMap, BTreeSet};

/// How many routes a table has at most, once AWS has raised the quota as far as it goes (VPC-18).
const QUOTA: usize = 1000;

/// Where a route leads.
enum Destination {
    Net(Ipv4Net),
    List(PrefixListRef),
}

impl Resolver<'_> {
    pub(super) fn route_tables(&mut self, draft: &Draft) {
        for table in &draft.route_tables {
            let resolved = self.route_table(table);
            self.route_tables.insert(&table.label.name, resolved, &mut self.found);
        }
        self.own_main_tables();
        self.replaced_main_tables(draft);
    }

    /// The routes, once their targets are known.
    pub(super) fn routes(&mut self, draft: &Draft) {
        for route in &draft.routes {
            self.route(route);
        }
        for table in &draft.route_tables {
            self.propagation(table);
        }
        for (_, table) in self.route_tables.iter_mut() {
            table.routes.sort_by_key(|route| route.destination);
            table.prefix_list_routes.sort_by(|one, other| one.destination.cmp(&other.destination));
        }
        self.route_quota(draft);
    }

    fn route_table(&mut self, table: &draft::RouteTable) -> Option<RouteTable> {
        let name = &table.label.name;
        self.vpcs.find(&table.vpc, &mut self.found)?;
        if table.main {
            let vpc = self.vpcs.get_mut(&table.vpc.value)?;
            if vpc.main_route_table != Name::new(format!("{}/main", table.vpc.value)) {
                self.found.push(name.span, format!("VPC `{}` has two main route tables", table.vpc.value));
            }
            vpc.main_route_table = name.value.clone();
        } else if self.vpcs.get(&table.vpc.value)?.main_route_table == name.value {
            let message = format!("`{}` is the main route table of VPC `{}`", name.value, table.vpc.value);
            let hint =
                "its routes stand in the VPC's `routes`; a subnet with `routes` of its own cannot be called `main`";
            self.found.push_with_hint(name.span, message, hint);
            return None;
        }
        Some(RouteTable {
            id: Id::derive(self.lab, "rtb", name.value.as_str()),
            tag: tag(&table.label),
            vpc: table.vpc.value.clone(),
            routes: Vec::new(),
            prefix_list_routes: Vec::new(),
            propagating_vgws: Vec::new(),
            gateways: Vec::new(),
        })
    }

    /// The gateways that propagate into a table, each once (VGW-02).
    fn propagation(&mut self, table: &draft::RouteTable) {
        let (vpc, name) = (&table.vpc.value, &table.label.name.value);
        let attached = table.propagating_vgws.iter().filter(|gateway| self.is_attached(vpc, name, gateway));
        let attached: BTreeSet<_> = attached.map(|gateway| gateway.value.clone()).collect();
        if let Some(table) = self.route_tables.get_mut(name) {
            table.propagating_vgws = attached.into_iter().collect();
        }
    }

    /// The main tables that AWS makes with each VPC (VPC-06).
    fn own_main_tables(&mut self) {
        for (name, vpc) in self.vpcs.iter() {
            if !self.route_tables.contains(&vpc.main_route_table) {
                let table = RouteTable {
                    id: Id::derive(self.lab, "rtb", vpc.main_route_table.as_str()),
                    tag: String::new(),
                    vpc: name.clone(),
                    routes: Vec::new(),
                    prefix_list_routes: Vec::new(),
                    propagating_vgws: Vec::new(),
                    gateways: Vec::new(),
                };
                self.route_tables.insert_own(vpc.main_route_table.clone(), table);
            }
        }
    }

    /// The tables that take the place of those that AWS made (RT-09), which stay as ordinary ones.
    fn replaced_main_tables(&mut self, draft: &Draft) {
        for vpc in &draft.vpcs {
            let Some(main) = &vpc.main_route_table else { continue };
            let name = &vpc.label.name.value;
            let Some(table) = self.route_tables.find(main, &mut self.found) else { continue };
            if table.vpc != *name {
                let message = format!("route table `{}` and VPC `{name}` belong to different networks", main.value);
                self.found.push(main.span, format!("{message} (InvalidParameterValue)"));
            } else if let Some(vpc) = self.vpcs.get_mut(name) {
                vpc.main_route_table = main.value.clone();
            }
        }
    }

    fn route(&mut self, route: &draft::Route) {
        let text = &route.destination;
        let Some(table) = self.route_tables.find(&route.route_table, &mut self.found) else { return };
        let vpc = table.vpc.clone();
        let destination = if is_prefix_list(&text.value) {
            self.list_destination(&vpc, text).map(Destination::List)
        } else {
            self.net_destination(&vpc, route).map(Destination::Net)
        };
        let target = self.route_target(&vpc, &route.route_table.value, &route.target);
        let (Some(destination), Some(target)) = (destination, target) else { return };
        let table = self.route_tables.get_mut(&route.route_table.value).expect("found above");
        let line = self.lines.line(text.span);
        let is_new = match destination {
            Destination::Net(destination) => {
                let is_new = table.routes.iter().all(|other| other.destination != destination);
                table.routes.push(Route { destination, target, line });
                is_new
            }
            Destination::List(destination) => {
                let is_new = table.prefix_list_routes.iter().all(|other| other.destination != destination);
                table.prefix_list_routes.push(PrefixListRoute { destination, target, line });
                is_new
            }
        };
        if !is_new {
            let written =
                text.value.parse().map_or_else(|_| text.value.clone(), |net: Ipv4Net| net.trunc().to_string());
            self.found
                .push(text.span, format!("the route identified by {written} already exists (RouteAlreadyExists)"));
        }
    }

    fn net_destination(&mut self, vpc: &Name, route: &draft::Route) -> Option<Ipv4Net> {
        let net = text::cidr(&route.destination, &mut self.found)?;
        self.destination(route.destination.span, Some(&route.target.value), net, vpc)
    }

    /// A prefix list, if a route may lead to all its networks. For those that are a CIDR of the VPC the local route
    /// holds, as for what lies inside one no such route may lead elsewhere.
    fn list_destination(&mut self, vpc: &Name, text: &draft::Text) -> Option<PrefixListRef> {
        let list = self.prefix_list_ref(vpc, text)?;
        let PrefixListRef::Own(name) = &list else { return Some(list) };
        let cidrs: Vec<_> = self.vpcs.get(vpc)?.cidrs().collect();
        let entries: Vec<_> = self.prefix_lists.get(name)?.entries.iter().map(|entry| entry.cidr).collect();
        let mut right = true;
        for net in entries.into_iter().filter(|net| !cidrs.contains(net)) {
            right &= self.destination(text.span, None, net, vpc).is_some();
        }
        right.then_some(list)
    }

    /// A table has so many routes and no more, a prefix list counting with its size (SG-22).
    fn route_quota(&mut self, draft: &Draft) {
        let mut tables: BTreeMap<&Name, Vec<(usize, Span)>> = BTreeMap::new();
        for route in &draft.routes {
            let own =
                self.route_tables.get(&route.route_table.value).into_iter().flat_map(|table| &table.prefix_list_routes);
            let line = self.lines.line(route.destination.span);
            let list = own.filter(|_| is_prefix_list(&route.destination.value)).find(|other| other.line == line);
            let weight = list.map_or(1, |list| self.weight(&list.destination));
            tables.entry(&route.route_table.value).or_default().push((weight, route.destination.span));
        }
        let message = format!("a route table has {QUOTA} routes at most (RouteLimitExceeded)");
        for weights in tables.into_values() {
            self.quota(weights, QUOTA, &message);
        }
    }

    pub(super) fn route_target(
        &mut self,
        vpc: &Name,
        table: &Name,
        target: &Spanned<draft::RouteTarget>,
    ) -> Option<RouteTarget> {
        match &target.value {
            draft::RouteTarget::Blackhole => Some(RouteTarget::Blackhole),
            draft::RouteTarget::NetworkInterface(name) => {
                self.interface_target(vpc, table, &Spanned::new(name.clone(), target.span))
            }
            draft::RouteTarget::Instance(name) => {
                self.instance_target(vpc, table, &Spanned::new(name.clone(), target.span))
            }
            draft::RouteTarget::OwnInternetGateway => self.own_gateway(vpc, target.span),
            draft::RouteTarget::OwnVpnGateway => self.own_vpn_gateway(vpc, target.span),
            draft::RouteTarget::VpnGateway(name) => {
                let gateway = Spanned::new(name.clone(), target.span);
                self.is_attached(vpc, table, &gateway).then(|| RouteTarget::VpnGateway(name.clone()))
            }
            draft::RouteTarget::OwnPeeringConnection => self.only_peering(vpc, target.span),
            draft::RouteTarget::PeeringConnection(name) => {
                self.peering_target(vpc, table, &Spanned::new(name.clone(), target.span))
            }
            draft::RouteTarget::NatGateway(name) => {
                self.nat_gateway_of(vpc, table, &Spanned::new(name.clone(), target.span))
            }
            draft::RouteTarget::OwnNatGateway => self.only_nat_gateway(vpc, target.span),
            draft::RouteTarget::InternetGateway(name) => {
                let reference = Spanned::new(name.clone(), target.span);
                let gateway = self.internet_gateways.find(&reference, &mut self.found)?;
                if gateway.vpc.as_ref() != Some(vpc) {
                    let message = format!(
                        "route table `{table}` and internet gateway `{name}` belong to different networks (InvalidParameterValue)"
                    );
                    self.found.push(target.span, message);
                    return None;
                }
                Some(RouteTarget::InternetGateway(name.clone()))
            }
        }
    }

    fn own_gateway(&mut self, vpc: &Name, span: Span) -> Option<RouteTarget> {
        let own = self.internet_gateways.iter().find(|(_, gateway)| gateway.vpc.as_ref() == Some(vpc));
        let own = own.map(|(name, _)| RouteTarget::InternetGateway(name.clone()));
        if own.is_none() {
            let message = format!("VPC `{vpc}` has no internet gateway (Gateway.NotAttached)");
            self.found.push_with_hint(span, message, format!("give VPC `{vpc}` an `internet_gateway: true`"));
        }
        own
    }

    /// The destination, if a route may lead there; without a target, one that may not lead inside the VPC.
    fn destination(
        &mut self,
        span: Span,
        target: Option<&draft::RouteTarget>,
        net: Ipv4Net,
        vpc: &Name,
    ) -> Option<Ipv4Net> {
        let link_local: Ipv4Net = "169.254.168.0/22".parse().expect("a CIDR");
        if link_local.contains(&net) {
            let message = format!("`{net}` lies in `{link_local}`, which AWS keeps for itself (InvalidParameterValue)");
            self.found.push(span, message);
            return None;
        }
        let Some(cidr) = self.vpcs.get(vpc)?.cidr_of(net) else { return Some(net) };
        // A blackhole is what is left of any target.
        let may_be_local = target.is_some_and(|target| {
            matches!(target, NatGateway(_) | OwnNatGateway | NetworkInterface(_) | Instance(_) | Blackhole)
        });
        if cidr == net {
            // RT-08
            if !may_be_local || target == Some(&Blackhole) {
                self.found.push(span, format!("the route identified by {net} already exists (RouteAlreadyExists)"));
                return None;
            }
            return Some(net);
        }
        // RT-07
        let is_subnet = self.subnets.iter().any(|(_, subnet)| subnet.vpc == *vpc && subnet.cidr == net);
        if may_be_local && is_subnet {
            return Some(net);
        }
        let message = format!("`{net}` is more specific than the local route `{cidr}` (InvalidParameterValue)");
        let hint = if may_be_local {
            "such a route's destination is the whole CIDR of a subnet"
        } else {
            "only a NAT gateway, interface or firewall endpoint may be such a route's target"
        };
        self.found.push_with_hint(span, message, hint);
        None
    }
}

/// Whether a destination is written as a prefix list.
fn is_prefix_list(destination: &str) -> bool {
    ["prefix_list/", "pl-", "com.amazonaws."].iter().any(|prefix| destination.starts_with(prefix))
}
