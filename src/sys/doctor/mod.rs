//! Whether this machine has what a lab needs, tried and not guessed: `vpcns doctor`.
//!
//! What is tried is done by threads with namespaces of their own that have no names, and vanish with them: the machine's own
//! network is not touched, and nothing is left. What `up` asks before it begins ([`privilege`], [`places`]) is asked here
//! with the same functions, and so said with the same words.

mod kernel;
mod limits;
mod paths;
mod programs;
pub mod tables;
mod user;

use super::{netns::apart, nft, places, privilege};
use nix::sched::CloneFlags;
use rustix::process::geteuid;
use serde::Serialize;
use std::{error::Error, io};

pub use kernel::try_namespaces;
pub use user::probe as probe_user_namespace;

/// How it stands with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum State {
    /// It is there.
    Right,
    /// It is not there, and labs do without it.
    Note,
    /// It is not there, and is needed.
    Missing,
}

/// What was found out about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Finding {
    /// What it is about.
    pub check: String,
    /// How it stands.
    pub state: State,
    /// What was seen.
    pub says: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    fn new(state: State, check: impl Into<String>, says: impl Into<String>) -> Self {
        Self { check: check.into(), state, says: says.into(), hint: None }
    }

    /// It is as it should be.
    pub fn right(check: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(State::Right, check, says)
    }

    /// It is not there, which does no harm.
    pub fn note(check: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(State::Note, check, says)
    }

    /// It is needed and not there.
    pub fn missing(check: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(State::Missing, check, says)
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// An error, its causes and its hints.
    pub fn failed(check: impl Into<String>, error: &(dyn Error + 'static)) -> Self {
        let words: Vec<_> =
            std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string).collect();
        let (mut says, mut hints) = (Vec::new(), Vec::new());
        for line in words.iter().flat_map(|words| words.lines()) {
            match line.strip_prefix("hint: ") {
                Some(hint) => hints.push(hint),
                None => says.push(line),
            }
        }
        let hint = (!hints.is_empty()).then(|| hints.join("; "));
        Self { hint, ..Self::missing(check, says.join(": ")) }
    }
}

/// Everything, in the order in which one thing needs another.
pub fn examine() -> Vec<Finding> {
    let mut found = rights();
    let may = privilege::check().is_ok();
    found.extend(namespaces(may));
    found.push(user::examine());
    found.push(program());
    if may {
        found.extend(kernel::examine());
    } else {
        found.push(Finding::missing(
            "kernel",
            "links, routing, nftables and overlays were not tried: that needs the rights above",
        ));
    }
    found.extend(paths::examine());
    found.extend(limits::examine());
    found.extend(programs::examine());
    found
}

/// Root, and each capability.
fn rights() -> Vec<Finding> {
    let root = if geteuid().is_root() {
        Finding::right("root", "this is root")
    } else {
        Finding::failed("root", &privilege::Error::NotRoot)
    };
    let capability = |capability: &privilege::Capability| {
        if capability.is_there() {
            Finding::right(capability.name, capability.needed_for)
        } else {
            let says = format!("missing; needed for {}", capability.needed_for);
            Finding::missing(capability.name, says).hint(privilege::way_out())
        }
    };
    std::iter::once(root).chain(privilege::CAPABILITIES.iter().map(capability)).collect()
}

/// The kinds of namespaces that a lab has.
fn namespaces(may: bool) -> Vec<Finding> {
    let kinds = [
        ("network namespaces", CloneFlags::CLONE_NEWNET, "max_net_namespaces"),
        ("mount namespaces", CloneFlags::CLONE_NEWNS, "max_mnt_namespaces"),
        ("UTS namespaces", CloneFlags::CLONE_NEWUTS, "max_uts_namespaces"),
    ];
    let examine = |(name, kind, limit)| {
        if !may {
            return Finding::missing(name, "not tried: that needs `CAP_SYS_ADMIN`").hint(privilege::way_out());
        }
        match apart(kind, || ()) {
            Ok(()) => Finding::right(name, format!("one was made; at most {}", user::limit(limit))),
            Err(error) => refused(name, &error, Some(limit)),
        }
    };
    kinds.into_iter().map(examine).collect()
}

/// What the kernel refused.
fn refused(check: &str, error: &io::Error, limit: Option<&str>) -> Finding {
    let hint = match (error.kind(), limit) {
        (io::ErrorKind::PermissionDenied, _) => way_out_of_a_ban(),
        (io::ErrorKind::StorageFull, Some(limit)) => {
            format!("`user.{limit}` is {}: raise it, `sysctl -w user.{limit}=10000`", user::limit(limit))
        }
        _ => "the kernel may be built without it".into(),
    };
    Finding::missing(check, format!("refused: {error}")).hint(hint)
}

/// What forbids something to a process that has the capability for it.
pub fn way_out_of_a_ban() -> String {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
    let profile = std::fs::read_to_string("/proc/thread-self/attr/current").unwrap_or_default();
    let profile = profile.trim_end_matches(['\0', '\n']);
    match (field("Seccomp:"), profile) {
        ("2", _) => {
            "a seccomp filter is set, and may forbid it: in a container, `--security-opt seccomp=unconfined` or \
                     `--privileged`"
                .into()
        }
        (_, profile) if profile.ends_with("(enforce)") => format!(
            "the AppArmor profile `{profile}` may forbid it: in a container, `--security-opt apparmor=unconfined` or \
             `--privileged`"
        ),
        _ => "a security module, or the container that this is in, may forbid it: `dmesg` may say which".into(),
    }
}

/// `nft` itself.
fn program() -> Finding {
    match (nft::check(), nft::version()) {
        (Err(error), _) => Finding::failed("nft", &error),
        (Ok(()), Ok(Some(version))) => {
            let path = nft::program().map(|path| path.display().to_string()).unwrap_or_default();
            Finding::right("nft", format!("version {version}, `{path}`"))
        }
        (Ok(()), _) => Finding::note("nft", "it does not say its version"),
    }
}

/// The way out of a refusal that says nothing else, by the kernel's error.
pub fn way_out(error: &io::Error) -> Option<String> {
    use nix::errno::Errno;
    let words = match Errno::from_raw(error.raw_os_error()?) {
        Errno::ENOSPC => "make room: `df -h /run; df -i /run` shows what is full",
        Errno::EMFILE => "this process may open too few files: raise the limit, `ulimit -n 65536`",
        Errno::ENFILE => "the machine has too many files open: raise `fs.file-max`",
        Errno::ENOBUFS | Errno::ENOMEM => {
            "the kernel has no memory for it: other labs, or a memory limit of this container?"
        }
        Errno::EROFS => "`findmnt -T PATH` shows what is read-only; `mount -o remount,rw` changes it",
        Errno::EPERM | Errno::EACCES => return Some(way_out_of_a_ban()),
        Errno::EOPNOTSUPP | Errno::EPROTONOSUPPORT | Errno::EAFNOSUPPORT => {
            "the kernel lacks a part: `vpcns doctor` says which"
        }
        _ => return None,
    };
    Some(words.into())
}
