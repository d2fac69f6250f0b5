//! Gateway endpoints (section 16 of the rules): a way from chosen route tables to S3 or `DynamoDB`.

use super::{AwsService, Id, Name};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A gateway endpoint. It has no interface, no address, no name (GWE-01).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayEndpoint {
    /// `vpce-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// Its VPC.
    pub vpc: Name,
    /// To which service it leads.
    pub service: AwsService,
    /// The tables that have a route to it (GWE-02).
    pub route_tables: BTreeSet<Name>,
    /// Its policy, JSON; none means AWS's default, full access (GWE-13).
    pub policy: Option<String>,
    /// For each CIDR of the VPC the network, as large and unique in the lab, that stands for its addresses at the
    /// service, so that it sees private addresses (GWE-09) and equal CIDRs of two VPCs do not meet.
    pub client_networks: BTreeMap<Ipv4Net, Ipv4Net>,
}
