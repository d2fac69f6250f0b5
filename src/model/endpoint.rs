//! Interface endpoints: the consumer's side of PrivateLink (section 15 of the rules).

use super::{AwsService, Az, Id, Name};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An interface endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// `vpce-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// Its VPC.
    pub vpc: Name,
    /// To what it leads.
    pub provider: Provider,
    /// Whether the service's own name leads to it inside the VPC (VPCE-15).
    pub private_dns_enabled: bool,
    /// Its policy, JSON; none means AWS's default, full access (VPCE-30).
    pub policy: Option<String>,
    /// One network interface per zone (VPCE-02).
    pub interfaces: BTreeMap<Az, Name>,
    /// The eight characters after the id in its DNS names (VPCE-10).
    pub dns_suffix: String,
    /// Where the connection stands.
    pub state: ConnectionState,
    /// What the file says of acceptance; a decision made by `accept` or `reject` holds as long as
    /// the file goes on saying so.
    pub declared: ConnectionState,
    /// For each network from which clients come, the network, as large and unique in the lab, that stands
    /// for it on the provider's side, so that equal CIDRs do not meet (SVC-15). Keys never overlap.
    pub client_networks: BTreeMap<Ipv4Net, Ipv4Net>,
}

/// To what an interface endpoint leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// An endpoint service of the lab, by the one of its load balancers that the connection was given (SVC-12).
    EndpointService {
        /// The service.
        service: Name,
        /// The load balancer.
        load_balancer: Name,
    },
    /// A service of AWS's own.
    Aws(AwsService),
}

impl Endpoint {
    /// The endpoint service to which it leads, if it is one of the lab.
    pub fn endpoint_service(&self) -> Option<&Name> {
        match &self.provider {
            Provider::EndpointService { service, .. } => Some(service),
            Provider::Aws(_) => None,
        }
    }

    /// The load balancer to which it leads, if it leads to one.
    pub fn load_balancer(&self) -> Option<&Name> {
        match &self.provider {
            Provider::EndpointService { load_balancer, .. } => Some(load_balancer),
            Provider::Aws(_) => None,
        }
    }

    /// The service of AWS's own to which it leads, if it does.
    pub fn aws_service(&self) -> Option<&AwsService> {
        match &self.provider {
            Provider::EndpointService { .. } => None,
            Provider::Aws(service) => Some(service),
        }
    }
}

/// The state of an endpoint and of its connection, as the API spells it (SVC-08, VPCE-40).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionState {
    /// Waits for the provider.
    PendingAcceptance,
    /// Works.
    Available,
    /// Refused by the provider.
    Rejected,
}

impl ConnectionState {
    /// AWS's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            ConnectionState::PendingAcceptance => "pendingAcceptance",
            ConnectionState::Available => "available",
            ConnectionState::Rejected => "rejected",
        }
    }
}
