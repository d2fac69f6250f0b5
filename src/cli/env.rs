//! `vpcns env`: what the AWS CLI and the SDKs on the host need to ask the lab's AWS, as lines for a shell.
//!
//! The daemon then serves AWS's services at the host's loopback address too, until it ends; before, nothing of a lab
//! listens outside of its namespaces.

use super::{
    exit::{Exit, Failure},
    lab, print,
};
use crate::{daemon, sys};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  eval \"$(sudo vpcns env)\"; aws sts get-caller-identity
  eval \"$(sudo vpcns env --unset)\"                         as before
AWS CLIs before 1.29 and 2.13 do not read AWS_ENDPOINT_URL; they take --endpoint-url \"$AWS_ENDPOINT_URL\".";

/// The variables.
const NAMES: [&str; 7] = [
    "AWS_ENDPOINT_URL",
    "AWS_CA_BUNDLE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// Print what the AWS CLI on the host needs to ask the lab's AWS, for `eval`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: lab::Choice,

    /// Print what takes the variables away again
    #[arg(long, env = "VPCNS_UNSET")]
    unset: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.unset {
        print::data(format_args!("unset {}", NAMES.join(" ")))?;
        return Ok(Exit::Right);
    }
    if sys::own_machine::is_own() {
        let hint = "`vpcns exec laptop aws …` asks the lab's AWS from inside, `sudo vpcns up` makes a lab that has `vpcns env`";
        return Err(anyhow::anyhow!(
            "a user's own machine has its own 127.0.0.1, which is not reached from here\nhint: {hint}"
        )
        .into());
    }
    sys::privilege::check()?;
    let (lab, topology) = lab::topology(&arguments.choice)?;
    let exposed = daemon::expose(&lab).map_err(anyhow::Error::from)?;
    let region = topology.region.to_string();
    let values = [
        format!("https://127.0.0.1:{}", exposed.port),
        lab.trusted().display().to_string(),
        region.clone(),
        region,
        exposed.access_key,
        exposed.secret,
    ];
    for (name, value) in NAMES.iter().zip(values) {
        print::data(format_args!("export {name}='{value}'"))?;
    }
    // Of other credentials it would be the wrong one.
    print::data("unset AWS_SESSION_TOKEN AWS_PROFILE")?;
    Ok(Exit::Right)
}
