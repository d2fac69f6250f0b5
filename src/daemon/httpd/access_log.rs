//! Access logs in Apache's common log format, one a host: `10.10.0.49 - - [21/Nov/2026:05:14:07 +0000] "GET / HTTP/1.1" 200 44`.
//! Where a header of proxy protocol names the client, it is that one's address, and in place of the first `-` stands
//! the endpoint by which it came (NLB-36).
//!
//! The client's address is the point of it: behind a load balancer or an endpoint it tells whose address the
//! instance sees (NLB-32, NLB-33). All ports of a host write to one log, and each line is there before its answer is
//! sent: whoever has an answer finds it in the log.

use super::super::rotating::RotatingFile;
use hyper::{Method, Request, StatusCode, Uri, Version};
use std::{
    fmt::{self, Write as _},
    io::{self, Write as _},
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
    clock: Clock,
    /// The line that is being written.
    text: String,
}

impl AccessLog {
    /// A log.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(Arc::new(Mutex::new(Log { path, file: None, clock: Clock::default(), text: String::new() })))
    }

    /// Writes a line, when `length` bytes are sent in answer; none if nobody knows how many. The files lie in memory, so
    /// that this does not block.
    pub(super) fn write(&self, line: &Line<'_>, status: StatusCode, length: Option<u64>) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = log.append(line, status, length) {
            tracing::warn!(path = %log.path.display(), %error, "cannot write an access log");
            log.file = None;
        }
    }
}

impl Log {
    fn append(&mut self, line: &Line<'_>, status: StatusCode, length: Option<u64>) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(RotatingFile::open(&self.path)?),
        };
        self.text.clear();
        line.print(&mut self.text, self.clock.now(), status, length).map_err(io::Error::other)?;
        file.write_all(self.text.as_bytes())
    }
}

/// The time as a log has it, which is the same for all lines of a second.
#[derive(Debug, Default)]
struct Clock {
    second: i64,
    text: String,
}

impl Clock {
    fn now(&mut self) -> &str {
        let now = OffsetDateTime::now_utc();
        if self.second != now.unix_timestamp() {
            let format = format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
            *self = Self { second: now.unix_timestamp(), text: now.format(format).unwrap_or_default() };
        }
        &self.text
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

/// A line whose answer is not yet known: what of a request stands in the log.
#[derive(Debug)]
pub(super) struct Line<'a> {
    client: &'a Client,
    method: Method,
    uri: Uri,
    version: Version,
}

impl<'a> Line<'a> {
    /// That of a request.
    pub(super) fn of<B>(client: &'a Client, request: &Request<B>) -> Self {
        Self { client, method: request.method().clone(), uri: request.uri().clone(), version: request.version() }
    }

    fn print(&self, to: &mut String, time: &str, status: StatusCode, length: Option<u64>) -> fmt::Result {
        let Client { address, endpoint } = self.client;
        write!(to, "{address} ")?;
        Escaping(to).write_str(endpoint.as_deref().unwrap_or("-"))?;
        write!(to, " - [{time}] \"")?;
        write!(Escaping(to), "{} {} {:?}", self.method, self.uri, self.version)?;
        write!(to, "\" {} ", status.as_u16())?;
        match length.filter(|length| *length > 0 && self.method != Method::HEAD) {
            Some(length) => writeln!(to, "{length}"),
            None => writeln!(to, "-"),
        }
    }
}

/// Takes what a client wrote, so that it can end neither the quotes nor the line.
struct Escaping<'a>(&'a mut String);

impl fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '"' | '\\' => self.0.extend(['\\', character]),
                _ if character.is_control() => self.0.extend(character.escape_default()),
                _ => self.0.push(character),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(method: &str, uri: &str, length: Option<u64>) -> String {
        let request = Request::builder().method(method).uri(uri).body(()).unwrap();
        let client = Client::at(([10, 10, 0, 49], 40_000).into());
        let mut text = String::new();
        Line::of(&client, &request).print(&mut text, Clock::default().now(), StatusCode::OK, length).unwrap();
        text
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
        let mut text = String::new();
        Escaping(&mut text).write_str("GET /\"\\\n HTTP/1.1").unwrap();
        assert_eq!(text, "GET /\\\"\\\\\\n HTTP/1.1");
    }
}
