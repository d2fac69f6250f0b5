//! How the commands ask the daemon: JSON lines over a unix socket that only root may open.
//!
//! A request is a line, its reply is a line. The socket's mode and the peer's credentials both say root. The
//! client blocks, with a deadline; the server hands each request to the event loop with a way back for the reply.

mod client;
mod server;

pub(super) use client::ask;
pub(super) use server::{Call, listen, serve};

use crate::spec::service::Health;
use serde::{Deserialize, Serialize};

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    /// Whether it listens at all.
    Ping,
    /// To read the lab's record again.
    Reload,
    /// What it knows of its targets.
    Health,
    /// To end the windows of all flow logs.
    EndFlowLogWindows,
    /// To end.
    Stop,
}

/// What is replied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// It is done.
    Done,
    /// The reply to [`Request::Health`].
    Health(Health),
    /// It could not be done.
    Failed(String),
}

#[cfg(test)]
mod tests;
