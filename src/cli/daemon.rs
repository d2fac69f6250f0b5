//! `vpcns daemon`: the process that `up` starts, one per lab.

use super::exit::{Exit, Failure};
use crate::{daemon, sys::state::Lab};
use clap::Args;

/// Serve a lab's DNS and HTTP and check its targets
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The lab
    #[arg(long)]
    lab: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    daemon::run(&Lab::named(&arguments.lab))?;
    Ok(Exit::Right)
}
