//! `vpcns status`: whether what runs is what was brought up.

use super::{
    exit::{Exit, Failure},
    lab,
    print::{self, Format},
};
use crate::{
    apply, daemon, describe,
    model::{Instance, Name, Topology},
    sys::{
        self,
        state::Lab,
        view::{self, CommandState},
    },
};
use clap::Args;
use serde_json::{Value, json};

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
    let commands = commands(&lab, &record.topology);
    let steps: Vec<_> = plan.steps.iter().map(ToString::to_string).collect();
    let answer = json!({
        "Lab": lab.name(),
        "Source": record.source,
        "Daemon": if serves { "running" } else { "dead" },
        "Failures": describe::failures(&record.topology),
        "Drift": steps,
        "Commands": commands.iter().map(Command::describe).collect::<Vec<_>>(),
    });
    print::value(arguments.output, &answer, || {
        if !steps.is_empty() {
            print::data(plan.to_string().trim_end())?;
        }
        commands.iter().try_for_each(|command| print::data(command.line()))
    })?;
    let name = lab.name();
    if !serves {
        print::talk(format_args!("the daemon of lab `{name}` is dead: no DNS, no HTTP, no health checks"));
    }
    super::fail::note(&record.topology);
    super::counting::note(&record.topology);
    let failed = commands.iter().filter(|command| command.is_lost()).count();
    if serves && steps.is_empty() && failed == 0 {
        print::talk(format_args!("lab `{name}` is as it was brought up"));
        return Ok(Exit::Right);
    }
    if !steps.is_empty() {
        print::talk(format_args!("lab `{name}` differs in {} steps", steps.len()));
    }
    if failed > 0 {
        print::talk(format_args!("{failed} of the {} commands of lab `{name}` do not run", commands.len()));
        print::hint("`sudo vpcns logs INSTANCE` shows what they said");
    }
    print::hint(super::up::again(&record.source, name));
    Ok(Exit::Drift)
}

/// A command that an instance should run.
struct Command<'a> {
    host: &'a Name,
    name: &'a str,
    state: Option<CommandState>,
}

fn commands<'a>(lab: &Lab, topology: &'a Topology) -> Vec<Command<'a>> {
    let of = |(host, instance): (&'a Name, &'a Instance)| {
        instance.commands.keys().map(move |name| (host, name.as_str())).collect::<Vec<_>>()
    };
    let named = topology.instances.iter().flat_map(of);
    named.map(|(host, name)| Command { host, name, state: view::command_state(lab, host.as_str(), name) }).collect()
}

impl Command<'_> {
    /// Whether it should run and does not. One that ended well has done what it was to do.
    fn is_lost(&self) -> bool {
        self.state.as_ref().is_none_or(|state| state.state == "failed")
    }

    fn describe(&self) -> Value {
        let state = self.state.as_ref();
        json!({
            "Instance": self.host,
            "Command": self.name,
            "State": state.map_or("dead", |state| &state.state),
            "Restarts": state.map_or(0, |state| state.restarts),
            "ExitCode": state.and_then(|state| state.exit_code),
        })
    }

    fn line(&self) -> String {
        let Some(state) = &self.state else { return format!("command `{}` of `{}`: dead", self.name, self.host) };
        let code = state.exit_code.map(|code| format!(", last exit code {code}")).unwrap_or_default();
        let restarts = if state.restarts == 0 { String::new() } else { format!(", {} restarts", state.restarts) };
        format!("command `{}` of `{}`: {}{restarts}{code}", self.name, self.host, state.state)
    }
}
