//! `AWS::EC2::RouteTable`, its routes and its associations (section 3 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{OfIpv6, Resource, Tags, To, Unmirrored, properties},
    },
    instance::Instance,
    internet_gateway::InternetGateway,
    nat_gateway::NatGateway,
    network_interface::Eni,
    peering_connection::VpcPeeringConnection,
    prefix_list::ListRef,
    vpc::{Subnet, Vpc},
    vpn_gateway::VpnGateway,
};
use crate::{
    input::{
        decode::Decode,
        tree::{Kind, Node, Part},
    },
    model::{
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, Label, Ref, RouteTarget, Text},
    },
};

properties! {
    /// A route table.
    struct RouteTable = "a route table" {
        /// Its VPC.
        vpc as "VpcId": To<Vpc>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
}

properties! {
    /// A route.
    struct Route = "a route" {
        /// Its table.
        table as "RouteTableId": To<RouteTable>,
        /// Its destination, a CIDR.
        destination as "DestinationCidrBlock": Option<Text>,
        /// An internet gateway, or a virtual private gateway.
        gateway as "GatewayId": Option<Gateway>,
        /// A destination of IPv6. Such a route changes nothing for IPv4, and a lab has no IPv6.
        ipv6_destination as "DestinationIpv6CidrBlock": Option<OfIpv6>,
        /// Its destination, a prefix list: the template's own or one of AWS's.
        prefix_list as "DestinationPrefixListId": Option<ListRef>,
        /// A carrier gateway.
        carrier_gateway as "CarrierGatewayId": Option<Unmirrored>,
        /// A core network.
        core_network as "CoreNetworkArn": Option<Unmirrored>,
        /// An instance.
        instance as "InstanceId": Option<To<Instance>>,
        /// A local gateway.
        local_gateway as "LocalGatewayId": Option<Unmirrored>,
        /// A NAT gateway.
        nat_gateway as "NatGatewayId": Option<To<NatGateway>>,
        /// A network interface.
        network_interface as "NetworkInterfaceId": Option<To<Eni>>,
        /// A transit gateway.
        transit_gateway as "TransitGatewayId": Option<Unmirrored>,
        /// A Gateway Load Balancer's endpoint.
        endpoint as "VpcEndpointId": Option<Unmirrored>,
        /// A peering connection.
        peering as "VpcPeeringConnectionId": Option<To<VpcPeeringConnection>>,
    }
    // It leads IPv6 only.
    accepted &["EgressOnlyInternetGatewayId"];
}

properties! {
    /// What gives a subnet its route table.
    struct SubnetRouteTableAssociation = "an association" {
        /// The table.
        route_table as "RouteTableId": To<RouteTable>,
        /// The subnet.
        subnet as "SubnetId": To<Subnet>,
    }
}

properties! {
    /// What gives a gateway the route table of what comes in by it.
    struct GatewayRouteTableAssociation = "an association" {
        /// An internet gateway, or a virtual private gateway.
        gateway as "GatewayId": Gateway,
        /// The table.
        route_table as "RouteTableId": To<RouteTable>,
    }
}

/// An internet gateway, or a virtual private gateway.
#[derive(Debug, Clone)]
pub(in crate::input::cloudformation) struct Gateway(Spanned<RouteTarget>);

impl Decode for Gateway {
    fn what() -> String {
        format!("a reference to an `{}` or an `{}`", InternetGateway::TYPE, VpnGateway::TYPE)
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Later(parts) => match parts.as_slice() {
                [Part::Of { kind, .. }] if kind == VpnGateway::TYPE => {
                    Self(To::<VpnGateway>::decode(node, notes).name.map(RouteTarget::VpnGateway))
                }
                [Part::Of { resource, kind, .. }] if kind != InternetGateway::TYPE => {
                    notes.push(node.span, format!("expected {}, but `{resource}` is an `{kind}`", Self::what()));
                    Self::placeholder(node.span)
                }
                _ => Self(To::<InternetGateway>::decode(node, notes).name.map(RouteTarget::InternetGateway)),
            },
            _ => Self(To::<InternetGateway>::decode(node, notes).name.map(RouteTarget::InternetGateway)),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self(Spanned::new(RouteTarget::Blackhole, at))
    }
}

impl Resource for RouteTable {
    const TYPE: &'static str = "AWS::EC2::RouteTable";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("RouteTableId", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let label = Label { name, tag: self.tags.0 };
        lowering.draft.route_tables.push(draft::RouteTable {
            label,
            vpc: self.vpc.name,
            main: false,
            propagating_vgws: Vec::new(), // resources of their own
        });
    }
}

impl Resource for Route {
    const TYPE: &'static str = "AWS::EC2::Route";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("CidrBlock", How::Property("DestinationCidrBlock"))];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        if self.ipv6_destination.is_some() {
            return;
        }
        let refused =
            [&self.carrier_gateway, &self.core_network, &self.local_gateway, &self.transit_gateway, &self.endpoint];
        if refused.iter().any(|refused| refused.is_some()) {
            return;
        }
        let gateway = self.gateway.map(|gateway| gateway.0);
        let nat = self.nat_gateway.map(|gateway| gateway.name.map(RouteTarget::NatGateway));
        let peering = self.peering.map(|peering| peering.name.map(RouteTarget::PeeringConnection));
        let instance = self.instance.map(|instance| instance.name.map(RouteTarget::Instance));
        let interface = self.network_interface.map(|interface| interface.name.map(RouteTarget::NetworkInterface));
        let mut targets = [gateway, nat, peering, instance, interface].into_iter().flatten();
        let target = targets.next();
        if let Some(second) = targets.next() {
            lowering.notes.push(second.span, "a route has one target (InvalidParameterCombination)");
        }
        let prefix_list = self.prefix_list.map(|list| list.0);
        if let (Some(_), Some(second)) = (&self.destination, &prefix_list) {
            lowering.notes.push(second.span, "a route has one destination (InvalidParameterCombination)");
        }
        let destination = self.destination.or(prefix_list);
        let has_destination = destination.is_some();
        let (Some(destination), Some(target)) = (destination, target) else {
            let missing = if has_destination { "GatewayId" } else { "DestinationCidrBlock" };
            let hint = "a route has a destination and a target, such as `GatewayId: !Ref INTERNET_GATEWAY`";
            lowering.notes.push_with_hint(name.span, format!("missing key `{missing}`"), hint);
            return;
        };
        lowering.draft.routes.push(draft::Route { route_table: self.table.name, destination, target });
    }
}

impl Resource for SubnetRouteTableAssociation {
    const TYPE: &'static str = "AWS::EC2::SubnetRouteTableAssociation";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Later)];

    fn lower(self, _name: Ref, lowering: &mut Lowering<'_>) {
        lowering.joined.route_tables.add(self.subnet.name, self.route_table.name);
    }
}

impl Resource for GatewayRouteTableAssociation {
    const TYPE: &'static str = "AWS::EC2::GatewayRouteTableAssociation";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("AssociationId", How::Later)];

    fn lower(self, _name: Ref, lowering: &mut Lowering<'_>) {
        let association = draft::GatewayRouteTable { gateway: self.gateway.0, route_table: self.route_table.name };
        lowering.draft.gateway_route_tables.push(association);
    }
}
