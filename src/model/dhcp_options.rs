//! DHCP option sets: what a VPC's instances are told of DNS and time (DNS-01, DNS-17).

use super::{Id, Region, Topology, Vpc};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// A set of DHCP options. What it does not say, instances are not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpOptions {
    /// `dopt-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// The domain of instances, or several with spaces between them, as Linux takes them.
    pub domain_name: Option<String>,
    /// Whom they ask.
    pub domain_name_servers: Vec<NameServer>,
    /// From where they would take the time.
    pub ntp_servers: Vec<Ipv4Addr>,
}

/// A DNS server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameServer {
    /// The VPC's resolver, `AmazonProvidedDNS`.
    AmazonProvided,
    /// Another server.
    Address(Ipv4Addr),
}

impl Topology {
    /// The options of a VPC: its own set, or the account's default one, which has the region's domain and the VPC's
    /// resolver (VPC-06).
    pub fn dhcp_options_of(&self, vpc: &Vpc) -> DhcpOptions {
        vpc.dhcp_options
            .as_ref()
            .map_or_else(|| self.default_dhcp_options(&vpc.region), |name| self.dhcp_options[name].clone())
    }

    /// The account's default set in a region.
    pub fn default_dhcp_options(&self, region: &Region) -> DhcpOptions {
        DhcpOptions {
            id: Id::derive(&self.lab, "dopt", &format!("the default set in {region}")),
            tag: String::new(),
            domain_name: Some(region.internal_domain()),
            domain_name_servers: vec![NameServer::AmazonProvided],
            ntp_servers: Vec::new(),
        }
    }

    /// What an instance takes for its whole name: with the domain that it was told (NAME-02).
    pub fn told_host_name(&self, vpc: &Vpc, ip: Ipv4Addr) -> String {
        let short = super::dns_name::host_name(ip);
        let options = self.dhcp_options_of(vpc);
        options.domain_name.map_or_else(|| short.clone(), |domain| format!("{short}.{domain}"))
    }
}
