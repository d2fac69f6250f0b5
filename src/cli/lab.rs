//! Which lab a command is about.

use super::{exit::Failure, own_machine, print};
use crate::{
    apply,
    compile::compile,
    daemon,
    model::Topology,
    spec::{Spec, service::Health},
    sys::state::{self, Lab, Lock, Record},
};
use clap::Args;
use std::{
    thread,
    time::{Duration, Instant},
};

/// How long to wait for the daemon to let go of its lab.
const PATIENCE: Duration = Duration::from_secs(5);

/// The flag that names a running lab.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// The lab; not needed while only one is up
    #[arg(short, long, value_name = "NAME", env = "VPCNS_LAB")]
    pub(super) lab: Option<String>,
}

impl Choice {
    /// The lab that is named, or the only one that is up.
    pub(super) fn lab(&self) -> Result<Lab, Failure> {
        let labs = Lab::all()?;
        match (&self.lab, &labs[..]) {
            (Some(name), _) if labs.contains(name) => Ok(Lab::named(name)),
            (Some(name), _) if own_machine::root_has(name) => {
                let hint = format!("root has a lab of this name, with `sudo` it is seen; of yours, {}", others(&labs));
                Err(anyhow::anyhow!("lab `{name}` is not up in this user's own machine\nhint: {hint}").into())
            }
            (Some(name), _) => Err(anyhow::anyhow!("lab `{name}` is not up\nhint: {}", others(&labs)).into()),
            (None, [only]) => Ok(Lab::named(only)),
            (None, []) => Err(anyhow::anyhow!("no lab is up\nhint: `sudo vpcns up` brings one up").into()),
            (None, several) => {
                let labs = several.join(", ");
                let message = format!("which lab? these are up: {labs}\nhint: say `--lab NAME`, or set `VPCNS_LAB`");
                Err(Failure::Wrong(message))
            }
        }
    }

    /// The lab and what was last brought up in it.
    pub(super) fn record(&self) -> Result<(Lab, Record), Failure> {
        let lab = self.lab()?;
        let record = record(&lab)?;
        Ok((lab, record))
    }
}

/// What was last brought up in a lab.
pub(super) fn record(lab: &Lab) -> Result<Record, Failure> {
    lab.record()?.ok_or_else(|| {
        let name = lab.name();
        let hint = format!("`vpcns up` goes on with it, `vpcns down --lab {name}` removes it");
        anyhow::anyhow!("lab `{name}` was never wholly up\nhint: {hint}").into()
    })
}

/// Claims a lab. Its daemon claims it for a moment whenever a target changes its state; that is waited for, another
/// command is not.
pub(super) fn lock(lab: &Lab) -> Result<Lock, state::Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match lab.lock() {
            Err(state::Error::Busy { command, .. }) if command.contains(" daemon ") && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(10));
            }
            locked => return locked,
        }
    }
}

/// What is known of the targets now: from the daemon, or, if it is dead, what it said last.
///
/// What changes a lab uses [`Lab::health`] instead: with that one the filters were made.
pub(super) fn health(lab: &Lab) -> Health {
    daemon::health(lab).unwrap_or_else(|_| lab.health())
}

/// What a lab that was brought up should be.
pub(super) fn expected(record: Option<&Record>, health: &Health) -> Spec {
    record.map(|record| compile(&record.topology, health)).unwrap_or_default()
}

/// The topology of a lab, for commands that only look.
pub(super) fn topology(choice: &Choice) -> Result<(Lab, Topology), Failure> {
    choice.record().map(|(lab, record)| (lab, record.topology))
}

/// Makes a running lab what a record says that differs from the last one by what a command decided, and keeps it.
/// Whoever calls this holds the lab's lock.
pub(super) fn bring_about(lab: &Lab, record: &Record) -> Result<(), Failure> {
    let health = lab.health();
    let expected = expected(lab.record()?.as_ref(), &health);
    let plan = apply::diff(&compile(&record.topology, &health), &apply::observe(lab, &expected)?);
    apply::execute(lab, &plan, &mut |_| {})?;
    lab.write_record(record)?;
    // The packets' way is open or closed whether or not the daemon lives.
    if daemon::reload(lab).is_err() {
        print::talk(format_args!("the daemon of lab `{}` is dead: no DNS, no HTTP, no health checks", lab.name()));
        print::hint("`vpcns up` brings it back");
    }
    Ok(())
}

fn others(labs: &[String]) -> String {
    if labs.is_empty() { "no lab is up".to_owned() } else { format!("these are up: {}", labs.join(", ")) }
}
