//! `vpcns logs`: what an instance's UserData said, or who asked its web server.

use super::{
    exit::{Exit, Failure},
    lab, print,
};
use crate::{
    compile,
    describe::{self, Kind},
    sys::{
        self,
        view::{self, Login, View},
    },
};
use clap::Args;
use std::{path::Path, process::Command};

const EXAMPLES: &str = "\
Examples:
  sudo vpcns logs web-1              what its UserData said
  sudo vpcns logs web-1 --follow     and what it goes on to say
  sudo vpcns logs web-1 --access     who asked its web server: behind a load balancer, that";

/// Where the web servers that are installed in an instance write to.
const ACCESS_LOGS: [&str; 3] =
    ["/var/log/httpd/access_log", "/var/log/nginx/access.log", "/var/log/apache2/access.log"];

/// Show what an instance's UserData said, or its access log
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: lab::Choice,

    /// The instance, or host on premises
    #[arg(value_name = "HOST")]
    host: String,

    /// The access log of its web server
    #[arg(long, env = "VPCNS_ACCESS")]
    access: bool,

    /// Go on with what is written from now on
    #[arg(short, long, env = "VPCNS_FOLLOW")]
    follow: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    sys::privilege::check()?;
    let (lab, topology) = lab::topology(&arguments.choice)?;
    let found = describe::find(&topology, &[Kind::Instances, Kind::OnPremisesHosts], &arguments.host)
        .map_err(|error| super::show::not_found(&error))?;
    let httpd = match found.kind {
        Kind::OnPremisesHosts => &topology.on_premises_hosts[&found.name].httpd,
        _ => &topology.instances[&found.name].httpd,
    };
    let mut tail = Command::new("tail");
    tail.args(["-q", "-n", "+1"]).args(arguments.follow.then_some("-F"));
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
    let logs = if arguments.access { &ACCESS_LOGS[..] } else { &[view::LOG] };
    let logs: Vec<_> = logs.iter().filter(|log| view.has(Path::new(log))).collect();
    if logs.is_empty() {
        return Ok(nothing("no web server was started in it"));
    }
    let error = sys::exec::exec_in_view(&view, &Login { user: "root".into(), at_home: true }, tail.args(logs));
    print::error(&error);
    Ok(Exit::Command(error.exit_code()))
}

fn nothing(why: &str) -> Exit {
    print::talk(format_args!("there is no such log: {why}"));
    Exit::Refused
}
