//! What the lab's daemon serves inside the namespaces: DNS, HTTP responders, target health checks.

use super::{
    Machine, NetnsName,
    aws::{AwsServices, Session},
    connection::{Limits, Served},
    flow_log::FlowTap,
    relay::Relay,
    zone::{Rule, Zone},
};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::{Ipv4Addr, SocketAddrV4},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

/// All services of a lab. Most of it stays while the health of targets changes, and is shared by what was before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Services {
    /// DNS servers, by the namespace in which they listen.
    pub dns: Arc<BTreeMap<NetnsName, DnsServer>>,
    /// The records that every DNS server of the lab answers with: public DNS (DNS-12).
    pub public_dns: Records,
    /// Zones of public DNS by their domains, none of which has a name in `public_dns`.
    pub public_zones: BTreeMap<String, Zone>,
    /// Instance metadata, by the router namespace in which it is served.
    pub metadata: Arc<BTreeMap<NetnsName, MetadataServer>>,
    /// AWS's own services.
    pub aws: Option<AwsServices>,
    /// Load balancers' listeners that end their clients' connections, by where they listen.
    pub relays: BTreeMap<At, Relay>,
    /// HTTP responders, by where they listen.
    pub responders: Arc<BTreeMap<At, Responder>>,
    /// Instances into which one can log in, by their namespace.
    pub ssh: Arc<BTreeMap<NetnsName, Machine>>,
    /// Health checks of load balancer targets.
    pub checks: BTreeMap<CheckId, HealthCheck>,
    /// Flow logs, by the router namespace in which packets are told of.
    pub flow_logs: BTreeMap<NetnsName, FlowTap>,
    /// When connections through load balancers and endpoints are over, by the router that tracks them.
    pub connections: BTreeMap<NetnsName, BTreeMap<Served, Limits>>,
}

/// A DNS server: the resolver of a VPC, public DNS, or one on premises.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DnsServer {
    /// Addresses to listen on, port 53, UDP and TCP.
    pub listen: Vec<Ipv4Addr>,
    /// Zones for which only this server answers, by their domains (DNS-06).
    pub zones: BTreeMap<String, Zone>,
    /// What becomes of other names, by domain; the most specific decides (DNS-15).
    pub rules: BTreeMap<String, Rule>,
    /// Records that only this server knows; they come before the public ones (NAME-04).
    pub private: Records,
    /// `ip-A-B-C-D.SUFFIX` and its reverse are answered for these networks (NAME-01, NAME-08).
    pub host_names: Vec<HostNames>,
    /// Availability zone of each client network: its own zone's addresses come first (VPCE-22).
    pub client_zones: Vec<(Ipv4Net, String)>,
}

/// Names that are made from an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostNames {
    /// What follows `ip-A-B-C-D.`, without a final dot.
    pub suffix: String,
    /// Addresses inside these networks have such a name.
    pub networks: Vec<Ipv4Net>,
}

/// DNS records, keyed by lower-case name without a final dot. `*.NAME` stands for every name below NAME that is not
/// there itself.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// A records.
    pub a: BTreeMap<String, Vec<ZonedAddress>>,
    /// PTR records by address.
    pub ptr: BTreeMap<Ipv4Addr, String>,
}

impl Records {
    /// The A records of a name: its own, or those of the nearest `*.` above it (RFC 4592).
    pub fn addresses(&self, name: &str) -> Option<&Vec<ZonedAddress>> {
        let own = self.a.get(name);
        if own.is_some() {
            return own;
        }
        let mut above = name;
        while let Some((_, parent)) = above.split_once('.') {
            let wildcard = self.a.get(&format!("*.{parent}"));
            if wildcard.is_some() || self.a.contains_key(parent) {
                return wildcard;
            }
            above = parent;
        }
        None
    }
}

impl fmt::Debug for Records {
    /// A line for each name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let a = self.a.iter().map(|(name, addresses)| {
            let zone = |found: &ZonedAddress| found.zone.as_ref().map(|zone| format!(" in {zone}")).unwrap_or_default();
            let all: Vec<_> = addresses.iter().map(|found| format!("{}{}", found.address, zone(found))).collect();
            (name.clone(), all.join(", "))
        });
        let ptr = self.ptr.iter().map(|(address, name)| (address.to_string(), name.clone()));
        f.debug_map().entries(a.chain(ptr)).finish()
    }
}

/// An address and the availability zone in which it lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ZonedAddress {
    /// The address.
    pub address: Ipv4Addr,
    /// The zone's name, such as `ap-northeast-2a`; none for what lies in no zone.
    pub zone: Option<String>,
}

/// What the instances of a VPC are told of themselves (section 11 of the rules).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataServer {
    /// The address to listen on, port 80.
    pub listen: Ipv4Addr,
    /// What each instance sees, by its private address.
    pub instances: BTreeMap<Ipv4Addr, InstanceMetadata>,
}

/// The metadata of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceMetadata {
    /// What it sees.
    pub tree: Tree,
    /// Whether it is answered at all; if not, everything is forbidden.
    pub enabled: bool,
    /// Whether each question needs a token.
    pub tokens_required: bool,
    /// How many routers a token may pass.
    pub hop_limit: u8,
    /// The path at which credentials are told, and whose they are.
    pub credentials: Option<(String, Session)>,
}

/// Values by path below `/latest/`; a directory is what paths have in common.
pub type Tree = BTreeMap<String, String>;

/// Where a TCP server listens: in which namespace, on which address (0.0.0.0 is all) and port.
pub type At = (NetnsName, SocketAddrV4);

/// A port on all addresses of a namespace.
pub fn port_of(netns: NetnsName, port: u16) -> At {
    (netns, SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port))
}

/// A TCP port of an instance that answers HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Responder {
    /// The instance's name, for the access log.
    pub host: String,
    /// What it answers with.
    pub content: Content,
}

/// What a responder answers with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// The same body for every path.
    Body(String),
    /// The files below this directory of the host.
    Directory(PathBuf),
    /// The same as this, to the client that the connection's header of proxy protocol names (NLB-36).
    ProxyProtocol(Box<Content>),
}

/// Which node checks which target of which group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CheckId {
    /// The target group's logical name.
    pub target_group: String,
    /// The target's private address.
    pub target: Ipv4Addr,
    /// The target's port for traffic.
    pub port: u16,
    /// The private address of the load balancer node that checks.
    pub node: Ipv4Addr,
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}:{} from {}", self.target_group, self.target, self.port, self.node)
    }
}

/// One target, checked from one load balancer node (NLB-23 to NLB-26).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// The router namespace in which the node's address lies.
    pub namespace: NetnsName,
    /// The port to check.
    pub port: u16,
    /// How to check.
    pub probe: Probe,
    /// Whether a header of proxy protocol comes first, which names nobody (NLB-36).
    pub proxy_protocol: bool,
    /// Time between two checks.
    pub interval: Duration,
    /// A check without an answer in this time has failed.
    pub timeout: Duration,
    /// Passes in a row that make an unhealthy target healthy.
    pub healthy_threshold: u32,
    /// Failures in a row that make a healthy target unhealthy.
    pub unhealthy_threshold: u32,
}

/// How a target is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// A TCP connection.
    Tcp,
    /// A GET request.
    Http {
        /// Its path.
        path: String,
        /// Status codes that count as healthy.
        matcher: Vec<std::ops::RangeInclusive<u16>>,
    },
}

/// What the daemon knows of its targets, and what `compile` needs of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Checks whose target is healthy.
    pub healthy: BTreeSet<CheckId>,
    /// Checks whose target is unhealthy. A check in neither set is in its initial state.
    pub unhealthy: BTreeSet<CheckId>,
    /// Targets taken out of their group a short while ago (NLB-27).
    pub draining: BTreeSet<Draining>,
}

/// A deregistered target whose old connections may still go on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Draining {
    /// The target group's logical name.
    pub target_group: String,
    /// The target's private address.
    pub target: Ipv4Addr,
    /// The target's port for traffic.
    pub port: u16,
    /// When the deregistration delay ends, in seconds since 1970.
    pub until: u64,
}
