//! HTTP/1.1 connections, for whatever answers on them: bounded in headers and time, so that neither slow nor
//! endless clients hold more of the daemon than a connection.

use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{convert::Infallible, future::Future, io, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

/// Connections at a time, per listener.
pub(super) const CONNECTIONS: usize = 256;
/// How long a client may take to ask, for the first time or again.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a client may leave what was sent unacknowledged.
const SEND_TIMEOUT: Duration = Duration::from_mins(1);
/// The longest request, its body excepted.
const HEADER_LIMIT: usize = 16 << 10;

/// What is sent.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Answers the requests of one connection, until the client closes it.
pub(super) async fn converse<F>(stream: TcpStream, answer: impl Fn(Request<Incoming>) -> F) -> hyper::Result<()>
where
    F: Future<Output = Response<Body>>,
{
    bound(&stream);
    converse_over(stream, answer).await
}

/// Bounds how long a client may be silent where something was sent to it.
pub(super) fn bound(stream: &TcpStream) {
    // Both only make it better; without them the connection still works.
    let _ = stream.set_nodelay(true);
    let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(SEND_TIMEOUT));
}

/// The same over whatever lies between the two.
pub(super) async fn converse_over<F>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: impl Fn(Request<Incoming>) -> F,
) -> hyper::Result<()>
where
    F: Future<Output = Response<Body>>,
{
    let answer = |request| {
        let response = answer(request);
        async { Ok::<_, Infallible>(response.await) }
    };
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HEADER_LIMIT)
        .serve_connection(TokioIo::new(stream), service_fn(answer))
        .await
}

/// A response without a body.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    response
}

/// A body that is known whole.
pub(super) fn full(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}
