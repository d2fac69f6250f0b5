//! Failures: what `vpcns fail` has taken away of a running lab, until `vpcns heal` gives it back.
//!
//! A failure is a state of the lab, not of its file: it is kept beside what the file says, survives `up` with a changed
//! file as long as what failed is still there, and ends with `down`. What it means is AWS's: a zone takes with it what
//! lies in it (NLB-10, VPCE-20), a connection's routes are withdrawn, everything else falls silent (GEN-01), and
//! no control plane says a word: only health checks and DNS notice (NLB-07).

use super::{Az, Id, Name, Owner, Topology};
use serde::{Deserialize, Serialize};

/// What has failed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failed {
    /// A zone, by its id: accounts may give one zone different names (SUB-06).
    Az(String),
    /// A NAT gateway.
    Nat(Name),
    /// A node of a load balancer.
    Node {
        /// The load balancer.
        load_balancer: Name,
        /// The node's zone.
        az: Az,
    },
    /// An instance.
    Target(Name),
    /// A VPN connection, with both its tunnels, or a private virtual interface.
    Tunnel(Id),
}

impl Failed {
    /// The words for what can fail, each with what its name stands for.
    pub const KINDS: [(&'static str, &'static str); 5] = [
        ("az", "availability zone"),
        ("nat", "NAT gateway"),
        ("target", "instance"),
        ("tunnel", "VPN connection or private virtual interface"),
        ("node", "load balancer node"),
    ];

    /// The word for it.
    pub fn kind(&self) -> &'static str {
        match self {
            Failed::Az(_) => "az",
            Failed::Nat(_) => "nat",
            Failed::Node { .. } => "node",
            Failed::Target(_) => "target",
            Failed::Tunnel(_) => "tunnel",
        }
    }

    /// Its name, as one may write it: of a zone the one that the lab has for it, if that is but one.
    pub fn name(&self, topology: &Topology) -> String {
        match self {
            Failed::Az(id) => {
                let mut names: Vec<_> = topology.zone_names(id).collect();
                names.sort();
                names.dedup();
                if let [only] = names[..] { only.to_string() } else { id.clone() }
            }
            Failed::Nat(name) | Failed::Target(name) => name.to_string(),
            Failed::Node { load_balancer, az } => format!("{load_balancer}/{az}"),
            Failed::Tunnel(id) => tunnel(topology, id).map_or_else(|| id.to_string(), Name::to_string),
        }
    }

    /// Kind and name: `az ap-northeast-2a`.
    pub fn words(&self, topology: &Topology) -> String {
        format!("{} {}", self.kind(), self.name(topology))
    }

    /// Whether a lab has what failed.
    pub fn is_in(&self, topology: &Topology) -> bool {
        match self {
            Failed::Az(id) => topology.zone_names(id).next().is_some(),
            Failed::Nat(name) => topology.nat_gateways.contains_key(name),
            Failed::Target(name) => topology.instances.contains_key(name),
            Failed::Tunnel(id) => tunnel(topology, id).is_some(),
            Failed::Node { load_balancer, az } => {
                let balancer = topology.load_balancers.get(load_balancer);
                balancer.is_some_and(|balancer| balancer.nodes.iter().any(|node| node.az == *az))
            }
        }
    }

    /// Whether it keeps packets from an interface.
    pub fn hits(&self, topology: &Topology, interface: &Name) -> bool {
        let Some(found) = topology.network_interfaces.get(interface) else { return false };
        match self {
            Failed::Az(id) => topology.zone_id(interface) == id,
            Failed::Nat(name) => found.owner == Owner::NatGateway(name.clone()),
            Failed::Target(name) => found.owner == Owner::Instance(name.clone()),
            Failed::Node { load_balancer, az } => {
                found.owner == Owner::LoadBalancer(load_balancer.clone()) && topology.az_of(found) == az
            }
            Failed::Tunnel(_) => false,
        }
    }
}

impl Topology {
    /// What keeps packets from an interface.
    pub fn failure_of(&self, interface: &Name) -> Option<&Failed> {
        self.failures.iter().find(|failed| failed.hits(self, interface))
    }

    /// Whether the zone with this id has failed.
    pub fn is_zone_failed(&self, id: &str) -> bool {
        self.failures.iter().any(|failed| matches!(failed, Failed::Az(zone) if zone == id))
    }

    /// The names of a zone in the lab's accounts, one for each subnet in it.
    pub fn zone_names(&self, id: &str) -> impl Iterator<Item = &Az> {
        self.subnets.values().filter(move |subnet| subnet.az_id == id).map(|subnet| &subnet.az)
    }
}

/// The VPN connection or virtual interface with this id.
fn tunnel<'a>(topology: &'a Topology, id: &Id) -> Option<&'a Name> {
    let connection = topology.vpn_connections.iter().find(|(_, connection)| connection.id == *id);
    let interface = || topology.virtual_interfaces.iter().find(|(_, interface)| interface.id == *id);
    connection.map(|(name, _)| name).or_else(|| interface().map(|(name, _)| name))
}
