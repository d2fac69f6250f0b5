//! `vpcns instance`: the process that keeps an instance's view; `exec` and `up` start it.

use super::exit::{Exit, Failure};
use crate::sys::{state::Lab, view};
use clap::Args;

/// Keep an instance's view
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The lab
    #[arg(long)]
    lab: String,

    /// Be the process that stays
    #[arg(long)]
    keep: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    view::keep(&Lab::named(&arguments.lab), arguments.keep)?;
    Ok(Exit::Right)
}
