//! Endpoint services and interface endpoints of the native format: PrivateLink's two ends.

use super::{
    lower::{Lowering, label},
    mapping, name,
};
use crate::{
    input::policy::Policy,
    model::{
        Name,
        diagnostic::Spanned,
        draft::{self, Ref, Text},
    },
};

mapping! {
    /// An endpoint service.
    struct EndpointService = "an endpoint service" {
        /// The load balancer behind it.
        load_balancer: Option<Text>,
        /// Several load balancers, instead of `load_balancer`.
        load_balancers: Option<Vec<Text>>,
        /// Whether each connection waits to be accepted. Default `true`.
        acceptance_required: Option<bool>,
        /// Other accounts that may connect: accounts, `arn:aws:iam::ACCOUNT:root`, or `*`.
        allowed_principals: Option<Vec<Text>>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// An interface endpoint.
    struct Endpoint = "an endpoint" {
        /// An endpoint service of the file, a service of AWS's own (`cloudformation`), or a whole service name
        /// (`com.amazonaws.…`).
        service: Text,
        /// Its VPC. Default: that of its subnets.
        vpc: Option<Text>,
        /// One subnet per zone, in each of which it has an interface: `VPC/SUBNET`.
        subnets: Vec<Text>,
        /// Its security groups, of its VPC. Default: the VPC's default group.
        security_groups: Option<Vec<Text>>,
        /// Whether the provider has accepted it already. Default `false`; `vpcns accept` does it later.
        accepted: Option<bool>,
        /// Whether the service's own name leads to the endpoint in its VPC, which must have both DNS attributes. Default:
        /// `true` for AWS's own services, except `s3` and `dynamodb`; services of the file have no such name.
        private_dns_enabled: Option<Spanned<bool>>,
        /// Its policy, as YAML or JSON. Default: full access.
        policy: Option<Policy>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

impl EndpointService {
    /// Writes the service.
    pub(super) fn lower(self, service: Ref, lowering: &mut Lowering<'_>) {
        match (&self.load_balancer, &self.load_balancers) {
            (Some(one), Some(_)) => {
                let message = "a service has either `load_balancer` or `load_balancers`";
                lowering.notes.push_with_hint(one.span, message, "put them all into `load_balancers`");
            }
            (None, None) => lowering.notes.push(service.span, "missing key `load_balancer`"),
            (Some(_), None) | (None, Some(_)) => {}
        }
        let load_balancers = self.load_balancers.into_iter().flatten().chain(self.load_balancer);
        lowering.draft.endpoint_services.push(draft::EndpointService {
            label: label(service, self.tag),
            load_balancers: load_balancers.map(|balancer| balancer.map(Name::new)).collect(),
            acceptance_required: self.acceptance_required,
            allowed_principals: self.allowed_principals.unwrap_or_default(),
        });
    }
}

impl Endpoint {
    /// Writes the endpoint. Where its VPC is named, its subnets need not name it again.
    pub(super) fn lower(self, endpoint: Ref, lowering: &mut Lowering<'_>) {
        let named = self.vpc.map(|vpc| vpc.map(Name::new));
        let qualify = |vpc: Option<&Ref>, reference: Text| match vpc {
            Some(vpc) => name::inside(vpc.value.as_str(), reference),
            None => reference.map(Name::new),
        };
        let subnets: Vec<_> = self.subnets.into_iter().map(|subnet| qualify(named.as_ref(), subnet)).collect();
        let vpc = named.clone().or_else(|| subnets.iter().find_map(name::vpc_of));
        // Without a VPC the groups mean nothing; what is wrong with the subnets is said where they stand.
        let security_groups = vpc.as_ref().and_then(|vpc| {
            let groups = self.security_groups?.into_iter();
            Some(groups.map(|group| qualify(Some(vpc), group)).collect())
        });
        lowering.draft.endpoints.push(draft::Endpoint {
            label: label(endpoint, self.tag),
            vpc: named,
            service: self.service,
            subnets,
            security_groups,
            accepted: self.accepted,
            private_dns_enabled: self.private_dns_enabled,
            policy: self.policy.map(|policy| policy.0),
        });
    }
}
