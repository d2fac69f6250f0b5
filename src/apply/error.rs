//! The machine refused: which step, where, and why.

use crate::{
    spec::NetnsName,
    sys::{nft, state},
};
use std::io;

/// Why a lab could not be observed or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The lab's state.
    #[error(transparent)]
    State(#[from] state::Error),
    /// Somebody else's namespace has the name of one that is wanted.
    #[error(
        "there is already a namespace `{0}` that is not this lab's\n\
         hint: delete it with `ip netns delete {0}`, or give the lab another name"
    )]
    Foreign(NetnsName),
    /// Somebody else's files lie where those of a wanted namespace would.
    #[error(
        "there is already a directory `/etc/netns/{0}` that is not this lab's\nhint: remove it, or give the lab another name"
    )]
    ForeignFiles(NetnsName),
    /// Something could not be read.
    #[error("cannot read {what} of the namespace `{namespace}`")]
    Observe {
        /// What.
        what: &'static str,
        /// Where.
        namespace: NetnsName,
        /// Why not.
        source: io::Error,
    },
    /// A step failed.
    #[error("`{step}` failed")]
    Step {
        /// The step, as the command that would do it.
        step: String,
        /// Why.
        source: io::Error,
    },
    /// A table could not be loaded.
    #[error("`{step}` failed")]
    Nft {
        /// The step, as the command that would do it.
        step: String,
        /// Why.
        source: nft::Error,
    },
    /// Processes in the namespaces could not be ended.
    #[error("cannot end the processes of the lab")]
    Processes(#[source] io::Error),
    /// The directory of the namespaces could not be given back.
    #[error("cannot unmount `/run/netns`")]
    Release(#[source] io::Error),
    /// Whoever was told about progress did not want to go on.
    #[error("stopped")]
    Stopped,
    /// No thread could be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}
