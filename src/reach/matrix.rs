//! All pairs: what every instance, host on premises and the internet can open to each other, and to every load
//! balancer and endpoint, for each port that something listens on or that a rule names; and what a change opens and
//! closes.

use super::{Atlas, Question, Sender, Traffic, Verdict};
use crate::model::{Name, NetworkInterface, Owner, Protocol, Scheme, Topology, internet::LAPTOP};
use serde::Serialize;
use std::{collections::BTreeSet, fmt, net::Ipv4Addr};

/// One side of a pair.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// The internet, for which `laptop` stands.
    Internet,
    /// An instance.
    Instance(Name),
    /// A host on premises.
    OnPremises(Name),
    /// A load balancer.
    LoadBalancer(Name),
    /// An endpoint.
    Endpoint(Name),
}

impl Party {
    /// It as a sender.
    ///
    /// # Panics
    ///
    /// For load balancers and endpoints, which send nothing by themselves.
    pub fn sender(&self) -> Sender {
        match self {
            Party::Internet => Sender::Internet(LAPTOP),
            Party::Instance(name) => Sender::Instance(name.clone()),
            Party::OnPremises(name) => Sender::OnPremises(name.clone()),
            Party::LoadBalancer(_) | Party::Endpoint(_) => unreachable!("only senders are asked"),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Party::Internet => f.write_str("internet"),
            Party::Instance(name) | Party::OnPremises(name) | Party::LoadBalancer(name) | Party::Endpoint(name) => {
                name.fmt(f)
            }
        }
    }
}

impl Serialize for Party {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One pair and one port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Who sends.
    pub from: Party,
    /// To whom.
    pub to: Party,
    /// What.
    pub traffic: Traffic,
    /// By which of the receiver's addresses, and what comes of it.
    pub paths: Vec<(Ipv4Addr, Verdict)>,
}

impl Cell {
    /// Whether every connection gets through, by some address of an instance or all of a name.
    pub fn is_open(&self) -> bool {
        !self.paths.is_empty() && self.paths.iter().all(|(_, verdict)| verdict.is_reached())
    }

    /// Whether some connections get through and some do not.
    pub fn is_partly_open(&self) -> bool {
        let gets_through = |verdict: &Verdict| !matches!(verdict, Verdict::Silence { .. } | Verdict::Broken { .. });
        !self.is_open() && self.paths.iter().any(|(_, verdict)| gets_through(verdict))
    }
}

/// All pairs of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matrix {
    /// Every pair that differs, for every port, sorted.
    pub cells: Vec<Cell>,
}

/// What one file's lab lets through and another's does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Who sends.
    pub from: Party,
    /// To whom.
    pub to: Party,
    /// What.
    pub traffic: Traffic,
    /// Whether the change opens it.
    pub opens: bool,
}

/// Every pair, for these ports.
pub fn matrix(atlas: &Atlas<'_>, ports: &BTreeSet<Traffic>) -> Matrix {
    let senders = senders(atlas.topology);
    let receivers = receivers(atlas.topology);
    let mut cells = Vec::new();
    for from in &senders {
        for to in receivers.iter().filter(|to| *to != from) {
            cells.extend(ports.iter().map(|traffic| cell(atlas, from, to, *traffic)));
        }
    }
    Matrix { cells }
}

/// The ports that something listens on or that a rule names; of a range, its ends. `ping`, where a rule is on ICMP.
pub fn ports(topology: &Topology) -> BTreeSet<Traffic> {
    let instances = topology.instances.values().flat_map(|instance| instance.httpd.keys());
    let hosts = topology.on_premises_hosts.values().flat_map(|host| host.httpd.keys());
    let listened = instances.chain(hosts).copied().map(Traffic::Tcp);
    let listeners = topology.load_balancers.values().flat_map(|balancer| &balancer.listeners);
    let listeners = listeners.flat_map(|listener| {
        let both = [Traffic::Tcp(listener.port), Traffic::Udp(listener.port)];
        both.into_iter().filter(|traffic| traffic.is_for(listener))
    });
    let rules = topology.security_groups.values().flat_map(|group| group.inbound.iter().chain(&group.outbound));
    let named = rules.flat_map(|rule| named(&rule.protocol));
    listened.chain(listeners).chain(named).collect()
}

fn named(protocol: &Protocol) -> Vec<Traffic> {
    match protocol {
        Protocol::Tcp(range) if range.clone().count() < usize::from(u16::MAX) => {
            vec![Traffic::Tcp(*range.start()), Traffic::Tcp(*range.end())]
        }
        Protocol::Udp(range) if range.clone().count() < usize::from(u16::MAX) => {
            vec![Traffic::Udp(*range.start()), Traffic::Udp(*range.end())]
        }
        Protocol::Icmp { .. } => vec![Traffic::Ping],
        _ => Vec::new(),
    }
}

/// What `after` lets through and `before` does not, and the other way round. A party that is in one only is told of
/// like any other.
pub fn difference(before: &Matrix, after: &Matrix) -> Vec<Difference> {
    let open = |matrix: &Matrix| -> BTreeSet<(Party, Party, Traffic)> {
        let open = matrix.cells.iter().filter(|cell| cell.is_open() || cell.is_partly_open());
        open.map(|cell| (cell.from.clone(), cell.to.clone(), cell.traffic)).collect()
    };
    let (before, after) = (open(before), open(after));
    let only = |these: &BTreeSet<_>, those: &BTreeSet<_>, opens: bool| -> Vec<Difference> {
        let pairs = these.difference(those).cloned();
        pairs.map(|(from, to, traffic)| Difference { from, to, traffic, opens }).collect()
    };
    let mut found = only(&after, &before, true);
    found.extend(only(&before, &after, false));
    found.sort();
    found
}

fn senders(topology: &Topology) -> Vec<Party> {
    let instances = topology.instances.keys().cloned().map(Party::Instance);
    let on_premises = topology.on_premises_hosts.keys().cloned().map(Party::OnPremises);
    std::iter::once(Party::Internet).chain(instances).chain(on_premises).collect()
}

fn receivers(topology: &Topology) -> Vec<Party> {
    let mut parties = senders(topology);
    parties.extend(topology.load_balancers.keys().cloned().map(Party::LoadBalancer));
    parties.extend(topology.endpoints.keys().cloned().map(Party::Endpoint));
    parties
}

fn cell(atlas: &Atlas<'_>, from: &Party, to: &Party, traffic: Traffic) -> Cell {
    let sender = from.sender();
    let path = |address| (address, atlas.path(&Question { from: sender.clone(), to: address, traffic }).verdict);
    let mut paths: Vec<_> = addresses(atlas.topology, to).into_iter().map(path).collect();
    if matches!(to, Party::Instance(_)) {
        // whoever wants to reach an instance takes the address that works
        paths.sort_by_key(|(_, verdict)| !verdict.is_reached());
        paths.truncate(1);
    }
    Cell { from: from.clone(), to: to.clone(), traffic, paths }
}

/// The addresses at which a party can be reached: those that its name has, for an instance all.
fn addresses(topology: &Topology, party: &Party) -> Vec<Ipv4Addr> {
    let private = |interface: &NetworkInterface| interface.private_ip;
    let public = |interface: &NetworkInterface| interface.public.as_ref().map(|public| public.ip);
    let mut of = topology.network_interfaces.values();
    match party {
        Party::Internet => vec![LAPTOP],
        Party::Instance(name) => {
            let interface = &topology.network_interfaces[&topology.instances[name].interface];
            std::iter::once(private(interface)).chain(public(interface)).collect()
        }
        Party::OnPremises(name) => vec![topology.on_premises_hosts[name].address],
        Party::LoadBalancer(name) => {
            let faces_internet = topology.load_balancers[name].scheme == Scheme::InternetFacing;
            let nodes = of.filter(|interface| interface.owner == Owner::LoadBalancer(name.clone()));
            nodes.map(|node| public(node).filter(|_| faces_internet).unwrap_or(private(node))).collect()
        }
        Party::Endpoint(name) => {
            let own = of.by_ref().filter(|interface| interface.owner == Owner::Endpoint(name.clone()));
            own.map(private).collect()
        }
    }
}
