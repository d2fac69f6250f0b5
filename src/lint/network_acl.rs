//! Lints about network ACLs, which know no connections: answers need entries of their own (NACL-01).

use super::{
    Finding, cover,
    cover::Transport,
    scene::{Direction, Scene},
    text,
};
use crate::model::{Action, NetworkAcl, NetworkAclEntry};
use std::{collections::BTreeSet, ops::RangeInclusive};

/// The ports from which Linux opens connections (NACL-06); all wider ranges hold them.
const EPHEMERAL: RangeInclusive<u16> = 32768..=60999;

/// The entries of a network ACL in one direction, by ascending number.
fn entries(acl: &NetworkAcl, direction: Direction) -> &[NetworkAclEntry] {
    match direction {
        Direction::Inbound => &acl.inbound,
        Direction::Outbound => &acl.outbound,
    }
}

/// Whether an entry has all the packets of another.
fn covers(wide: &NetworkAclEntry, narrow: &NetworkAclEntry) -> bool {
    cover::protocol(&wide.protocol, &narrow.protocol) && wide.cidr.contains(&narrow.cidr)
}

/// Those that decide of some packet.
fn deciding(entries: &[NetworkAclEntry]) -> impl Iterator<Item = &NetworkAclEntry> {
    let decides =
        |(index, entry): &(usize, &NetworkAclEntry)| !entries[..*index].iter().any(|earlier| covers(earlier, entry));
    entries.iter().enumerate().filter(decides).map(|(_, entry)| entry)
}

/// An entry of whose packets an earlier one decides.
pub(super) fn shadowed(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, acl) in &scene.topology.network_acls {
        for direction in Direction::BOTH {
            let entries = entries(acl, direction);
            for (index, entry) in entries.iter().enumerate() {
                let earlier = entries[..index].iter().find(|earlier| covers(earlier, entry));
                let place = scene.place_of_entry(name, direction, entry);
                let (Some(earlier), Some(place)) = (earlier, place) else { continue };
                let message = format!(
                    "{direction} entry {} of network ACL `{name}` never decides: entry {} has all its packets",
                    entry.number, earlier.number
                );
                let hint = if earlier.action == entry.action {
                    "take it out: nothing changes"
                } else {
                    "the lowest number that fits decides: give the exception the lower one"
                };
                found.push(Finding::new(place, message, hint));
            }
        }
    }
    found
}

/// An entry that allows connections, and no entry of the other direction that allows their answers.
pub(super) fn without_way_back(scene: &Scene<'_>) -> Vec<Finding> {
    let used: BTreeSet<_> = scene.topology.subnets.values().map(|subnet| &subnet.network_acl).collect();
    let mut found = Vec::new();
    for (name, acl) in scene.topology.network_acls.iter().filter(|(name, _)| used.contains(name)) {
        for direction in Direction::BOTH {
            let back = entries(acl, direction.opposite());
            for entry in deciding(entries(acl, direction)).filter(|entry| entry.action == Action::Allow) {
                let Some(place) = scene.place_of_entry(name, direction, entry) else { continue };
                let transports = [(Transport::Tcp, "TCP"), (Transport::Udp, "UDP")];
                let missing = transports.into_iter().find(|(transport, _)| !has_way_back(entry, back, *transport));
                let Some((_, transport)) = missing else { continue };
                let message = format!(
                    "{direction} entry {} of network ACL `{name}` allows {}, but no {} entry allows the answers",
                    entry.number,
                    text::protocol(&entry.protocol),
                    direction.opposite()
                );
                let way = text::preposition(direction.opposite());
                let hint = format!(
                    "allow {transport} 1024-65535 {way} {}: answers go to the port that the asker chose (NACL-06)",
                    entry.cidr
                );
                found.push(Finding::new(place, message, hint));
            }
        }
    }
    found
}

/// Whether packets that an entry allows are answers, or have some.
fn has_way_back(entry: &NetworkAclEntry, back: &[NetworkAclEntry], transport: Transport) -> bool {
    let Some(ports) = cover::ports(&entry.protocol, transport) else { return true };
    let mut allowed = deciding(back).filter(|other| other.action == Action::Allow);
    allowed.any(|other| {
        let Some(others) = cover::ports(&other.protocol, transport) else { return false };
        // Either the answers go to an ephemeral port, or these are answers themselves.
        cover::overlap(entry.cidr, other.cidr) && (cover::meet(&others, &EPHEMERAL) || cover::meet(&ports, &EPHEMERAL))
    })
}
