//! A service that somebody else serves: the request goes on to an emulator, with the name by which it was asked, and the
//! answer comes back as it is. Bodies stream.
//!
//! The emulator is found from the host's network, where the daemon runs; or in `LAB.aws`, where the lab starts one itself.

use super::{Asked, Context, Refusal, emulator};
use crate::{
    daemon::http::{self, Body},
    spec::aws::Upstream,
    sys::trust,
};
use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Request, Response, Uri,
    body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint},
    client::conn::http1,
    header::{CONNECTION, EXPECT, HeaderName, TE, TRAILER, TRANSFER_ENCODING, UPGRADE},
};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    error::Error,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context as Task, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long an emulator may take to be reached.
const REACH: Duration = Duration::from_secs(5);
/// How long it may take to begin its answer. Queues let their readers wait for 20 seconds.
const ANSWER: Duration = Duration::from_mins(1);
/// What is said of one connection only.
const HOP: [HeaderName; 6] = [CONNECTION, EXPECT, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// A connection's other end, by TLS or not.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Has an upstream answer.
pub(super) async fn forward<B>(upstream: &Upstream, asked: Asked<B>) -> Response<Body>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let stream = match timeout(REACH, connect(upstream)).await {
        Ok(stream) => stream,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    };
    let scheme = if upstream.secure { "https" } else { "http" };
    let name = format!("the upstream {scheme}://{}:{}", upstream.host, upstream.port);
    over(stream, &name, asked).await
}

/// Has the emulator that the lab starts by itself answer.
pub(super) async fn emulate(context: &Context, asked: Asked<Bytes>) -> Response<Body> {
    match context.emulator().connect(context).await {
        Ok(stream) => {
            let stream: Box<dyn Stream> = Box::new(stream);
            over(Ok(stream), emulator::PROGRAM, asked.map(http_body_util::Full::new)).await
        }
        Err(emulator::Failure::Missing) => {
            let message = format!(
                "vpcns serves {0} by moto's server, which is not installed: `pip install 'moto[server]'`, or put an emulator \
                 here by `services: {{ {0}: {{ upstream: http://127.0.0.1:5000 }} }}`",
                asked.service
            );
            Refusal::unavailable(&asked, &message).answer(&asked)
        }
        Err(emulator::Failure::Broken(error)) => {
            tracing::warn!(%error, "the emulator does not serve");
            Refusal::unavailable(&asked, &format!("{} does not serve: {error}", emulator::PROGRAM)).answer(&asked)
        }
    }
}

/// Asks over a connection.
async fn over<B>(stream: io::Result<Box<dyn Stream>>, name: &str, asked: Asked<B>) -> Response<Body>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let Asked { service, region, caller, id, request } = asked;
    // What a refusal needs to know of the request, which is given away.
    let (parts, body) = request.into_parts();
    let shown = Request::from_parts(parts.clone(), ());
    let asked = Asked { service, region, caller, id, request: shown };
    let answered = match stream {
        Ok(stream) => ask(stream, Request::from_parts(parts, body)).await,
        Err(error) => Err(error),
    };
    answered.unwrap_or_else(|error| {
        tracing::warn!(service = asked.service, upstream = name, %error, "an upstream does not answer");
        Refusal::unavailable(&asked, &format!("{name} does not answer: {error}")).answer(&asked)
    })
}

async fn ask<B>(stream: Box<dyn Stream>, mut request: Request<B>) -> io::Result<Response<Body>>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse::<Uri>().map_err(io::Error::other)?;
    without_hops(request.headers_mut());
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let mut connection: Connection = Box::pin(async {
        // What broke shows in the answer's body.
        let _ = connection.await;
    });
    let request = request.map(|body| Box::pin(body.map_err(Into::into)));
    let mut answer = std::pin::pin!(timeout(ANSWER, sender.send_request(request)));
    let (answer, connection) = tokio::select! {
        answer = &mut answer => (answer, Some(connection)),
        // It ends with the answer where the emulator closes it.
        () = &mut connection => (answer.await, None),
    };
    let mut response = answer?.map_err(io::Error::other)?;
    without_hops(response.headers_mut());
    Ok(response.map(|body| Driven { connection, body }.map_err(io::Error::other).boxed_unsync()))
}

fn without_hops(headers: &mut HeaderMap) {
    for name in HOP {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

/// What makes a connection go on.
type Connection = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An answer's body, which keeps its connection going for as long as it is read.
struct Driven {
    connection: Option<Connection>,
    body: Incoming,
}

impl HttpBody for Driven {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        if self.connection.as_mut().is_some_and(|connection| connection.as_mut().poll(task).is_ready()) {
            self.connection = None;
        }
        Pin::new(&mut self.body).poll_frame(task)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[expect(clippy::disallowed_methods, reason = "an upstream is found from where the daemon runs: the host's network")]
async fn connect(upstream: &Upstream) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect((upstream.host.as_str(), upstream.port)).await?;
    http::bound(&stream);
    if !upstream.secure {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(upstream.host.clone()).map_err(io::Error::other)?;
    let stream = TlsConnector::from(Arc::new(client()?)).connect(name, stream).await?;
    Ok(Box::new(stream))
}

/// Trusts whom the host trusts.
fn client() -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for bundle in trust::there() {
        let certificates = CertificateDer::pem_file_iter(bundle).map_err(io::Error::other)?;
        roots.add_parsable_certificates(certificates.flatten());
    }
    let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}
