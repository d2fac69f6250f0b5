//! `sysctl -w net.…` in the calling thread's namespace: `/proc/sys/net` shows each thread its own.
//!
//! Paths are those below `/proc/sys/net`, such as `ipv4/ip_forward`. A host without IPv6 has none of its settings,
//! and needs none: writing them is skipped. Those of connection tracking (`netfilter/…`) are there once some nftables
//! table has asked for it.

use crate::spec::LinkName;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const ROOT: &str = "/proc/sys/net";

/// Writes a value.
pub fn write(path: &str, value: &str) -> io::Result<()> {
    match fs::write(file(path), value) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_ipv6_missing(path) => Ok(()),
        written => written,
    }
}

/// Reads a value; none if this host has no such setting because it has no IPv6, or tracks no connections yet.
pub fn read(path: &str) -> io::Result<Option<String>> {
    match fs::read_to_string(file(path)) {
        Ok(text) => Ok(Some(text.split_whitespace().collect::<Vec<_>>().join(" "))),
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

fn file(path: &str) -> PathBuf {
    Path::new(ROOT).join(path)
}

/// Whether it is a setting of connection tracking. Where there is none, there is no table that could need it: that is
/// seen, and set right, by itself.
fn is_tracking(path: &str) -> bool {
    path.starts_with("netfilter/")
}

fn is_ipv6_missing(path: &str) -> bool {
    path.starts_with("ipv6/") && !Path::new(ROOT).join("ipv6/conf").exists()
}
