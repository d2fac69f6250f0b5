//! Asking another server: one query over UDP, over TCP if the reply did not fit, from an address of a Resolver endpoint
//! or of a server on premises, so that its routes and every filter on the way judge it (DNS-15).
//!
//! Servers are tried one after the other, each for a moment only: who asked waits for two seconds, and is told SERVFAIL
//! before. Nothing is kept: each query is asked anew.

use super::message::Pending;
use crate::sys::netns::Netns;
use hickory_proto::op::{Message, ResponseCode};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, UdpSocket},
    task::spawn_blocking,
    time::{Instant, timeout, timeout_at},
};

/// How long one server is waited for.
const ATTEMPT: Duration = Duration::from_millis(850);
/// How often a server is asked: another one after the first, or the only one again.
const ATTEMPTS: usize = 2;
/// The longest reply over UDP.
const LONGEST: usize = 4096;

/// A number for each query: which server comes first, and which address asks.
static TURN: AtomicUsize = AtomicUsize::new(0);

/// The reply, once a server answered or none did.
pub(super) async fn ask(pending: Pending) -> Option<Vec<u8>> {
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    for attempt in 0..ATTEMPTS {
        let to = &pending.forward.to;
        let from = &pending.forward.from;
        let (Some(place), Some(own)) = ((turn + attempt).checked_rem(to.len()), turn.checked_rem(from.len())) else {
            break;
        };
        match exchange(&pending, from[own], to[place]).await {
            Ok(said) if is_answer(&said) => return pending.finish(Some(said)),
            Ok(said) => {
                tracing::debug!(server = %to[place], code = %said.metadata.response_code, "no answer to a query");
            }
            Err(error) => tracing::debug!(server = %to[place], %error, "no answer to a query"),
        }
    }
    pending.finish(None)
}

/// Whether another server need not be asked.
fn is_answer(said: &Message) -> bool {
    matches!(said.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain)
}

async fn exchange(pending: &Pending, from: Ipv4Addr, to: SocketAddrV4) -> io::Result<Message> {
    let deadline = Instant::now() + ATTEMPT;
    let netns = pending.forward.netns.clone();
    let at = SocketAddr::new(from.into(), 0);
    let socket = spawn_blocking(move || Netns::open(&netns)?.udp_socket(at)).await??;
    let socket = UdpSocket::from_std(socket)?;
    // What comes from elsewhere is not heard.
    socket.connect(SocketAddr::V4(to)).await?;
    let id = identity(&socket)?;
    let query = pending.query(id).map_err(io::Error::other)?;
    socket.send(&query).await?;
    let mut bytes = vec![0; LONGEST];
    let said = loop {
        let length = timeout_at(deadline, socket.recv(&mut bytes)).await??;
        if let Some(said) = pending.answer(id, &bytes[..length]) {
            break said;
        }
    };
    if !said.metadata.truncation {
        return Ok(said);
    }
    let whole = timeout(ATTEMPT, by_tcp(pending, from, to, &query)).await??;
    pending.answer(id, &whole).ok_or_else(|| io::Error::other("the reply over TCP is to something else"))
}

/// A number that is another one for each query: that of the port, which the kernel chooses at random.
fn identity(socket: &UdpSocket) -> io::Result<u16> {
    Ok(socket.local_addr()?.port().rotate_left(7))
}

async fn by_tcp(pending: &Pending, from: Ipv4Addr, to: SocketAddrV4, query: &[u8]) -> io::Result<Vec<u8>> {
    let netns = pending.forward.netns.clone();
    let socket = spawn_blocking(move || Netns::open(&netns)?.tcp_socket(IpAddr::V4(from))).await??;
    let mut stream = TcpSocket::from_std_stream(socket.into()).connect(SocketAddr::V4(to)).await?;
    let length = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), query].concat()).await?;
    let mut reply = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut reply).await?;
    Ok(reply)
}
