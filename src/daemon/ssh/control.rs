//! What `systemctl` in an instance tells the instance's server.
//!
//! They speak by a socket without a file, which only the instance's network namespace has, and only root is listened to.

use super::config;
use crate::sys::netns::Netns;
use serde::{Deserialize, Serialize};
use std::{
    io::{self, Read, Write},
    net::Shutdown,
    time::Duration,
};

/// The socket's name.
pub(in crate::daemon) const SOCKET: &str = "vpcns-sshd";

/// The largest `sshd_config`.
const LARGEST: u64 = 1 << 16;

/// How long either side may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// What the server is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Listen, with these settings from now on.
    Start(String),
    /// Listen no more; who is logged in stays.
    Stop,
    /// Say whether it listens.
    Status,
}

/// Whether a server would start with these settings; if not, why.
pub fn check(config: &str) -> Result<(), String> {
    config::parse(config).map(drop)
}

/// Tells the server of the instance in which this process is; whether it listens then.
pub fn ask(request: &Request) -> io::Result<bool> {
    let mut socket = Netns::current()?.unix_stream(SOCKET)?;
    socket.set_read_timeout(Some(PATIENCE * 2))?;
    socket.write_all(&serde_json::to_vec(request)?)?;
    socket.shutdown(Shutdown::Write)?;
    let mut reply = Vec::new();
    socket.take(LARGEST).read_to_end(&mut reply)?;
    let reply: Result<bool, String> = serde_json::from_slice(&reply)?;
    reply.map_err(io::Error::other)
}

/// What somebody asks, if it is root.
pub(super) async fn read(socket: &mut tokio::net::UnixStream) -> io::Result<Request> {
    use tokio::io::AsyncReadExt;
    if socket.peer_cred()?.uid() != 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut text = Vec::new();
    socket.take(LARGEST * 2).read_to_end(&mut text).await?;
    Ok(serde_json::from_slice(&text)?)
}

/// Says whether the server listens, or why it could not do what it was asked.
pub(super) async fn reply(mut socket: tokio::net::UnixStream, listens: Result<bool, String>) -> io::Result<()> {
    use tokio::io::AsyncWriteExt;
    socket.write_all(&serde_json::to_vec(&listens)?).await
}
