//! `vpcns completions`.

use super::{
    Cli,
    exit::{Exit, Failure},
    print,
};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print the shell's completion script
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vpcns completions bash | sudo tee /etc/bash_completion.d/vpcns")]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "vpcns", &mut script);
    print::data(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Right)
}
