//! Whether this process may and can do what `up`, `down` and `exec` need, asked before anything is touched.

use super::nft;
use rustix::thread::{CapabilitySet, capabilities};

/// Something is missing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A capability.
    #[error("the capability `{0}` is missing\nhint: run with `sudo`")]
    Capability(&'static str),
    /// `nft`.
    #[error(transparent)]
    Nft(#[from] nft::Error),
}

/// The capabilities without which no namespace can be made, entered or configured.
const NEEDED: [(CapabilitySet, &str); 2] =
    [(CapabilitySet::SYS_ADMIN, "CAP_SYS_ADMIN"), (CapabilitySet::NET_ADMIN, "CAP_NET_ADMIN")];

/// Whether namespaces can be entered and changed.
pub fn check() -> Result<(), Error> {
    // A process that cannot even ask has none.
    let effective = capabilities(None).map_or(CapabilitySet::empty(), |sets| sets.effective);
    match NEEDED.into_iter().find(|(capability, _)| !effective.contains(*capability)) {
        Some((_, name)) => Err(Error::Capability(name)),
        None => Ok(()),
    }
}

/// Whether besides that nftables can be loaded.
pub fn check_for_up() -> Result<(), Error> {
    check()?;
    nft::program().map(|_| ()).ok_or(Error::Nft(nft::Error::Missing))
}
