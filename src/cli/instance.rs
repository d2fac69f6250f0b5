//! `vpcns instance`: the process that keeps an instance's view, or minds a command in it; `exec` and `up` start it.

use super::{
    exit::{Exit, Failure},
    print,
};
use crate::{
    daemon,
    sys::{
        state::Lab,
        view::{self, Minder},
    },
};
use clap::Args;
use std::fs::File;

/// Keep an instance's view
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The lab
    #[arg(long)]
    lab: String,

    /// Be the process that stays
    #[arg(long)]
    keep: bool,

    /// Mind a command instead
    #[arg(long)]
    command: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let lab = Lab::named(&arguments.lab);
    if arguments.command {
        return mind(&lab);
    }
    view::keep(&lab, arguments.keep)?;
    Ok(Exit::Right)
}

/// Minds a command, in a process that stays. Who started the first one reads its output to the end: why not.
fn mind(lab: &Lab) -> Result<Exit, Failure> {
    let minder = Minder::new(lab);
    if let Err(error) = &minder {
        print::data(format_args!(
            "{:#}",
            anyhow::Chain::new(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
        ))?;
    }
    let null = File::options().read(true).write(true).open("/dev/null")?;
    nix::unistd::dup2_stdin(&null)?;
    nix::unistd::dup2_stdout(&null)?;
    minder?.mind(daemon::open_log)?;
    Ok(Exit::Right)
}
