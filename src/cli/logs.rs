//! `vpcns logs`: what an instance's UserData and commands said, who asked its web server or a service of AWS's, and the
//! records of flow logs.

mod flow;

use super::{
    exit::{Exit, Failure},
    lab, print,
};
use crate::{
    compile,
    describe::{self, Kind},
    model::{AwsService, Instance, Topology},
    sys::{
        self,
        state::Lab,
        view::{self, Login, View},
    },
};
use clap::Args;
use std::{collections::BTreeMap, path::PathBuf, process::Command};

const EXAMPLES: &str = "\
Examples:
  sudo vpcns logs web-1              what its UserData and its commands said
  sudo vpcns logs web-1 -c api       what its command `api` said
  sudo vpcns logs web-1 --follow     and what it goes on to say
  sudo vpcns logs web-1 --access     who asked its web server: behind a load balancer, that
  sudo vpcns logs s3                 who asked this service of AWS's, by which endpoint
  sudo vpcns logs --flow             the records of all flow logs
  sudo vpcns logs --flow all --now   those of one, up to now";

/// Where the web servers that are installed in an instance write to.
const ACCESS_LOGS: [&str; 3] =
    ["/var/log/httpd/access_log", "/var/log/nginx/access.log", "/var/log/apache2/access.log"];

/// Show what an instance's UserData and commands said, access logs, or the records of flow logs
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: lab::Choice,

    /// The instance, host on premises, or service of AWS's: `s3`
    #[arg(value_name = "HOST", required_unless_present = "flow", conflicts_with = "flow")]
    host: Option<String>,

    /// The records of this flow log; of all without a name
    #[arg(long, value_name = "NAME", env = "VPCNS_FLOW", num_args = 0..=1, conflicts_with_all = ["access", "command"])]
    #[expect(clippy::option_option, reason = "the flag's name is optional too, as clap has it")]
    flow: Option<Option<String>>,

    /// Of flow logs: end the interval now, so that what came until now is in the records
    #[arg(long, env = "VPCNS_NOW", requires = "flow")]
    now: bool,

    /// The access log of its web server
    #[arg(long, env = "VPCNS_ACCESS")]
    access: bool,

    /// What its command of this name said; `command` if the file gives it none
    #[arg(short, long, value_name = "NAME", env = "VPCNS_COMMAND", conflicts_with = "access")]
    command: Option<String>,

    /// Go on with what is written from now on
    #[arg(short, long, env = "VPCNS_FOLLOW")]
    follow: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    sys::privilege::check()?;
    let (lab, topology) = lab::topology(&arguments.choice)?;
    if let Some(name) = &arguments.flow {
        return flow::run((&lab, &topology), name.as_deref(), (arguments.now, arguments.follow));
    }
    let host = arguments.host.as_ref().expect("clap requires it without `--flow`");
    if let Some(service) = service(&topology, host) {
        return of_service(arguments, &lab, &service);
    }
    let found = describe::find(&topology, &[Kind::Instances, Kind::OnPremisesHosts], host)
        .map_err(|error| super::show::not_found(&error))?;
    let httpd = match found.kind {
        Kind::OnPremisesHosts => &topology.on_premises_hosts[&found.name].httpd,
        _ => &topology.instances[&found.name].httpd,
    };
    let mut tail = tail(arguments);
    if arguments.access && !httpd.is_empty() {
        // The lab's daemon answers for it.
        let log = lab.access_log(found.name.as_str());
        if !log.exists() && !arguments.follow {
            return Ok(nothing("nobody has asked it yet"));
        }
        let status = tail.arg(log).status()?;
        return Ok(if status.success() { Exit::Right } else { Exit::Refused });
    }
    let Some(view) = View::find(&lab, &compile::machine(&topology, &found.name)) else {
        return Ok(nothing("it has no UserData, and nobody has entered it yet"));
    };
    let (logs, why) = wanted(arguments, topology.instances.get(&found.name))?;
    let logs: Vec<_> = logs.into_iter().filter(|log| view.has(log)).collect();
    if logs.is_empty() {
        return Ok(nothing(why));
    }
    let error = sys::exec::exec_in_view(&view, &Login { user: "root".into(), at_home: true }, tail.args(logs));
    print::error(&error);
    Ok(Exit::Command(error.exit_code()))
}

/// A service of AWS's own, if no host is called so.
fn service(topology: &Topology, text: &str) -> Option<AwsService> {
    let is_host = topology.instances.contains_key(text) || topology.on_premises_hosts.contains_key(text);
    AwsService::find(text).filter(|_| !is_host)
}

/// Who asked a service.
fn of_service(arguments: &Arguments, lab: &Lab, service: &AwsService) -> Result<Exit, Failure> {
    if let Some(name) = &arguments.command {
        return Err(Failure::Wrong(format!("`{service}` is a service of AWS's, and has no command `{name}`")));
    }
    let log = lab.service_log(service.as_str());
    if !log.exists() && !arguments.follow {
        return Ok(nothing("nobody has asked it yet"));
    }
    let status = tail(arguments).arg(log).status()?;
    Ok(if status.success() { Exit::Right } else { Exit::Refused })
}

/// Shows files whole, and what comes after if that is wanted.
fn tail(arguments: &Arguments) -> Command {
    let mut tail = Command::new("tail");
    tail.args(["-q", "-n", "+1"]).args(arguments.follow.then_some("-F"));
    tail
}

/// Where what was asked for is written, and what it means if that is nowhere.
fn wanted(arguments: &Arguments, instance: Option<&Instance>) -> Result<(Vec<PathBuf>, &'static str), Failure> {
    if arguments.access {
        return Ok((ACCESS_LOGS.map(PathBuf::from).into(), "no web server was started in it"));
    }
    // A host on premises has neither UserData nor commands.
    let none = BTreeMap::new();
    let commands = instance.map_or(&none, |instance| &instance.commands);
    if let Some(name) = &arguments.command {
        if !commands.contains_key(name) {
            let names: Vec<_> = commands.keys().map(|name| format!("`{name}`")).collect();
            let hint = if names.is_empty() { "it has none".into() } else { format!("it has {}", names.join(", ")) };
            return Err(Failure::Wrong(format!("the host has no command `{name}`\nhint: {hint}")));
        }
        return Ok((vec![view::command_log(name)], "the command was not started yet"));
    }
    let boot = (instance.is_some_and(|instance| instance.user_data.is_some()) || commands.is_empty())
        .then(|| PathBuf::from(view::LOG));
    let commands = commands.keys().map(|name| view::command_log(name));
    Ok((boot.into_iter().chain(commands).collect(), "nothing was said yet"))
}

fn nothing(why: &str) -> Exit {
    print::talk(format_args!("there is no such log: {why}"));
    Exit::Refused
}
