//! An instance's own view: the host's files under an overlay, `/etc`, `/root` and home of its own, a host name.
//!
//! A view is a mount and a UTS namespace beside the instance's network namespace. They live as long as one process in
//! them, the *keeper* (`vpcns instance`): what the instance writes lies in a tmpfs that is mounted nowhere else, so
//! nothing of it reaches the host, and when the keeper ends, as all processes of the network namespace do in `down`,
//! the kernel drops everything at once. Views are made when first needed: by a command, or to run UserData.
//!
//! ```text
//! /run/vpcns/LAB/hosts/HOST/keeper      which process it is; locked while the view is being made
//! /run/vpcns/LAB/hosts/HOST/files       by which of the keeper's open files the instance's own files are found
//! /run/vpcns/LAB/hosts/HOST/user-data   how the instance's UserData ended
//! /run/vpcns/LAB/hosts/HOST/sshd        whether its SSH server runs, and with which settings
//! ```
//!
//! Making a view is the instance's first boot (IMDS-09). It is a convenience, not a prison: root inside is root.

mod accounts;
mod aws;
mod command;
mod confine;
mod home;
mod image;
mod keeper;
mod layers;
mod mount_points;
mod mounts;
mod ssh;
mod tools;
mod user_data;

pub use command::{LOGS, Minder, State as CommandState, follow, log as command_log, state as command_state};
pub use home::{Login, become_account};
pub use image::create as create_image;
pub use keeper::run as keep;
pub use ssh::State as SshdState;
pub use tools::{PROGRAM, TOOLS};
pub use user_data::{LOG, Outcome};

use super::{
    etc,
    netns::{Identity, Netns},
    pid_file::{PidFile, Process},
    process,
    state::Lab,
};
use crate::spec::Machine;
use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder},
    io::{self, Read, Write},
    os::unix::{fs::DirBuilderExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The living view of a machine.
#[derive(Debug)]
pub struct View {
    keeper: Process,
    machine: Machine,
}

/// A view could not be made or entered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A step that the machine refused.
    #[error("cannot {step}")]
    Step {
        /// What was tried.
        step: String,
        /// Why not.
        source: io::Error,
    },
    /// The keeper said why there is no view.
    #[error("instance `{host}` has no view of its own: {reason}")]
    Keeper {
        /// The instance.
        host: String,
        /// The keeper's words.
        reason: String,
    },
}

impl View {
    /// The view of a machine, if it was made and still lives.
    pub fn find(lab: &Lab, machine: &Machine) -> Option<Self> {
        let keeper = PidFile::at(keeper_file(lab, &machine.host)).process()?;
        // The namespace may have been made anew under its name; what is in the old one is of no use then.
        let netns = Netns::open(&machine.netns).ok()?.identity().ok()?;
        let same = Identity::of_process(keeper.pid()).is_ok_and(|its| its == netns);
        same.then(|| Self { keeper, machine: machine.clone() })
    }

    /// The view of a machine, made if there is none. The second value says whether it was.
    pub fn open(lab: &Lab, machine: &Machine) -> Result<(Self, bool), Error> {
        if let Some(view) = Self::find(lab, machine) {
            return Ok((view, false));
        }
        let directory = lab.host_directory(&machine.host);
        for directory in [directory.parent().expect("it lies in the lab's"), &directory] {
            match DirBuilder::new().mode(0o700).create(directory) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(failed(format!("make `{}`", directory.display()))(error));
                }
                _ => {}
            }
        }
        let said = start(lab, machine).map_err(failed("start the instance"))?;
        let missing = || Error::Keeper {
            host: machine.host.clone(),
            reason: if said.is_empty() { "it ended at once".into() } else { said.clone() },
        };
        Self::find(lab, machine).map(|view| (view, true)).ok_or_else(missing)
    }

    /// Whether there is such a file in it.
    pub fn has(&self, path: &Path) -> bool {
        let root = PathBuf::from(format!("/proc/{}/root", self.keeper.pid()));
        path.strip_prefix("/").is_ok_and(|path| root.join(path).symlink_metadata().is_ok())
    }

    /// The directory, as seen from outside, of what the instance has written.
    fn files(&self, lab: &Lab, host: &str) -> io::Result<PathBuf> {
        let number: u32 = fs::read_to_string(files_file(lab, host))?.trim().parse().map_err(io::Error::other)?;
        Ok(PathBuf::from(format!("/proc/{}/fd/{number}", self.keeper.pid())))
    }

    /// Takes this process, which is about to become another program, into the view.
    #[expect(clippy::disallowed_methods, reason = "the process ends as the command that it becomes")]
    pub fn enter(&self) -> Result<(), Error> {
        use nix::sched::CloneFlags;
        let files = etc::read_dated(&self.machine.netns).map_err(failed("read the instance's files"))?;
        let all = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS;
        nix::sched::setns(&self.keeper, all).map_err(failed("enter the instance"))?;
        home::refresh(&files, &self.machine).map_err(failed("write the instance's files"))
    }
}

/// Ends the views of a lab, with all that runs in their namespaces, even if those lost their names.
pub fn end_all(lab: &Lab) -> io::Result<()> {
    let hosts = match fs::read_dir(lab.hosts_directory()) {
        Ok(hosts) => hosts,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let keepers = hosts.flatten().filter_map(|host| PidFile::at(host.path().join("keeper")).process());
    let namespaces: BTreeSet<_> = keepers.filter_map(|keeper| Identity::of_process(keeper.pid()).ok()).collect();
    if namespaces.is_empty() { Ok(()) } else { process::end(&namespaces) }
}

/// Ends the view of a host, if it has one, with all that runs in its namespaces.
pub fn end(lab: &Lab, host: &str) -> io::Result<()> {
    let Some(keeper) = PidFile::at(keeper_file(lab, host)).process() else { return Ok(()) };
    match Identity::of_process(keeper.pid()) {
        Ok(netns) => process::end(&BTreeSet::from([netns])),
        // It has ended meanwhile.
        Err(_) => Ok(()),
    }
}

/// The file that names the keeper.
fn keeper_file(lab: &Lab, host: &str) -> PathBuf {
    lab.host_directory(host).join("keeper")
}

/// The file that says by which of the keeper's files the instance's own are found.
fn files_file(lab: &Lab, host: &str) -> PathBuf {
    lab.host_directory(host).join("files")
}

/// Starts the keeper, and waits until it has made the view or has said why it cannot.
fn start(lab: &Lab, machine: &Machine) -> io::Result<String> {
    let mut program = Command::new("/proc/self/exe");
    program.arg0("vpcns").args(["instance", "--lab", lab.name()]).current_dir("/");
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let settings = serde_json::to_vec(machine)?;
    // One that has ended already says why.
    let _ = child.stdin.take().expect("it was asked for").write_all(&settings);
    let mut said = String::new();
    child.stdout.take().expect("it was asked for").read_to_string(&mut said)?;
    child.wait()?;
    Ok(said.trim_end().to_owned())
}

/// What turns an I/O error into one of a step.
fn failed<E: Into<io::Error>>(step: impl Into<String>) -> impl FnOnce(E) -> Error {
    |source| Error::Step { step: step.into(), source: source.into() }
}

/// The same with a path.
fn failed_at<E: Into<io::Error>>(action: &str, path: &Path) -> impl FnOnce(E) -> Error {
    failed(format!("{action} `{}`", path.display()))
}
