//! Sites outside of AWS: networks with a router and hosts of their own, which VPN connections and virtual
//! interfaces join to VPCs (section 18 of the rules).

use super::{Id, Name, SiteDns};
use crate::spec::{MacAddress, service::Content};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::Ipv4Addr};

/// A site on premises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Which the lab's numbers follow; AWS knows nothing of sites.
    pub id: Id,
    /// Its networks, sorted, none inside another. Only a template's site may have none.
    pub cidrs: Vec<Ipv4Net>,
    /// The address that its router has on the internet, and by which its hosts are seen there; none: it has
    /// no way to the internet.
    pub public_ip: Option<Ipv4Addr>,
    /// Its DNS server, which its hosts ask instead of public DNS.
    #[serde(default)]
    pub dns: Option<SiteDns>,
}

impl Site {
    /// The network of the site in which an address lies.
    pub fn network_of(&self, address: Ipv4Addr) -> Option<Ipv4Net> {
        self.cidrs.iter().copied().find(|net| net.contains(&address))
    }
}

/// The address of a site's router in one of its networks: the first one, if there is one to spare.
pub fn router_of(network: Ipv4Net) -> Option<Ipv4Addr> {
    (network.prefix_len() <= 30).then(|| Ipv4Addr::from(u32::from(network.network()) + 1))
}

/// A host on premises. Its logical name is its host name in `LAB.HOST`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnPremisesHost {
    /// Which the lab's numbers follow.
    pub id: Id,
    /// Its site.
    pub site: Name,
    /// Its address, in one of the site's networks.
    pub address: Ipv4Addr,
    /// Its Ethernet address.
    pub mac: MacAddress,
    /// What answers HTTP on it, by TCP port.
    pub httpd: BTreeMap<u16, Content>,
}
