//! `systemctl`, `service` and `chkconfig`, for the web servers that were installed and for `sshd`; and the servers.
//!
//! A started server is a process of the instance like any other: it is seen by `ps` and `ss`, serves the files of
//! `/var/www/html` on port 80, and ends with `systemctl stop`, with `kill`, or with the lab.

use super::{
    super::{
        exit::{Exit, Failure},
        print,
    },
    is_root,
    site::{self, ROOT, Site},
};
use crate::{
    daemon::{self, SshRequest},
    sys::pid_file::PidFile,
};
use rustix::process::Signal;
use std::{
    fs,
    io::{self, Read, Write},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// The settings of `sshd`.
const SSHD_CONFIG: &str = "/etc/ssh/sshd_config";

/// How long a server may take to end when it is told to.
const END: Duration = Duration::from_secs(5);

/// `systemctl ACTION UNIT…`
pub(super) fn systemctl(words: &[&str]) -> Result<Exit, Failure> {
    let mut units = words.iter().filter(|word| !word.starts_with('-'));
    let Some(action) = units.next() else { return Ok(Exit::Right) };
    if *action == "default" {
        return start_enabled();
    }
    let starts_too = words.contains(&"--now");
    let mut exit = Exit::Right;
    for unit in units {
        let name = unit.trim_end_matches(".service");
        let ended = act(action, name)?;
        exit = if ended == Exit::Right && starts_too { act("start", name)? } else { ended };
        if exit != Exit::Right {
            return Ok(exit);
        }
    }
    Ok(exit)
}

/// Starts every server that is enabled, as at boot.
fn start_enabled() -> Result<Exit, Failure> {
    let mut exit = Exit::Right;
    for site in site::all().filter(|site| site.is_installed() && wanted(site).symlink_metadata().is_ok()) {
        let started = act("start", site.name)?;
        exit = if started == Exit::Right { exit } else { started };
    }
    Ok(exit)
}

/// `service UNIT ACTION`
pub(super) fn service(words: &[&str]) -> Result<Exit, Failure> {
    let [name, action] = words else {
        print::talk("Usage: service SERVICE COMMAND");
        return Ok(Exit::Command(2));
    };
    print::talk(format_args!("Redirecting to /bin/systemctl {action} {name}.service"));
    act(action, name)
}

/// `chkconfig UNIT on|off`
pub(super) fn chkconfig(words: &[&str]) -> Result<Exit, Failure> {
    let words: Vec<_> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let (name, action) = match words[..] {
        [name, &"off"] => (name, "disable"),
        [name] | [name, _] => (name, "enable"),
        _ => {
            print::talk("Usage: chkconfig NAME on|off");
            return Ok(Exit::Command(1));
        }
    };
    print::talk(format_args!("Note: Forwarding request to 'systemctl {action} {name}.service'."));
    act(action, name)
}

/// One action on one unit.
fn act(action: &str, name: &str) -> Result<Exit, Failure> {
    let site = site::named(name).filter(|site| site.is_installed());
    let is_sshd = matches!(name, "sshd" | "ssh");
    if site.is_none() && !is_sshd {
        print::talk(format_args!("Failed to {action} {name}.service: Unit not found."));
        return Ok(Exit::Command(if action == "status" { 4 } else { 5 }));
    }
    let asks = matches!(action, "status" | "is-active" | "is-enabled");
    if !asks && !is_root() {
        print::talk(format_args!("Failed to {action} {name}.service: Access denied"));
        return Ok(Exit::Command(4));
    }
    let Some(site) = site else { return sshd(action, name) };
    let pid_file = PidFile::at(site.pid_file());
    match action {
        "start" => start(site, &pid_file),
        "stop" => Ok(stop(&pid_file)),
        "restart" | "try-restart" | "force-reload" => {
            stop(&pid_file);
            start(site, &pid_file)
        }
        "reload" => Ok(Exit::Right),
        "enable" | "disable" => enable(site, action == "enable"),
        "is-enabled" => answer(wanted(site).symlink_metadata().is_ok(), ["enabled", "disabled"], 1),
        "is-active" => answer(pid_file.process().is_some(), ["active", "inactive"], 3),
        "status" => status(site, &pid_file),
        _ => Ok(unknown(action)),
    }
}

/// `sshd` is served by the lab, which is told what to do with it.
fn sshd(action: &str, name: &str) -> Result<Exit, Failure> {
    let listens = || daemon::ask_ssh(&SshRequest::Status).unwrap_or(false);
    match action {
        "start" if listens() => Ok(Exit::Right),
        "start" | "restart" | "try-restart" | "force-reload" | "reload" => {
            let config = fs::read_to_string(SSHD_CONFIG)?;
            let started = daemon::check_ssh(&config).map_err(|why| format!("{SSHD_CONFIG}: {why}\n"));
            if started.is_err() && action != "reload" {
                // A server that is started again and cannot start is gone.
                let _ = daemon::ask_ssh(&SshRequest::Stop);
            }
            match started.and_then(|()| daemon::ask_ssh(&SshRequest::Start(config)).map_err(|why| format!("{why}\n"))) {
                Ok(_) => Ok(Exit::Right),
                Err(said) => Ok(failed(name, &said)),
            }
        }
        "stop" => {
            daemon::ask_ssh(&SshRequest::Stop)?;
            Ok(Exit::Right)
        }
        "enable" | "disable" => Ok(Exit::Right),
        "is-active" => answer(listens(), ["active", "inactive"], 3),
        "is-enabled" => answer(true, ["enabled", "disabled"], 1),
        "status" => {
            let listens = listens();
            let state = if listens { "active (running)" } else { "inactive (dead)" };
            print::data(format_args!("● {name}.service - OpenSSH server daemon\n   Active: {state}"))?;
            Ok(if listens { Exit::Right } else { Exit::Command(3) })
        }
        _ => Ok(unknown(action)),
    }
}

/// What systemd says of a server that does not start.
fn failed(name: &str, said: &str) -> Exit {
    print::talk(format_args!(
        "{said}Job for {name}.service failed because the control process exited with error code. \
         See \"systemctl status {name}.service\" and \"journalctl -xe\" for details."
    ));
    Exit::Command(1)
}

fn unknown(action: &str) -> Exit {
    print::talk(format_args!("Unknown operation '{action}'."));
    Exit::Command(1)
}

fn answer(yes: bool, [word, other]: [&str; 2], code: u8) -> Result<Exit, Failure> {
    print::data(if yes { word } else { other })?;
    Ok(if yes { Exit::Right } else { Exit::Command(code) })
}

/// Starts the server, and waits until it listens.
fn start(site: &Site, pid_file: &PidFile) -> Result<Exit, Failure> {
    if pid_file.process().is_some() {
        return Ok(Exit::Right);
    }
    let mut server = Command::new(site.program());
    let mut server = server.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut said = String::new();
    server.stdout.take().expect("it was asked for").read_to_string(&mut said)?;
    if pid_file.process().is_some() {
        return Ok(Exit::Right);
    }
    Ok(failed(site.name, &said))
}

fn stop(pid_file: &PidFile) -> Exit {
    let ended = pid_file
        .process()
        .is_none_or(|process| process.ends_by(Signal::TERM, END) || process.ends_by(Signal::KILL, END));
    if ended { Exit::Right } else { Exit::Command(1) }
}

/// The link that makes systemd start a unit.
fn wanted(site: &Site) -> PathBuf {
    Path::new("/etc/systemd/system/multi-user.target.wants").join(format!("{}.service", site.name))
}

fn enable(site: &Site, on: bool) -> Result<Exit, Failure> {
    let link = wanted(site);
    let is_there = link.symlink_metadata().is_ok();
    if on && !is_there {
        fs::create_dir_all(link.parent().expect("it has a directory"))?;
        symlink(site.unit(), &link)?;
        print::talk(format_args!("Created symlink from {} to {}.", link.display(), site.unit().display()));
    } else if !on && is_there {
        fs::remove_file(&link)?;
        print::talk(format_args!("Removed symlink {}.", link.display()));
    }
    Ok(Exit::Right)
}

fn status(site: &Site, pid_file: &PidFile) -> Result<Exit, Failure> {
    let process = pid_file.process();
    let enabled = if wanted(site).symlink_metadata().is_ok() { "enabled" } else { "disabled" };
    let state = process.as_ref().map_or("inactive (dead)".into(), |process| {
        format!("active (running)\n Main PID: {} ({})", process.pid(), site.name)
    });
    print::data(format_args!(
        "● {0}.service - {1}\n   Loaded: loaded ({2}; {enabled})\n   Active: {state}",
        site.name,
        site.description,
        site.unit().display()
    ))?;
    Ok(if process.is_some() { Exit::Right } else { Exit::Command(3) })
}

/// The server itself.
pub(super) fn serve(site: &Site) -> Exit {
    let _ = nix::unistd::setsid();
    let ready = || {
        let claim = PidFile::at(site.pid_file()).claim()?;
        let null = fs::File::options().read(true).write(true).open("/dev/null")?;
        nix::unistd::dup2_stdout(&null)?;
        Ok(claim)
    };
    let served = daemon::serve_directory(Path::new(ROOT), Path::new(site.log), ready);
    if let Err(error) = served {
        // Who started it shows it.
        let _ = writeln!(io::stdout(), "{}: {error}", site.name);
        return Exit::Command(1);
    }
    Exit::Right
}
