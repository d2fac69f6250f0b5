//! What answers HTTP on instances: the same body for every path, or the files of a directory.
//!
//! HTTP/1.1 with keep-alive, as the documents' httpd.

mod access_log;

pub(super) use access_log::AccessLog;

use super::{
    connections,
    http::{self, Body, empty, full},
    proxy_protocol::{self, Header},
    services::Shared,
};
use crate::spec::service::{At, Content};
use access_log::Client;
use http_body_util::BodyExt;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Body as _, Incoming},
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
};
use std::{io, net::SocketAddr, path::Path, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tower_http::services::ServeDir;

/// How long a header of proxy protocol may take.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);

/// As Amazon Linux's httpd begins.
const TEST_PAGE: &str = "<!DOCTYPE html>\n<title>Test Page for the Apache HTTP Server</title>\n<h1>Test Page</h1>\n";

/// Serves the responder of a port, until it is dropped.
pub(super) async fn serve(listener: TcpListener, at: At, services: Shared, log: AccessLog) {
    let serve = |stream, client| {
        let (at, services, log) = (at.clone(), services.clone(), log.clone());
        async move {
            if let Err(error) = converse(stream, client, &at, &services, &log).await {
                tracing::debug!(netns = %at.0, at = %at.1, %client, %error, "an HTTP connection broke");
            }
        }
    };
    connections::accept(listener, http::CONNECTIONS, serve).await;
}

/// One connection.
async fn converse(
    mut stream: TcpStream,
    client: SocketAddr,
    at: &At,
    services: &Shared,
    log: &AccessLog,
) -> io::Result<()> {
    let is_proxied = matches!(content(services, at), Some(Content::ProxyProtocol(_)));
    let client = &if is_proxied { named(&mut stream, client).await? } else { Client::at(client) };
    let answer = |request: Request<Incoming>| async move {
        let line = access_log::Line::of(client, &request);
        let response = match content(services, at) {
            Some(Content::ProxyProtocol(content)) => answer(*content, request, is_proxied.then_some(client)).await,
            Some(content) => answer(content, request, None).await,
            None => empty(StatusCode::SERVICE_UNAVAILABLE),
        };
        log.write(&line, response.status(), response.body().size_hint().exact());
        response
    };
    http::converse(stream, answer).await.map_err(io::Error::other)
}

/// What is served as it is now.
fn content(services: &Shared, at: &At) -> Option<Content> {
    services.borrow().responders.get(at).map(|responder| responder.content.clone())
}

/// Whose connection it is by its header, which comes first (NLB-36).
async fn named(stream: &mut TcpStream, peer: SocketAddr) -> io::Result<Client> {
    let header = timeout(HEADER_TIMEOUT, proxy_protocol::read(stream)).await??;
    Ok(match header {
        Header::Local => Client::at(peer),
        Header::Client { source, endpoint } => Client { address: (*source.ip()).into(), endpoint },
    })
}

/// What is served, to a client that a header named.
async fn answer(content: Content, request: Request<Incoming>, named: Option<&Client>) -> Response<Body> {
    match content {
        Content::Body(body) => match named {
            Some(client) => whole(request.method(), format!("{body}{client}\n")),
            None => whole(request.method(), body),
        },
        Content::Directory(directory) => {
            let front = request.uri().path() == "/";
            let response = file(&directory, request).await;
            if front && response.status() == StatusCode::NOT_FOUND { test_page() } else { response }
        }
        Content::ProxyProtocol(_) => unreachable!("a file says it once"),
    }
}

/// The same body for every path. Like httpd, it takes a POST for a GET.
fn whole(method: &Method, body: String) -> Response<Body> {
    if ![Method::GET, Method::HEAD, Method::POST].contains(method) {
        let mut refusal = empty(StatusCode::METHOD_NOT_ALLOWED);
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
        return refusal;
    }
    let kind = if body.starts_with('<') { "text/html; charset=utf-8" } else { "text/plain; charset=utf-8" };
    let mut response = Response::new(full(body.into()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// What httpd answers where there is no page yet: forbidden, with a page of its own (S000 step 1).
fn test_page() -> Response<Body> {
    let mut response = Response::new(full(TEST_PAGE.into()));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// A file below a directory; `index.html` where a directory is asked for.
async fn file(directory: &Path, request: Request<Incoming>) -> Response<Body> {
    match ServeDir::new(directory).try_call(request).await {
        Ok(response) => response.map(|body| body.map_err(io::Error::other).boxed_unsync()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            empty(StatusCode::NOT_FOUND)
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => empty(StatusCode::FORBIDDEN),
        Err(error) => {
            tracing::warn!(directory = %directory.display(), %error, "cannot read a file to serve");
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

#[cfg(test)]
mod tests;
