//! Gateway endpoints (GWE-01 to GWE-04, GWE-21).

use super::{
    super::{
        AwsService, GatewayEndpoint, Id, Name, Vpc,
        assign::Pool,
        diagnostic::Span,
        draft::{self, Draft, Text},
        id,
    },
    Resolver, tag,
};
use ipnet::Ipv4Net;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// How many /16 networks there are for the clients of gateway endpoints: 254.0.0.0/16 to 255.254.0.0/16.
const CLIENT_NETWORKS: u32 = 2 * 256 - 1;

impl Resolver<'_> {
    pub(super) fn gateway_endpoints(&mut self, draft: &Draft) {
        for endpoint in &draft.gateway_endpoints {
            let resolved = self.gateway_endpoint(endpoint);
            self.gateway_endpoints.insert(&endpoint.label.name, resolved, &mut self.found);
        }
        self.gateway_client_networks();
    }

    fn gateway_endpoint(&mut self, endpoint: &draft::GatewayEndpoint) -> Option<GatewayEndpoint> {
        let label = &endpoint.label.name;
        let vpc = self.vpc_of_gateway_endpoint(endpoint);
        let service = self.gateway_service(vpc.as_ref(), &endpoint.service);
        let (vpc, service) = (vpc?, service?);
        let route_tables = self.tables_of(endpoint, &vpc, &service);
        Some(GatewayEndpoint {
            // An interface endpoint may have the same name.
            id: Id::derive(self.lab, "vpce", &format!("gateway/{}", label.value)),
            tag: tag(&endpoint.label),
            vpc,
            service,
            route_tables,
            policy: endpoint.policy.as_ref().map(|policy| policy.value.clone()),
            client_networks: BTreeMap::new(), // chosen once all are known
        })
    }

    /// GWE-01.
    fn gateway_service(&mut self, vpc: Option<&Name>, text: &Text) -> Option<AwsService> {
        let service = self.aws_service(vpc, text, Vec::new())?;
        if !service.has_gateway() {
            let message = "endpoint type (Gateway) does not match available service types ([Interface])";
            let hint = format!("`{service}` is reached by an interface endpoint");
            self.found.push_with_hint(text.span, format!("{message} (InvalidParameter)"), hint);
            return None;
        }
        Some(service)
    }

    fn vpc_of_gateway_endpoint(&mut self, endpoint: &draft::GatewayEndpoint) -> Option<Name> {
        if let Some(vpc) = &endpoint.vpc {
            return self.vpcs.find(vpc, &mut self.found).map(|_| vpc.value.clone());
        }
        let Some(first) = endpoint.route_tables.first() else {
            let label = &endpoint.label.name;
            let message = format!("gateway endpoint `{}` needs a VPC (MissingParameter)", label.value);
            self.found.push_with_hint(label.span, message, "write `vpc`, or `route_tables` of one");
            return None;
        };
        self.route_tables.find(first, &mut self.found).map(|table| table.vpc.clone())
    }

    /// The tables that get a route, each of the endpoint's VPC and without a route to the service yet (GWE-04).
    fn tables_of(&mut self, endpoint: &draft::GatewayEndpoint, vpc: &Name, service: &AwsService) -> BTreeSet<Name> {
        let mut tables = BTreeSet::new();
        for reference in &endpoint.route_tables {
            let Some(table) = self.route_tables.find(reference, &mut self.found) else { continue };
            let name = &reference.value;
            if table.vpc != *vpc {
                let message = format!("route table `{name}` and VPC `{vpc}` belong to different networks");
                self.found.push(reference.span, format!("{message} (InvalidParameterValue)"));
                continue;
            }
            let taken = |other: &GatewayEndpoint| other.service == *service && other.route_tables.contains(name);
            let holder = self.gateway_endpoints.iter().find(|(_, other)| taken(other)).map(|(name, _)| name);
            if holder.is_some() || !tables.insert(name.clone()) {
                let message = format!("route table `{name}` already has a route with the prefix list of `{service}`");
                let hint = holder.map_or("it is named twice".to_owned(), |other| format!("it leads to `{other}`"));
                self.found.push_with_hint(reference.span, format!("{message} (RouteAlreadyExists)"), hint);
            }
        }
        tables
    }

    /// Gives each the networks that stand for its VPC's at the service; what runs keeps its own.
    fn gateway_client_networks(&mut self) {
        let mut pool = Pool::new(CLIENT_NETWORKS);
        let endpoints = self.gateway_endpoints.iter();
        let wanted: Vec<(Name, Ipv4Net)> = endpoints
            .flat_map(|(name, endpoint)| {
                let cidrs = self.vpcs.get(&endpoint.vpc).into_iter().flat_map(Vpc::cidrs);
                cidrs.map(|cidr| (name.clone(), cidr))
            })
            .collect();
        let running = |(name, cidr): &(Name, Ipv4Net)| {
            let endpoint = self.previous.and_then(|previous| previous.gateway_endpoints.get(name))?;
            endpoint.client_networks.get(cidr).copied().map(number_of)
        };
        let kept = wanted.iter().map(|one| running(one).filter(|number| pool.take(*number)));
        let kept: Vec<_> = kept.collect();
        for ((name, cidr), kept) in wanted.into_iter().zip(kept) {
            let is_primary =
                self.gateway_endpoints.get(&name).and_then(|one| self.vpcs.get(&one.vpc)).map(|vpc| vpc.cidr);
            let seed = if is_primary == Some(cidr) { name.to_string() } else { format!("{name} {cidr}") };
            let number = kept.or_else(|| pool.choose(id::number(self.lab, "gateway clients", &seed)));
            let Some(number) = number else {
                let message = format!("gateway endpoints are of VPCs with {CLIENT_NETWORKS} CIDRs at most");
                self.found.push(Span::default(), message);
                return;
            };
            let endpoint = self.gateway_endpoints.get_mut(&name).expect("it was wanted for an endpoint");
            endpoint.client_networks.insert(cidr, client_network(number, cidr.prefix_len()));
        }
    }
}

fn client_network(number: u32, prefix_len: u8) -> Ipv4Net {
    let base = u32::from(Ipv4Addr::new(254, 0, 0, 0)) + (number << 16);
    Ipv4Net::new(Ipv4Addr::from(base), prefix_len).expect("a VPC's prefix length")
}

fn number_of(network: Ipv4Net) -> u32 {
    (u32::from(network.network()) >> 16).wrapping_sub(254 << 8)
}
