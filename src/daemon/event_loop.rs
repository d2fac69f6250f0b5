//! The owner of all that changes: what is asked, what was found, what is due and what ended come together here, one
//! after another, so that nothing needs a lock.
//!
//! A change of a target's health is known at once and brought to DNS and the data plane [`BURST`] later, with all others
//! of that moment. The data plane waits for the lab's lock, outside of this loop: a command that holds the lock and
//! asks for a reload gets it.

use super::{
    aws::Known,
    control::{Call, Exposed, Reply, Request},
    dataplane,
    health::{CheckResult, Ledger},
    services::Running,
    sockets,
};
use crate::{
    compile,
    model::Topology,
    spec::service::Health,
    sys::state::{Lab, Mark, Record},
};
use std::{
    future::pending,
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
    time::{Instant, sleep, sleep_until},
};

/// How long changes are collected before they are brought about.
const BURST: Duration = Duration::from_millis(50);
/// How soon to try again when a command holds the lock.
const BUSY: Duration = Duration::from_millis(100);
/// How soon to try again when the machine refused, or to serve again what ended.
const MEND: Duration = Duration::from_secs(5);
/// Results of checks that may wait.
const RESULTS: usize = 256;

/// The state of the daemon.
#[derive(Debug)]
pub(super) struct EventLoop {
    lab: Lab,
    topology: Arc<Topology>,
    /// Of which record that is.
    mark: Option<Mark>,
    ledger: Ledger,
    running: Running,
    results: mpsc::Receiver<CheckResult>,
    /// With which health the data plane was made.
    applied: Health,
    /// The one change of the data plane that is under way, and what it brings.
    applying: JoinSet<Applied>,
    /// When to bring about what changed.
    settle_at: Option<Instant>,
    /// When to serve again what ended.
    mend_at: Option<Instant>,
}

/// What became of a change of the data plane.
#[derive(Debug)]
struct Applied {
    health: Health,
    done: Result<(), dataplane::Error>,
    began: Instant,
}

impl EventLoop {
    /// Serves what the lab's record says, which has this mark.
    pub(super) async fn start(lab: Lab, (record, mark): (Record, Option<Mark>)) -> Result<Self, Vec<sockets::Error>> {
        let (sender, results) = mpsc::channel(RESULTS);
        let applied = lab.health();
        let topology = Arc::new(record.topology);
        let known = Known { topology: topology.clone(), health: applied.clone() };
        let mut new = Self {
            ledger: Ledger::new(applied.clone()),
            running: Running::new(lab.clone(), known, sender),
            lab,
            topology,
            mark,
            results,
            applied,
            applying: JoinSet::new(),
            settle_at: None,
            mend_at: None,
        };
        let failed = new.serve().await;
        if failed.is_empty() { Ok(new) } else { Err(failed) }
    }

    /// Runs until it is asked to stop; who asked is told when everything has been stopped.
    pub(super) async fn run(mut self, mut calls: mpsc::Receiver<Call>, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return self.finish().await,
                Some((request, reply)) = calls.recv() => {
                    let (answer, next) = self.handle(request).await;
                    if next.is_break() {
                        self.finish().await;
                        // Who asked may have gone.
                        let _ = reply.send(answer);
                        return;
                    }
                    let _ = reply.send(answer);
                }
                Some((id, passed)) = self.results.recv() => if self.ledger.record(&id, passed) {
                    tracing::info!(check = %id, passed, "a target changed its state");
                    self.settle_in(BURST);
                },
                Some(done) = self.applying.join_next() => self.applied(done),
                () = due(self.settle_at) => self.settle(),
                () = due(self.mend_at) => self.mend().await,
                () = drained(self.ledger.next_expiry()) => if self.ledger.expire(now()) {
                    self.settle_in(BURST);
                },
                lost = self.running.ended() => if lost {
                    self.mend_at = Some(Instant::now() + MEND);
                },
            }
        }
    }

    async fn handle(&mut self, request: Request) -> (Reply, ControlFlow<()>) {
        match request {
            Request::Ping => (Reply::Done, ControlFlow::Continue(())),
            Request::Health => (Reply::Health(self.ledger.health()), ControlFlow::Continue(())),
            Request::Reload => (self.reload().await, ControlFlow::Continue(())),
            Request::Expose => (self.expose(), ControlFlow::Continue(())),
            Request::EndFlowLogWindows => {
                self.running.end_flow_log_windows().await;
                (Reply::Done, ControlFlow::Continue(()))
            }
            Request::Stop => (Reply::Done, ControlFlow::Break(())),
        }
    }

    /// Lets the host ask AWS's services.
    fn expose(&mut self) -> Reply {
        match self.running.expose() {
            Ok((port, access_key, secret)) => Reply::Exposed(Exposed { port, access_key, secret }),
            Err(error) => Reply::Failed(format!("AWS's services cannot be served to the host: {error}")),
        }
    }

    /// Takes over the record as `up` wrote it.
    async fn reload(&mut self) -> Reply {
        let (record, mark) = match self.lab.marked_record() {
            Ok(Some(record)) => record,
            Ok(None) => return Reply::Failed("the lab has no record".into()),
            Err(error) => return Reply::Failed(super::process::chain(&error)),
        };
        self.mark = mark;
        self.ledger.move_targets(&self.topology, &record.topology, now());
        self.topology = Arc::new(record.topology);
        // `up` holds the lock, and made the data plane with the health that is kept.
        self.applied = self.lab.health();
        let failed = self.serve().await;
        if failed.is_empty() { Reply::Done } else { Reply::Failed(super::process::all(&failed)) }
    }

    /// Serves the record with the health of now.
    async fn serve(&mut self) -> Vec<sockets::Error> {
        let services = compile::services(&self.topology, &self.ledger.health());
        self.ledger.set_checks(&services.checks);
        self.settle_in(BURST);
        let known = self.known();
        self.running.reload(services, known).await
    }

    /// The lab as it is now.
    fn known(&self) -> Known {
        Known { topology: self.topology.clone(), health: self.ledger.health() }
    }

    /// Serves again what ended, though none should.
    async fn mend(&mut self) {
        self.mend_at = None;
        for error in self.serve().await {
            tracing::error!("{}", super::process::chain(&error));
            self.mend_at = Some(Instant::now() + MEND);
        }
    }

    fn settle_in(&mut self, time: Duration) {
        let at = Instant::now() + time;
        self.settle_at = Some(self.settle_at.map_or(at, |earlier| earlier.min(at)));
    }

    /// Brings what is known to the data plane, if that is free, and meanwhile to DNS.
    fn settle(&mut self) {
        self.settle_at = None;
        let health = self.ledger.health();
        if health != self.applied && self.applying.is_empty() {
            let (lab, topology, mark, began) = (self.lab.clone(), self.topology.clone(), self.mark, Instant::now());
            self.applying.spawn_blocking(move || {
                let done = dataplane::follow(&lab, &health, (&topology, mark));
                Applied { health, done, began }
            });
        }
        self.running.follow(self.known());
    }

    /// Notes what became of a change of the data plane; what changed meanwhile is next.
    fn applied(&mut self, applied: Result<Applied, JoinError>) {
        match applied {
            Ok(Applied { health, done: Ok(()), began }) => {
                let milliseconds = began.elapsed().as_secs_f64() * 1e3;
                tracing::info!(milliseconds, "names and packets follow the targets");
                self.applied = health;
                if self.applied != self.ledger.health() {
                    self.settle_in(Duration::ZERO);
                }
            }
            Ok(Applied { done: Err(dataplane::Error::Busy), .. }) => self.settle_in(BUSY),
            Ok(Applied { done: Err(error), .. }) => {
                tracing::error!("the data plane does not follow the health checks: {}", super::process::chain(&error));
                self.settle_in(MEND);
            }
            Err(error) => {
                tracing::error!(%error, "the data plane does not follow the health checks");
                self.settle_in(MEND);
            }
        }
    }

    /// Stops everything, a change of the data plane only at its end.
    async fn finish(&mut self) {
        self.running.stop().await;
        self.applying.join_next().await;
    }
}

/// Waits for a moment, for ever if there is none.
async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}

/// Waits until the clock on the wall says `until`, for ever if it need not.
async fn drained(until: Option<u64>) {
    match until {
        Some(until) => sleep(Duration::from_secs(until.saturating_sub(now()))).await,
        None => pending().await,
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs())
}
