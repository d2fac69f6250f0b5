//! Access logs in Apache's common log format, one a host: `10.10.0.49 - - [21/Nov/2026:05:14:07 +0000] "GET / HTTP/1.1" 200 44`.
//! Where a header of proxy protocol names the client, it is that one's address, and in place of the first `-` stands
//! the endpoint by which it came (NLB-36).
//!
//! The client's address is the point of it: behind a load balancer or an endpoint it tells whose address the
//! instance sees (NLB-32, NLB-33). Lines of all ports of a host go through one writer, which writes what has come up
//! by then at once. A queue that is full slows the clients down; nothing is lost and nothing grows.

use super::super::rotating::RotatingFile;
use hyper::{Method, Request, StatusCode};
use std::{
    fmt,
    io::Write,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};
use time::{OffsetDateTime, macros::format_description};
use tokio::sync::mpsc;

/// Lines that may wait to be written.
const QUEUE: usize = 1024;

/// Where the responders of a host write to.
#[derive(Debug, Clone)]
pub(crate) struct AccessLog(mpsc::Sender<String>);

impl AccessLog {
    /// A log, and the task that writes it until the last clone of the log is dropped.
    pub(crate) fn new(path: PathBuf) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (lines, queue) = mpsc::channel(QUEUE);
        (Self(lines), write(path, queue))
    }

    /// Queues a line.
    pub(super) async fn write(&self, line: String) {
        // Without its writer the log is lost, which the writer said.
        let _ = self.0.send(line).await;
    }
}

/// Writes lines as they come. The files lie in memory, so that writing does not block.
async fn write(path: PathBuf, mut queue: mpsc::Receiver<String>) {
    let mut log = None;
    let mut lines = Vec::new();
    while queue.recv_many(&mut lines, QUEUE).await > 0 {
        if let Err(error) = append(&mut log, &path, &lines.concat()) {
            tracing::warn!(path = %path.display(), %error, "cannot write an access log");
            log = None;
        }
        lines.clear();
    }
}

/// Writes to a log that is opened when it is first needed.
fn append(log: &mut Option<RotatingFile>, path: &Path, lines: &str) -> std::io::Result<()> {
    let log = match log {
        Some(log) => log,
        None => log.insert(RotatingFile::open(path)?),
    };
    log.write_all(lines.as_bytes())
}

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// The address.
    pub(super) address: IpAddr,
    /// The endpoint by which it came, if a header says so.
    pub(super) endpoint: Option<String>,
}

impl Client {
    /// Who stands at the other end of the connection.
    pub(super) fn at(peer: SocketAddr) -> Self {
        Self { address: peer.ip(), endpoint: None }
    }
}

impl fmt::Display for Client {
    /// `client 10.10.1.9`, `client 10.10.1.9 by vpce-…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client {}", self.address)?;
        self.endpoint.as_ref().map_or(Ok(()), |endpoint| write!(f, " by {endpoint}"))
    }
}

/// A line whose answer is not yet known.
#[derive(Debug)]
pub(super) struct Line {
    client: Client,
    request: String,
    is_head: bool,
}

impl Line {
    /// What of a request stands in the log.
    pub(super) fn of<B>(client: &Client, request: &Request<B>) -> Self {
        let words = format!("{} {} {:?}", request.method(), request.uri(), request.version());
        Self { client: client.clone(), request: words, is_head: request.method() == Method::HEAD }
    }

    /// The line, when `length` bytes are sent in answer; none if nobody knows how many.
    pub(super) fn answered(&self, status: StatusCode, length: Option<u64>) -> String {
        let time = OffsetDateTime::now_utc()
            .format(format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000"))
            .unwrap_or_default();
        let length =
            length.filter(|length| *length > 0 && !self.is_head).map_or("-".into(), |length| length.to_string());
        let request = escaped(&self.request);
        let Client { address, endpoint } = &self.client;
        let endpoint = escaped(endpoint.as_deref().unwrap_or("-"));
        format!("{address} {endpoint} - [{time}] \"{request}\" {} {length}\n", status.as_u16())
    }
}

/// What a client wrote, so that it can end neither the quotes nor the line.
fn escaped(request: &str) -> String {
    request
        .chars()
        .flat_map(|character| match character {
            '"' => "\\\"".chars().collect::<Vec<_>>(),
            '\\' => "\\\\".chars().collect(),
            _ if character.is_control() => character.escape_default().collect(),
            _ => vec![character],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(method: &str, uri: &str, length: Option<u64>) -> String {
        let request = Request::builder().method(method).uri(uri).body(()).unwrap();
        let client = Client::at(([10, 10, 0, 49], 40_000).into());
        Line::of(&client, &request).answered(StatusCode::OK, length)
    }

    #[test]
    fn lines_are_in_the_common_log_format() {
        let got = line("GET", "/a?b=1", Some(44));
        let (before, after) = got.split_once('[').unwrap();
        assert_eq!(before, "10.10.0.49 - - ");
        let (time, after) = after.split_once(']').unwrap();
        assert_eq!(time.len(), "21/Nov/2026:05:14:07 +0000".len());
        assert_eq!(after, " \"GET /a?b=1 HTTP/1.1\" 200 44\n");
        assert!(line("HEAD", "/", Some(44)).ends_with(" 200 -\n"));
        assert!(line("GET", "/", None).ends_with(" 200 -\n"));
    }

    #[test]
    fn a_client_cannot_write_lines_of_its_own() {
        assert_eq!(escaped("GET /\"\\\n HTTP/1.1"), "GET /\\\"\\\\\\n HTTP/1.1");
    }
}
