//! Interface endpoints: the consumer's side of PrivateLink (section 15 of the rules).

use super::{Az, Id, Name};
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
    /// The endpoint service to which it leads.
    pub service: Name,
    /// The service's load balancer that this connection was given (SVC-12).
    pub load_balancer: Name,
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
