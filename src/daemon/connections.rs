//! Accepts connections and serves each in a task of its own, up to a limit; the rest wait in the kernel's queue.
//!
//! The connections' tasks belong to the listener's: when that is ended, so are they. This, and limits and
//! timeouts of the protocols above, is what bounds the daemon's memory.

use std::{future::Future, net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// How long to wait when the kernel refuses, for example because the process has too many files open.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves at most `limit` connections at a time, until it is dropped.
pub(super) async fn accept<F>(listener: TcpListener, limit: usize, serve: impl Fn(TcpStream, SocketAddr) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < limit => match accepted {
                Ok((stream, client)) => drop(connections.spawn(serve(stream, client))),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some(ended) = connections.join_next() => if let Err(error) = ended {
                tracing::error!(%error, "a connection was given up");
            },
        }
    }
}
