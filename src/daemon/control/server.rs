//! The daemon's side: connections of root, requests of bounded length, replies from the event loop.

use super::{Reply, Request};
use std::{fs, io, os::unix::fs::PermissionsExt, path::Path, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};

/// A request and the way back for its reply.
pub(in crate::daemon) type Call = (Request, oneshot::Sender<Reply>);

/// Connections at a time.
const CONNECTIONS: usize = 16;
/// How long a connection may say nothing, or not take its reply.
const IDLE: Duration = Duration::from_secs(10);
/// The longest request.
const LONGEST: u64 = 1024;

/// Opens the socket, in the place of one that a killed daemon left.
pub(in crate::daemon) fn listen(path: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Serves the socket, until it is dropped.
pub(in crate::daemon) async fn serve(listener: UnixListener, calls: mpsc::Sender<Call>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                Ok((stream, _)) => drop(connections.spawn(converse(stream, calls.clone()))),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a control connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(ended) = connections.join_next() => match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a control connection broke"),
                Err(error) => tracing::error!(%error, "a control connection was given up"),
            },
        }
    }
}

/// One connection: requests and replies, line by line.
async fn converse(stream: UnixStream, calls: mpsc::Sender<Call>) -> io::Result<()> {
    if stream.peer_cred()?.uid() != 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        let length = timeout(IDLE, (&mut stream).take(LONGEST).read_until(b'\n', &mut line)).await??;
        if length == 0 {
            return Ok(());
        }
        let reply = match serde_json::from_slice(&line) {
            Ok(request) => call(&calls, request).await,
            Err(error) => Reply::Failed(format!("this is no request: {error}")),
        };
        let mut reply = serde_json::to_vec(&reply)?;
        reply.push(b'\n');
        timeout(IDLE, stream.write_all(&reply)).await??;
    }
}

/// Has the event loop answer a request.
async fn call(calls: &mpsc::Sender<Call>, request: Request) -> Reply {
    let (reply, answer) = oneshot::channel();
    let gone = || Reply::Failed("the daemon is ending".into());
    match calls.send((request, reply)).await {
        Ok(()) => answer.await.unwrap_or_else(|_| gone()),
        Err(_) => gone(),
    }
}
