//! Limits of the machine that many instances may reach.

use super::Finding;
use crate::sys::limits::OpenFiles;
use std::fs;

/// A daemon with a hundred instances and a crowd of clients.
const FILES: u64 = 4096;
/// Files that a daemon needs for a small lab.
const LEAST_FILES: u64 = 256;
/// Neighbours that all namespaces of the machine may know together, for a lab of a thousand instances.
const NEIGHBOURS: u64 = 4096;

pub(super) fn examine() -> Vec<Finding> {
    let mut found = vec![open_files()];
    found.extend(neighbours());
    found.extend(conntrack());
    found
}

fn open_files() -> Finding {
    let check = "open files";
    match OpenFiles::most() {
        None => Finding::right(check, "without a limit"),
        Some(most) if most < LEAST_FILES => Finding::missing(check, format!("a process may have {most}"))
            .hint(format!("raise the hard limit, `ulimit -Hn {FILES}`")),
        Some(most) if most < FILES => {
            Finding::note(check, format!("a process may have {most}, enough for a lab of {} instances", most / 8))
                .hint(format!("raise the hard limit for larger ones, `ulimit -Hn {FILES}`"))
        }
        Some(most) => Finding::right(check, format!("a process may have {most}")),
    }
}

/// The kernel has one limit for all namespaces, and shows it in the first one only.
fn neighbours() -> Option<Finding> {
    let most = number("/proc/sys/net/ipv4/neigh/default/gc_thresh3")?;
    let (check, says) = ("neighbours (ARP)", format!("{most} in all namespaces together"));
    Some(if most < NEIGHBOURS {
        Finding::note(check, says).hint(
            "enough for some hundred instances that talk at once; for more, `sysctl -w net.ipv4.neigh.default.gc_thresh3=8192`",
        )
    } else {
        Finding::right(check, says)
    })
}

fn conntrack() -> Option<Finding> {
    let most = number("/proc/sys/net/netfilter/nf_conntrack_max")?;
    Some(Finding::right("connections", format!("{most} in each namespace")))
}

fn number(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
