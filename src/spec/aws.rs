//! AWS's own services as the lab's daemon serves them: which address is which service's, who stands behind which source
//! address, whose credentials there are.

use super::NetnsName;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::Ipv4Addr,
};

/// AWS's own services, on all addresses of a namespace.
#[derive(Clone, PartialEq, Eq)]
pub struct AwsServices {
    /// Their namespace.
    pub netns: NetnsName,
    /// The account to which the lab belongs as far as nothing else says.
    pub account: String,
    /// Which service is at which address: at public ones, and at those that stand for one towards an endpoint.
    pub fronts: BTreeMap<Ipv4Addr, Front>,
    /// The networks that stand for clients of endpoints; all others are public. They never overlap.
    pub clients: Vec<Clients>,
    /// Who has credentials, but for the account itself.
    pub sessions: Vec<Session>,
    /// Who serves a service, if it is somebody else, by the service.
    pub upstreams: BTreeMap<String, Upstream>,
}

/// Where a service is served, as the host finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Whether it is asked by HTTPS.
    pub secure: bool,
    /// A name or an address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// What is served at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// The service, such as `s3`.
    pub service: String,
    /// Its region.
    pub region: String,
    /// The names that its certificate is for; `*.` stands for one more label (VPCE-33).
    pub names: BTreeSet<String>,
    /// What every path answers with, instead of the service's own protocol.
    pub page: Option<String>,
}

/// A network that stands for another, whose addresses are an endpoint's clients (VPCE-34, GWE-09).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clients {
    /// The network that the services see.
    pub seen: Ipv4Net,
    /// The network that it stands for.
    pub own: Ipv4Net,
    /// `vpce-…`.
    pub endpoint: String,
    /// `vpc-…`, the endpoint's VPC.
    pub vpc: String,
}

impl Clients {
    /// The client's own address, if the services see it in this network.
    pub fn own_address(&self, seen: Ipv4Addr) -> Option<Ipv4Addr> {
        let host = u32::from(seen) & u32::from(self.seen.hostmask());
        self.seen.contains(&seen).then(|| Ipv4Addr::from(u32::from(self.own.network()) | host))
    }
}

/// Who has temporary credentials: an instance with a role (IMDS-07).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Session {
    /// The role's account.
    pub account: String,
    /// The role's name.
    pub role: String,
    /// The session's name: the instance's id.
    pub name: String,
}

impl fmt::Debug for AwsServices {
    /// A line for each of the lab's own; what every lab of a region has is only counted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stands_in = |address: &Ipv4Addr| address.octets()[0] >= 240;
        let fronts = self.fronts.iter().filter(|(address, _)| stands_in(address));
        let fronts: Vec<_> = fronts.map(|(at, front)| format!("{at}: {} in {}", front.service, front.region)).collect();
        let clients = self.clients.iter();
        let clients: Vec<_> =
            clients.map(|one| format!("{}: {} by {} of {}", one.seen, one.own, one.endpoint, one.vpc)).collect();
        f.debug_struct("AwsServices")
            .field("netns", &self.netns.as_str())
            .field("public", &(self.fronts.len() - fronts.len()))
            .field("fronts", &fronts)
            .field("clients", &clients)
            .field("sessions", &self.sessions)
            .field("upstreams", &self.upstreams)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_s_own_address_is_told_by_the_one_that_is_seen() {
        let net = |text: &str| text.parse().unwrap();
        let (seen, own) = (net("254.7.0.0/16"), net("10.10.0.0/16"));
        let clients = Clients { seen, own, endpoint: "vpce-1".into(), vpc: "vpc-1".into() };
        assert_eq!(clients.own_address([254, 7, 1, 9].into()), Some([10, 10, 1, 9].into()));
        assert_eq!(clients.own_address([254, 8, 1, 9].into()), None);
    }
}
