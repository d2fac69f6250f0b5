//! Links: pairs that are missing, and properties that differ.

use super::remaining::Left;
use crate::{
    apply::step::{Action, End, Step},
    spec::{Link, LinkKind, LinkName, Namespace, NetnsName},
};
use std::collections::BTreeMap;

type Namespaces = BTreeMap<NetnsName, Namespace>;

/// Adds the pairs that are missing. Each is made from the side that has more links, a router as a rule, so that as
/// many as possible are made in one go.
pub(super) fn add(desired: &Namespaces, remaining: &Left<'_>, steps: &mut Vec<Step>) {
    for (name, namespace) in desired {
        let found = remaining.get(name);
        let is_there = |link| found.is_some_and(|found| found.links.contains_key(link));
        for (link, wanted) in namespace.links.iter().filter(|(link, _)| !is_there(*link)) {
            let LinkKind::Veth { mac, peer_namespace, peer, .. } = &wanted.kind else { continue };
            if !is_near(desired, (name, link), (peer_namespace, peer)) {
                continue;
            }
            let far = other_end(desired, peer_namespace, peer);
            let LinkKind::Veth { mac: far_mac, .. } = &far.kind else { continue };
            let near = End { link: link.clone(), mac: *mac, mtu: wanted.mtu };
            let far = End { link: peer.clone(), mac: *far_mac, mtu: far.mtu };
            let action = Action::AddVeth { near, far_namespace: peer_namespace.clone(), far };
            steps.push(Step { namespace: name.clone(), action });
        }
    }
}

/// Sets what differs from how a link is, or from how it will just have been made.
pub(super) fn set(name: &NetnsName, desired: &Namespaces, found: &Namespace, push: &mut impl FnMut(Action)) {
    for (link, wanted) in &desired[name].links {
        let made = || made(name, desired, link, wanted);
        let found = found.links.get(link).cloned().unwrap_or_else(made);
        if found.mtu != wanted.mtu {
            push(Action::SetLink { link: link.clone(), mtu: wanted.mtu });
        }
        if answers_arp(&found) != answers_arp(wanted) {
            push(Action::SetProxyArp { link: link.clone(), on: answers_arp(wanted) });
        }
    }
}

/// How a link is when it has just been made: up if it is the near end, else down, which shows as an MTU of 0.
fn made(name: &NetnsName, desired: &Namespaces, link: &LinkName, wanted: &Link) -> Link {
    let mut made = wanted.clone();
    let mut near = false;
    if let LinkKind::Veth { peer_namespace, peer, proxy_arp, .. } = &mut made.kind {
        near = is_near(desired, (name, link), (peer_namespace, peer));
        *proxy_arp = false;
    }
    made.mtu = if near { wanted.mtu } else { 0 };
    made
}

/// Whether a pair is made from this end.
fn is_near(desired: &Namespaces, this: (&NetnsName, &LinkName), other: (&NetnsName, &LinkName)) -> bool {
    let links = |end: (&NetnsName, &LinkName)| desired[end.0].links.len();
    links(this).cmp(&links(other)).then_with(|| other.cmp(&this)).is_gt()
}

fn other_end<'a>(desired: &'a Namespaces, namespace: &NetnsName, link: &LinkName) -> &'a Link {
    let found = desired.get(namespace).and_then(|namespace| namespace.links.get(link));
    found.expect("a desired spec has both ends of each pair")
}

fn answers_arp(link: &Link) -> bool {
    matches!(link.kind, LinkKind::Veth { proxy_arp: true, .. })
}
