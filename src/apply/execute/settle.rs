//! Waiting for links to carry packets.
//!
//! Of a veth pair, the end that is brought up second carries at once; the kernel tells the first one by a work queue,
//! which under load takes a while, and looks at no more than some links a second. Until then it drops all packets: the first ping after `up` would be lost.

use crate::{
    apply::{Action, Error, Plan},
    spec::{LinkName, NetnsName},
    sys::{
        netlink::Netlink,
        netns::{Netns, Traveller, spread},
        state::Lab,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io, thread,
    time::{Duration, Instant},
};

/// After this, a link does not carry for another reason, which is not ours to judge.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the kernel is asked.
const PAUSE: Duration = Duration::from_millis(2);

/// The links of a namespace that are waited for; none means all.
type Watched<'a> = Option<BTreeSet<&'a LinkName>>;

/// Waits until the links that a plan brought up carry packets, but not for ever.
pub(super) fn wait(lab: &Lab, plan: &Plan) -> Result<(), Error> {
    let places: Vec<_> = places(lab, plan)?.into_iter().collect();
    let deadline = Instant::now() + PATIENCE;
    // What cannot be asked is not waited for: nothing failed yet, and whatever is wrong will show where it matters.
    spread(&places, |traveller, (name, links)| drop(watch(traveller, name, links, deadline))).map_err(Error::Thread)?;
    Ok(())
}

/// Where to wait, and for what: for the first ends of the pairs whose second ends were brought up.
fn places<'a>(lab: &Lab, plan: &'a Plan) -> Result<BTreeMap<NetnsName, Watched<'a>>, Error> {
    let lo = LinkName::lo();
    let mut second: BTreeSet<_> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::SetLink { link, .. } if *link != lo => Some((&step.namespace, link)),
            _ => None,
        })
        .collect();
    let mut places = BTreeMap::<_, Watched<'_>>::new();
    for step in &plan.steps {
        if let Action::AddVeth { near, far_namespace, far } = &step.action
            && second.remove(&(far_namespace, &far.link))
        {
            places.entry(step.namespace.clone()).or_default().get_or_insert_default().insert(&near.link);
        }
    }
    // The other end of one that was there before may be anywhere in the lab.
    if second.is_empty() { Ok(places) } else { Ok(lab.journal()?.into_iter().map(|name| (name, None)).collect()) }
}

/// Watches the links of one namespace.
fn watch(traveller: &mut Traveller, name: &NetnsName, links: &Watched<'_>, deadline: Instant) -> io::Result<()> {
    traveller.enter(&Netns::open(name)?)?;
    let mut netlink = Netlink::open()?;
    let is_watched = |link: &LinkName| links.as_ref().is_none_or(|links| links.contains(link));
    loop {
        let mut waits = false;
        for link in netlink.links()?.iter().filter(|link| !link.settled && is_watched(&link.name)) {
            // To be asked about one link is what makes the kernel settle it.
            waits |= netlink.link(link.index)?.is_some_and(|link| !link.settled);
        }
        if !waits || Instant::now() > deadline {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
}
