//! `vpcns plan`: what `up` would do.

use super::{
    exit::{Exit, Failure},
    lab, load, print,
};
use crate::{
    apply,
    compile::compile,
    spec::Spec,
    sys::{
        self,
        state::{Lab, Record},
    },
};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  vpcns plan topology.yaml         all steps of the first `up`, in the syntax of ip and nft
  sudo vpcns plan topology.yaml    only what differs from what runs now
Without root, the machine cannot be looked at: what `up` recorded last stands for it.";

/// Show what `up` would do, without doing it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: load::Choice,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let loaded = load::load(&arguments.choice)?;
    let (lab, path) = (loaded.lab.clone(), loaded.path.clone());
    let previous = lab.record()?;
    let topology = loaded.resolve(previous.as_ref().map(|record| &record.topology))?;
    if let Some(other) = previous.as_ref().filter(|record| record.source != path) {
        print::talk(format_args!("note: lab `{}` is up from `{}`", lab.name(), other.source));
    }
    let health = lab.health();
    let expected = lab::expected(previous.as_ref(), &health);
    let plan = apply::diff(&compile(&topology, &health), &current(&lab, expected)?);
    if plan.steps.is_empty() {
        print::talk(format_args!("lab `{}` is as the file says: nothing to do", lab.name()));
        note_of_daemon(previous.as_ref(), &topology);
    } else {
        print::data(plan.to_string().trim_end())?;
        let count = plan.steps.len();
        print::talk(format_args!("{count} {}; nothing was changed", if count == 1 { "step" } else { "steps" }));
    }
    Ok(Exit::Right)
}

/// What is there now: as the kernel says, or, without root, as it was left.
fn current(lab: &Lab, expected: Spec) -> Result<Spec, Failure> {
    if sys::privilege::check().is_ok() {
        return Ok(apply::observe(lab, &expected)?);
    }
    if lab.exists() {
        print::talk("note: without root, this compares with what `up` recorded last, not with what runs");
    }
    Ok(expected)
}

/// Says of changes that are not the kernel's: names, acceptance, what instances serve.
fn note_of_daemon(previous: Option<&Record>, topology: &crate::model::Topology) {
    if previous.is_some_and(|record| record.topology != *topology) {
        print::talk("note: names or services differ; `up` would tell the lab's daemon");
    }
}
