//! The DNS servers of the lab: each socket in a task of its own, all on the lab's one immutable set of services.
//!
//! A server answers on every address of a resolver, by UDP and TCP (DNS-01, DNS-02). Nothing is forwarded
//! and nothing waits: a query is answered from memory before the next one is read, so that a flood of queries
//! is dropped by the kernel at the socket's buffer and never kept here.

mod answer;
mod message;

use super::{connections, services::Shared};
use crate::spec::{
    NetnsName,
    service::{DnsServer, Records},
};
use message::{Transport, View};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    time::timeout,
};

/// Longer queries are nobody's.
const LONGEST_QUERY: usize = 4096;
/// Connections at a time, per listener.
const CONNECTIONS: usize = 64;
/// A connection on which nothing comes for so long is closed (RFC 7766, 6.2.3).
const IDLE: Duration = Duration::from_secs(10);
/// How long to wait after an error of the socket.
const PAUSE: Duration = Duration::from_millis(100);

/// What all sockets of all servers share: a number for each query.
static TURN: AtomicUsize = AtomicUsize::new(0);

/// The addresses of a name, as a server tells them to a client that has not asked before.
pub fn resolve(server: &DnsServer, public: &Records, client: Ipv4Addr, name: &str) -> Vec<Ipv4Addr> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let question = answer::Question { client, name: &name, kind: answer::Kind::A, turn: 0 };
    match answer::answer(server, public, question) {
        answer::Answer::Addresses(addresses) => addresses,
        _ => Vec::new(),
    }
}

/// Serves a UDP socket of the server in `netns`, until it is dropped.
pub(super) async fn serve_udp(socket: UdpSocket, netns: NetnsName, services: Shared) {
    let mut query = vec![0; LONGEST_QUERY];
    loop {
        let outcome = async {
            let (length, client) = socket.recv_from(&mut query).await?;
            match reply(&services, &netns, client, Transport::Udp, &query[..length]) {
                Some(reply) => socket.send_to(&reply, client).await.map(drop),
                None => Ok(()),
            }
        };
        if let Err(error) = outcome.await {
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
        let Some(reply) = reply(services, netns, client, Transport::Tcp, &query) else { return Ok(()) };
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

/// The reply from the services as they are now.
fn reply(
    services: &Shared,
    netns: &NetnsName,
    client: SocketAddr,
    transport: Transport,
    query: &[u8],
) -> Option<Vec<u8>> {
    let services = services.borrow().clone();
    let view = View { server: services.dns.get(netns)?, public: &services.public_dns };
    let client = match client.ip() {
        IpAddr::V4(client) => client,
        IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
    };
    message::reply(view, client, transport, TURN.fetch_add(1, Ordering::Relaxed), query)
}
