//! The DNS servers of the lab: each socket in a task of its own, all on the lab's one immutable set of services.
//!
//! A server answers on every address of a resolver, by UDP and TCP (DNS-01, DNS-02). What it knows is answered from
//! memory before the next query is read, so that a flood of queries is dropped by the kernel at the socket's buffer and
//! never kept here. What another server is to be asked waits in a task of its own, up to [`FORWARDED`] of them.

mod answer;
mod forward;
mod known;
mod lookup;
mod message;

use super::{connections, services::Shared};
use crate::spec::{
    NetnsName,
    service::{DnsServer, Services},
};
use known::Known;
use message::{Outcome, Transport, View};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    task::JoinSet,
    time::timeout,
};

/// Longer queries are nobody's.
const LONGEST_QUERY: usize = 4096;
/// Connections at a time, per listener.
const CONNECTIONS: usize = 64;
/// A connection on which nothing comes for so long is closed (RFC 7766, 6.2.3).
const IDLE: Duration = Duration::from_secs(10);
/// Queries that wait for another server at a time, per socket; those beyond are dropped, and their clients ask again.
const FORWARDED: usize = 256;
/// The most servers that ask each other for one name.
const FORWARDERS: usize = 8;
/// How long to wait after an error of the socket.
const PAUSE: Duration = Duration::from_millis(100);

/// What all sockets of all servers share: a number for each query.
static TURN: AtomicUsize = AtomicUsize::new(0);

/// The addresses of a name, as a server tells them to a client that has not asked before; servers of the lab
/// that it would ask are taken to be reached.
pub fn resolve(services: &Services, netns: &NetnsName, client: Ipv4Addr, name: &str) -> Vec<Ipv4Addr> {
    let (mut netns, mut client) = (netns.clone(), client);
    let mut name = name.trim_end_matches('.').to_ascii_lowercase();
    for _ in 0..FORWARDERS {
        let Some(view) = view(services, &netns) else { break };
        let question = answer::Question { client, name: &name, kind: answer::Kind::A, turn: 0 };
        let found = lookup::lookup(view, question);
        let lookup::End::Forward(next, forward) = found.end else {
            let address = |record: lookup::Record| match record.value {
                lookup::Value::A(address) => Some(address),
                _ => None,
            };
            return found.records.into_iter().filter_map(address).collect();
        };
        let listens = |server: &DnsServer| forward.to.iter().any(|to| server.listen.contains(to.ip()));
        let Some((next_netns, _)) = services.dns.iter().find(|(_, server)| listens(server)) else { break };
        client = forward.from.first().copied().unwrap_or(client);
        (netns, name) = (next_netns.clone(), next);
    }
    Vec::new()
}

/// Serves a UDP socket of the server in `netns`, until it is dropped.
pub(super) async fn serve_udp(socket: UdpSocket, netns: NetnsName, mut services: Shared) {
    let socket = Arc::new(socket);
    let mut forwarded = JoinSet::new();
    let mut known = Known::default();
    let mut query = vec![0; LONGEST_QUERY];
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut query) => received,
            Some(ended) = forwarded.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%netns, %error, "a DNS query was given up");
                }
                continue;
            }
        };
        let outcome = match received {
            Ok((length, client)) => match again(&mut services, &netns, client, (&mut known, &query[..length])) {
                Outcome::Silence => Ok(()),
                Outcome::Reply(reply) => socket.send_to(&reply, client).await.map(drop),
                Outcome::Forward(pending) => {
                    if forwarded.len() < FORWARDED {
                        let socket = socket.clone();
                        forwarded.spawn(async move {
                            if let Some(reply) = forward::ask(*pending).await {
                                // A client that has gone does not wait for it.
                                let _ = socket.send_to(&reply, client).await;
                            }
                        });
                    }
                    Ok(())
                }
            },
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            tracing::debug!(%netns, %error, "a DNS query was not answered");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Serves a TCP listener of the server in `netns`, until it is dropped.
pub(super) async fn serve_tcp(listener: TcpListener, netns: NetnsName, services: Shared) {
    let serve = |stream, client| {
        let (netns, services) = (netns.clone(), services.clone());
        async move {
            if let Err(error) = converse(stream, client, &netns, &services).await {
                tracing::debug!(%netns, %client, %error, "a DNS connection broke");
            }
        }
    };
    connections::accept(listener, CONNECTIONS, serve).await;
}

/// One connection: queries and replies, each after its length (RFC 1035, 4.2.2).
async fn converse(mut stream: TcpStream, client: SocketAddr, netns: &NetnsName, services: &Shared) -> io::Result<()> {
    loop {
        let query = match timeout(IDLE, next(&mut stream)).await {
            Ok(Ok(Some(query))) => query,
            Ok(Ok(None)) | Err(_) => return Ok(()),
            Ok(Err(error)) => return Err(error),
        };
        let reply = match consider(services, netns, client, Transport::Tcp, &query) {
            Outcome::Silence => return Ok(()),
            Outcome::Reply(reply) => reply,
            Outcome::Forward(pending) => match forward::ask(*pending).await {
                Some(reply) => reply,
                None => return Ok(()),
            },
        };
        let length = u16::try_from(reply.len()).map_err(io::Error::other)?;
        let framed = [&length.to_be_bytes(), reply.as_slice()].concat();
        timeout(IDLE, stream.write_all(&framed)).await??;
    }
}

/// The next query; none at the end of the connection.
async fn next(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let length = match stream.read_u16().await {
        Ok(length) => usize::from(length),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    };
    if length > LONGEST_QUERY {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a query of {length} bytes")));
    }
    let mut query = vec![0; length];
    stream.read_exact(&mut query).await?;
    Ok(Some(query))
}

/// The same for a query over UDP, which may have come before.
fn again(services: &mut Shared, netns: &NetnsName, client: SocketAddr, (known, query): (&mut Known, &[u8])) -> Outcome {
    if services.has_changed().unwrap_or(true) {
        services.mark_unchanged();
        known.forget();
    }
    if let Some(reply) = known.reply(query) {
        return Outcome::Reply(reply);
    }
    let outcome = consider(services, netns, client, Transport::Udp, query);
    if let Outcome::Reply(reply) = &outcome {
        known.keep(query, reply);
    }
    outcome
}

/// What becomes of a query, by the services as they are now.
fn consider(services: &Shared, netns: &NetnsName, client: SocketAddr, transport: Transport, query: &[u8]) -> Outcome {
    let services = services.borrow().clone();
    let Some(view) = view(&services, netns) else { return Outcome::Silence };
    let client = match client.ip() {
        IpAddr::V4(client) => client,
        IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
    };
    message::reply(view, client, transport, TURN.fetch_add(1, Ordering::Relaxed), query)
}

/// What the server in a namespace knows, if there is one.
fn view<'a>(services: &'a Services, netns: &NetnsName) -> Option<View<'a>> {
    let server = services.dns.get(netns)?;
    Some(View { server, public: &services.public_dns, public_zones: &services.public_zones })
}
