//! Health checks of load balancer targets: a task a check, which sends its results to the event loop.
//!
//! A new target is checked at once (NLB-24), then once an interval. So that a thousand targets that came
//! together are not checked together ever after, the second check comes up to a tenth of the interval early,
//! by an amount that depends on the target only.

mod ledger;
mod probe;
mod state;

pub(super) use ledger::Ledger;

use crate::spec::service::{CheckId, HealthCheck};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at},
};

/// The result of a check: whether the target passed.
pub(super) type CheckResult = (CheckId, bool);

/// Checks a target again and again, until it is dropped.
pub(super) async fn run(id: CheckId, check: HealthCheck, results: mpsc::Sender<CheckResult>) {
    let begin = Instant::now() + check.interval - early(&id, check.interval);
    let mut ticks = interval_at(begin, check.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let outcome = probe::probe(&id, &check).await;
        if let Err(error) = &outcome {
            tracing::debug!(check = %id, %error, "a target failed its check");
        }
        if results.send((id.clone(), outcome.is_ok())).await.is_err() {
            return;
        }
        ticks.tick().await;
    }
}

/// How much sooner than after an interval the second check comes.
fn early(id: &CheckId, interval: Duration) -> Duration {
    let mut hasher = DefaultHasher::new();
    id.to_string().hash(&mut hasher);
    let [part, ..] = hasher.finish().to_be_bytes();
    interval / 10 * u32::from(part) / 256
}
