//! Brings what the health checks found into the data plane: the nftables of the routers in which nodes lie.
//!
//! The lab is locked for it. `health.json` is written under the same lock, so that it always says with which health
//! the tables were made: `up`, which holds the lock, compiles with it and finds the tables as they are.
//! Only tables are touched, and only those that the change concerns; everything else is `up`'s.

use crate::{
    apply, compile,
    model::Topology,
    spec::{LinkKind, Namespace, NetnsName, Spec, service::Health},
    sys::state::{self, Lab, Mark},
};
use std::collections::BTreeMap;

/// The data plane does not know of the health yet.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// A command is changing the lab; it may be tried again soon.
    #[error("the lab is busy")]
    Busy,
    /// The lab's state.
    #[error(transparent)]
    State(state::Error),
    /// The machine refused.
    #[error(transparent)]
    Apply(#[from] apply::Error),
}

impl From<state::Error> for Error {
    fn from(error: state::Error) -> Self {
        match error {
            state::Error::Busy { .. } => Self::Busy,
            other => Self::State(other),
        }
    }
}

/// Makes the data plane follow `health`, and keeps that. Blocks. `known` is the topology, as long as the lab's record is
/// the one that has this mark.
pub(super) fn follow(lab: &Lab, health: &Health, known: (&Topology, Option<Mark>)) -> Result<(), Error> {
    let _lock = lab.lock()?;
    // Under the lock the record is what `up` brought about; without one there is nothing to change.
    let Some(mark) = lab.record_mark()? else { return Ok(()) };
    let other = if known.1 == Some(mark) { None } else { lab.record()? };
    let topology = other.as_ref().map_or(known.0, |record| &record.topology);
    let before = compile::balancing(topology, &lab.health());
    let mut after = compile::balancing(topology, health);
    after.retain(|name, namespace| before.get(name).map(|namespace| &namespace.nft) != Some(&namespace.nft));
    if !after.is_empty() {
        let before = Spec { namespaces: before, ..Spec::default() };
        let observed = only_tables(apply::observe_some(lab, &before, |name| after.contains_key(name))?);
        let plan = apply::diff(&with_tables_of(&after, &observed), &observed);
        apply::execute(lab, &plan, &mut |_| {})?;
    }
    lab.write_health(health)?;
    Ok(())
}

/// Of what is there, the tables, and the loopback links by which one sees that a namespace lives.
fn only_tables(observed: Spec) -> Spec {
    let mut only = Spec::default();
    for (name, mut namespace) in observed.namespaces {
        namespace.links.retain(|_, link| link.kind == LinkKind::Loopback);
        if !namespace.links.is_empty() {
            let namespace = Namespace { links: namespace.links, nft: namespace.nft, ..Namespace::default() };
            only.namespaces.insert(name, namespace);
        }
    }
    only
}

/// What is there, with the tables that should be.
fn with_tables_of(after: &BTreeMap<NetnsName, Namespace>, observed: &Spec) -> Spec {
    let mut desired = observed.clone();
    for (name, namespace) in &mut desired.namespaces {
        namespace.nft = after[name].nft.clone();
    }
    desired
}
