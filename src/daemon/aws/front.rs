//! The listeners: connections of HTTPS and HTTP, bounded in number for each client, time and size, and what each request
//! is before a service sees it.

use super::{
    Asked, Caller, Logged,
    access_log::{AccessLog, Line},
    certificate::Certificates,
    dispatch,
    emulator::Emulator,
    judge::Judge,
    refusal::Refusal,
    s3::S3,
    signature::{self, Key},
};
use crate::{
    daemon::{
        connections,
        http::{self, Body},
        metadata::Issuer,
        services::Shared,
    },
    model::{AwsService, Topology},
    spec::{
        NetnsName,
        aws::{AwsServices, Front, Upstream},
        service::Health,
    },
    sys::{authority::Authority, state::Lab},
};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{HeaderValue, SERVER},
};
use rustls::ProtocolVersion;
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
    s3: S3,
    judge: Arc<Judge>,
    bodies: Arc<Semaphore>,
    emulator: Emulator,
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
        let emulator = Emulator::default();
        let judge = Arc::new(Judge::new(known.clone()));
        let s3 = S3::of(lab, services.clone(), known.clone(), issuer.clone(), judge.clone())?;
        let inner = Inner {
            lab: lab.clone(),
            services,
            known,
            issuer,
            certificates,
            log,
            s3,
            judge,
            bodies,
            emulator,
            clients,
        };
        Ok((Self(Arc::new(inner)), writing))
    }

    /// The lab.
    #[allow(dead_code, reason = "for services that keep something")]
    pub(in crate::daemon) fn lab(&self) -> &Lab {
        &self.0.lab
    }

    /// S3.
    pub(super) fn s3(&self) -> &S3 {
        &self.0.s3
    }

    /// Who decides what a caller may.
    pub(super) fn judge(&self) -> &Judge {
        &self.0.judge
    }

    /// The lab has changed: what it declares is made.
    pub(in crate::daemon) fn declare(&self, topology: &Topology) {
        self.0.s3.declare(topology);
    }

    /// The lab as it is now.
    pub(in crate::daemon) fn known(&self) -> Arc<Known> {
        self.0.known.borrow().clone()
    }

    /// The secret of an access key and whose it is, if it is one of the lab's that is still good.
    pub(in crate::daemon) fn key(&self, access_key: &str) -> Option<Key> {
        let services = self.0.services.borrow().clone();
        self.0.issuer.key(services.aws.as_ref()?, access_key)
    }

    /// Where a service is served by somebody else.
    pub(super) fn upstream(&self, service: &str) -> Option<Upstream> {
        self.0.services.borrow().aws.as_ref()?.upstreams.get(service).cloned()
    }

    /// The emulator that the lab starts by itself.
    pub(super) fn emulator(&self) -> &Emulator {
        &self.0.emulator
    }

    /// Where that one runs, and for which account.
    pub(super) fn emulated(&self) -> Option<(NetnsName, String)> {
        let services = self.0.services.borrow();
        services.aws.as_ref().map(|aws| (aws.netns.clone(), aws.account.clone()))
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

/// What a listener is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::daemon) enum Door {
    /// HTTP at the services' addresses.
    Http,
    /// HTTPS at the services' addresses.
    Https,
    /// HTTPS at the host's loopback address, for all services: what is signed says for which.
    Host,
}

/// Where a request came in.
#[derive(Clone, Copy)]
struct Way {
    door: Door,
    at: Ipv4Addr,
    client: Ipv4Addr,
    tls: Option<Tls>,
}

/// The version of TLS by which a request came, as policies say it; an extension of the request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tls(pub(super) &'static str);

/// Serves a listener, until it is dropped.
pub(in crate::daemon) async fn serve(listener: TcpListener, door: Door, context: Context) {
    let serve = |stream: TcpStream, client: SocketAddr| {
        let context = context.clone();
        async move {
            let Some(_place) = context.place(client.ip()) else { return };
            if let Err(error) = converse(stream, client, door, &context).await {
                tracing::debug!(%client, ?door, %error, "a connection to AWS's services broke");
            }
        }
    };
    connections::accept(listener, CONNECTIONS, serve).await;
}

/// One connection. Its destination says which service is asked, its source who asks.
async fn converse(stream: TcpStream, client: SocketAddr, door: Door, context: &Context) -> io::Result<()> {
    let (IpAddr::V4(client), IpAddr::V4(at)) = (client.ip(), stream.local_addr()?.ip()) else { return Ok(()) };
    let mut way = Way { door, at, client, tls: None };
    let services = context.0.services.borrow().clone();
    let Some(aws) = &services.aws else { return Ok(()) };
    http::bound(&stream);
    let config = match door {
        Door::Http => {
            let answer = |request| answer(context, way, request);
            return http::converse_over(stream, answer).await.map_err(io::Error::other);
        }
        Door::Https => match aws.fronts.get(&at) {
            Some(front) => context.0.certificates.of(front)?,
            None => return Ok(()),
        },
        Door::Host => context.0.certificates.of(&host(at))?,
    };
    let stream = timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await??;
    way.tls = stream.get_ref().1.protocol_version().and_then(Tls::of);
    let answer = |request| answer(context, way, request);
    http::converse_over(stream, answer).await.map_err(io::Error::other)
}

impl Tls {
    fn of(version: ProtocolVersion) -> Option<Self> {
        match version {
            ProtocolVersion::TLSv1_2 => Some(Self("1.2")),
            ProtocolVersion::TLSv1_3 => Some(Self("1.3")),
            _ => None,
        }
    }
}

/// What the host's loopback address shows: a certificate for itself.
fn host(at: Ipv4Addr) -> Front {
    let names = ["localhost".to_owned(), at.to_string()].into();
    Front { service: "all services".into(), region: String::new(), names, page: None }
}

/// Answers one request, and logs it. The lab may have changed since the connection was opened.
async fn answer(context: &Context, way: Way, request: Request<Incoming>) -> Response<Body> {
    let services = context.0.services.borrow().clone();
    let asked = services.aws.as_ref().and_then(|aws| asked(aws, way, request));
    let Some((asked, page)) = asked else { return http::empty(StatusCode::SERVICE_UNAVAILABLE) };
    let (id, line) = (asked.id.clone(), Line::of(&asked));
    let mut response = match page {
        Some(page) => Response::new(http::full(page.into())),
        None if asked.service.is_empty() => Refusal::nameless().answer(&asked),
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

/// What is asked, and the page that is answered in any case.
fn asked(aws: &AwsServices, way: Way, mut request: Request<Incoming>) -> Option<(Asked<Incoming>, Option<String>)> {
    let (service, region, page) = match (way.door, aws.fronts.get(&way.at)) {
        (Door::Host, _) => {
            let (service, region) = signature::scope(&request).unwrap_or_default();
            (AwsService::signed_as(&service).map_or_else(String::new, |service| service.to_string()), region, None)
        }
        (Door::Http | Door::Https, front) => {
            let front = front?;
            (front.service.clone(), front.region.clone(), front.page.clone())
        }
    };
    if let Some(tls) = way.tls {
        request.extensions_mut().insert(tls);
    }
    let caller = Caller::at(aws, way.client, way.door != Door::Http);
    Some((Asked { service, region, caller, id: request_id(), request }, page))
}

/// A request's id, as AWS writes it: a random UUID.
fn request_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("Linux has random numbers");
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = signature::hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
