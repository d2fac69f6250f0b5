//! One flow log: the flows of the window that is open, and the file of those that ended.

use super::{
    packet::Headers,
    record::{self, Counts, Flow, Status},
};
use crate::{
    daemon::rotating::RotatingFile,
    spec::flow_log::{FlowLog, FlowTap, Seen},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::PathBuf,
    time::{Duration, SystemTime},
};
use tokio::time::Instant;

/// How many flows a window may have; of more than that it is said that they were skipped.
const MOST: usize = 50_000;

/// A flow log while it is written.
pub(super) struct Book {
    path: PathBuf,
    file: Option<RotatingFile>,
    log: FlowLog,
    tap: FlowTap,
    flows: BTreeMap<Flow, Counts>,
    /// Interfaces of which some packets were not counted.
    skipped: BTreeSet<String>,
    /// When the window began: seconds since 1970.
    began: u64,
    ends: Instant,
}

impl Book {
    /// A book whose first window begins now.
    pub(super) fn open(path: PathBuf, log: &FlowLog) -> Self {
        Self {
            path,
            file: None,
            log: log.clone(),
            tap: FlowTap::default(),
            flows: BTreeMap::new(),
            skipped: BTreeSet::new(),
            began: now(),
            ends: Instant::now() + interval(log),
        }
    }

    /// Takes over what the log is now: interfaces that are new in a VPC are in it by themselves (FL-05).
    pub(super) fn follow(&mut self, log: &FlowLog, tap: &FlowTap) {
        if self.log != *log {
            let is_another =
                (self.log.traffic, &self.log.format, self.log.interval) != (log.traffic, &log.format, log.interval);
            if is_another {
                self.end();
            }
            self.log = log.clone();
            self.ends = self.ends.min(Instant::now() + interval(log));
        }
        if self.tap != *tap {
            self.tap = tap.clone();
        }
    }

    /// When its window ends.
    pub(super) fn ends(&self) -> Instant {
        self.ends
    }

    /// Counts a packet, if it is one of the log's.
    pub(super) fn add(&mut self, seen: &Seen, headers: &Headers) {
        if !self.log.traffic.is_about(seen.accepted) || !self.log.interfaces.contains(&seen.interface) {
            return;
        }
        let flow = Flow {
            seen: seen.clone(),
            addresses: (headers.source, headers.destination),
            ports: headers.ports,
            protocol: headers.protocol,
        };
        if self.flows.len() >= MOST && !self.flows.contains_key(&flow) {
            self.skipped.insert(seen.interface.clone());
            return;
        }
        let now = now();
        let counts = self.flows.entry(flow).or_insert(Counts { packets: 0, bytes: 0, first: now, last: now, flags: 0 });
        counts.packets += 1;
        counts.bytes += u64::from(headers.length);
        counts.last = now;
        counts.flags |= headers.tcp_flags;
    }

    /// Notes that packets were lost, nobody knows whose.
    pub(super) fn lost(&mut self) {
        self.skipped.extend(self.log.interfaces.iter().cloned());
    }

    /// Ends the window, writes its lines and begins the next one.
    pub(super) fn end(&mut self) {
        let lines = self.lines();
        self.flows.clear();
        self.skipped.clear();
        self.began = now();
        self.ends = Instant::now() + interval(&self.log);
        let file = match self.file.take() {
            Some(file) => Ok(file),
            None => RotatingFile::open(&self.path),
        };
        let written = file.and_then(|mut file| file.write_all(lines.as_bytes()).map(|()| file));
        match written {
            Ok(file) => self.file = Some(file),
            Err(error) => tracing::warn!(path = %self.path.display(), %error, "cannot write a flow log"),
        }
    }

    /// A line for each flow, and one for each interface without any (FL-03).
    fn lines(&self) -> String {
        let window = (self.began, now());
        let mut lines = String::new();
        for id in &self.log.interfaces {
            let Some(interface) = self.tap.interfaces.get(id) else { continue };
            let about = record::About { format: &self.log.format, id, interface, services: &self.tap.services };
            let flows = self.flows.iter().filter(|(flow, _)| flow.seen.interface == *id);
            let before = lines.len();
            for (flow, counts) in flows {
                lines.push_str(&about.flow(flow, counts));
            }
            if self.skipped.contains(id) {
                lines.push_str(&about.nothing(Status::SkipData, window));
            } else if lines.len() == before {
                lines.push_str(&about.nothing(Status::NoData, window));
            }
        }
        lines
    }
}

fn interval(log: &FlowLog) -> Duration {
    Duration::from_secs(log.interval.into())
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests;
