//! Whether this process may and can do what `up`, `down` and `exec` need, asked before anything is touched.
//!
//! Each capability stands here because without it something of a lab breaks, which `tests/hard/rights.rs` shows one by
//! one. A container has all but three of them by default.

use super::{doctor, nft, places};
use rustix::{
    process::geteuid,
    thread::{CapabilitySet, capabilities},
};
use std::io;

/// Something is missing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Capabilities, by name.
    #[error("{}\nhint: {}\nhint: `vpcns doctor` says what each is for, and what else is missing", missing(.0), way_out())]
    Capabilities(Vec<&'static str>),
    /// It has capabilities, but it is not root: files would be somebody else's.
    #[error("this is not root (user 0), and the labs' files must be root's\nhint: run with `sudo`")]
    NotRoot,
    /// Something forbids what the capabilities allow. What to do about it follows from the error itself.
    #[error(
        "no namespace can be made\nhint: `vpcns doctor` tries one thing after the other, and says which is refused"
    )]
    Forbidden(#[source] io::Error),
    /// `nft`.
    #[error(transparent)]
    Nft(#[from] nft::Error),
    /// A directory.
    #[error(transparent)]
    Place(#[from] places::Error),
}

/// A capability and what needs it.
#[derive(Debug, Clone, Copy)]
pub struct Capability {
    /// Its name, as `capabilities(7)` has it.
    pub name: &'static str,
    /// What breaks without it.
    pub needed_for: &'static str,
    set: CapabilitySet,
    always: bool,
}

impl Capability {
    /// Whether this process has it.
    pub fn is_there(&self) -> bool {
        // A process that cannot even ask has none.
        capabilities(None).is_ok_and(|sets| sets.effective.contains(self.set))
    }
}

/// Without these two no namespace can be made, entered or configured, and nothing of a lab be seen.
const fn always(name: &'static str, set: CapabilitySet, needed_for: &'static str) -> Capability {
    Capability { name, needed_for, set, always: true }
}

/// What a lab, once it is up, could not do.
const fn needed(name: &'static str, set: CapabilitySet, needed_for: &'static str) -> Capability {
    Capability { name, needed_for, set, always: false }
}

/// All that are needed.
pub const CAPABILITIES: [Capability; 14] = [
    always("CAP_SYS_ADMIN", CapabilitySet::SYS_ADMIN, "namespaces and mounts"),
    always("CAP_NET_ADMIN", CapabilitySet::NET_ADMIN, "links, addresses, routes and filters"),
    needed("CAP_NET_BIND_SERVICE", CapabilitySet::NET_BIND_SERVICE, "DNS, HTTP and SSH inside of labs"),
    needed("CAP_NET_RAW", CapabilitySet::NET_RAW, "`ping`, and the probes of `vpcns why`"),
    needed("CAP_SYS_CHROOT", CapabilitySet::SYS_CHROOT, "`vpcns exec`: an instance's own files"),
    needed("CAP_MKNOD", CapabilitySet::MKNOD, "`vpcns exec`: an instance's own `/dev`"),
    needed("CAP_DAC_OVERRIDE", CapabilitySet::DAC_OVERRIDE, "`vpcns exec`: an instance's own files"),
    needed("CAP_CHOWN", CapabilitySet::CHOWN, "`vpcns exec`: the home of `ec2-user`"),
    needed("CAP_FOWNER", CapabilitySet::FOWNER, "files of several accounts in instances, and their images"),
    needed("CAP_SETUID", CapabilitySet::SETUID, "`ssh`, and `vpcns exec -u`"),
    needed("CAP_SETGID", CapabilitySet::SETGID, "`ssh`, and `vpcns exec -u`"),
    needed("CAP_SETPCAP", CapabilitySet::SETPCAP, "UserData and commands of instances, which run with fewer rights"),
    needed("CAP_SYS_PTRACE", CapabilitySet::SYS_PTRACE, "`vpcns down`: to see which processes are in instances"),
    needed("CAP_KILL", CapabilitySet::KILL, "`vpcns down`: processes of other accounts in instances"),
];

/// Whether namespaces can be entered and changed.
pub fn check() -> Result<(), Error> {
    have(CAPABILITIES.iter().filter(|capability| capability.always))
}

/// Whether besides that all of a lab would work, as far as that can be told at once.
pub fn check_for_up() -> Result<(), Error> {
    have(CAPABILITIES.iter())?;
    if !geteuid().is_root() {
        return Err(Error::NotRoot);
    }
    Ok(nft::check()?)
}

/// The same for a lab of which there is nothing yet.
pub fn check_for_new() -> Result<(), Error> {
    check_for_up()?;
    places::check()?;
    doctor::try_namespaces().map_err(Error::Forbidden)
}

fn have<'a>(needed: impl Iterator<Item = &'a Capability>) -> Result<(), Error> {
    let missing: Vec<_> = needed.filter(|capability| !capability.is_there()).map(|missing| missing.name).collect();
    if missing.is_empty() { Ok(()) } else { Err(Error::Capabilities(missing)) }
}

fn missing(names: &[&str]) -> String {
    match names {
        [name] => format!("the capability `{name}` is missing"),
        names => format!("the capabilities `{}` are missing", names.join("`, `")),
    }
}

/// How to get what is missing.
pub fn way_out() -> &'static str {
    if geteuid().is_root() {
        "this is root without all of its rights: in a container, `--privileged`, or `--cap-add` for each"
    } else {
        "run with `sudo`"
    }
}
