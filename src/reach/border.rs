//! Network ACLs as AWS words them: at each border of a subnet that a packet crosses the first entry that means it
//! decides (NACL-02), for answers as for everything else (NACL-01). One that lets everything pass is not worth a word.

use super::{
    Component, Direction, Traffic,
    filter::protocol,
    walk::{Packet, Place, Step, Walk},
};
use crate::model::{Action, Name, NetworkAcl, NetworkAclEntry, NetworkInterface, Owner, Protocol};
use std::{net::Ipv4Addr, ops::RangeInclusive};

/// The ports from which instances connect, and to which answers go (NACL-06).
const EPHEMERAL: RangeInclusive<u16> = 32768..=60999;

/// Those of load balancers and NAT gateways (NACL-06).
const EPHEMERAL_OF_AWS: RangeInclusive<u16> = 1024..=65535;

/// What crosses a border.
#[derive(Debug, Clone)]
pub(super) enum Crossing {
    /// What is asked for.
    Request(Traffic),
    /// An answer to it, to any of these ports.
    Answer(Traffic, RangeInclusive<u16>),
}

impl Crossing {
    /// An answer to somebody.
    pub(super) fn answer(walk: &Walk<'_>, to: Place<'_>, traffic: Traffic) -> Self {
        let ports = match to {
            Place::Interface(name) => match walk.topology.network_interfaces[name].owner {
                Owner::Instance(_) | Owner::Nobody => EPHEMERAL,
                Owner::LoadBalancer(_) | Owner::Endpoint(_) | Owner::NatGateway(_) | Owner::ResolverEndpoint(_) => {
                    EPHEMERAL_OF_AWS
                }
            },
            Place::OnPremises(_) | Place::Site(_) | Place::Internet(_) | Place::Service => EPHEMERAL,
        };
        Self::Answer(traffic, ports)
    }

    /// The ports that must pass, as far as these entries tell them apart.
    fn ports(&self, entries: &[NetworkAclEntry]) -> Vec<u16> {
        match self {
            Crossing::Request(traffic) => vec![traffic.port().unwrap_or(0)],
            Crossing::Answer(_, range) => {
                let borders = entries.iter().flat_map(|entry| match &entry.protocol {
                    Protocol::Tcp(ports) | Protocol::Udp(ports) => vec![*ports.start(), ports.end().saturating_add(1)],
                    Protocol::All | Protocol::Icmp { .. } | Protocol::Number(_) => Vec::new(),
                });
                let inside = borders.filter(|port| range.contains(port));
                inside.chain([*range.start(), *range.end()]).collect()
            }
        }
    }

    fn text(&self, port: u16) -> String {
        match self {
            Crossing::Request(traffic) => traffic.to_string(),
            Crossing::Answer(Traffic::Tcp(_), _) => format!("answers, tcp {port}"),
            Crossing::Answer(Traffic::Udp(_), _) => format!("answers, udp {port}"),
            Crossing::Answer(Traffic::Ping, _) => "answers, icmp type 0".into(),
        }
    }
}

impl Walk<'_> {
    /// Lets the network ACLs judge what goes from one place to the next, sent and arrived as these packets: none if both
    /// are in one subnet (NACL-05), and it did not go out and come back by an internet gateway.
    pub(super) fn cross(
        &mut self,
        [from, to]: [Place<'_>; 2],
        [sent, arrived]: [Packet; 2],
        crossing: &Crossing,
    ) -> Step<()> {
        let (from, to) = (self.interface(from), self.interface(to));
        let (source, destination) = (arrived.source, sent.destination);
        if let (Some(from), Some(to)) = (from, to)
            && from.subnet == to.subnet
            && arrived.destination == destination
        {
            return Ok(());
        }
        let leaves = from.map(|from| (from.subnet.clone(), Direction::Outbound, destination));
        let enters = to.map(|to| (to.subnet.clone(), Direction::Inbound, source));
        for (subnet, direction, peer) in leaves.into_iter().chain(enters) {
            self.judge_border(&subnet, direction, peer, crossing)?;
        }
        Ok(())
    }

    fn interface(&self, place: Place<'_>) -> Option<&NetworkInterface> {
        match place {
            Place::Interface(name) => Some(&self.topology.network_interfaces[name]),
            Place::OnPremises(_) | Place::Site(_) | Place::Internet(_) | Place::Service => None,
        }
    }

    fn judge_border(&mut self, subnet: &Name, direction: Direction, peer: Ipv4Addr, crossing: &Crossing) -> Step<()> {
        let name = &self.topology.subnets[subnet].network_acl;
        let acl = &self.topology.network_acls[name];
        let entries = match direction {
            Direction::Inbound => &acl.inbound,
            Direction::Outbound => &acl.outbound,
        };
        if NetworkAcl::is_open(entries) {
            return Ok(());
        }
        let component = Component::new("network ACL", name, acl.id.as_str());
        let mut told = None;
        for port in crossing.ports(entries) {
            let deciding = entries.iter().find(|entry| entry.cidr.contains(&peer) && means(entry, crossing, port));
            if let Some(entry) = deciding.filter(|entry| entry.action == Action::Allow) {
                told = told.or(Some(entry));
                continue;
            }
            let by = deciding.map_or("entry * denies".into(), |entry| format!("entry {} denies", entry.number));
            let wanted = format!("{} {} {peer}", crossing.text(port), direction.preposition());
            let change = format!("give network ACL {name} an earlier {direction} entry that allows {wanted}/32");
            let code = "SUBNET_ACL_RESTRICTION";
            return Err(self.stop(code, &component, format!("{direction} {by} {wanted}"), change));
        }
        if let Some(entry) = told {
            let says = format!("{direction} entry {}: {} {}", entry.number, protocol(&entry.protocol), entry.cidr);
            self.pass_by(&component, says, entry.line);
        }
        Ok(())
    }
}

/// Whether an entry is about this traffic (NACL-04).
fn means(entry: &NetworkAclEntry, crossing: &Crossing, port: u16) -> bool {
    const ECHO_REPLY: u8 = 0;
    const ECHO_REQUEST: u8 = 8;
    let (Crossing::Request(traffic) | Crossing::Answer(traffic, _)) = crossing;
    let echo = if matches!(crossing, Crossing::Request(_)) { ECHO_REQUEST } else { ECHO_REPLY };
    match (&entry.protocol, traffic) {
        (Protocol::All, _) => true,
        (Protocol::Tcp(ports), Traffic::Tcp(_)) | (Protocol::Udp(ports), Traffic::Udp(_)) => ports.contains(&port),
        (Protocol::Icmp { kind, code }, Traffic::Ping) => {
            kind.is_none_or(|kind| kind == echo) && code.is_none_or(|code| code == 0)
        }
        _ => false,
    }
}
