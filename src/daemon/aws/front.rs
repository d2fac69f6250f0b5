//! The listeners: connections of HTTPS and HTTP, bounded in number for each client, time and size, and what each request
//! is before a service sees it.

use super::{
    Asked, Caller, Logged,
    access_log::{AccessLog, Line},
    certificate::Certificates,
    dispatch,
    signature::Key,
};
use crate::{
    daemon::{
        connections,
        http::{self, Body},
        metadata::Issuer,
        services::Shared,
    },
    model::Topology,
    spec::{
        aws::{AwsServices, Front},
        service::Health,
    },
    sys::{authority::Authority, state::Lab},
};
use hyper::{
    Request, Response,
    body::Incoming,
    header::{HeaderValue, SERVER},
};
use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

/// Connections at a time, for each port.
const CONNECTIONS: usize = 1024;
/// Connections at a time of one client, at both ports together; more are closed at once.
const CONNECTIONS_OF_ONE: usize = 64;
/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Mebibytes of bodies that are held whole, of all clients together.
const BODIES: usize = 64;

/// The lab as it is now, for services that tell of it.
#[derive(Debug)]
#[allow(dead_code, reason = "read by services that tell of the lab")]
pub(in crate::daemon) struct Known {
    /// What it is.
    pub(in crate::daemon) topology: Arc<Topology>,
    /// How its targets are.
    pub(in crate::daemon) health: Health,
}

/// What all connections share.
#[derive(Debug, Clone)]
pub(in crate::daemon) struct Context(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    lab: Lab,
    services: Shared,
    known: watch::Receiver<Arc<Known>>,
    issuer: Issuer,
    certificates: Certificates,
    log: AccessLog,
    bodies: Arc<Semaphore>,
    clients: Mutex<BTreeMap<IpAddr, usize>>,
}

impl Context {
    /// What the services of a lab need, and the task that writes their log until the last clone of it is dropped.
    pub(in crate::daemon) fn new(
        lab: &Lab,
        services: Shared,
        known: watch::Receiver<Arc<Known>>,
        issuer: Issuer,
    ) -> io::Result<(Self, impl Future<Output = ()> + Send + 'static)> {
        let certificates = Certificates::new(Authority::of(lab)?);
        let (log, writing) = AccessLog::new(lab.clone());
        let (bodies, clients) = (Arc::new(Semaphore::new(BODIES)), Mutex::default());
        let inner = Inner { lab: lab.clone(), services, known, issuer, certificates, log, bodies, clients };
        Ok((Self(Arc::new(inner)), writing))
    }

    /// The lab.
    #[allow(dead_code, reason = "for services that keep something")]
    pub(in crate::daemon) fn lab(&self) -> &Lab {
        &self.0.lab
    }

    /// The lab as it is now.
    #[allow(dead_code, reason = "for services that tell of the lab")]
    pub(in crate::daemon) fn known(&self) -> Arc<Known> {
        self.0.known.borrow().clone()
    }

    /// The secret of an access key and whose it is, if it is one of the lab's that is still good.
    pub(in crate::daemon) fn key(&self, access_key: &str) -> Option<Key> {
        let services = self.0.services.borrow().clone();
        self.0.issuer.key(services.aws.as_ref()?, access_key)
    }

    /// Where a service is served by somebody else.
    #[allow(dead_code, reason = "comes with `services`")]
    pub(super) fn upstream(&self, service: &str) -> Option<String> {
        self.0.services.borrow().aws.as_ref()?.upstreams.get(service).cloned()
    }

    /// Places for mebibytes of bodies.
    pub(super) fn bodies(&self) -> Arc<Semaphore> {
        self.0.bodies.clone()
    }

    /// A client's place, unless it has too many.
    fn place(&self, client: IpAddr) -> Option<Place> {
        let mut clients = self.0.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let count = clients.entry(client).or_default();
        if *count >= CONNECTIONS_OF_ONE {
            return None;
        }
        *count += 1;
        Some(Place { context: self.clone(), client })
    }
}

/// One of a client's connections.
struct Place {
    context: Context,
    client: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut clients = self.context.0.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = clients.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                clients.remove(&self.client);
            }
        }
    }
}

/// Serves a port, by TLS or not, until it is dropped.
pub(in crate::daemon) async fn serve(listener: TcpListener, secure: bool, context: Context) {
    let serve = |stream: TcpStream, client: SocketAddr| {
        let context = context.clone();
        async move {
            let Some(_place) = context.place(client.ip()) else { return };
            if let Err(error) = converse(stream, client, secure, &context).await {
                tracing::debug!(%client, secure, %error, "a connection to AWS's services broke");
            }
        }
    };
    connections::accept(listener, CONNECTIONS, serve).await;
}

/// One connection. Its destination says which service is asked, its source who asks.
async fn converse(stream: TcpStream, client: SocketAddr, secure: bool, context: &Context) -> io::Result<()> {
    let (IpAddr::V4(client), IpAddr::V4(at)) = (client.ip(), stream.local_addr()?.ip()) else { return Ok(()) };
    let services = context.0.services.borrow().clone();
    let Some(front) = services.aws.as_ref().and_then(|aws| aws.fronts.get(&at)) else { return Ok(()) };
    http::bound(&stream);
    let answer = |request| answer(context, (at, client, secure), request);
    if !secure {
        return http::converse_over(stream, answer).await.map_err(io::Error::other);
    }
    let acceptor = TlsAcceptor::from(context.0.certificates.of(front)?);
    let stream = timeout(HANDSHAKE, acceptor.accept(stream)).await??;
    http::converse_over(stream, answer).await.map_err(io::Error::other)
}

/// Answers one request, and logs it. The lab may have changed since the connection was opened.
async fn answer(
    context: &Context,
    (at, client, secure): (Ipv4Addr, Ipv4Addr, bool),
    request: Request<Incoming>,
) -> Response<Body> {
    let services = context.0.services.borrow().clone();
    let Some((aws, front)) = services.aws.as_ref().and_then(|aws| Some((aws, aws.fronts.get(&at)?))) else {
        return http::empty(hyper::StatusCode::SERVICE_UNAVAILABLE);
    };
    let asked = asked(aws, front, (client, secure), request);
    let (id, line) = (asked.id.clone(), Line::of(&asked));
    let mut response = match &front.page {
        Some(page) => Response::new(http::full(page.clone().into())),
        None => dispatch::answer(context, asked).await,
    };
    let logged = response.extensions_mut().remove::<Logged>().unwrap_or_default();
    context.0.log.write(line, response.status(), logged).await;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.entry("x-amzn-requestid").or_insert(id);
    }
    headers.entry(SERVER).or_insert(HeaderValue::from_static("AmazonVpcns"));
    response
}

fn asked(
    aws: &AwsServices,
    front: &Front,
    (client, secure): (Ipv4Addr, bool),
    request: Request<Incoming>,
) -> Asked<Incoming> {
    let (service, region) = (front.service.clone(), front.region.clone());
    Asked { service, region, caller: Caller::at(aws, client, secure), id: request_id(), request }
}

/// A request's id, as AWS writes it: a random UUID.
fn request_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("Linux has random numbers");
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = super::signature::hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
