//! Endpoint services: the provider's side of PrivateLink (section 14 of the rules).

use super::{Id, Name};
use serde::{Deserialize, Serialize};

/// An endpoint service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointService {
    /// `vpce-svc-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// `com.amazonaws.vpce.REGION.vpce-svc-…` (SVC-01).
    pub service_name: String,
    /// Its load balancers, all of one VPC (SVC-02).
    pub load_balancers: Vec<Name>,
    /// Whether connections wait for `accept` (SVC-04).
    pub acceptance_required: bool,
    /// Who may connect, beside its own account (SVC-05).
    pub allowed_principals: Vec<Principal>,
}

/// Who may connect to a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Principal {
    /// A service of AWS's, `NAME.amazonaws.com`, which is nobody in a lab.
    Service(String),
    /// Everybody: `*`.
    Everybody,
    /// An account, twelve digits.
    Account(String),
}
