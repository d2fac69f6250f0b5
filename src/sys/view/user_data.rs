//! UserData: a script that an instance runs once, as root, at its first boot (IMDS-09).
//!
//! As cloud-init does it: the script lies in `/var/lib/cloud/instance/scripts/part-001`, what it says goes to
//! `/var/log/cloud-init-output.log`, and it goes on as long as it likes.

use super::{
    Machine,
    confine::{Who, confine},
};
use crate::{
    model::cloud_config,
    sys::{state::Lab, trust},
};
use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Read, Seek, Write},
    os::unix::{
        fs::PermissionsExt,
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
};

/// The instance's log of it.
pub const LOG: &str = "/var/log/cloud-init-output.log";

const SCRIPTS: &str = "/var/lib/cloud/instance/scripts";
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What became of the UserData of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has not ended.
    Running,
    /// It ended with this exit code, as shells count.
    Ended(i32),
}

impl Outcome {
    /// The same by the file in which it is kept.
    pub(super) fn read(mut file: &File) -> Self {
        let mut text = String::new();
        let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
        read.ok().and_then(|_| text.trim().parse().ok()).map_or(Self::Running, Self::Ended)
    }

    /// What is known of an instance whose view was made.
    pub fn of(lab: &Lab, host: &str) -> Self {
        let code = fs::read_to_string(file(lab, host)).ok().and_then(|text| text.trim().parse().ok());
        code.map_or(Self::Running, Self::Ended)
    }
}

/// Where the exit code is kept.
pub(super) fn file(lab: &Lab, host: &str) -> PathBuf {
    lab.host_directory(host).join("user-data")
}

/// Runs it, if there is any, and says in `outcome` how it ended.
pub(super) fn run(machine: &Machine, outcome: File) {
    // The thread has no more rights than what it starts.
    thread::scope(|scope| {
        scope.spawn(|| {
            if let Err(error) = confine(Who::Boot) {
                say(&format!("cloud-init: WARNING: cannot confine what runs at boot: {error}"));
            }
            if !machine.layers.is_empty() {
                start_services();
            }
            run_text(machine.user_data.as_deref(), outcome);
        });
    });
}

/// Starts what is enabled in the image.
fn start_services() {
    let mut systemctl = Command::new(super::PROGRAM);
    systemctl.arg0("systemctl").arg("default").env_clear().env("PATH", PATH).current_dir("/");
    let null = || Stdio::null();
    match systemctl.stdin(null()).stdout(null()).stderr(null()).status() {
        Ok(status) if status.success() => {}
        Ok(_) => say("systemd: a service that is enabled could not be started"),
        Err(error) => say(&format!("systemd: cannot start what is enabled: {error}")),
    }
}

fn run_text(text: Option<&str>, mut outcome: File) {
    let code = match text {
        Some(text) if text.starts_with("#!") => boot(text),
        Some(text) if cloud_config::is_one(text) => match cloud_config::script(text) {
            Ok(script) => boot(&script),
            // What is wrong with it was said before there was an instance.
            Err(mistakes) => {
                say(&format!("cloud-init: WARNING: this cloud-config cannot be followed: {mistakes:?}"));
                1
            }
        },
        Some(_) => {
            say("cloud-init: WARNING: unhandled UserData: it begins neither with `#!` nor with `#cloud-config`");
            0
        }
        None => 0,
    };
    // If the lab is gone nobody asks.
    let _ = writeln!(outcome, "{code}");
}

fn boot(text: &str) -> i32 {
    match script(text) {
        Ok(status) if status.success() => 0,
        Ok(status) => {
            let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
            say(&format!("cloud-init: WARNING: failed running {SCRIPTS}/part-001 [{code}]"));
            code
        }
        Err(error) => {
            say(&format!("cloud-init: WARNING: cannot run {SCRIPTS}/part-001: {error}"));
            126
        }
    }
}

/// Runs the script to its end.
fn script(text: &str) -> io::Result<ExitStatus> {
    let path = format!("{SCRIPTS}/part-001");
    fs::create_dir_all(SCRIPTS)?;
    fs::write(&path, text)?;
    fs::set_permissions(&path, Permissions::from_mode(0o700))?;
    let log = log()?;
    let mut command = Command::new(path);
    command.env_clear().env("PATH", PATH).env("LANG", "C.UTF-8").current_dir("/");
    command.envs(trust::environment(Path::new(trust::BUNDLE)));
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).status()
}

/// Writes a line of cloud-init's own, if the instance lets it.
fn say(line: &str) {
    let _ = log().and_then(|mut log| writeln!(log, "{line}"));
}

fn log() -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(LOG)
}
