//! NAT gateways (NAT-01, NAT-10), and routes to them (NAT-12, NAT-15).

use super::{
    super::{
        Connectivity, Id, Name, NatGateway, Owner, RouteTarget,
        diagnostic::Span,
        draft::{self, Draft, Ref},
    },
    Resolver,
    interface::{More, Wish},
    tag, text,
};

/// The name of a NAT gateway's network interface.
pub(super) fn interface_name(gateway: &Name) -> Name {
    Name::new(format!("{gateway}/nat"))
}

impl Resolver<'_> {
    pub(super) fn nat_gateways(&mut self, draft: &Draft) {
        for gateway in &draft.nat_gateways {
            let resolved = self.nat_gateway(gateway);
            self.nat_gateways.insert(&gateway.label.name, resolved, &mut self.found);
        }
    }

    fn nat_gateway(&mut self, gateway: &draft::NatGateway) -> Option<NatGateway> {
        let name = &gateway.label.name;
        let connectivity = self.connectivity(gateway);
        let vpc = self.subnets.find(&gateway.subnet, &mut self.found)?.vpc.clone();
        let connectivity = connectivity?;
        if connectivity == Connectivity::Public && !self.has_gateway(&vpc) {
            let message = format!("network `{vpc}` has no Internet gateway attached (Gateway.NotAttached)");
            let hint = format!("give VPC `{vpc}` an `internet_gateway: true`, or the NAT gateway `private`");
            self.found.push_with_hint(gateway.subnet.span, message, hint);
        }
        let interface = interface_name(&name.value);
        self.wishes.push(Wish {
            name: interface.clone(),
            span: name.span,
            subnet: gateway.subnet.value.clone(),
            private_ip: gateway.private_ip.clone(),
            public: None, // its elastic IP, later
            security_groups: Vec::new(),
            owner: Owner::NatGateway(name.value.clone()),
            more: More::default(),
        });
        Some(NatGateway {
            id: Id::derive(self.lab, "nat", name.value.as_str()),
            tag: tag(&gateway.label),
            vpc,
            subnet: gateway.subnet.value.clone(),
            connectivity,
            interface,
        })
    }

    /// Public with an elastic IP, or private without one.
    fn connectivity(&mut self, gateway: &draft::NatGateway) -> Option<Connectivity> {
        let words = [Connectivity::Public, Connectivity::Private].map(|word| (word.as_str(), word));
        let connectivity = match &gateway.connectivity {
            None => Connectivity::Public,
            Some(text) => text::word(text, "a connectivity type", &words, &mut self.found)?,
        };
        match (connectivity, &gateway.elastic_ip) {
            (Connectivity::Private, Some(elastic)) => {
                let message = "a private NAT gateway has no elastic IP (InvalidParameterCombination)";
                self.found.push_with_hint(elastic.span, message, "leave it out");
                None
            }
            (Connectivity::Public, None) => {
                let message = "a public NAT gateway needs an elastic IP (MissingParameter)";
                self.found.push_with_hint(gateway.label.name.span, message, "name its `AllocationId`");
                None
            }
            (Connectivity::Public, Some(_)) | (Connectivity::Private, None) => Some(connectivity),
        }
    }

    /// The target of a route to a NAT gateway, which must be one of the table's own VPC.
    pub(super) fn nat_gateway_of(&mut self, vpc: &Name, table: &Name, reference: &Ref) -> Option<RouteTarget> {
        let name = &reference.value;
        if self.nat_gateways.find(reference, &mut self.found)?.vpc != *vpc {
            let message = format!("route table `{table}` and NAT gateway `{name}` belong to different networks");
            self.found.push(reference.span, format!("{message} (InvalidParameterValue)"));
            return None;
        }
        Some(RouteTarget::NatGateway(name.clone()))
    }

    /// The only NAT gateway of a VPC.
    pub(super) fn only_nat_gateway(&mut self, vpc: &Name, span: Span) -> Option<RouteTarget> {
        let own: Vec<_> = self.nat_gateways.iter().filter(|(_, gateway)| gateway.vpc == *vpc).collect();
        match own[..] {
            [(name, _)] => Some(RouteTarget::NatGateway(name.clone())),
            [] => {
                let message = format!("VPC `{vpc}` has no NAT gateway (InvalidNatGatewayID.NotFound)");
                self.found.push_with_hint(span, message, "`nat_gateways` makes them");
                None
            }
            ref several => {
                let names: Vec<_> = several.iter().map(|(name, _)| format!("`nat_gateway/{name}`")).collect();
                let message = format!("VPC `{vpc}` has {} NAT gateways", names.len());
                self.found.push_with_hint(span, message, text::one_of(&names));
                None
            }
        }
    }
}
