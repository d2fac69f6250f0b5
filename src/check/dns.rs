//! `dns`: a question to the sender's own resolver, from inside the sender.

use super::context::{Attempt, Context, patience, said};
use crate::{check::destination, reach::Sender, sys::etc};
use hickory_proto::{
    op::{Edns, Message, MessageType, OpCode, Query, ResponseCode},
    rr::{Name, RecordType},
};
use std::{
    collections::BTreeSet,
    io,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

/// The most that a reply may be.
const LIMIT: u16 = 4096;

/// What is asked, and what is expected.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) name: Name,
    pub(super) record: RecordType,
    /// The answers, if they matter.
    pub(super) answers: Option<Vec<String>>,
    pub(super) ordered: bool,
    pub(super) status: Status,
}

/// How a question ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Reply(ResponseCode),
    Timeout,
}

impl Status {
    /// The words for them, as `dig` prints them.
    pub(super) const WORDS: [(&'static str, Status); 5] = [
        ("NOERROR", Status::Reply(ResponseCode::NoError)),
        ("NXDOMAIN", Status::Reply(ResponseCode::NXDomain)),
        ("SERVFAIL", Status::Reply(ResponseCode::ServFail)),
        ("REFUSED", Status::Reply(ResponseCode::Refused)),
        ("TIMEOUT", Status::Timeout),
    ];

    fn word(self) -> String {
        let word = Self::WORDS.iter().find(|(_, status)| *status == self).map(|(word, _)| (*word).to_owned());
        word.unwrap_or_else(|| match self {
            Status::Reply(code) => code.to_string(),
            Status::Timeout => "TIMEOUT".into(),
        })
    }
}

/// The resolver answers as expected.
pub(super) fn dns(context: &Context<'_>, from: &Sender, asked: &Asked, timeout: Option<Duration>) -> Attempt {
    let server = server(context, from)?;
    let socket = context.netns(from)?.udp_socket(([0, 0, 0, 0], 0).into()).map_err(said)?;
    let reply = ask(&socket, server, asked, patience(timeout, 5)).map_err(said)?;
    let status = reply.as_ref().map_or(Status::Timeout, |reply| Status::Reply(reply.metadata.response_code));
    if status != asked.status {
        return Err(format!("expected {} from {server}, not {}", asked.status.word(), status.word()));
    }
    let (Some(expected), Some(reply)) = (&asked.answers, reply) else { return Ok(()) };
    let of_type = reply.answers.iter().filter(|record| record.record_type() == asked.record);
    let answers: Vec<_> = of_type.map(|record| plain(&record.data.to_string())).collect();
    let expected: Vec<_> = expected.iter().map(|answer| plain(answer)).collect();
    let set = |answers: &[String]| answers.iter().cloned().collect::<BTreeSet<_>>();
    let same = if asked.ordered { answers == expected } else { set(&answers) == set(&expected) };
    let list = |answers: &[String]| if answers.is_empty() { "none".to_owned() } else { answers.join(", ") };
    if same { Ok(()) } else { Err(format!("expected the answers {}, not {}", list(&expected), list(&answers))) }
}

/// The sender's first resolver.
fn server(context: &Context<'_>, from: &Sender) -> Result<Ipv4Addr, String> {
    let files = etc::read(&destination::netns(context.topology, from)).map_err(said)?;
    let resolv_conf = files.get("resolv.conf").map_or("", String::as_str);
    let server = resolv_conf.lines().find_map(|line| line.strip_prefix("nameserver ")?.trim().parse().ok());
    server.ok_or_else(|| "the sender has no resolver".into())
}

/// Asks once more after half of the time, as resolvers do; none if no reply comes.
fn ask(socket: &UdpSocket, server: Ipv4Addr, asked: &Asked, patience: Duration) -> io::Result<Option<Message>> {
    let mut request = Message::new(id(), MessageType::Query, OpCode::Query);
    request.metadata.recursion_desired = true;
    request.add_query(Query::query(asked.name.clone(), asked.record));
    let mut edns = Edns::new();
    edns.set_max_payload(LIMIT);
    request.set_edns(edns);
    let bytes = request.to_vec().map_err(io::Error::other)?;
    socket.set_nonblocking(false)?;
    for _ in 0..2 {
        match socket.send_to(&bytes, SocketAddr::from((server, 53))) {
            Err(error) if error.kind() == io::ErrorKind::NetworkUnreachable => return Ok(None),
            sent => sent?,
        };
        let deadline = Instant::now() + patience / 2;
        if let Some(reply) = reply(socket, (server, request.metadata.id), deadline)? {
            return Ok(Some(reply));
        }
    }
    Ok(None)
}

fn reply(socket: &UdpSocket, (server, id): (Ipv4Addr, u16), deadline: Instant) -> io::Result<Option<Message>> {
    let mut bytes = [0; LIMIT as usize];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        let (length, from) = match socket.recv_from(&mut bytes) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Ok(None);
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return Ok(None),
            received => received?,
        };
        let message = Message::from_vec(&bytes[..length]).ok().filter(|message| message.metadata.id == id);
        if message.is_some() && from.ip() == server {
            return Ok(message);
        }
    }
}

/// A number that other questions at the same time hardly have.
fn id() -> u16 {
    let mut bytes = [0; 2];
    // without randomness any will do: the socket is this question's own
    let _ = getrandom::fill(&mut bytes);
    u16::from_be_bytes(bytes)
}

/// A record's data without the point at the end of a name.
fn plain(data: &str) -> String {
    data.trim_end_matches('.').to_lowercase()
}
