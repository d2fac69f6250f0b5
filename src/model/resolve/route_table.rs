//! Route tables and routes (RT-01 to RT-17).

use super::{
    super::{
        Id, Name, Route, RouteTable, RouteTarget,
        diagnostic::{Span, Spanned},
        draft::{
            self, Draft,
            RouteTarget::{Blackhole, Instance, NatGateway, NetworkInterface, OwnNatGateway},
        },
    },
    Resolver, tag, text,
};
use ipnet::Ipv4Net;
use std::collections::BTreeSet;

impl Resolver<'_> {
    pub(super) fn route_tables(&mut self, draft: &Draft) {
        for table in &draft.route_tables {
            let resolved = self.route_table(table);
            self.route_tables.insert(&table.label.name, resolved, &mut self.found);
        }
        self.own_main_tables();
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
        }
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
                    propagating_vgws: Vec::new(),
                    gateways: Vec::new(),
                };
                self.route_tables.insert_own(vpc.main_route_table.clone(), table);
            }
        }
    }

    fn route(&mut self, route: &draft::Route) {
        let destination = text::cidr(&route.destination, &mut self.found);
        let Some(table) = self.route_tables.find(&route.route_table, &mut self.found) else { return };
        let vpc_name = table.vpc.clone();
        let Some(vpc) = self.vpcs.get(&vpc_name) else { return };
        let cidr = vpc.cidr;
        let allowed = destination.and_then(|net| self.destination(route, net, (&vpc_name, cidr)));
        let target = self.route_target(&vpc_name, &route.route_table.value, &route.target);
        let (Some(destination), Some(target)) = (allowed, target) else { return };
        let table = self.route_tables.get_mut(&route.route_table.value).expect("found above");
        if table.routes.iter().any(|other| other.destination == destination) {
            let message = format!("the route identified by {destination} already exists (RouteAlreadyExists)");
            self.found.push(route.destination.span, message);
            return;
        }
        table.routes.push(Route { destination, target, line: self.lines.line(route.destination.span) });
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

    /// The destination, if a route may lead there.
    fn destination(&mut self, route: &draft::Route, net: Ipv4Net, (vpc, cidr): (&Name, Ipv4Net)) -> Option<Ipv4Net> {
        let link_local: Ipv4Net = "169.254.168.0/22".parse().expect("a CIDR");
        let span = route.destination.span;
        if link_local.contains(&net) {
            let message = format!("`{net}` lies in `{link_local}`, which AWS keeps for itself (InvalidParameterValue)");
            self.found.push(span, message);
            return None;
        }
        if !cidr.contains(&net) {
            return Some(net);
        }
        // A blackhole is what is left of any target.
        let may_be_local =
            matches!(route.target.value, NatGateway(_) | OwnNatGateway | NetworkInterface(_) | Instance(_) | Blackhole);
        if cidr == net {
            // RT-08
            if !may_be_local || route.target.value == Blackhole {
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
