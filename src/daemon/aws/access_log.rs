//! Who asked which service, a line for each answer: when, by which endpoint of which VPC, from which address, with whose
//! credentials, what, and how it ended. `vpcns logs SERVICE` shows it.
//!
//! ```text
//! 2026-11-21T05:14:07Z vpce-0a… vpc-0b… 10.10.0.49 arn:aws:sts::…:assumed-role/web/i-0c… ec2:DescribeVpcs 200 -
//! ```
//!
//! One writer writes what has come up by then at once, to a file for each service. A queue that is full slows the
//! clients down; nothing is lost and nothing grows.

use super::{Asked, Caller, Logged};
use crate::{
    daemon::rotating::{self, RotatingFile},
    sys::state::Lab,
};
use hyper::{Request, StatusCode};
use std::{collections::BTreeMap, io, io::Write};
use time::{OffsetDateTime, macros::format_description};
use tokio::sync::mpsc;

/// Lines that may wait to be written.
const QUEUE: usize = 1024;
/// The longest path in a line.
const LONGEST: usize = 1024;

/// Where the lines go.
#[derive(Debug, Clone)]
pub(super) struct AccessLog(mpsc::Sender<(String, String)>);

impl AccessLog {
    /// A log, and the task that writes it until the last clone of the log is dropped.
    pub(super) fn new(lab: Lab) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (lines, queue) = mpsc::channel(QUEUE);
        (Self(lines), write(lab, queue))
    }

    /// Queues a line.
    pub(super) async fn write(&self, line: Line, status: StatusCode, logged: Logged) {
        let service = line.service.clone();
        // Without its writer the log is lost, which the writer said.
        let _ = self.0.send((service, line.answered(status, logged))).await;
    }
}

/// A line whose answer is not yet known.
#[derive(Debug)]
pub(super) struct Line {
    service: String,
    from: String,
    request: String,
}

impl Line {
    /// What of a request stands in the log.
    pub(super) fn of<B>(asked: &Asked<B>) -> Self {
        let Caller { endpoint, vpc, source_ip, .. } = &asked.caller;
        let from = format!("{} {} {source_ip}", or_none(endpoint.as_deref()), or_none(vpc.as_deref()));
        let service = if asked.service.is_empty() { "unknown".to_owned() } else { asked.service.clone() };
        Self { service, from, request: request(&asked.request) }
    }

    fn answered(&self, status: StatusCode, logged: Logged) -> String {
        let time = OffsetDateTime::now_utc()
            .format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"))
            .unwrap_or_default();
        let principal = or_none(logged.principal.as_deref());
        let action = logged.action.map_or_else(|| format!("\"{}\"", self.request), |action| escaped(&action));
        let error = or_none(logged.error.as_deref());
        format!("{time} {} {principal} {action} {} {error}\n", self.from, status.as_u16())
    }
}

fn or_none(text: Option<&str>) -> &str {
    text.unwrap_or("-")
}

/// Method and path. What follows the path may have signatures in it, which are nobody's to read.
fn request<B>(request: &Request<B>) -> String {
    let path: String = request.uri().path().chars().take(LONGEST).collect();
    escaped(&format!("{} {path}", request.method()))
}

/// What a client wrote, so that it can end neither the quotes nor the line.
fn escaped(text: &str) -> String {
    let plain = |character: char| !character.is_control() && !matches!(character, '"' | '\\');
    let shown = |character: char| if plain(character) { vec![character] } else { character.escape_default().collect() };
    text.chars().flat_map(shown).collect()
}

/// Writes lines as they come. The files lie in memory, so that writing does not block.
async fn write(lab: Lab, mut queue: mpsc::Receiver<(String, String)>) {
    let mut logs = BTreeMap::new();
    let mut lines = Vec::new();
    while queue.recv_many(&mut lines, QUEUE).await > 0 {
        for (service, line) in lines.drain(..) {
            if let Err(error) = append(&mut logs, &lab, &service, &line) {
                tracing::warn!(service, %error, "cannot write an access log");
                logs.remove(&service);
            }
        }
    }
}

/// Writes to a log that is opened when it is first needed.
fn append(logs: &mut BTreeMap<String, RotatingFile>, lab: &Lab, service: &str, line: &str) -> io::Result<()> {
    if !logs.contains_key(service) {
        logs.insert(service.to_owned(), rotating::RotatingFile::open(&lab.service_log(service))?);
    }
    logs.get_mut(service).expect("it was opened").write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_cannot_write_lines_of_its_own() {
        assert_eq!(escaped("GET /\"\\\n x"), "GET /\\\"\\\\\\n x");
    }

    #[test]
    fn signatures_of_presigned_requests_are_not_logged() {
        let asked = Request::builder().uri("/key?X-Amz-Signature=secret").body(()).unwrap();
        assert_eq!(request(&asked), "GET /key");
    }
}
