//! The small programs that scripts on an EC2 instance rely on, where the host has others or none (IMDS-10).
//!
//! In an instance's view `yum`, `systemctl`, `passwd` and their like are links to this program, which does what its
//! first word says. They install and run one thing, a web server that serves files, and are honest about the rest.

mod bootstrap;
mod packages;
mod passwd;
mod site;
mod units;

use super::exit::{Exit, Failure};
use std::{env, path::Path};

/// What the process was called, if that is one of these programs.
pub(super) fn called() -> Option<String> {
    let word = env::args_os().next()?;
    let name = Path::new(&word).file_name()?.to_str()?;
    let known =
        crate::sys::view::TOOLS.iter().any(|tool| Path::new(tool).ends_with(name)) || site::named(name).is_some();
    known.then(|| name.to_owned())
}

/// Does what the program of this name does.
pub(super) fn run(name: &str) -> Result<Exit, Failure> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match (name, site::named(name)) {
        (_, Some(site)) => Ok(units::serve(site)),
        ("yum" | "dnf" | "apt" | "apt-get", _) => packages::run(name, &words),
        ("systemctl", _) => units::systemctl(&words),
        ("service", _) => units::service(&words),
        ("cfn-signal" | "cfn-init" | "cfn-hup", _) => Ok(bootstrap::run(name)),
        ("chkconfig", _) => units::chkconfig(&words),
        _ => passwd::run(&words),
    }
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}
