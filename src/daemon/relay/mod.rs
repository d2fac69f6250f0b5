//! Connections that a load balancer ends itself, to end TLS or to say who the client is (NLB-13, NLB-36): each goes on as
//! a connection of the daemon's to one of the targets that are in service.
//!
//! ```text
//! client ── TLS or TCP ──► node's address ── header ── TLS or TCP ──► target
//! ```
//!
//! The sockets live in the VPC's router. A connection to a target leaves with the node's address or with the client's
//! own, and with a mark by which the router's gates know it. A connection that is idle for too long, or whose target is
//! taken out of service, is reset on both sides (NLB-18, NLB-27, NLB-28). A client that stops reading stops its target:
//! nothing is held but what lies in two small buffers.

mod leg;
mod tls;

pub(super) use tls::Certificates;

use super::{connections, http, proxy_protocol, services::Shared};
use crate::{
    spec::{
        relay::{Client, Group, Relay},
        service::At,
    },
    sys::netns::Netns,
};
use leg::{Clock, Leg, Stream};
use rustls::pki_types::ServerName;
use std::{
    future::pending,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    net::{SocketAddr, SocketAddrV4},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpSocket, TcpStream},
    task::spawn_blocking,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

/// Connections at a time, for each place where a listener listens; more wait.
const CONNECTIONS: usize = 512;
/// How long a client, or a target, may take to agree on TLS, and a target to take a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves a listener at one address, until it is dropped.
pub(super) async fn serve(listener: TcpListener, at: At, services: Shared, certificates: Arc<Certificates>) {
    let serve = |stream: TcpStream, client: SocketAddr| {
        let (at, services, certificates) = (at.clone(), services.clone(), certificates.clone());
        async move {
            let SocketAddr::V4(client) = client else { return };
            let relay = services.borrow().relays.get(&at).cloned();
            let Some(relay) = relay else { return };
            let connection = Connection { at: &at, relay: &relay, services, certificates: &certificates };
            if let Err(error) = connection.relay(stream, client).await {
                tracing::debug!(netns = %at.0, at = %at.1, %client, %error, "a load balancer's connection broke");
            }
        }
    };
    connections::accept(listener, CONNECTIONS, serve).await;
}

/// One client's.
struct Connection<'a> {
    at: &'a At,
    relay: &'a Relay,
    services: Shared,
    certificates: &'a Certificates,
}

impl Connection<'_> {
    async fn relay(self, stream: TcpStream, seen: SocketAddrV4) -> io::Result<()> {
        http::bound(&stream);
        let stream = match &self.relay.tls {
            None => Stream::Plain(stream),
            Some(tls) => {
                let acceptor = TlsAcceptor::from(self.certificates.of(tls)?);
                Stream::Tls(Box::new(TlsStream::from(timeout(PATIENCE, acceptor.accept(stream)).await??)))
            }
        };
        let client = self.relay.client(seen);
        let clock = Arc::new(Clock::new());
        let mut near = Leg::new(stream, clock.clone());
        let chosen = self.relay.choose(self.number(seen)?);
        let opened = match chosen {
            Some((group, target)) => self.open(group, target, &client).await.map(|stream| (stream, target)),
            None => Err(io::Error::other("the group that was chosen has no target in service")),
        };
        let (stream, target) = opened.inspect_err(|_| near.reset())?;
        let mut far = Leg::new(stream, clock.clone());
        let idle = self.relay.limits.idle;
        let done = tokio::select! {
            done = copy_bidirectional(&mut near, &mut far) => done.map(|_| ()),
            () = clock.idle(idle) => Err(io::ErrorKind::TimedOut.into()),
            () = ended(self.services, self.at, target) => Err(io::Error::other("its target is out of service")),
        };
        done.inspect_err(|_| [&near, &far].into_iter().for_each(Leg::reset))
    }

    /// By what the target is chosen: the client's address if a group is sticky, else chance.
    fn number(&self, seen: SocketAddrV4) -> io::Result<u64> {
        if self.relay.groups.iter().any(|group| group.weight > 0 && group.is_sticky) {
            let mut hasher = DefaultHasher::new();
            seen.ip().hash(&mut hasher);
            // A choice takes remainders, which small numbers do not spread.
            return Ok(hasher.finish());
        }
        getrandom::u64().map_err(|error| io::Error::other(error.to_string()))
    }

    /// A connection to a target, with the header and over TLS where its group wants it.
    async fn open(&self, group: &Group, target: SocketAddrV4, client: &Client) -> io::Result<Stream> {
        let keeps = group.preserves && client.endpoint.is_none();
        let mut stream = if keeps {
            self.connect((client.own, self.relay.client_mark), target).await?
        } else {
            self.connect((SocketAddrV4::new(self.relay.node, 0), self.relay.mark), target).await?
        };
        http::bound(&stream);
        if group.proxy_protocol {
            let node = SocketAddrV4::new(self.relay.node, self.at.1.port());
            let header = proxy_protocol::header(client.own, node, client.endpoint.as_deref());
            stream.write_all(&header).await?;
        }
        if !group.tls {
            return Ok(Stream::Plain(stream));
        }
        let name = ServerName::from(std::net::IpAddr::from(*target.ip()));
        let connector = TlsConnector::from(self.certificates.client());
        let stream = timeout(PATIENCE, connector.connect(name, stream)).await??;
        Ok(Stream::Tls(Box::new(TlsStream::from(stream))))
    }

    /// Connects from an address. A client's port is kept too, as AWS does, unless it is in use.
    async fn connect(&self, (from, mark): (SocketAddrV4, u32), target: SocketAddrV4) -> io::Result<TcpStream> {
        let attempt = |from| self.connect_from(from, mark, target);
        match attempt(from).await {
            Err(error) if matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable) => {
                attempt(SocketAddrV4::new(*from.ip(), 0)).await
            }
            done => done,
        }
    }

    async fn connect_from(&self, from: SocketAddrV4, mark: u32, target: SocketAddrV4) -> io::Result<TcpStream> {
        let netns = self.at.0.clone();
        let open = move || Netns::open(&netns)?.stand_in_socket(from, mark);
        let socket = spawn_blocking(open).await.map_err(io::Error::other)??;
        let socket = TcpSocket::from_std_stream(socket.into());
        timeout(PATIENCE, socket.connect(target.into())).await?
    }
}

/// Waits until a connection to a target is over because of what became of the target.
async fn ended(mut services: Shared, at: &At, target: SocketAddrV4) {
    loop {
        if services.changed().await.is_err() {
            return pending().await;
        }
        let is_over = services.borrow().relays.get(at).is_none_or(|relay| relay.ends(target));
        if is_over {
            return;
        }
    }
}
