//! What a file says of sites on premises, and of what joins them to VPCs.

use super::{Label, Ref, SiteDns, Text};
use crate::{model::diagnostic::Spanned, spec::service::Content};
use std::collections::BTreeMap;

/// A site on premises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its name.
    pub name: Ref,
    /// Its networks.
    pub cidrs: Vec<Text>,
    /// Whether it has a way to the internet; default true.
    pub internet: Option<bool>,
    /// Its hosts.
    pub hosts: Vec<OnPremisesHost>,
    /// Its DNS server.
    pub dns: Option<SiteDns>,
}

/// A host on premises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnPremisesHost {
    /// Its name.
    pub name: Ref,
    /// Its address; none lets the site choose.
    pub address: Option<Text>,
    /// What answers HTTP, by port.
    pub httpd: BTreeMap<u16, Spanned<Content>>,
}

/// A virtual private gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VpnGateway {
    /// Its name.
    pub label: Label,
    /// The VPC to which it is attached.
    pub vpc: Option<Ref>,
    /// Default 64512.
    pub amazon_side_asn: Option<Spanned<i64>>,
}

/// A customer gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerGateway {
    /// Its name.
    pub label: Label,
    /// The site whose router it is.
    pub site: Ref,
    /// The router's address on the internet; none means the one that the lab gives the site.
    pub ip_address: Option<Text>,
    /// Default 65000.
    pub bgp_asn: Option<Spanned<i64>>,
}

/// A VPN connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VpnConnection {
    /// Its name.
    pub label: Label,
    /// AWS's end.
    pub vpn_gateway: Ref,
    /// The site's end.
    pub customer_gateway: Ref,
    /// Static routes; none means that the site advertises its networks by BGP.
    pub static_routes: Option<Vec<Text>>,
}

/// A private virtual interface of Direct Connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualInterface {
    /// Its name.
    pub label: Label,
    /// AWS's end.
    pub vpn_gateway: Ref,
    /// The site's end.
    pub site: Ref,
    /// Default 65000.
    pub asn: Option<Spanned<i64>>,
    /// 1500 (default) or 9001.
    pub mtu: Option<Spanned<i64>>,
}
