//! `vpcns instance`: the processes of an instance that the program itself starts: the one that keeps its view, those that
//! mind its commands, the one that speaks SSH on a connection, and those that become what a client asked for.

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
use std::{ffi::OsString, fs::File};

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

    /// Mind the command that standard input tells
    #[arg(long)]
    mind: bool,

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
        None if arguments.mind => return mind(&lab),
        None => view::keep(&lab, arguments.keep)?,
    }
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
