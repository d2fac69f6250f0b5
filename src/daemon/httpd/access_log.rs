//! Access logs in Apache's common log format, one a host: `10.10.0.49 - - [21/Nov/2026:05:14:07 +0000] "GET / HTTP/1.1" 200 44`.
//! Where a header of proxy protocol names the client, it is that one's address, and in place of the first `-` stands
//! the endpoint by which it came (NLB-36).
//!
//! The client's address is the point of it: behind a load balancer or an endpoint it tells whose address the
//! instance sees (NLB-32, NLB-33). All ports of a host write to one log, and each line is there before its answer is
//! sent: whoever has an answer finds it in the log.

use super::super::rotating::RotatingFile;
use hyper::{Method, Request, StatusCode};
use std::{
    fmt,
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use time::{OffsetDateTime, macros::format_description};

/// Where the responders of a host write to.
#[derive(Debug, Clone)]
pub(crate) struct AccessLog(Arc<Mutex<Log>>);

#[derive(Debug)]
struct Log {
    path: PathBuf,
    /// Opened when it is first needed.
    file: Option<RotatingFile>,
}

impl AccessLog {
    /// A log.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(Arc::new(Mutex::new(Log { path, file: None })))
    }

    /// Writes a line. The files lie in memory, so that this does not block.
    pub(super) fn write(&self, line: &str) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = log.append(line) {
            tracing::warn!(path = %log.path.display(), %error, "cannot write an access log");
            log.file = None;
        }
    }
}

impl Log {
    fn append(&mut self, line: &str) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(RotatingFile::open(&self.path)?),
        };
        file.write_all(line.as_bytes())
    }
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
