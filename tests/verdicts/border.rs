//! A second reading of network ACLs: whether a packet gets out of one subnet and into another.

use std::net::Ipv4Addr;
use vpcns::model::{Action, NetworkAclEntry, NetworkInterface, Protocol, Topology};

/// A port to which answers go, of an instance or of what AWS runs. No random entry tells these ports apart (NACL-06).
const EPHEMERAL: u16 = 50_000;

/// Whether TCP to this port, and an answer to it, cross the borders between two places (NACL-01, NACL-05). Without an
/// interface a place is outside of the VPC. `source` and `destination` are what the packet says.
pub(crate) fn crosses(
    topology: &Topology,
    [from, to]: [Option<&NetworkInterface>; 2],
    [source, destination]: [Ipv4Addr; 2],
    port: u16,
) -> bool {
    one_way(topology, [from, to], [source, destination], port)
        && one_way(topology, [to, from], [destination, source], EPHEMERAL)
}

fn one_way(
    topology: &Topology,
    [from, to]: [Option<&NetworkInterface>; 2],
    [source, destination]: [Ipv4Addr; 2],
    port: u16,
) -> bool {
    let acl = |interface: &NetworkInterface| &topology.network_acls[&topology.subnets[&interface.subnet].network_acl];
    let stays = from.zip(to).is_some_and(|(from, to)| from.subnet == to.subnet);
    stays
        || from.is_none_or(|from| lets(&acl(from).outbound, destination, port))
            && to.is_none_or(|to| lets(&acl(to).inbound, source, port))
}

/// The first entry that means it decides, and none means no (NACL-02).
fn lets(entries: &[NetworkAclEntry], peer: Ipv4Addr, port: u16) -> bool {
    for entry in entries {
        let means = match &entry.protocol {
            Protocol::All => true,
            Protocol::Tcp(ports) => ports.contains(&port),
            Protocol::Udp(_) | Protocol::Icmp { .. } | Protocol::Number(_) => false,
        };
        if means && entry.cidr.contains(&peer) {
            return entry.action == Action::Allow;
        }
    }
    false
}
