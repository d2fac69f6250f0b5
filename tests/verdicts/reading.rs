//! A second reading of AWS's rules: what a TCP connection from an instance to an address and port comes to.
//! Written from the rules, not from the compiler.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddrV4},
};
use vpcns::model::{
    ConnectionState, Name, NetworkInterface, Owner, Peer, Protocol, RouteTarget, SecurityGroupRule, Topology,
};

/// The port on which every instance listens.
pub(crate) const OPEN: u16 = 80;
/// A port on which nobody listens.
pub(crate) const CLOSED: u16 = 81;

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Somebody answered.
    Connected,
    /// The instance is reached, and nobody listens (GEN-02).
    Refused,
    /// Nothing comes back (GEN-01).
    Silence,
}

/// All addresses of a topology, private and public, on both ports.
pub(crate) fn destinations(topology: &Topology) -> BTreeSet<SocketAddrV4> {
    let interfaces = topology.network_interfaces.values();
    let addresses = interfaces
        .flat_map(|interface| [Some(interface.private_ip), interface.public.as_ref().map(|public| public.ip)]);
    addresses.flatten().flat_map(|address| [OPEN, CLOSED].map(|port| SocketAddrV4::new(address, port))).collect()
}

/// What becomes of a connection from an instance.
pub(crate) fn verdict(topology: &Topology, source: &Name, to: SocketAddrV4) -> Verdict {
    let from = &topology.network_interfaces[&topology.instances[source].interface];
    let (address, port) = (*to.ip(), to.port());
    if address == from.private_ip {
        return if port == OPEN { Verdict::Connected } else { Verdict::Refused }; // within itself: no gate (loopback)
    }
    if !allows(topology, from, Way::Out, address, port) {
        return Verdict::Silence;
    }
    if topology.vpcs[&from.vpc].cidr.contains(&address) {
        return inside(topology, from, address, port);
    }
    through_the_internet(topology, from, address, port)
}

/// The local route (RT-01): an interface of the same VPC, or nobody.
fn inside(topology: &Topology, from: &NetworkInterface, address: Ipv4Addr, port: u16) -> Verdict {
    let Some(to) = topology.network_interfaces.values().find(|to| to.vpc == from.vpc && to.private_ip == address)
    else {
        return Verdict::Silence;
    };
    match &to.owner {
        Owner::Instance(_) => arrives(topology, to, from.private_ip, port, port),
        Owner::LoadBalancer(balancer) => at_node(topology, balancer, to, Some(from), port),
        Owner::Endpoint(endpoint) => at_endpoint(topology, endpoint, from, to, port),
    }
}

/// An instance's inbound groups, then its own kernel (SG-14, GEN-02).
fn arrives(topology: &Topology, to: &NetworkInterface, seen: Ipv4Addr, asked: u16, port: u16) -> Verdict {
    debug_assert!(asked == port || asked == OPEN);
    if !allows(topology, to, Way::In, seen, port) {
        Verdict::Silence
    } else if port == OPEN {
        Verdict::Connected
    } else {
        Verdict::Refused
    }
}

/// A load balancer node (NLB-10, NLB-17, NLB-32, NLB-34). `client` is none for PrivateLink (NLB-33).
fn at_node(
    topology: &Topology,
    balancer: &Name,
    node: &NetworkInterface,
    client: Option<&NetworkInterface>,
    port: u16,
) -> Verdict {
    let balancer = &topology.load_balancers[balancer];
    let Some(listener) = balancer.listeners.iter().find(|listener| listener.port == port) else {
        return Verdict::Silence;
    };
    let group = &topology.target_groups[&listener.target_group];
    let crosses = group.cross_zone.unwrap_or(balancer.cross_zone);
    let az = |subnet: &Name| &topology.subnets[subnet].az;
    let Some(target) = group.targets.iter().find(|target| crosses || az(&target.subnet) == az(&node.subnet)) else {
        return Verdict::Silence;
    };
    let to = topology
        .network_interfaces
        .values()
        .find(|to| to.vpc == node.vpc && to.private_ip == target.ip)
        .expect("a target");
    let kept = client.filter(|_| group.preserve_client_ip);
    if kept.is_some_and(|client| client.private_ip == to.private_ip) {
        return Verdict::Silence; // it would answer itself
    }
    arrives(topology, to, kept.map_or(node.private_ip, |client| client.private_ip), port, target.port)
}

/// An endpoint's interface (VPCE-03, SVC-10, SVC-12, VPCE-24).
fn at_endpoint(topology: &Topology, name: &Name, from: &NetworkInterface, to: &NetworkInterface, port: u16) -> Verdict {
    let endpoint = &topology.endpoints[name];
    if !allows(topology, to, Way::In, from.private_ip, port) || endpoint.state != ConnectionState::Available {
        return Verdict::Silence;
    }
    let az = &topology.subnets[&to.subnet].az;
    let name = endpoint.load_balancer().expect("random topologies have no endpoints to AWS's own services");
    let balancer = &topology.load_balancers[name];
    let node = balancer.nodes.iter().find(|node| node.az == *az).expect("a node in the endpoint's zone");
    at_node(topology, name, &topology.network_interfaces[&node.interface], None, port)
}

/// Out of one internet gateway and in at another, or the same (IGW-02, IGW-03, IGW-09, IGW-13).
fn through_the_internet(topology: &Topology, from: &NetworkInterface, address: Ipv4Addr, port: u16) -> Verdict {
    let Some(own) = from.public.as_ref().filter(|_| leads_out(topology, from, address)) else {
        return Verdict::Silence;
    };
    let has = |to: &&NetworkInterface| to.public.as_ref().is_some_and(|public| public.ip == address);
    let Some(to) = topology.network_interfaces.values().find(has) else { return Verdict::Silence };
    match arrives(topology, to, own.ip, port, port) {
        Verdict::Silence => Verdict::Silence,
        answer if leads_out(topology, to, own.ip) => answer,
        _ => Verdict::Silence, // the answer has no way back (RT-23)
    }
}

/// Whether the subnet's table leads to the internet gateway for this address (RT-02, RT-11).
fn leads_out(topology: &Topology, from: &NetworkInterface, address: Ipv4Addr) -> bool {
    let table = &topology.route_tables[&topology.subnets[&from.subnet].route_table];
    let routes = table.routes.iter().filter(|route| route.destination.contains(&address));
    let best = routes.max_by_key(|route| route.destination.prefix_len());
    matches!(best.map(|route| &route.target), Some(RouteTarget::InternetGateway(_)))
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    In,
    Out,
}

/// Whether some rule of some group of the interface allows TCP to the port (SG-01, SG-09, SG-10).
fn allows(topology: &Topology, interface: &NetworkInterface, way: Way, peer: Ipv4Addr, port: u16) -> bool {
    let groups = interface.security_groups.iter().map(|name| &topology.security_groups[name]);
    let mut rules = groups.flat_map(|group| if way == Way::In { &group.inbound } else { &group.outbound });
    rules.any(|rule| permits(topology, rule, peer, port))
}

fn permits(topology: &Topology, rule: &SecurityGroupRule, peer: Ipv4Addr, port: u16) -> bool {
    let protocol = match &rule.protocol {
        Protocol::All => true,
        Protocol::Tcp(ports) => ports.contains(&port),
        Protocol::Udp(_) | Protocol::Icmp { .. } | Protocol::Number(_) => false,
    };
    protocol
        && match &rule.peer {
            Peer::Cidr(net) => net.contains(&peer),
            Peer::PrefixList(_) => unreachable!("random topologies have no prefix lists"),
            Peer::Group(group) => {
                let mut members =
                    topology.network_interfaces.values().filter(|member| member.security_groups.contains(group));
                members.any(|member| member.private_ip == peer)
            }
        }
}
