//! `run`: a command in a host, its exit code and what it says.

use super::{
    context::{Attempt, Context, patience, said},
    pattern::{Pattern, missing, quoted},
};
use crate::{
    reach::Sender,
    sys::command::{self, Ended},
};
use std::time::Duration;

/// What is expected of a command.
#[derive(Debug, Clone, Default)]
pub(super) struct Expected {
    pub(super) exit: i32,
    pub(super) stdout: Vec<Pattern>,
    pub(super) stderr: Vec<Pattern>,
}

/// The command ends as expected.
pub(super) fn run(
    context: &Context<'_>,
    from: &Sender,
    (words, expected): (&[String], &Expected),
    timeout: Option<Duration>,
) -> Attempt {
    let patience = patience(timeout, 30);
    let ended = ended(context, from, words, patience)?;
    let wrong = wrong(&ended, expected, patience);
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Runs a command in a host.
pub(super) fn ended(
    context: &Context<'_>,
    from: &Sender,
    words: &[String],
    patience: Duration,
) -> Result<Ended, String> {
    let host = match from {
        // a VPC may have the instance's name, but nothing has its id
        Sender::Instance(name) => context.topology.instances[name].id.to_string(),
        // that of a host on premises is not known to `exec`
        Sender::OnPremises(name) if context.topology.vpcs.contains_key(name) => {
            context.topology.on_premises_hosts[name].address.to_string()
        }
        Sender::OnPremises(name) => name.to_string(),
        Sender::Internet(_) => "laptop".into(),
    };
    let _quiet = context.only_the_labs_own();
    command::run(context.lab.name(), &host, words, (patience, context.stop)).map_err(said)
}

/// In what a command's end differs from what is expected.
pub(super) fn wrong(ended: &Ended, expected: &Expected, patience: Duration) -> Vec<String> {
    let Some(exit) = ended.exit else {
        return vec![format!("it had not ended after {}", super::report::seconds(patience))];
    };
    let mut wrong = Vec::new();
    if exit != expected.exit {
        wrong.push(format!("expected exit code {}, not {exit}; it said {}", expected.exit, quoted(&ended.stderr)));
    }
    wrong.extend(missing("its output", &expected.stdout, &ended.stdout));
    wrong.extend(missing("its other output", &expected.stderr, &ended.stderr));
    wrong
}
