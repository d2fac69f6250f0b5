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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::netns::Netns;
    use std::net::Ipv4Addr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn serve(mut stream: TcpStream, _: SocketAddr) {
        let said = stream.read_u8().await.unwrap();
        assert_ne!(said, b'!', "this connection breaks on purpose");
        stream.write_u8(said).await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_panics_takes_no_other_with_it() {
        let here = Netns::current().unwrap();
        let listener = TcpListener::from_std(here.tcp_listener((Ipv4Addr::LOCALHOST, 0).into()).unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let client = || async {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.connect(address).await.unwrap()
        };
        let talk = async {
            let mut before = client().await;
            for _ in 0..3 {
                let mut broken = client().await;
                broken.write_u8(b'!').await.unwrap();
                assert!(broken.read_u8().await.is_err());
            }
            let mut after = client().await;
            for stream in [&mut before, &mut after] {
                stream.write_u8(b'a').await.unwrap();
                assert_eq!(stream.read_u8().await.unwrap(), b'a');
            }
        };
        tokio::select! {
            () = accept(listener, 4, serve) => {}
            () = talk => {}
        }
    }
}
