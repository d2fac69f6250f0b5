//! Internet gateways (section 4 of the rules).

use super::{Id, Name};
use serde::{Deserialize, Serialize};

/// An internet gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternetGateway {
    /// `igw-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// The VPC to which it is attached. One per VPC, and one VPC per gateway (IGW-05).
    pub vpc: Option<Name>,
}
