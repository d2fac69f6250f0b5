//! `vpcns doctor`: whether this machine has what labs need, and what to do about what it has not.

use super::{
    exit::{Exit, Failure},
    print::{self, Format},
};
use crate::{
    daemon,
    describe::Table,
    sys::{
        doctor::{self, Finding, State},
        etc, netns,
        state::Lab,
    },
};
use clap::{Args, builder::BoolishValueParser};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  sudo vpcns doctor                 what labs need: there or not, and what to do
  sudo vpcns doctor --all           what is right as well
  sudo vpcns doctor -o json | jq '.Checks[] | select(.State == \"Missing\")'
  vpcns doctor                      without root: the same of a machine of the user's own (docs/rootless.md)

Everything is tried, in namespaces that vanish at once: nothing is left, and the machine's own network is not touched.
  right    it is there
  note     it is not there; labs come up without it, and what is said does not work
  missing  without it `vpcns up` refuses, or what is said fails

Exit codes: 0 nothing is missing, 1 something is.";

/// Check whether this machine has what labs need
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Show what is right as well
    #[arg(short, long, env = "VPCNS_DOCTOR_ALL", value_parser = BoolishValueParser::new())]
    all: bool,

    /// The form of the answer; the forms for machines have all
    #[arg(short, long, value_name = "FORM", env = "VPCNS_OUTPUT", default_value = "table")]
    output: Format,

    /// Make a user namespace, and nothing else
    #[arg(long, hide = true, env = "VPCNS_PROBE_USER_NAMESPACE", value_parser = BoolishValueParser::new())]
    pub(super) probe_user_namespace: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.probe_user_namespace {
        doctor::probe_user_namespace()?;
        return Ok(Exit::Right);
    }
    let mut found = doctor::examine();
    found.extend(leftovers()?);
    let is = |state| move |finding: &&Finding| finding.state == state;
    let count = |state| found.iter().filter(is(state)).count();
    let (missing, notes) = (count(State::Missing), count(State::Note));
    let answer = json!({ "Ready": missing == 0, "Checks": found });
    print::value(arguments.output, &answer, || {
        let shown = found.iter().filter(|finding| arguments.all || finding.state != State::Right);
        let rows: Vec<_> = shown.map(row).collect();
        if rows.is_empty() { Ok(()) } else { print::table(&Table { headers: vec!["Check", "State", "Says"], rows }) }
    })?;
    let sum = format!("{} right, {notes} to note, {missing} missing", count(State::Right));
    if missing == 0 {
        print::talk(format_args!("this machine is ready for labs: {sum}"));
        return Ok(Exit::Right);
    }
    print::talk(format_args!("this machine is not ready for labs: {sum}"));
    Ok(Exit::Refused)
}

fn row(finding: &Finding) -> Vec<String> {
    let state = match finding.state {
        State::Right => "right",
        State::Note => "note",
        State::Missing => "missing",
    };
    let hint = finding.hint.as_ref().map_or_else(String::new, |hint| format!("\n→ {hint}"));
    vec![finding.check.clone(), state.into(), format!("{}{hint}", finding.says)]
}

/// What commands that were killed have left, and labs whose daemon is gone.
fn leftovers() -> Result<Vec<Finding>, Failure> {
    let labs = Lab::all()?;
    let mut found: Vec<_> = labs.iter().filter_map(|name| half(name)).collect();
    let mut known: Vec<String> = Vec::new();
    for name in &labs {
        known.extend(Lab::named(name).journal().into_iter().flatten().map(|name| name.to_string()));
    }
    for name in etc::names()?
        .into_iter()
        .filter(|name| !known.contains(name) && !netns::names().is_ok_and(|all| all.contains(name)))
    {
        let says = format!("`/etc/netns/{name}` is of no namespace that there is");
        found
            .push(Finding::note("leftovers", says).hint(format!("if nobody needs it, `sudo rm -r /etc/netns/{name}`")));
    }
    if found.is_empty() {
        found.push(Finding::right("leftovers", format!("none; {} labs are up", labs.len())));
    }
    Ok(found)
}

/// A lab that is not wholly there.
fn half(name: &str) -> Option<Finding> {
    let lab = Lab::named(name);
    let down = format!("`sudo vpcns down --lab {name}` removes it");
    let note = |says: String, hint: String| Some(Finding::note("leftovers", says).hint(hint));
    match lab.record() {
        Ok(Some(_)) if daemon::is_running(&lab) => None,
        Ok(Some(record)) => note(
            format!("the daemon of lab `{name}` is dead: no DNS, no HTTP, no health checks"),
            super::up::again(&record.source, name),
        ),
        Ok(None) => {
            note(format!("lab `{name}` is not wholly there: a command that made or removed it was stopped"), down)
        }
        Err(_) => note(format!("what is kept of lab `{name}` cannot be understood"), down),
    }
}
