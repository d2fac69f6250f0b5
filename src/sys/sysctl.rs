//! `sysctl -w net.…` in the calling thread's namespace: `/proc/sys/net` shows each thread its own.
//!
//! Paths are those below `/proc/sys/net`, such as `ipv4/ip_forward`. A host without IPv6 has none of its settings,
//! and needs none: writing them is skipped. Those of connection tracking (`netfilter/…`) are there once some nftables
//! table has asked for it.
//!
//! In one `/proc` the kernel keeps the settings of all namespaces under the same few names, and whoever opens one of the
//! thousandth namespace is led past those of all others. So a thread that opens many has a `/proc` of its own, mounted
//! nowhere, and now and then a fresh one.

use crate::spec::LinkName;
use rustix::{
    fs::{Mode, OFlags, openat},
    mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsmount, fsopen},
};
use std::{
    cell::RefCell,
    fs::File,
    io::{self, Read, Write},
    os::fd::OwnedFd,
    path::Path,
};

const ROOT: &str = "/proc/sys/net";
/// As many settings as are opened in one `/proc`.
const MANY: u32 = 256;

thread_local! {
    static PROC: RefCell<Proc> = const { RefCell::new(Proc { own: None, opened: 0 }) };
}

/// Where a thread opens settings.
struct Proc {
    /// None at first, and where the machine gives us none: then it is everybody's.
    own: Option<OwnedFd>,
    opened: u32,
}

impl Proc {
    fn open(&mut self, path: &str, flags: OFlags) -> io::Result<File> {
        self.opened += 1;
        if self.opened.is_multiple_of(MANY) {
            self.own = fresh().ok();
        }
        let flags = flags | OFlags::CLOEXEC;
        let opened = match &self.own {
            Some(own) => openat(own, format!("sys/net/{path}"), flags, Mode::empty()),
            None => openat(rustix::fs::CWD, format!("{ROOT}/{path}"), flags, Mode::empty()),
        };
        Ok(opened?.into())
    }
}

/// A `/proc` that is mounted nowhere and ends with the file.
fn fresh() -> rustix::io::Result<OwnedFd> {
    let context = fsopen("proc", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_create(&context)?;
    let safe = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, safe)
}

fn open(path: &str, flags: OFlags) -> io::Result<File> {
    PROC.with_borrow_mut(|proc| proc.open(path, flags))
}

/// Writes a value.
pub fn write(path: &str, value: &str) -> io::Result<()> {
    let written = open(path, OFlags::WRONLY).and_then(|mut file| file.write_all(value.as_bytes()));
    match written {
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_ipv6_missing(path) => Ok(()),
        written => written,
    }
}

/// Reads a value; none if this host has no such setting because it has no IPv6, or tracks no connections yet.
pub fn read(path: &str) -> io::Result<Option<String>> {
    let mut text = String::new();
    let read = open(path, OFlags::RDONLY).and_then(|mut file| file.read_to_string(&mut text));
    match read {
        Ok(_) => Ok(Some(text.split_whitespace().collect::<Vec<_>>().join(" "))),
        Err(error) if error.kind() == io::ErrorKind::NotFound && (is_ipv6_missing(path) || is_tracking(path)) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Has a link answer ARP for addresses behind other links, and at once: by default the kernel waits up to 0.8 s.
pub fn set_proxy_arp(link: &LinkName, on: bool) -> io::Result<()> {
    write(&proxy_delay(link), if on { "0" } else { "80" })?;
    write(&format!("ipv4/conf/{link}/proxy_arp"), if on { "1" } else { "0" })
}

/// Whether a link that answers ARP for others does so at once.
pub fn answers_at_once(link: &LinkName) -> io::Result<bool> {
    Ok(read(&proxy_delay(link))?.as_deref() == Some("0"))
}

fn proxy_delay(link: &LinkName) -> String {
    format!("ipv4/neigh/{link}/proxy_delay")
}

/// Whether it is a setting of connection tracking. Where there is none, there is no table that could need it: that is
/// seen, and set right, by itself.
fn is_tracking(path: &str) -> bool {
    path.starts_with("netfilter/")
}

fn is_ipv6_missing(path: &str) -> bool {
    path.starts_with("ipv6/") && !Path::new(ROOT).join("ipv6/conf").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever opens many is led to another `/proc` on the way, and finds the same.
    #[test]
    fn a_proc_of_ones_own_has_the_same_settings() {
        let first = read("ipv4/ip_default_ttl").unwrap();
        assert!(first.is_some());
        for _ in 0..2 * MANY {
            assert_eq!(read("ipv4/ip_default_ttl").unwrap(), first);
        }
        assert_eq!(read("ipv4/no-such-setting").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(PROC.with_borrow(|proc| proc.own.is_some()) || !rustix::process::geteuid().is_root());
    }
}
