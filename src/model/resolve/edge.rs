//! Routes to network interfaces (RT-17), and the route tables of gateways (RT-20).

use super::{
    super::{
        Name, RouteTarget,
        draft::{self, Draft, Ref},
    },
    Resolver, text,
};

impl Resolver<'_> {
    /// The target of a route to an interface, which must be one of the table's own VPC.
    pub(super) fn interface_target(&mut self, vpc: &Name, table: &Name, reference: &Ref) -> Option<RouteTarget> {
        let name = &reference.value;
        if self.elastic_interfaces.find(reference, &mut self.found)?.vpc != *vpc {
            let message = format!("route table `{table}` and interface `{name}` belong to different networks");
            self.found.push(reference.span, format!("{message} (InvalidParameterValue)"));
            return None;
        }
        Some(RouteTarget::NetworkInterface(name.clone()))
    }

    /// The target of a route to an instance, which must have one interface (RT-17).
    pub(super) fn instance_target(&mut self, vpc: &Name, table: &Name, reference: &Ref) -> Option<RouteTarget> {
        let name = &reference.value;
        let instance = self.instances.find(reference, &mut self.found)?;
        let interface = instance.interface.clone();
        if !instance.further_interfaces.is_empty() {
            let message = format!("there are multiple interfaces attached to instance `{name}` (InvalidInstanceID)");
            let all: Vec<_> = instance.interfaces().map(|(_, name)| format!("`network_interface/{name}`")).collect();
            self.found.push_with_hint(reference.span, message, text::one_of(&all));
            return None;
        }
        if self.elastic_interfaces.get(&interface)?.vpc != *vpc {
            let message = format!("route table `{table}` and instance `{name}` belong to different networks");
            self.found.push(reference.span, format!("{message} (InvalidParameterValue)"));
            return None;
        }
        Some(RouteTarget::NetworkInterface(interface))
    }

    /// Gives gateways their route tables, once their routes are known.
    pub(super) fn gateway_route_tables(&mut self, draft: &Draft) {
        for association in &draft.gateway_route_tables {
            self.gateway_route_table(draft, association);
        }
    }

    fn gateway_route_table(&mut self, draft: &Draft, association: &draft::GatewayRouteTable) {
        let (reference, gateway) = (&association.route_table, &association.gateway);
        let Some(table) = self.route_tables.find(reference, &mut self.found) else { return };
        let (vpc, name) = (table.vpc.clone(), &reference.value);
        let Some(target) = self.route_target(&vpc, name, gateway) else { return };
        let taken = self.route_tables.iter().find(|(_, table)| table.gateways.contains(&target));
        if let Some((other, _)) = taken {
            let message = format!("the gateway is associated with route table `{other}` already");
            self.found.push(gateway.span, format!("{message} (Resource.AlreadyAssociated)"));
            return;
        }
        let chosen = self.subnets.iter().find(|(_, subnet)| subnet.route_table == *name);
        if let Some((subnet, _)) = chosen {
            let message = format!("route table `{name}` is the one of subnet `{subnet}`, and cannot be a gateway's");
            self.found.push(gateway.span, format!("{message} (InvalidParameterValue)"));
            return;
        }
        let table = self.route_tables.get(name).expect("found above");
        let names_lists = !table.prefix_list_routes.is_empty();
        let propagates = !table.propagating_vgws.is_empty();
        let wrong = table.routes.iter().find(|route| !matches!(route.target, RouteTarget::NetworkInterface(_)));
        let wrong = wrong.map(|route| route.destination);
        let of = self.vpcs.get(&vpc);
        let mut outside = table.routes.iter().map(|route| route.destination);
        let outside = outside.find(|net| of.is_some_and(|vpc| vpc.cidr_of(*net).is_none()));
        if let Some(net) = outside.or(wrong) {
            let written =
                |route: &&draft::Route| route.route_table.value == *name && route.destination.value.parse() == Ok(net);
            let span = draft.routes.iter().find(written).map_or(gateway.span, |route| route.destination.span);
            let message = format!("route table `{name}` is a gateway's, and cannot have the route to {net}");
            let hint = "such a table leads from subnets' whole CIDRs, or the VPC's, to network interfaces";
            self.found.push_with_hint(span, format!("{message} (InvalidParameterValue)"), hint);
            return;
        }
        if names_lists {
            let message = format!("route table `{name}` is a gateway's, and cannot have a route to a prefix list");
            self.found.push(gateway.span, format!("{message} (InvalidParameterValue)"));
            return;
        }
        if propagates {
            let message = format!("route table `{name}` is a gateway's, and cannot take routes over");
            self.found.push(gateway.span, format!("{message} (InvalidParameterValue)"));
            return;
        }
        self.route_tables.get_mut(name).expect("found above").gateways.push(target);
    }
}
