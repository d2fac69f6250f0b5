//! Turning this process into a command that runs in an instance's view, or in any other host's namespace.
//!
//! The latter is as `ip netns exec` does it, with a host name besides: the process gets a mount namespace of its own, in which `/sys` shows the network namespace's links and each file
//! of `/etc/netns/NAME/` lies over the file of the same name in `/etc`. What is mounted or unmounted outside
//! afterwards still reaches it, so that it does not keep a deleted network namespace alive.

use super::{
    netns::Netns,
    state::Lab,
    trust,
    view::{self, Login, View},
};
use crate::spec::NetnsName;
use nix::{
    mount::{MntFlags, MsFlags, umount2},
    sched::CloneFlags,
    sys::signal::SigSet,
};
use std::{fs, io, os::unix::process::CommandExt, path::Path, process::Command};

/// The command was not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such command.
    #[error("`{0}`: command not found")]
    NotFound(String),
    /// There is, but it cannot be run.
    #[error("`{command}` cannot be run")]
    NotExecutable {
        /// The command.
        command: String,
        /// Why not.
        source: io::Error,
    },
    /// The instance has no view, or cannot be entered.
    #[error(transparent)]
    View(#[from] view::Error),
    /// The process could not be taken into the namespace.
    #[error("cannot {step}")]
    Enter {
        /// What was tried.
        step: String,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// The exit code that shells give for it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::NotFound(_) => 127,
            Error::NotExecutable { .. } => 126,
            Error::View(_) | Error::Enter { .. } => 1,
        }
    }
}

/// Becomes `command` in the namespace, where the machine is called `hostname`; what lies in `.ssh` of the directory
/// `own` stands there for `/etc/ssh`, and the lab's certificate authorities for the host's. Returns only if that fails; the
/// process is then good for nothing but to say why.
pub fn exec(lab: &Lab, (name, hostname): (&NetnsName, &str), own: Option<&Path>, command: &mut Command) -> Error {
    let trusted = lab.trusted();
    command.envs(trust::environment(&trusted).filter(|(_, path)| path.exists()));
    if let Err(error) = enter((name, hostname), own, &trusted) {
        return error;
    }
    become_command(command)
}

/// Becomes `command` in an instance's view.
pub fn exec_in_view(view: &View, login: &Login, command: &mut Command) -> Error {
    let from = std::env::current_dir().ok();
    if let Err(error) = view.enter() {
        return error.into();
    }
    if let Err(source) = login.prepare(command, from.as_deref()) {
        return Error::Enter { step: format!("become `{}`", login.user), source };
    }
    become_command(command)
}

fn become_command(command: &mut Command) -> Error {
    // A command begins with no signal blocked, whatever was blocked in the one that started us.
    let _ = SigSet::empty().thread_set_mask();
    let source = command.exec();
    let command = command.get_program().to_string_lossy().into_owned();
    match source.kind() {
        io::ErrorKind::NotFound => Error::NotFound(command),
        _ => Error::NotExecutable { command, source },
    }
}

/// Takes this thread, which is about to become another program, into the namespace.
#[expect(clippy::disallowed_methods, reason = "the process ends as the command that it becomes; nothing returns")]
fn enter((name, hostname): (&NetnsName, &str), own: Option<&Path>, trusted: &Path) -> Result<(), Error> {
    let netns = Netns::open(name).map_err(failed("open the namespace"))?;
    nix::sched::setns(&netns, CloneFlags::CLONE_NEWNET).map_err(failed("enter the namespace"))?;
    let apart = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS;
    nix::sched::unshare(apart).map_err(failed("make a mount namespace"))?;
    let none = None::<&str>;
    nix::mount::mount(none, "/", none, MsFlags::MS_SLAVE | MsFlags::MS_REC, none).map_err(failed("keep mounts"))?;
    // Where no sysfs was mounted, there is nothing to replace.
    let _ = umount2("/sys", MntFlags::MNT_DETACH);
    nix::mount::mount(Some(name.as_str()), "/sys", Some("sysfs"), MsFlags::empty(), none)
        .map_err(failed("mount `/sys`"))?;
    let files = fs::read_dir(Path::new("/etc/netns").join(name.as_str())).into_iter().flatten().flatten();
    for file in files {
        let target = Path::new("/etc").join(file.file_name());
        nix::mount::mount(Some(&file.path()), &target, none, MsFlags::MS_BIND, none)
            .map_err(failed(format!("mount `{}`", target.display())))?;
    }
    // Who has the host's own settings of SSH would also write into the host's list of known hosts.
    let ssh = own.map(|own| own.join(".ssh")).filter(|ssh| ssh.is_dir() && Path::new("/etc/ssh").is_dir());
    if let Some(ssh) = ssh {
        nix::mount::mount(Some(&ssh), "/etc/ssh", none, MsFlags::MS_BIND, none).map_err(failed("mount `/etc/ssh`"))?;
    }
    for bundle in trust::there().into_iter().filter(|_| trusted.exists()) {
        nix::mount::mount(Some(trusted), &bundle, none, MsFlags::MS_BIND, none)
            .map_err(failed(format!("mount `{}`", bundle.display())))?;
    }
    nix::unistd::sethostname(hostname).map_err(failed("set the host name"))
}

fn failed<E: Into<io::Error>>(step: impl Into<String>) -> impl FnOnce(E) -> Error {
    |source| Error::Enter { step: step.into(), source: source.into() }
}
