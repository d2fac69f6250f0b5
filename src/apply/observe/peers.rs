//! Which two veth ends belong together.
//!
//! The kernel tells an end the other's number and what the end's own namespace calls the other's (`link-netnsid`).
//! Ends that name each other's numbers are candidates; that the namespace is the right one is then asked of the
//! namespace with more links, so that a router's thousand questions take one socket.

use crate::{
    apply::Error,
    spec::{LinkName, NetnsName},
    sys::{
        netlink::{
            CHUNK, Netlink,
            link::{Found, Kind},
        },
        netns::{Netns, Traveller, spread},
    },
};
use std::{collections::BTreeMap, io, os::fd::AsFd};

type Links = BTreeMap<NetnsName, Vec<Found>>;
/// A link by its namespace and number.
type Place = (NetnsName, u32);

type Pairs = BTreeMap<Place, (NetnsName, LinkName)>;
type Candidates<'a> = BTreeMap<&'a NetnsName, Vec<Candidate<'a>>>;

/// The other end of each veth end that has one in the lab.
pub(super) struct Peers(Pairs);

/// Two ends that name each other's numbers, and what the asked one's namespace calls the other's.
struct Candidate<'a> {
    asked: (&'a NetnsName, &'a Found),
    other: (&'a NetnsName, &'a Found),
    id: i32,
}

impl Peers {
    /// Finds all pairs.
    pub(super) fn find(links: &Links) -> Result<Self, Error> {
        let (mut pairs, candidates) = candidates(links);
        let visits: Vec<_> = candidates.into_iter().collect();
        let confirmed = spread(&visits, |traveller, (asked, candidates)| {
            let failed = |source| Error::Observe { what: "the links", namespace: (*asked).clone(), source };
            confirm(traveller, asked, candidates).map_err(failed)
        });
        for (visit, confirmed) in visits.iter().zip(confirmed.map_err(Error::Thread)?) {
            let right = visit.1.iter().zip(confirmed?).filter(|(_, confirmed)| *confirmed);
            right.for_each(|(candidate, _)| note(&mut pairs, candidate.asked, candidate.other));
        }
        Ok(Self(pairs))
    }

    /// The other end of a link.
    pub(super) fn of(&self, namespace: &NetnsName, index: u32) -> Option<(NetnsName, LinkName)> {
        self.0.get(&(namespace.clone(), index)).cloned()
    }
}

/// The pairs inside one namespace, which are certain, and the candidates by the namespace that is to be asked.
fn candidates(links: &Links) -> (Pairs, Candidates<'_>) {
    let mut by_numbers: BTreeMap<(u32, u32), Vec<(&NetnsName, &Found)>> = BTreeMap::new();
    let ends = || links.iter().flat_map(|(name, found)| found.iter().map(move |link| (name, link)));
    for (name, link) in ends() {
        if let Kind::Veth { peer, .. } = link.kind {
            by_numbers.entry((link.index, peer)).or_default().push((name, link));
        }
    }
    let (mut certain, mut candidates) = (BTreeMap::new(), BTreeMap::<_, Vec<_>>::new());
    for (name, link) in ends() {
        let Kind::Veth { peer, namespace } = link.kind else { continue };
        for &(other_name, other) in by_numbers.get(&(peer, link.index)).into_iter().flatten() {
            match namespace {
                None if other_name == name => note(&mut certain, (name, link), (other_name, other)),
                Some(id) if other_name != name && asks(links, name, other_name) => {
                    let candidate = Candidate { asked: (name, link), other: (other_name, other), id };
                    candidates.entry(name).or_default().push(candidate);
                }
                _ => {}
            }
        }
    }
    (certain, candidates)
}

/// Of two namespaces, the one with more links is asked.
fn asks(links: &Links, this: &NetnsName, other: &NetnsName) -> bool {
    (links[this].len(), this) > (links[other].len(), other)
}

/// Whether each candidate's other namespace is the one that its number stands for.
fn confirm(traveller: &mut Traveller, asked: &NetnsName, candidates: &[Candidate<'_>]) -> io::Result<Vec<bool>> {
    traveller.enter(&Netns::open(asked)?)?;
    let mut netlink = Netlink::open()?;
    let mut confirmed = Vec::new();
    // The number of open files is limited.
    for chunk in candidates.chunks(CHUNK) {
        let others = chunk.iter().map(|candidate| Netns::open(candidate.other.0)).collect::<io::Result<Vec<_>>>()?;
        let files: Vec<_> = others.iter().map(AsFd::as_fd).collect();
        let ids = netlink.namespace_ids(&files)?;
        confirmed.extend(chunk.iter().zip(ids).map(|(candidate, id)| id == Some(candidate.id)));
    }
    Ok(confirmed)
}

/// Notes a pair for both of its ends.
fn note(pairs: &mut Pairs, one: (&NetnsName, &Found), other: (&NetnsName, &Found)) {
    pairs.insert((one.0.clone(), one.1.index), (other.0.clone(), other.1.name.clone()));
    pairs.insert((other.0.clone(), other.1.index), (one.0.clone(), one.1.name.clone()));
}
