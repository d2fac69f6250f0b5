//! `vpcns instance`: the processes of an instance that the program itself starts: the one that keeps its view, the one
//! that speaks SSH on a connection, and those that become what a client asked for.

use super::exit::{Exit, Failure};
use crate::{
    daemon,
    sys::{state::Lab, view},
};
use clap::Args;
use std::ffi::OsString;

/// Be a process of an instance
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags")]
pub(super) struct Arguments {
    /// The lab
    #[arg(long, default_value = "")]
    lab: String,

    /// Be the process that stays
    #[arg(long)]
    keep: bool,

    /// Serve the SSH connection that is the standard output
    #[arg(long)]
    sshd: bool,

    /// Serve files on standard input and output
    #[arg(long)]
    sftp: bool,

    /// Become this account, and then the command
    #[arg(long, value_name = "NAME", requires = "command")]
    user: Option<String>,

    /// With the standard input as its terminal
    #[arg(long)]
    terminal: bool,

    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let lab = Lab::named(&arguments.lab);
    match &arguments.user {
        Some(user) => {
            let error = view::become_account(user, arguments.terminal, &arguments.command);
            return Err(anyhow::Error::new(error).context(format!("cannot log in as `{user}`")).into());
        }
        None if arguments.sshd => daemon::serve_connection(&lab)?,
        None if arguments.sftp => daemon::serve_files()?,
        None => view::keep(&lab, arguments.keep)?,
    }
    Ok(Exit::Right)
}
