//! Interface endpoints and their connections (VPCE-01 to VPCE-10, SVC-05 to SVC-12).

use super::{
    super::{
        AwsService, Az, ConnectionState, Endpoint, Id, Name, Owner, Principal, Provider,
        diagnostic::Span,
        draft::{self, Draft, Ref, Text},
        id,
    },
    Resolver,
    interface::{More, Wish},
    tag,
};
use std::collections::BTreeMap;

/// To what an endpoint is to lead.
pub(super) enum Service {
    /// An endpoint service of the lab.
    Own(Name),
    /// A service of AWS's own.
    Aws(AwsService),
}

impl Resolver<'_> {
    pub(super) fn endpoints(&mut self, draft: &Draft) {
        for endpoint in &draft.endpoints {
            let resolved = self.endpoint(endpoint);
            self.endpoints.insert(&endpoint.label.name, resolved, &mut self.found);
        }
    }

    fn endpoint(&mut self, endpoint: &draft::Endpoint) -> Option<Endpoint> {
        let label = &endpoint.label.name;
        let vpc = self.vpc_of_endpoint(endpoint);
        let service = self.service_of(vpc.as_ref(), &label.value, &endpoint.service);
        let vpc = vpc?;
        let service = service.filter(|service| self.may_connect(&vpc, service, endpoint))?;
        let subnets = self.endpoint_subnets(endpoint, &vpc, &service);
        let groups = self.groups_of(&vpc, endpoint.security_groups.as_deref());
        let private_dns_enabled = self.private_dns(endpoint, &vpc, &service);
        let declared = self.declared(endpoint, &service);
        let id = Id::derive(self.lab, "vpce", label.value.as_str());
        let provider = match service {
            Service::Aws(service) => Provider::Aws(service),
            Service::Own(service) => {
                self.keeps_its_load_balancer(endpoint, &service);
                let load_balancer = self.balancer_of((&vpc, &id), &service, &subnets, endpoint.service.span)?;
                Provider::EndpointService { service, load_balancer }
            }
        };
        let interfaces = subnets.into_iter().map(|(az, subnet)| {
            // A load balancer may have the same name.
            let interface = Name::new(format!("endpoint/{}/{az}", label.value));
            self.wishes.push(Wish {
                name: interface.clone(),
                span: subnet.span,
                subnet: subnet.value,
                private_ip: None,
                public: None,
                security_groups: groups.clone(),
                owner: Owner::Endpoint(label.value.clone()),
                more: More::default(),
            });
            (az, interface)
        });
        let interfaces = interfaces.collect();
        Some(Endpoint {
            dns_suffix: id::suffix(self.lab, "vpce", label.value.as_str()),
            id,
            tag: tag(&endpoint.label),
            vpc,
            provider,
            private_dns_enabled,
            policy: endpoint.policy.as_ref().map(|policy| policy.value.clone()),
            interfaces,
            state: self.decided(&label.value, declared),
            declared,
            client_networks: BTreeMap::new(), // chosen once all is resolved
        })
    }

    /// The service by its name in the file, or by its service name (SVC-06, VPCE-08).
    fn service_of(&mut self, vpc: Option<&Name>, endpoint: &Name, text: &Text) -> Option<Service> {
        if let Some((name, _)) = self.endpoint_services.iter().find(|(_, service)| service.service_name == text.value) {
            return Some(Service::Own(name.clone()));
        }
        let name = Name::new(text.value.as_str());
        if self.endpoint_services.contains(&name) {
            return self.endpoint_services.get(&name).map(|_| Service::Own(name));
        }
        if self.is_service_deleted(endpoint, text) {
            return None;
        }
        let own: Vec<_> = self.endpoint_services.iter().map(|(name, _)| name.to_string()).collect();
        self.aws_service(vpc, text, own).map(Service::Aws)
    }

    fn vpc_of_endpoint(&mut self, endpoint: &draft::Endpoint) -> Option<Name> {
        if let Some(vpc) = &endpoint.vpc {
            return self.vpcs.find(vpc, &mut self.found).map(|_| vpc.value.clone());
        }
        let Some(first) = endpoint.subnets.first() else {
            let label = &endpoint.label.name;
            self.found.push(label.span, format!("endpoint `{}` needs a subnet (MissingParameter)", label.value));
            return None;
        };
        self.subnets.find(first, &mut self.found).map(|subnet| subnet.vpc.clone())
    }

    /// Whether the VPC's account may connect to the service (SVC-05, SVC-06), or has done so before it was told not to
    /// (SVC-07).
    fn may_connect(&mut self, vpc: &Name, wanted: &Service, endpoint: &draft::Endpoint) -> bool {
        let Service::Own(service) = wanted else { return true };
        let running = self.previous.and_then(|previous| previous.endpoints.get(&endpoint.label.name.value));
        if running.is_some_and(|is| {
            is.endpoint_service() == Some(service) && is.vpc == *vpc && is.state == ConnectionState::Available
        }) {
            return true;
        }
        let resolved = self.endpoint_services.get(service).expect("found by name");
        let provider =
            self.load_balancers.get(&resolved.load_balancers[0]).and_then(|balancer| self.vpcs.get(&balancer.vpc));
        let consumer = self.vpcs.get(vpc);
        let (Some(provider), Some(consumer)) = (provider, consumer) else { return false };
        let permitted = provider.account == consumer.account
            || resolved.allowed_principals.iter().any(|principal| match principal {
                Principal::Everybody => true,
                Principal::Service(_) => false,
                Principal::Account(account) => *account == consumer.account,
            });
        if !permitted {
            let message =
                format!("the VPC endpoint service `{}` does not exist (InvalidServiceName)", resolved.service_name);
            let account = &consumer.account;
            let hint = format!("account {account} is not allowed: add it to `allowed_principals` of `{service}`");
            self.found.push_with_hint(endpoint.service.span, message, hint);
        }
        permitted
    }

    /// One subnet a zone, in zones of the service (VPCE-02, SVC-11).
    fn endpoint_subnets(&mut self, endpoint: &draft::Endpoint, vpc: &Name, service: &Service) -> BTreeMap<Az, Ref> {
        let mut subnets: BTreeMap<Az, Ref> = BTreeMap::new();
        for reference in &endpoint.subnets {
            let Some(subnet) = self.subnets.find(reference, &mut self.found) else { continue };
            let az = subnet.az.clone();
            if subnet.vpc != *vpc {
                let message = format!("subnet `{}` is not of VPC `{vpc}` (InvalidParameter)", reference.value);
                self.found.push(reference.span, message);
            } else if let Service::Own(service) = service
                && !self.serves(service, &self.az_id(vpc, &az))
            {
                let name = &self.endpoint_services.get(service).expect("found by name").service_name;
                let message =
                    format!("the VPC endpoint service `{name}` does not support the availability zone of the subnet");
                let hint =
                    format!("`{}` is in `{az}`, where no load balancer of `{service}` has a node", reference.value);
                self.found.push_with_hint(reference.span, format!("{message} (InvalidParameter)"), hint);
            } else if let Some(other) = subnets.insert(az.clone(), reference.clone()) {
                let message = format!("found another VPC endpoint subnet in the availability zone `{az}`");
                let hint = format!("`{}` is in that zone too", other.value);
                self.found.push_with_hint(reference.span, format!("{message} (DuplicateSubnetsInSameZone)"), hint);
            }
        }
        subnets
    }

    fn serves(&self, service: &Name, az_id: &str) -> bool {
        let balancers = self.endpoint_services.get(service).into_iter().flat_map(|service| &service.load_balancers);
        balancers
            .filter_map(|name| self.load_balancers.get(name))
            .any(|balancer| balancer.nodes.iter().any(|node| self.az_id(&balancer.vpc, &node.az) == az_id))
    }

    /// The load balancer that the connection is given and keeps (SVC-12).
    fn balancer_of(
        &mut self,
        (vpc, id): (&Name, &Id),
        service: &Name,
        subnets: &BTreeMap<Az, Ref>,
        span: Span,
    ) -> Option<Name> {
        let service = self.endpoint_services.get(service)?;
        let covers = |name: &&Name| {
            let balancer = self.load_balancers.get(name).expect("services name right load balancers");
            let serves = |az_id: &str| balancer.nodes.iter().any(|node| self.az_id(&balancer.vpc, &node.az) == az_id);
            subnets.keys().all(|az| serves(&self.az_id(vpc, az)))
        };
        let fit: Vec<_> = service.load_balancers.iter().filter(covers).collect();
        let place = id::number(self.lab, "connection", id.as_str()) % fit.len().max(1) as u64;
        let chosen = fit.get(usize::try_from(place).expect("fewer than a usize")).map(|name| (*name).clone());
        if chosen.is_none() {
            let message = "no load balancer of the service has a node in each of the endpoint's zones";
            self.found.push_with_hint(span, message, "a connection over several load balancers is not mirrored");
        }
        chosen
    }

    /// What the file says of the connection (SVC-04). AWS's own services ask nobody (VPCE-01).
    fn declared(&self, endpoint: &draft::Endpoint, service: &Service) -> ConnectionState {
        let required = match service {
            Service::Aws(_) => false,
            Service::Own(name) => self.endpoint_services.get(name).is_some_and(|service| service.acceptance_required),
        };
        if !required || endpoint.accepted == Some(true) {
            ConnectionState::Available
        } else {
            ConnectionState::PendingAcceptance
        }
    }

    /// What `accept` or `reject` decided in the running lab, as long as the file says the same as then.
    fn decided(&self, endpoint: &Name, declared: ConnectionState) -> ConnectionState {
        let running = self.previous.and_then(|previous| previous.endpoints.get(endpoint));
        running.filter(|running| running.declared == declared).map_or(declared, |running| running.state)
    }
}
