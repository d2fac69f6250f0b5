//! The command line: one file per command, each with its arguments and a `run`.
//!
//! A command gives back how it ended (`Exit`) or why it could not (`Failure`); only `print` writes to
//! the terminal: data to stdout, talk to stderr. Whatever a flag sets can be set by `VPCNS_…` too.

mod boot;
mod completions;
mod connection;
mod cost;
mod counting;
mod create_image;
mod daemon;
mod doctor;
mod down;
mod env;
mod exec;
mod exit;
mod fail;
mod instance;
mod interrupt;
mod keys;
mod lab;
mod lints;
mod load;
mod logs;
mod ls;
mod matrix;
mod own_machine;
mod plan;
mod print;
mod probe;
mod progress;
mod show;
mod status;
mod test;
mod tools;
mod trace;
mod up;
mod validate;
mod why;

use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand, builder::Resettable};
use exit::{Exit, Failure};
use std::{ffi::OsString, process::ExitCode};

const EXAMPLES: &str = "\
Examples:
  sudo vpcns up                                 the PrivateLink lab that comes with vpcns
  sudo vpcns show                               what is in it
  sudo vpcns exec bastion ping -c1 10.10.1.4    run a command in an instance
  sudo vpcns up topologies/load-balancer.yaml   another lab beside it
  sudo vpcns test topology.yaml                 up, the file's checks, down: for CI
  sudo vpcns down --all                         remove everything again

Exit codes:
  0  right      1  the machine refused      2  wrong usage or a wrong file      3  drift, failed checks
  `exec` ends as its command ended.";

/// See an AWS network work before AWS sees it: VPCs as Linux network namespaces.
#[derive(Debug, Parser)]
#[command(name = "vpcns", version, after_help = EXAMPLES, max_term_width = 100, infer_subcommands = false)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Arguments),
    Plan(plan::Arguments),
    Validate(validate::Arguments),
    Down(down::Arguments),
    Exec(exec::Arguments),
    Env(env::Arguments),
    Logs(logs::Arguments),
    Show(show::Arguments),
    Ls(ls::Arguments),
    Status(status::Arguments),
    Why(why::Arguments),
    Matrix(matrix::Arguments),
    Cost(cost::Arguments),
    Test(test::Arguments),
    Accept(connection::Accept),
    Reject(connection::Reject),
    Fail(fail::Fail),
    Heal(fail::Heal),
    CreateImage(create_image::Arguments),
    Doctor(doctor::Arguments),
    Completions(completions::Arguments),
    #[command(hide = true)]
    Daemon(daemon::Arguments),
    #[command(hide = true)]
    Instance(instance::Arguments),
    #[command(hide = true)]
    OwnMachine(own_machine::Arguments),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let outcome = match tools::called() {
        Some(tool) => tools::run(&tool),
        None => parse().map_err(Failure::Clap).and_then(|cli| run(cli.command)),
    };
    outcome.unwrap_or_else(|failure| print::failure(&failure)).into()
}

/// Reads the command line. A variable that is set to nothing is as good as one that is not set.
fn parse() -> Result<Cli, clap::Error> {
    let is_empty =
        |(name, value): (OsString, OsString)| value.is_empty() && name.as_encoded_bytes().starts_with(b"VPCNS_");
    let empty = std::env::vars_os().any(is_empty);
    if let Some(arguments) = exec_alone().filter(|_| !empty) {
        return Ok(Cli { command: Command::Exec(arguments) });
    }
    let is_empty = |argument: &Arg| argument.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    let without = |argument: Arg| if is_empty(&argument) { argument.env(Resettable::Reset) } else { argument };
    let mut command = Cli::command();
    if empty {
        command = command.mut_subcommands(|command| command.mut_args(without));
    }
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// The arguments of `vpcns exec …`, read without making all other commands first: half as long as what is run may take.
/// Where they are wrong, or ask for help, all are made and say so.
fn exec_alone() -> Option<exec::Arguments> {
    let mut words = std::env::args_os().skip(1);
    words.next().filter(|command| command == "exec")?;
    let command = exec::Arguments::augment_args(clap::Command::new("exec").no_binary_name(true));
    exec::Arguments::from_arg_matches(&command.try_get_matches_from(words).ok()?).ok()
}

fn run(command: Command) -> Result<Exit, Failure> {
    if let Some(exit) = own_machine::elsewhere(&command)? {
        return Ok(exit);
    }
    match command {
        Command::Up(arguments) => up::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Down(arguments) => down::run(&arguments),
        Command::Exec(arguments) => exec::run(&arguments),
        Command::Env(arguments) => env::run(&arguments),
        Command::Logs(arguments) => logs::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Ls(arguments) => ls::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Why(arguments) => why::run(&arguments),
        Command::Matrix(arguments) => matrix::run(&arguments),
        Command::Cost(arguments) => cost::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Accept(arguments) => connection::accept(&arguments),
        Command::Reject(arguments) => connection::reject(&arguments),
        Command::Fail(arguments) => fail::fail(&arguments),
        Command::Heal(arguments) => fail::heal(&arguments),
        Command::CreateImage(arguments) => create_image::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Daemon(arguments) => daemon::run(&arguments),
        Command::Instance(arguments) => instance::run(&arguments),
        Command::OwnMachine(arguments) => own_machine::run(&arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_has_its_environment_variable() {
        for command in Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            let flags = command.get_arguments().filter(|argument| argument.get_long().is_some());
            for flag in flags.filter(|flag| flag.get_id() != "help" && flag.get_id() != "version") {
                assert!(flag.get_env().is_some(), "`{} --{}`", command.get_name(), flag.get_id());
            }
        }
    }
}
