//! `after`: a check while something has failed. It runs alone, and whatever comes of it, what failed is healed and the
//! targets are as healthy as before when the next one begins.

use super::{
    context::Context,
    prepare::Case,
    runner::{Outcome, Verdict},
};
use crate::spec::service::{CheckId, Health};
use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

/// How long to wait before targets are looked at again.
const PAUSE: Duration = Duration::from_millis(100);
/// What the daemon may take beyond the checks themselves.
const MARGIN: Duration = Duration::from_secs(10);

/// Lets fail what the check says, has it tried, and heals.
pub(super) fn after(context: &Context<'_>, case: &Case, tried: impl FnOnce(&Context<'_>) -> Outcome) -> Outcome {
    let began = Instant::now();
    let with = |verdict| Outcome { name: case.name.clone(), line: case.line, took: began.elapsed(), verdict };
    if (context.stop)() {
        return with(Verdict::NotRun);
    }
    let healthy = context.health().healthy;
    let mut topology = context.topology.clone();
    topology.failures.extend(case.after.iter().cloned());
    let outcome = match (context.fail)(&topology.failures) {
        Ok(()) => tried(&Context::new(context.lab, &topology, context.source, context.stop, context.fail)),
        Err(said) => with(Verdict::Failed(format!("the failure could not be brought about: {said}"))),
    };
    let healed = (context.fail)(&context.topology.failures);
    match healed
        .map_err(|said| format!("what failed could not be healed: {said}"))
        .and_then(|()| recover(context, &healthy))
    {
        Ok(()) => outcome,
        Err(said) => {
            let first = match &outcome.verdict {
                Verdict::Failed(said) => format!("{said}\n"),
                Verdict::Passed | Verdict::NotRun => String::new(),
            };
            Outcome { verdict: Verdict::Failed(format!("{first}{said}")), ..outcome }
        }
    }
}

/// Waits until all are healthy that were.
fn recover(context: &Context<'_>, healthy: &BTreeSet<CheckId>) -> Result<(), String> {
    let groups = context.topology.target_groups.values().map(|group| &group.health_check);
    let slowest = groups.map(|check| (check.interval + check.timeout) * check.healthy_threshold).max();
    let patience = slowest.unwrap_or_default() + MARGIN;
    let deadline = Instant::now() + patience;
    loop {
        let Health { healthy: now, .. } = context.health();
        let Some(missing) = healthy.difference(&now).next() else { return Ok(()) };
        if (context.stop)() {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let after = super::report::seconds(patience);
            return Err(format!("after it was healed, {missing} was not healthy again within {after}"));
        }
        thread::sleep(PAUSE);
    }
}
