//! Brings what the health checks found into the data plane: the nftables of the routers in which nodes lie.
//!
//! The lab is locked for it. `health.json` is written under the same lock, so that it always says with which health
//! the tables were made: `up`, which holds the lock, compiles with it and finds the tables as they are.
//! Only tables are touched, and only those that the change concerns; everything else is `up`'s.

use crate::{
    apply,
    compile::compile,
    spec::{LinkKind, Namespace, NetnsName, Spec, service::Health},
    sys::state::{self, Lab},
};
use std::collections::BTreeSet;

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

/// Makes the data plane follow `health`, and keeps that. Blocks.
pub(super) fn follow(lab: &Lab, health: &Health) -> Result<(), Error> {
    let _lock = lab.lock()?;
    // Under the lock the record is what `up` brought about; without one there is nothing to change.
    let Some(record) = lab.record()? else { return Ok(()) };
    let before = compile(&record.topology, &lab.health());
    let after = compile(&record.topology, health);
    let concerned = concerned(&before, &after);
    if !concerned.is_empty() {
        let observed = only_tables(apply::observe(lab, &before)?, &concerned);
        let plan = apply::diff(&with_tables_of(&after, &observed), &observed);
        apply::execute(lab, &plan, &mut |_| {})?;
    }
    lab.write_health(health)?;
    Ok(())
}

/// The namespaces whose tables differ.
fn concerned(before: &Spec, after: &Spec) -> BTreeSet<NetnsName> {
    let differs = |name: &NetnsName| before.namespaces.get(name).map(|namespace| &namespace.nft);
    let concerned = after.namespaces.iter().filter(|(name, namespace)| differs(name) != Some(&namespace.nft));
    concerned.map(|(name, _)| name.clone()).collect()
}

/// Of what is there, the tables of these namespaces, and the loopback link by which one sees that a namespace lives.
fn only_tables(observed: Spec, names: &BTreeSet<NetnsName>) -> Spec {
    let mut only = Spec::default();
    for (name, mut namespace) in observed.namespaces {
        namespace.links.retain(|_, link| link.kind == LinkKind::Loopback);
        if names.contains(&name) && !namespace.links.is_empty() {
            only.namespaces
                .insert(name, Namespace { links: namespace.links, nft: namespace.nft, ..Namespace::default() });
        }
    }
    only
}

/// What is there, with the tables that should be.
fn with_tables_of(after: &Spec, observed: &Spec) -> Spec {
    let mut desired = observed.clone();
    for (name, namespace) in &mut desired.namespaces {
        namespace.nft = after.namespaces[name].nft.clone();
    }
    desired
}
