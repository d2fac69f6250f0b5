//! VPC peering connections of the native format.

use super::{
    lower::{Lowering, label},
    mapping,
};
use crate::model::{
    Name,
    diagnostic::Spanned,
    draft::{self, Ref, Text},
};

mapping! {
    /// A VPC peering connection.
    struct PeeringConnection = "a peering connection" {
        /// The VPC that asks for it.
        requester: Text,
        /// The VPC that is asked. Their CIDRs must not overlap.
        accepter: Text,
        /// Whether the accepter has accepted it already. Default `false`; `vpcns accept` does it later.
        accepted: Option<bool>,
        /// Options of the requester's side of an active connection.
        requester_options: Option<Options>,
        /// Options of the accepter's side of an active connection.
        accepter_options: Option<Options>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// Options of one side of a peering connection.
    struct Options = "options" {
        /// Whether the other VPC resolves public names of this VPC's instances to private addresses. Default `false`.
        allow_dns_resolution_from_remote_vpc: Option<Spanned<bool>>,
    }
}

impl PeeringConnection {
    /// Writes the connection.
    pub(super) fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let side = |vpc: Text, options: Option<Options>| draft::PeeringSide {
            vpc: vpc.map(Name::new),
            allow_dns_resolution_from_remote_vpc: options.and_then(|one| one.allow_dns_resolution_from_remote_vpc),
        };
        lowering.draft.peering_connections.push(draft::PeeringConnection {
            label: label(name, self.tag),
            requester: side(self.requester, self.requester_options),
            accepter: side(self.accepter, self.accepter_options),
            accepted: self.accepted,
        });
    }
}
