//! Brings what the health checks found into the data plane: the nftables of the routers in which nodes lie.
//!
//! The lab is locked for it. `health.json` is written under the same lock, so that it always says with which health
//! the tables were made: `up`, which holds the lock, compiles with it and finds the tables as they are.
//! Only tables are touched, and only those that the change concerns; everything else is `up`'s.

use crate::{
    apply, compile,
    model::Topology,
    spec::service::Health,
    sys::state::{self, Lab, Mark},
};

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
    let mut before = compile::balancing(topology, &lab.health());
    let mut after = compile::balancing(topology, health);
    after.retain(|name, namespace| before.get(name).map(|namespace| &namespace.nft) != Some(&namespace.nft));
    if !after.is_empty() {
        before.retain(|name, _| after.contains_key(name));
        let observed = apply::observe_tables(lab, &before)?;
        apply::execute(lab, &apply::diff_tables(&after, &observed), &mut |_| {})?;
    }
    lab.write_health(health)?;
    Ok(())
}
