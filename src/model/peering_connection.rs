//! VPC peering connections (section 17 of the rules).

use super::{Id, Name};
use serde::{Deserialize, Serialize};

/// A peering connection between two VPCs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeeringConnection {
    /// `pcx-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// The VPC that asked for it.
    pub requester: PeeringSide,
    /// The VPC that was asked.
    pub accepter: PeeringSide,
    /// Where it stands.
    pub state: PeeringState,
    /// What the file says of acceptance; a decision made by `accept` or `reject` holds as long as the
    /// file goes on saying so.
    pub declared: PeeringState,
}

/// One side of a peering connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeeringSide {
    /// Its VPC.
    pub vpc: Name,
    /// Whether the other side resolves the public names of this VPC's instances to private addresses (PCX-09).
    pub allow_dns_resolution_from_remote_vpc: bool,
}

/// The state of a peering connection (PCX-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeeringState {
    /// Waits for the accepter.
    PendingAcceptance,
    /// Works.
    Active,
    /// Refused by the accepter, for good.
    Rejected,
}

impl PeeringState {
    /// AWS's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            PeeringState::PendingAcceptance => "pending-acceptance",
            PeeringState::Active => "active",
            PeeringState::Rejected => "rejected",
        }
    }
}

impl PeeringConnection {
    /// Whether packets pass.
    pub fn is_active(&self) -> bool {
        self.state == PeeringState::Active
    }

    /// The side of a VPC and the other one, if the VPC is a party.
    pub fn sides(&self, vpc: &Name) -> Option<(&PeeringSide, &PeeringSide)> {
        if self.requester.vpc == *vpc {
            Some((&self.requester, &self.accepter))
        } else if self.accepter.vpc == *vpc {
            Some((&self.accepter, &self.requester))
        } else {
            None
        }
    }
}
