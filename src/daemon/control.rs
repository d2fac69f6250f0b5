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
    /// To let the host ask AWS's services.
    Expose,
    /// To end.
    Stop,
}

/// How the host asks AWS's services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposed {
    /// The port of the host's loopback address.
    pub port: u16,
    /// The id of the account's access key.
    pub access_key: String,
    /// Its secret.
    pub secret: String,
}

/// What is replied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// It is done.
    Done,
    /// The reply to [`Request::Health`].
    Health(Health),
    /// The reply to [`Request::Expose`].
    Exposed(Exposed),
    /// It could not be done.
    Failed(String),
}

#[cfg(test)]
mod tests;
