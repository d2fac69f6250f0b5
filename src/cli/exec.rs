//! `vpcns exec`: a command inside a host, in place of this process, so that its exit code, its signals and
//! its terminal are the command's own.
//!
//! A host is an instance, a host on premises, a VPC or a site (its router), `laptop`, `internet` or `aws`. An instance
//! and a host on premises have a view of their own: host name, files, accounts (NAME-02). In the other hosts, as with
//! `ip netns exec`, the files in `/etc/netns/LAB.HOST/` stand
//! for those in `/etc`.

use super::{
    exit::{Exit, Failure},
    lab, print,
};
use crate::{
    compile::{self, names},
    describe::{self, Kind},
    model::{Name, Topology},
    spec::{Machine, NetnsName},
    sys::{
        self,
        state::Lab,
        view::{Login, View},
    },
};
use clap::Args;
use std::{ffi::OsString, fs, path::Path, process::Command};

const EXAMPLES: &str = "\
Examples:
  sudo vpcns exec bastion ip addr
  sudo vpcns exec bastion -- curl -sS http://10.10.1.4
  sudo vpcns exec 10.10.1.4 dig +short amazonaws.com    hosts by address, id, Name tag too
  sudo vpcns exec laptop curl http://43.201.7.9         somebody on the internet
  sudo vpcns exec bastion                               a shell
  sudo vpcns exec -u ec2-user bastion                   without root's rights
What is written in an instance stays in it, and is gone after `down`.";

/// The host's settings that would lead programs out of the lab.
const PROXIES: [&str; 5] = ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"];

/// Amazon Linux's.
const PROMPT: &str = "PS1='[\\u@\\h \\W]\\$ '\n";

/// Run a command in a host
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: lab::Choice,

    /// The account to run as, in an instance
    #[arg(short, long, value_name = "NAME", env = "VPCNS_USER", default_value = "root")]
    user: String,

    /// The host: instance, host on premises, VPC or site (its router), `laptop`, `internet` or `aws`
    #[arg(value_name = "HOST")]
    host: String,

    /// The command and its arguments; none opens a shell
    #[arg(value_name = "CMD", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    sys::privilege::check()?;
    let lab = arguments.choice.lab()?;
    let mark = lab.record_mark()?;
    let host = match lab.noted_machine(&arguments.host) {
        Some(machine) => Host::Instance(machine),
        None => host(&lab::record(&lab)?.topology, &arguments.host)?,
    };
    let at_home = arguments.command.is_empty();
    let mut command = match (arguments.command.split_first(), &host) {
        (Some((program, rest)), _) => {
            let mut command = Command::new(program);
            command.args(rest);
            command
        }
        (None, Host::Instance(_)) => Command::new("bash"),
        (None, Host::Other { netns, .. } | Host::Laptop { netns }) => shell(&lab, netns)?,
    };
    for name in PROXIES {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    // Nor would the host's own keys and settings of AWS's do any good in there.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"AWS_")) {
        command.env_remove(name);
    }
    command.env_remove(sys::own_machine::OUTSIDE);
    let error = match &host {
        Host::Instance(machine) => match View::open(&lab, machine) {
            Ok((view, _)) => {
                if let Some(mark) = mark.filter(|_| machine.host == arguments.host) {
                    lab.note_machine(machine, mark);
                }
                sys::exec::exec_in_view(&view, &Login { user: arguments.user.clone(), at_home }, &mut command)
            }
            Err(error) => error.into(),
        },
        Host::Laptop { netns } => {
            let home = lab.laptop();
            command.current_dir(&home);
            sys::exec::exec(&lab, (netns, "laptop"), Some(&home), &mut command)
        }
        Host::Other { netns, host_name } => sys::exec::exec(&lab, (netns, host_name), None, &mut command),
    };
    Ok(Exit::Command(failed(&error, &host)))
}

/// Says why there is no command.
fn failed(error: &sys::exec::Error, host: &Host) -> u8 {
    print::error(error);
    match (error, host) {
        (sys::exec::Error::View(sys::view::Error::Keeper { .. }), Host::Instance(machine))
            if !sys::own_machine::is_own() =>
        {
            print::hint(format_args!(
                "`sudo ip netns exec {} CMD` runs a command with the host's files",
                machine.netns
            ));
        }
        (sys::exec::Error::Enter { .. } | sys::exec::Error::View(_), _) => {
            print::hint("`vpcns status` says what is missing, `vpcns up` repairs it");
        }
        _ => {}
    }
    error.exit_code()
}

/// Where to run.
enum Host {
    /// In the view of an instance, or of a host on premises.
    Instance(Machine),
    /// On somebody's computer, with the host's files and a working directory of its own.
    Laptop { netns: NetnsName },
    /// In a namespace, with the host's files.
    Other {
        netns: NetnsName,
        /// What the machine is called there.
        host_name: String,
    },
}

fn host(topology: &Topology, text: &str) -> Result<Host, Failure> {
    let lab = &topology.lab;
    if !topology.instances.contains_key(text) && !topology.on_premises_hosts.contains_key(text) {
        match text {
            "laptop" => return Ok(Host::Laptop { netns: names::laptop_netns(lab) }),
            "aws" => return Ok(Host::Other { netns: names::aws_netns(lab), host_name: "aws".into() }),
            "internet" => return Ok(Host::Other { netns: names::internet_netns(lab), host_name: "internet".into() }),
            _ => {}
        }
    }
    // `LAB.HOST`, as in `ip netns list`.
    let text = text.strip_prefix(&format!("{lab}.")).unwrap_or(text);
    if let Some((name, _)) = text.strip_prefix("site.").and_then(|site| topology.sites.get_key_value(site)) {
        let netns = names::site_netns(lab, name);
        return Ok(Host::Other { netns, host_name: format!("router-{name}") });
    }
    let vpc = text.strip_prefix("vpc.").filter(|vpc| topology.vpcs.contains_key(*vpc));
    let found = match vpc {
        Some(vpc) => describe::Found { kind: Kind::Vpcs, name: Name::new(vpc) },
        None => host_or_vpc(topology, text).map_err(|error| super::show::not_found(&error))?,
    };
    Ok(match found.kind {
        Kind::Instances | Kind::OnPremisesHosts => Host::Instance(compile::machine(topology, &found.name)),
        _ => Host::Other { netns: names::router_netns(lab, &found.name), host_name: format!("router-{}", found.name) },
    })
}

/// A host, or a VPC, which stands for its router. Of both with one name it is the host: the router has a name of its own.
fn host_or_vpc(topology: &Topology, text: &str) -> Result<describe::Found, describe::NotFound> {
    let hosts = [Kind::Instances, Kind::OnPremisesHosts];
    // A logical name counts most, so that nothing else needs to be known of all the others.
    let is_instance = topology.instances.contains_key(text);
    if is_instance != topology.on_premises_hosts.contains_key(text) {
        let kind = if is_instance { Kind::Instances } else { Kind::OnPremisesHosts };
        return Ok(describe::Found { kind, name: Name::new(text) });
    }
    match describe::find(topology, &[&hosts[..], &[Kind::Vpcs]].concat(), text) {
        Err(error @ describe::NotFound::Ambiguous { .. }) => describe::find(topology, &hosts, text).map_err(|_| error),
        found => found,
    }
}

/// bash, with the prompt of Amazon Linux: `[root@ip-10-10-0-49 ~]#`.
fn shell(lab: &Lab, netns: &NetnsName) -> Result<Command, Failure> {
    let file = lab.host_directory(netns.as_str()).join("bashrc");
    fs::create_dir_all(file.parent().expect("it lies in the host's directory"))?;
    fs::write(&file, PROMPT)?;
    let mut command = Command::new("bash");
    command.arg("--noprofile").arg("--rcfile").arg(file);
    if let Some(home) = std::env::var_os("HOME").filter(|home| Path::new(home).is_dir()) {
        command.current_dir(home);
    }
    Ok(command)
}
