//! One health check: a TCP connection or a GET from the load balancer node's own address (NLB-23, NLB-26).
//!
//! The socket is made in the router's namespace and bound to the node's address, so that the target's security
//! groups judge it as AWS's do.

use crate::{
    daemon::proxy_protocol,
    spec::service::{CheckId, HealthCheck, Probe},
    sys::netns::Netns,
};
use http_body_util::Empty;
use hyper::{
    Request,
    body::Bytes,
    client::conn::http1,
    header::{CONNECTION, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use std::{io, net::SocketAddr, ops::RangeInclusive};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
    task::spawn_blocking,
    time::timeout,
};

/// Whether the target passed, and if not, why.
pub(super) async fn probe(id: &CheckId, check: &HealthCheck) -> io::Result<()> {
    timeout(check.timeout, attempt(id, check)).await?
}

async fn attempt(id: &CheckId, check: &HealthCheck) -> io::Result<()> {
    let (namespace, node) = (check.namespace.clone(), id.node);
    let socket = spawn_blocking(move || Netns::open(&namespace)?.tcp_socket(node.into())).await??;
    let at = SocketAddr::new(id.target.into(), check.port);
    let mut stream = TcpSocket::from_std_stream(socket.into()).connect(at).await?;
    if check.proxy_protocol {
        stream.write_all(&proxy_protocol::LOCAL).await?;
    }
    match &check.probe {
        Probe::Tcp => Ok(()),
        Probe::Http { path, matcher } => get(stream, at, path, matcher).await,
    }
}

/// A GET whose answer begins with a status that matches. Its body is not read.
async fn get(stream: TcpStream, at: SocketAddr, path: &str, matcher: &[RangeInclusive<u16>]) -> io::Result<()> {
    let request = Request::get(path)
        .header(HOST, at.to_string())
        .header(USER_AGENT, "ELB-HealthChecker/2.0")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(io::Error::other)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let answer = sender.send_request(request);
    // The connection lives in the second branch; it ends first only when it breaks or is closed without an answer.
    let mut connection = std::pin::pin!(connection);
    let mut answer = std::pin::pin!(answer);
    let response = tokio::select! {
        response = &mut answer => response,
        ended = &mut connection => match ended {
            Ok(()) => answer.await,
            Err(error) => Err(error),
        },
    };
    let status = response.map_err(io::Error::other)?.status().as_u16();
    let passed = matcher.iter().any(|codes| codes.contains(&status));
    if passed { Ok(()) } else { Err(io::Error::other(format!("the answer was {status}"))) }
}
