//! nftables: the one table of a namespace, loaded and changed by `nft -j -f -`.
//!
//! A [`Transaction`] is built from `spec`'s typed table and is all or nothing in the kernel. It acts in the
//! namespace of the thread that commits it. No table is ever read back: the kernel counts the changes to a
//! namespace's nftables, and a count that is still the one after our last load means that the table is still ours. What
//! is read is what the table's [`counters`] counted.

mod counter;
mod element;
mod generation;
mod process;
mod schema;
mod statement;
mod trace;
mod transaction;

pub use counter::counters;
pub use generation::{generation, has_table};
pub use trace::{Decision, Mark, TABLE as TRACE_TABLE, Trace};
pub use transaction::Transaction;

use rustix::fs::{Access, access};
use std::{
    env, fmt, io,
    path::PathBuf,
    process::{Command, Stdio},
};

/// `nft` did not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no `nft`.
    #[error("`nft` was not found\nhint: install the package `nftables`")]
    Missing,
    /// It is not one that this program can speak to.
    #[error("`nft` is of version {found}, and vpcns needs {OLDEST} or later\nhint: install a newer package `nftables`")]
    Old {
        /// What it says of itself.
        found: Version,
    },
    /// It could not be run.
    #[error("cannot run `nft`")]
    Run(#[source] io::Error),
    /// It refused; its own words.
    #[error("`nft` refused: {0}\nhint: `sudo vpcns doctor` says whether the kernel or `nft` lacks a part")]
    Refused(String),
    /// It said something that cannot be understood.
    #[error("cannot understand what `nft` says")]
    Unclear(#[source] serde_json::Error),
    /// The kernel did not say the generation.
    #[error("cannot read the generation of nftables")]
    Generation(#[source] io::Error),
}

/// A version of `nft`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u16, pub u16, pub u16);

/// The oldest one that is not refused. What is in between and misses something fails at the first table, with its words.
pub const OLDEST: Version = Version(1, 0, 0);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// Which version there is; none if it says nothing that can be understood.
pub fn version() -> Result<Option<Version>, Error> {
    let program = program().ok_or(Error::Missing)?;
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().map_err(Error::Run)?;
    Ok(version_in(&String::from_utf8_lossy(&output.stdout)))
}

/// The version in `nftables v1.0.6 (Lester Gooch #5)`.
fn version_in(text: &str) -> Option<Version> {
    let mut numbers = text.split_whitespace().nth(1)?.strip_prefix('v')?.split('.').map(str::parse);
    let mut next = || numbers.next().unwrap_or(Ok(0)).ok();
    Some(Version(next()?, next()?, next()?))
}

/// Whether there is an `nft` that is not too old.
pub fn check() -> Result<(), Error> {
    match version()? {
        Some(found) if found < OLDEST => Err(Error::Old { found }),
        _ => Ok(()),
    }
}

/// Where `nft` is. Its directory is not in the search path of every user who may become root.
pub fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let directories = env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    directories
        .map(|directory| directory.join("nft"))
        .find(|program| access(program, Access::EXEC_OK).is_ok() && program.is_file())
}

#[cfg(test)]
mod tests;
