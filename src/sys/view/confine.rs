//! What UserData and commands in an instance may not do, though they run as root: whatever concerns the machine and
//! not a network lab, such as loading modules, looking into processes that have more rights, or setting the clock.
//!
//! Rights that are out of a thread's bounding set never come back to what it starts; `sudo` brings none back either. This
//! keeps a script from harming the machine by accident. It is no sandbox: see `docs/security.md`.

use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, capability_is_in_bounding_set, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
};
use std::io;

/// What a server and its scripts need.
const KEPT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETPCAP)
    .union(CapabilitySet::NET_BIND_SERVICE)
    .union(CapabilitySet::NET_BROADCAST)
    .union(CapabilitySet::NET_ADMIN)
    .union(CapabilitySet::NET_RAW)
    .union(CapabilitySet::IPC_LOCK)
    .union(CapabilitySet::IPC_OWNER)
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::SYS_NICE)
    .union(CapabilitySet::SYS_RESOURCE)
    .union(CapabilitySet::AUDIT_WRITE)
    .union(CapabilitySet::SETFCAP);

/// Who is confined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// UserData, and the services that start at boot: they set up the instance, and so may name it and mount.
    Boot,
    /// A command, which gets no more rights by what it starts either.
    Command,
}

/// Confines this thread, and all that it starts from now on. What follows runs in it for good.
pub(super) fn confine(who: Who) -> io::Result<()> {
    let kept = match who {
        Who::Boot => KEPT.union(CapabilitySet::SYS_ADMIN),
        Who::Command => KEPT,
    };
    for bit in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << bit);
        match capability_is_in_bounding_set(capability) {
            Ok(true) if !kept.contains(capability) => remove_capability_from_bounding_set(capability)?,
            Ok(_) => {}
            // The kernel knows no more.
            Err(_) => break,
        }
    }
    clear_ambient_capability_set()?;
    // Of root's programs what can be inherited is permitted too.
    let now = capabilities(None)?;
    set_capabilities(None, CapabilitySets { inheritable: now.inheritable.intersection(kept), ..now })?;
    if who == Who::Command { Ok(set_no_new_privs(true)?) } else { Ok(()) }
}
