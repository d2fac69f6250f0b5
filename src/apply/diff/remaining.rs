//! What cannot stay as it is, and what is left without it.

use crate::{
    apply::step::{Action, Step},
    spec::{Hop, Link, LinkKind, LinkName, MacAddress, Namespace, NetnsName},
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

type Namespaces = BTreeMap<NetnsName, Namespace>;
/// A link by its namespace and name.
type Place = (NetnsName, LinkName);

/// The observed without what goes away first, and the steps by which it does.
pub(super) struct Remaining<'a> {
    pub(super) namespaces: Left<'a>,
    pub(super) steps: Vec<Step>,
}

/// Namespaces as they were observed, or without something.
pub(super) type Left<'a> = BTreeMap<&'a NetnsName, Cow<'a, Namespace>>;

impl<'a> Remaining<'a> {
    pub(super) fn new(desired: &Namespaces, observed: &'a Namespaces) -> Self {
        let stays = |name: &NetnsName| desired.contains_key(name) && observed.get(name).is_some_and(is_whole);
        let going = going_links(desired, observed);
        let mut steps = Vec::new();
        for (name, _) in observed.iter().filter(|(name, _)| !stays(name)) {
            steps.push(Step { namespace: name.clone(), action: Action::DeleteNamespace });
        }
        // A link ends with either of its namespaces, but when is the kernel's secret: where one of them stays, the
        // link is deleted by name. Where both stay, deleting one end is enough.
        let mut gone = BTreeSet::new();
        for (place, other) in going.iter().filter(|(place, _)| stays(&place.0)) {
            if gone.insert(place) {
                gone.extend(other);
                steps.push(Step { namespace: place.0.clone(), action: Action::DeleteLink(place.1.clone()) });
            }
        }
        let losing: BTreeSet<_> = going.keys().map(|(name, _)| name).collect();
        let left = observed.iter().filter(|(name, _)| stays(name));
        let left = left.map(|(name, namespace)| {
            if losing.contains(name) {
                (name, Cow::Owned(without(name, namespace, &going)))
            } else {
                (name, Cow::Borrowed(namespace))
            }
        });
        Self { namespaces: left.collect(), steps }
    }
}

/// Every namespace has `lo`. What has none is only a name: what was left when this program was killed.
fn is_whole(namespace: &Namespace) -> bool {
    namespace.links.contains_key(&LinkName::lo())
}

/// The links that must go, each with its other end if that is known.
fn going_links(desired: &Namespaces, observed: &Namespaces) -> BTreeMap<Place, Option<Place>> {
    let mut going = BTreeMap::new();
    for (name, namespace) in observed {
        let desired = desired.get(name);
        for (link, found) in &namespace.links {
            let LinkKind::Veth { peer_namespace, peer, .. } = &found.kind else { continue };
            let wanted = desired.and_then(|namespace| namespace.links.get(link));
            if !wanted.is_some_and(|wanted| is_same(wanted, found)) {
                let (place, other) = ((name.clone(), link.clone()), (peer_namespace.clone(), peer.clone()));
                let known = observed.get(peer_namespace).is_some_and(|namespace| namespace.links.contains_key(peer));
                if known {
                    going.insert(other.clone(), Some(place.clone()));
                }
                going.insert(place, known.then_some(other));
            }
        }
    }
    going
}

/// Whether a link can become the wanted one without being made anew.
fn is_same(wanted: &Link, found: &Link) -> bool {
    fixed(wanted) == fixed(found)
}

/// What a link has for life.
fn fixed(link: &Link) -> Option<(MacAddress, &NetnsName, &LinkName)> {
    match &link.kind {
        LinkKind::Loopback => None,
        LinkKind::Veth { mac, peer_namespace, peer, .. } => Some((*mac, peer_namespace, peer)),
    }
}

/// A namespace after the kernel took those links, their addresses and their routes.
fn without(name: &NetnsName, namespace: &Namespace, going: &BTreeMap<Place, Option<Place>>) -> Namespace {
    let stays = |link: &LinkName| !going.contains_key(&(name.clone(), link.clone()));
    let mut left = namespace.clone();
    left.links.retain(|link, _| stays(link));
    left.addresses.retain(|address| stays(&address.link));
    left.routes.retain(|route| match &route.hop {
        Hop::Link(link) | Hop::Gateway(_, link) => stays(link),
        Hop::Blackhole | Hop::Local => true,
    });
    left
}
