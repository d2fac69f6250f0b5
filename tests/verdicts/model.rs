//! What the product's own reading of AWS's rules says of a TCP connection: `vpcns::reach`, which `why` and `matrix` are
//! made of, and which shares nothing with the compiler.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddrV4},
};
use vpcns::{
    model::{Name, Topology},
    reach::{self, Atlas, Question, Sender, Traffic},
};

/// The port on which every instance listens.
pub(crate) const OPEN: u16 = 80;
/// A port on which nobody listens.
const CLOSED: u16 = 81;

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
    let addresses: BTreeSet<Ipv4Addr> = interfaces
        .flat_map(|interface| [Some(interface.private_ip), interface.public.as_ref().map(|public| public.ip)])
        .flatten()
        .collect();
    addresses.into_iter().flat_map(|address| [OPEN, CLOSED].map(|port| SocketAddrV4::new(address, port))).collect()
}

/// What becomes of a connection from an instance, and the steps that say why.
pub(crate) fn verdict(atlas: &Atlas<'_>, source: &Name, to: SocketAddrV4) -> (Verdict, Vec<reach::Hop>) {
    let (from, traffic) = (Sender::Instance(source.clone()), Traffic::Tcp(to.port()));
    let path = atlas.path(&Question { from, to: *to.ip(), traffic });
    let verdict = match path.verdict {
        reach::Verdict::Reached { traffic: Traffic::Tcp(OPEN), .. } => Verdict::Connected,
        reach::Verdict::Reached { .. } => Verdict::Refused,
        reach::Verdict::Silence { .. } => Verdict::Silence,
        reach::Verdict::Handed { .. } => panic!("nobody forwards in these topologies"),
        reach::Verdict::Sometimes { .. } => panic!("these load balancers have one target each"),
        reach::Verdict::Broken { .. } => panic!("these load balancers leave connections to the kernel"),
    };
    (verdict, path.hops)
}
