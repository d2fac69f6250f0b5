//! `vpcns status`: whether what runs is what was brought up.

use super::{
    exit::{Exit, Failure},
    lab,
    print::{self, Format},
};
use crate::{apply, daemon, sys};
use clap::Args;
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  sudo vpcns status            what `up` would have to repair
  sudo vpcns status -o json
Exit code 3: something differs, or the daemon is dead.";

/// Compare what runs with what was brought up
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: lab::Choice,

    /// The form of the answer
    #[arg(short, long, value_name = "FORM", env = "VPCNS_OUTPUT", default_value = "table")]
    output: Format,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    sys::privilege::check()?;
    let (lab, record) = arguments.choice.record()?;
    let desired = lab::expected(Some(&record), &lab.health());
    let plan = apply::diff(&desired, &apply::observe(&lab, &desired)?);
    let serves = daemon::is_running(&lab);
    let steps: Vec<_> = plan.steps.iter().map(ToString::to_string).collect();
    let answer = json!({
        "Lab": lab.name(),
        "Source": record.source,
        "Daemon": if serves { "running" } else { "dead" },
        "Drift": steps,
    });
    print::value(arguments.output, &answer, || {
        if !steps.is_empty() {
            print::data(plan.to_string().trim_end())?;
        }
        Ok(())
    })?;
    let name = lab.name();
    if !serves {
        print::talk(format_args!("the daemon of lab `{name}` is dead: no DNS, no HTTP, no health checks"));
    }
    if serves && steps.is_empty() {
        print::talk(format_args!("lab `{name}` is as it was brought up"));
        return Ok(Exit::Right);
    }
    if !steps.is_empty() {
        print::talk(format_args!("lab `{name}` differs in {} steps", steps.len()));
    }
    print::hint(super::up::again(&record.source, name));
    Ok(Exit::Drift)
}
