//! One stretch: from an interface, or from the internet, to the next interface or host, by the local route, or by
//! the sender's route table and the gateway that it names.

use super::{
    Component, Way,
    walk::{Packet, Place, Step, Walk},
};
use crate::model::{Name, NetworkInterface, Owner, Route, RouteTarget, internet::HOSTS};
use std::{cmp::Reverse, net::Ipv4Addr};

impl<'a> Walk<'a> {
    /// Where a packet gets to, and what it looks like there.
    pub(super) fn carry(&mut self, from: Place<'a>, packet: Packet) -> Step<(Place<'a>, Packet)> {
        match from {
            Place::Internet(_) | Place::Site(_) | Place::Service => self.across_the_internet(packet),
            Place::OnPremises(host) => self.leave_host(host, packet),
            Place::Interface(name) => {
                let interface = &self.topology.network_interfaces[name];
                let is_local = self.topology.vpcs[&interface.vpc].cidr_of(packet.destination).is_some();
                if is_local && !self.has_local_route(interface, packet.destination) {
                    self.locally(&interface.vpc, packet)
                } else {
                    self.by_route(interface, packet)
                }
            }
        }
    }

    /// Whether the sender's route table leads elsewhere than the local route does (RT-07, RT-08): not to neighbours in
    /// the subnet (RT-24), and not to what AWS's own resolver and router have.
    fn has_local_route(&self, interface: &'a NetworkInterface, destination: Ipv4Addr) -> bool {
        let subnet = &self.topology.subnets[&interface.subnet];
        if subnet.cidr.contains(&destination) || matches!(interface.owner, Owner::LoadBalancer(_)) {
            return false;
        }
        !self.is_managed(&interface.vpc, destination)
            && self.inside(&subnet.route_table, &interface.vpc, destination).is_some()
    }

    /// The route of a table that leads from the VPC's own addresses to elsewhere.
    fn inside(&self, table: &Name, vpc: &Name, destination: Ipv4Addr) -> Option<&'a Route> {
        let vpc = &self.topology.vpcs[vpc];
        let routes = self.topology.route_tables[table].routes.iter();
        let inside =
            routes.filter(|route| vpc.cidr_of(route.destination).is_some() && route.destination.contains(&destination));
        inside.max_by_key(|route| route.destination.prefix_len())
    }

    /// To an interface that the file names in a route (RT-17).
    fn by_interface(
        &mut self,
        table: &Component,
        (route, name): (&Route, &Name),
        packet: Packet,
    ) -> Step<(Place<'a>, Packet)> {
        let (name, interface) = self.topology.network_interfaces.get_key_value(name).expect("of the topology");
        let says = format!("{} → network interface {name}", route.destination);
        let component = Component::new("network interface", name, interface.id.as_str());
        if interface.owner == Owner::Nobody {
            let change = format!("attach network interface {name} to an instance");
            return Err(self.stop("BAD_STATE_ROUTE", table, format!("{says}, which no instance has"), change));
        }
        self.pass_by(table, says, route.line);
        if interface.source_dest_check && !interface.has(packet.destination) {
            let says = format!("it takes nothing for {}", packet.destination);
            let change = format!("turn the source/destination check of {name} off");
            return Err(self.stop("ENI_SOURCE_DEST_CHECK_RESTRICTION", &component, says, change));
        }
        Ok((Place::Interface(name), packet))
    }

    /// Past a gateway into its VPC: by the gateway's route table, if it has one (RT-20).
    pub(super) fn inwards(
        &mut self,
        gateway: &RouteTarget,
        vpc: &'a Name,
        packet: Packet,
    ) -> Step<(Place<'a>, Packet)> {
        let mut tables = self.topology.route_tables.iter().filter(|(_, table)| table.gateways.contains(gateway));
        if let Some((name, table)) = tables.next()
            && let Some(route) = self.inside(name, vpc, packet.destination)
            && let RouteTarget::NetworkInterface(interface) = &route.target
            && !self.is_managed(vpc, packet.destination)
        {
            let component = Component::new("route table", name, table.id.as_str());
            return self.by_interface(&component, (route, interface), packet);
        }
        self.locally(vpc, packet)
    }

    fn is_managed(&self, vpc: &'a Name, address: Ipv4Addr) -> bool {
        let has = self.atlas.at_private(vpc, address);
        has.is_some_and(|name| {
            let owner = &self.topology.network_interfaces[name].owner;
            matches!(owner, Owner::LoadBalancer(_) | Owner::Endpoint(_) | Owner::ResolverEndpoint(_))
        })
    }

    /// By the local route (RT-01).
    pub(super) fn locally(&mut self, vpc: &'a Name, packet: Packet) -> Step<(Place<'a>, Packet)> {
        if let Some(name) = self.atlas.at_private(vpc, packet.destination) {
            return Ok((Place::Interface(name), packet));
        }
        let component = Component::new("VPC", vpc, self.topology.vpcs[vpc].id.as_str());
        let says = format!("no interface has the address {}", packet.destination);
        Err(self.stop("NO_POSSIBLE_DESTINATION", &component, says, "send to an address that somebody has"))
    }

    /// By the route table of the interface's subnet (RT-02).
    fn by_route(&mut self, interface: &'a NetworkInterface, packet: Packet) -> Step<(Place<'a>, Packet)> {
        let (table, route) = self.route(interface, packet.destination);
        if let Some(endpoint) = self.gateway_endpoint(interface, packet) {
            self.through_gateway_endpoint(&table, endpoint, packet)?;
            return Ok((Place::Service, packet));
        }
        self.withdrawn(&self.topology.subnets[&interface.subnet].route_table, route.as_ref(), packet)?;
        let Some(route) = route else {
            let says = format!("no route to {}", packet.destination);
            let change = format!("add to route table {} a route to {}", table.name, packet.destination);
            return Err(self.stop("NO_ROUTE_TO_DESTINATION", &table, says, change));
        };
        match &route.target {
            RouteTarget::Blackhole => {
                let says = format!("{} leads nowhere (blackhole)", route.destination);
                let change = format!("give the route to {} another target, or remove it", route.destination);
                Err(self.stop("BAD_STATE_ROUTE", &table, says, change))
            }
            RouteTarget::VpnGateway(gateway) => {
                self.pass_by(&table, format!("{} → virtual private gateway {gateway}", route.destination), route.line);
                self.by_vpn_gateway(gateway, packet)
            }
            RouteTarget::NetworkInterface(name) => self.by_interface(&table, (&route, name), packet),
            RouteTarget::NatGateway(gateway) => {
                let says = format!("{} → NAT gateway {gateway}", route.destination);
                self.enter_nat_gateway(&table, says, &route, interface)?;
                Ok((Place::Interface(&self.topology.nat_gateways[gateway].interface), packet))
            }
            RouteTarget::InternetGateway(gateway) => {
                self.pass_by(&table, format!("{} → internet gateway {gateway}", route.destination), route.line);
                self.out_of_gateway(gateway, interface, packet)
            }
            RouteTarget::PeeringConnection(name) => {
                self.pass_by(&table, format!("{} → peering connection {name}", route.destination), route.line);
                self.over_peering(name, &interface.vpc, packet)
            }
        }
    }

    /// The route that decides: the longest prefix (RT-02); of equal ones a static route to it, then one to a prefix
    /// list that has it (RT-04), the first of several (RT-05), then one that is taken over (RT-03).
    fn route(&self, interface: &NetworkInterface, destination: Ipv4Addr) -> (Component, Option<Route>) {
        let name = &self.topology.subnets[&interface.subnet].route_table;
        let table = &self.topology.route_tables[name];
        let of_lists = table.prefix_list_routes.iter().flat_map(|route| {
            let nets = self.topology.prefix_list_cidrs(&table.vpc, &route.destination).into_iter();
            nets.map(|destination| Route { destination, target: route.target.clone(), line: route.line })
        });
        let routes = table.routes.iter().cloned().chain(of_lists).chain(self.topology.propagated_routes(name));
        let mut matching: Vec<_> = routes.filter(|route| route.destination.contains(&destination)).collect();
        // Stable: what comes first stays before its equals.
        matching.sort_by_key(|route| Reverse(route.destination.prefix_len()));
        let best = matching.into_iter().next();
        (Component::new("route table", name, table.id.as_str()), best)
    }

    /// A NAT gateway takes connections of instances, and no answers to others.
    fn enter_nat_gateway(
        &mut self,
        table: &Component,
        says: String,
        route: &Route,
        from: &NetworkInterface,
    ) -> Step<()> {
        if matches!(from.owner, Owner::NatGateway(_)) {
            let change = "give the NAT gateway's subnet a route to an internet gateway";
            return Err(self.stop(
                "CANNOT_ROUTE",
                table,
                format!("{says}, which takes nothing of another one"),
                change,
            ));
        }
        if self.way == Way::Back {
            let change = "give the subnet a route to the internet gateway: answers go as connections came";
            return Err(self.stop("CANNOT_ROUTE", table, format!("{says}, which knows no such connection"), change));
        }
        self.pass_by(table, says, route.line);
        Ok(())
    }

    /// Out of an internet gateway, with a public address or not at all (IGW-01, IGW-02).
    fn out_of_gateway(
        &mut self,
        gateway: &Name,
        interface: &NetworkInterface,
        packet: Packet,
    ) -> Step<(Place<'a>, Packet)> {
        let id = self.topology.internet_gateways[gateway].id.as_str();
        let component = Component::new("internet gateway", gateway, id);
        let Some(public) = interface.public_of(packet.source) else {
            let says = format!("{} has no public address", packet.source);
            let change = "give the sender a public or elastic IP, or a route to a NAT gateway";
            return Err(self.stop("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", &component, says, change));
        };
        if packet.destination.is_private() {
            let says = format!("{} is no public address", packet.destination);
            let change = "send to a public address, or join the VPCs";
            return Err(self.stop("IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS", &component, says, change));
        }
        self.pass(&component, format!("{} becomes {}", packet.source, public.ip));
        self.across_the_internet(Packet { source: public.ip, ..packet })
    }

    /// Over a peering connection: between the two VPCs' own addresses and no further (PCX-04, PCX-06).
    fn over_peering(&mut self, name: &Name, from: &Name, packet: Packet) -> Step<(Place<'a>, Packet)> {
        let connection = &self.topology.peering_connections[name];
        let component = Component::new("peering connection", name, connection.id.as_str());
        if !connection.is_active() {
            let says = format!("it is {}", connection.state.as_str());
            return Err(self.stop("BAD_STATE", &component, says, format!("`vpcns accept {name}`")));
        }
        let (_, other) = connection.sides(from).expect("routes lead to the VPC's own connections");
        if self.topology.vpcs[&other.vpc].cidr_of(packet.destination).is_none() {
            let says = format!("{} is not an address of VPC {}", packet.destination, other.vpc);
            let change = "peering leads to the peer's own addresses only: peer with the VPC that has the address";
            return Err(self.stop("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", &component, says, change));
        }
        self.pass(&component, format!("→ VPC {}", other.vpc));
        self.locally(&other.vpc, packet)
    }

    /// Between public addresses (IGW-04, IGW-09).
    pub(super) fn across_the_internet(&mut self, packet: Packet) -> Step<(Place<'a>, Packet)> {
        if let Some((name, private)) = self.atlas.at_public(packet.destination)
            && let vpc = &self.topology.network_interfaces[name].vpc
            && let Some((gateway, resource)) = self.topology.gateway_of(vpc)
        {
            let component = Component::new("internet gateway", gateway, resource.id.as_str());
            self.pass(&component, format!("{} becomes {private}", packet.destination));
            let packet = Packet { destination: private, ..packet };
            return self.inwards(&RouteTarget::InternetGateway(gateway.clone()), vpc, packet);
        }
        if let Some(site) = self.site_at(packet.destination) {
            return Ok((Place::Site(site), packet));
        }
        if internet_host(packet.destination).is_some() || self.atlas.service_at(packet.destination).is_some() {
            return Ok((Place::Internet(packet.destination), packet));
        }
        let says = format!("nobody in this lab's internet has {}", packet.destination);
        Err(self.stop("UNKNOWN_DESTINATION", &Component::internet(), says, "send to an address that the lab has"))
    }
}

/// What a host on the internet is called.
pub(super) fn internet_host(address: Ipv4Addr) -> Option<&'static str> {
    HOSTS.iter().find(|(host, _)| *host == address).map(|(_, name)| *name)
}
