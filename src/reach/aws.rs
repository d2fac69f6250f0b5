//! AWS's own services: at their public addresses, by a gateway endpoint, and behind interface endpoints.

use super::{
    Component, Traffic, Verdict,
    walk::{Packet, Step, Walk, reached},
};
use crate::model::{AwsService, GatewayEndpoint, Name, NetworkInterface, Region, RouteTable, aws_address};
use ipnet::Ipv4Net;

impl<'a> Walk<'a> {
    /// The gateway endpoint to which a table leads for this packet, if no route of the table's own is as narrow
    /// (GWE-02, GWE-03).
    pub(super) fn gateway_endpoint(
        &self,
        interface: &NetworkInterface,
        packet: Packet,
    ) -> Option<(&'a Name, &'a GatewayEndpoint, Ipv4Net)> {
        let name = &self.topology.subnets[&interface.subnet].route_table;
        let RouteTable { routes, prefix_list_routes, .. } = &self.topology.route_tables[name];
        let of_lists = prefix_list_routes
            .iter()
            .flat_map(|route| self.topology.prefix_list_cidrs(&interface.vpc, &route.destination));
        let own = routes.iter().map(|route| route.destination).chain(of_lists);
        let own = own.filter(|net| net.contains(&packet.destination)).map(|net| net.prefix_len()).max();
        let endpoints = self.topology.gateway_endpoints.iter().filter(|(_, one)| one.route_tables.contains(name));
        endpoints
            .flat_map(|(name, endpoint)| {
                let list = aws_address::prefix_list(self.topology.region_of(&endpoint.vpc), &endpoint.service);
                list.cidrs.into_iter().map(move |net| (name, endpoint, net))
            })
            .filter(|(_, _, net)| net.contains(&packet.destination))
            .find(|(_, _, net)| own.is_none_or(|own| net.prefix_len() > own))
    }

    /// Through a gateway endpoint: TCP and ICMP echo only (GWE-11).
    pub(super) fn through_gateway_endpoint(
        &mut self,
        table: &Component,
        (name, endpoint, net): (&Name, &GatewayEndpoint, Ipv4Net),
        packet: Packet,
    ) -> Step<()> {
        let list = aws_address::prefix_list(self.topology.region_of(&endpoint.vpc), &endpoint.service).id;
        self.pass(table, format!("{list} ({net}) → gateway endpoint {name}"));
        let component = Component::new("gateway endpoint", name, endpoint.id.as_str());
        if matches!(packet.traffic, Traffic::Udp(_)) {
            let says = "it takes TCP and ICMP echo only";
            return Err(self.stop("VPCE_GATEWAY_PROTOCOL_RESTRICTION", &component, says, "use TCP"));
        }
        self.pass(&component, format!("{} sees {}", endpoint.service, packet.source));
        Ok(())
    }

    /// At a service: at its ports, and by `ping` if it answers that.
    pub(super) fn at_service(
        &mut self,
        (service, region): (&AwsService, &Region),
        packet: Packet,
        public: bool,
    ) -> Step<Verdict> {
        let host = service.service_name(region);
        let answers = match packet.traffic {
            Traffic::Tcp(port) => service.ports().contains(&port),
            Traffic::Ping => public && service.ttl().is_some(),
            Traffic::Udp(_) => false,
        };
        if !answers {
            let component = Component { kind: "service", name: service.to_string(), id: String::new() };
            let ports: Vec<_> = service.ports().iter().map(|port| format!("tcp {port}")).collect();
            let says = format!("it answers {} only, not {}", ports.join(", "), packet.traffic);
            return Err(self.stop("PROTOCOL_RESTRICTION", &component, says, format!("use {}", ports.join(" or "))));
        }
        Ok(reached(host, packet))
    }
}
