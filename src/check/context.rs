//! What every part of every check knows.

use super::destination::{self, Destination};
use crate::{
    daemon,
    model::{Failed, Topology},
    reach::Sender,
    spec::service::Health,
    sys::{netns::Netns, state::Lab},
};
use std::{
    collections::BTreeSet,
    io,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

/// A running lab.
pub struct Context<'a> {
    /// The lab.
    pub lab: &'a Lab,
    /// What runs in it.
    pub topology: &'a Topology,
    /// The file it came from.
    pub source: &'a str,
    /// Whether the user wants to stop.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Makes the lab one of which exactly this has failed.
    pub fail: &'a Fail<'a>,
    /// Held for writing while something listens that is not the lab's own: others would take it for the lab's.
    listening: RwLock<()>,
}

/// What makes a lab one of which exactly this has failed; or says why it cannot.
pub type Fail<'a> = dyn Fn(&BTreeSet<Failed>) -> Result<(), String> + Sync + 'a;

/// A try: nothing if all was as expected, else what was not, in lines.
pub(super) type Attempt = Result<(), String>;

impl<'a> Context<'a> {
    /// Of a lab that runs.
    pub fn new(
        lab: &'a Lab,
        topology: &'a Topology,
        source: &'a str,
        stop: &'a (dyn Fn() -> bool + Sync),
        fail: &'a Fail<'a>,
    ) -> Self {
        Self { lab, topology, source, stop, fail, listening: RwLock::new(()) }
    }

    /// What is known of the targets now.
    pub(super) fn health(&self) -> Health {
        daemon::health(self.lab).unwrap_or_else(|_| self.lab.health())
    }

    /// The namespace from which a sender sends.
    pub(super) fn netns(&self, from: &Sender) -> Result<Netns, String> {
        Netns::open(&destination::netns(self.topology, from)).map_err(said)
    }

    /// Where a connection goes, as the sender's resolver has it now.
    pub(super) fn destination(&self, health: &Health, from: &Sender, to: &str) -> Result<Destination, String> {
        let found = destination::destination(self.topology, health, from, to).map_err(|error| error.to_string())?;
        if found.addresses.is_empty() { Err(format!("`{to}` has no address")) } else { Ok(found) }
    }

    /// Until it is dropped, only the lab's own servers listen.
    pub(super) fn only_the_labs_own(&self) -> RwLockReadGuard<'_, ()> {
        self.listening.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until it is dropped, nobody else minds who listens.
    pub(super) fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.listening.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error of the machine in words.
#[expect(clippy::needless_pass_by_value, reason = "it is used as a function of errors")]
pub(super) fn said(error: io::Error) -> String {
    format!("the machine refused: {error}")
}

/// How long a try may take.
pub(super) fn patience(given: Option<Duration>, seconds: u64) -> Duration {
    given.unwrap_or(Duration::from_secs(seconds))
}
