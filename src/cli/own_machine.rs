//! `vpcns own-machine`: the first processes of a user's own machine; and which commands run in one.
//!
//! Root works on this machine. Who is not root has a machine of its own, made by the first command that makes a
//! lab: each command enters it, runs again inside, and so do all that follow as long as a lab is up in it.

use super::{
    Command,
    exit::{Exit, Failure},
    print,
};
use crate::{
    model::Topology,
    sys::{
        own_machine::{self, OwnMachine},
        state::Lab,
    },
};
use clap::Args;

/// The id of an account that is not root's.
const EC2_USER: u32 = 1000;

/// Be the first process of a user's own machine
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Be the process that stays
    #[arg(long)]
    keep: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    own_machine::keep(arguments.keep)?;
    Ok(Exit::Right)
}

/// Runs the command in the user's own machine, if that is where it belongs: how it ended.
pub(super) fn elsewhere(command: &Command) -> Result<Option<Exit>, Failure> {
    let is_pure = matches!(
        command,
        Command::Validate(_)
            | Command::Completions(_)
            | Command::Daemon(_)
            | Command::Instance(_)
            | Command::OwnMachine(_)
    ) || matches!(command, Command::Doctor(arguments) if arguments.probe_user_namespace);
    if is_pure {
        return Ok(None);
    }
    if own_machine::is_own() {
        own_machine::end_with_parent()?;
        return Ok(None);
    }
    if nix::unistd::geteuid().is_root() {
        return Ok(None);
    }
    let outside = Lab::all().unwrap_or_default().join(",");
    let makes = matches!(command, Command::Up(_) | Command::Test(_) | Command::Doctor(_));
    // What root has can be looked at all the same.
    while let Some(machine) = if makes { made(command)? } else { OwnMachine::find()? } {
        let code = match machine.run_again(&outside) {
            // It was killed just now; there is none, or another.
            Err(own_machine::Error::Ended) => continue,
            code => code?,
        };
        // This process is inside by now.
        if Lab::all().is_ok_and(|labs| labs.is_empty()) {
            machine.end()?;
        }
        return Ok(Some(Exit::Command(code)));
    }
    Ok(None)
}

/// The user's own machine. Where there can be none, the doctor says why; everybody else stops.
fn made(command: &Command) -> Result<Option<OwnMachine>, Failure> {
    match OwnMachine::make() {
        Err(_) if matches!(command, Command::Doctor(_)) => Ok(None),
        machine => Ok(Some(machine?)),
    }
}

/// Says what a lab does without where it is.
pub(super) fn note(topology: &Topology) {
    if !own_machine::has_id(EC2_USER) {
        print::talk("note: instances have no account but root: this user has no ids for others");
        print::hint(
            "`newuidmap` (package uidmap) and a line for this user in `/etc/subuid` and `/etc/subgid` give them",
        );
    }
    if own_machine::is_own() && !topology.services.is_empty() {
        let services: Vec<_> = topology.services.keys().map(|service| format!("`{service}`")).collect();
        let services = services.join(", ");
        print::talk(format_args!(
            "note: no `upstream` is reached from a user's own machine, which has no way out: {services}"
        ));
    }
}

/// Whether root has a lab of this name, which from a user's own machine is not seen.
pub(super) fn root_has(lab: &str) -> bool {
    let outside = std::env::var(own_machine::OUTSIDE).unwrap_or_default();
    own_machine::is_own() && outside.split(',').any(|name| name == lab)
}
