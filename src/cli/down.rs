//! `vpcns down`: needs neither the file, nor the record, nor the daemon.

use super::{
    exit::{Exit, Failure},
    lab, print,
};
use crate::{
    apply, daemon,
    sys::{self, state::Lab},
};
use clap::{Args, builder::BoolishValueParser};

const EXAMPLES: &str = "\
Examples:
  sudo vpcns down                      the only lab that is up
  sudo vpcns down --lab privatelink
  sudo vpcns down --all";

/// Remove a lab, whatever state it is in
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: lab::Choice,

    /// Every lab on this machine
    #[arg(long, env = "VPCNS_ALL", value_parser = BoolishValueParser::new())]
    all: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    sys::privilege::check()?;
    let labs = if arguments.all {
        Lab::all()?.iter().map(|name| Lab::named(name)).collect()
    } else {
        vec![arguments.choice.lab()?]
    };
    if labs.is_empty() {
        print::talk("no lab is up");
    }
    let mut exit = Exit::Right;
    for lab in &labs {
        if take_down(lab) != Exit::Right {
            exit = Exit::Refused;
        }
    }
    Ok(exit)
}

/// Removes a lab, and says what came of it.
pub(super) fn take_down(lab: &Lab) -> Exit {
    let problems = remove(lab);
    if problems.is_empty() {
        print::talk(format_args!("lab `{}` is gone", lab.name()));
        return Exit::Right;
    }
    for problem in &problems {
        print::error(problem.as_ref());
    }
    print::talk(format_args!("lab `{}` is not wholly gone", lab.name()));
    print::hint("`vpcns down` goes on with what is left");
    Exit::Refused
}

/// Goes on after an error, and gives back all of them.
fn remove(lab: &Lab) -> Vec<anyhow::Error> {
    let lock = match lab::lock(lab) {
        Ok(lock) => lock,
        Err(error) => return vec![error.into()],
    };
    let mut problems = Vec::new();
    // First of all: without a record, a daemon that a killed `up` has just started ends by itself.
    problems.extend(lab.remove_record().err().map(anyhow::Error::from));
    if let Err(error) = daemon::stop(lab) {
        problems.push(anyhow::Error::from(error).context("cannot end the daemon"));
    }
    if let Err(error) = sys::view::end_all(lab) {
        problems.push(anyhow::Error::from(error).context("cannot end the instances"));
    }
    let removed = apply::remove(lab, &mut |_| {});
    problems.extend(removed.err().into_iter().flatten().map(anyhow::Error::from));
    if problems.is_empty()
        && let Err(error) = lab.remove(lock)
    {
        problems.push(error.into());
    }
    problems
}
