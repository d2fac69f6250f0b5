//! Endpoint services, interface endpoints and gateway endpoints, as a file says them.

use super::{Label, Ref, Text};
use crate::model::diagnostic::Spanned;

/// An endpoint service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointService {
    /// Its name.
    pub label: Label,
    /// Its load balancers.
    pub load_balancers: Vec<Ref>,
    /// Default true (SVC-04).
    pub acceptance_required: Option<bool>,
    /// Accounts, `arn:aws:iam::ACCOUNT:…`, or `*`.
    pub allowed_principals: Vec<Text>,
}

/// An interface endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name.
    pub label: Label,
    /// Its VPC; none means that of its subnets.
    pub vpc: Option<Ref>,
    /// An endpoint service of the file by name, a service of AWS's own by name, or any by its whole service name.
    pub service: Text,
    /// One subnet per zone.
    pub subnets: Vec<Ref>,
    /// Its groups; none means the VPC's default group.
    pub security_groups: Option<Vec<Ref>>,
    /// Whether the provider has accepted, where acceptance is required.
    pub accepted: Option<bool>,
    /// None means AWS's default for the service (VPCE-05).
    pub private_dns_enabled: Option<Spanned<bool>>,
    /// JSON; none means full access.
    pub policy: Option<Text>,
}

/// A gateway endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayEndpoint {
    /// Its name.
    pub label: Label,
    /// Its VPC; none means that of its route tables.
    pub vpc: Option<Ref>,
    /// A service of AWS's own, by name or whole service name.
    pub service: Text,
    /// The tables that get a route to it.
    pub route_tables: Vec<Ref>,
    /// JSON; none means full access.
    pub policy: Option<Text>,
}
