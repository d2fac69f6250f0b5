//! Checks side by side: each part of each check on one of a few threads, again until it is as expected. Those that let
//! something fail come last, one after the other.

use super::{
    connection,
    context::{Attempt, Context},
    curl, distribution, dns, failover, flow_log, health, policy,
    prepare::{Action, Case, Part},
    run as command, source, throughput, traceroute,
};
use crate::model::Line;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How many parts are tried at once. They wait most of the time.
const AT_ONCE: usize = 16;
/// How long to wait before the next try.
const PAUSE: Duration = Duration::from_millis(100);

/// What came of some checks.
#[derive(Debug, Clone)]
pub struct Results {
    /// Check by check, in the file's order.
    pub outcomes: Vec<Outcome>,
    /// How long all of them took together.
    pub took: Duration,
}

/// What came of a check.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// Where the file says it.
    pub line: Line,
    /// How long its slowest part took.
    pub took: Duration,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All was as expected.
    Passed,
    /// Something was not: what, in lines.
    Failed(String),
    /// The user stopped before it was tried.
    NotRun,
}

impl Results {
    /// How many came out so.
    pub fn count(&self, is: impl Fn(&Verdict) -> bool) -> usize {
        self.outcomes.iter().filter(|outcome| is(&outcome.verdict)).count()
    }

    /// Whether all was as expected.
    pub fn passed(&self) -> bool {
        self.outcomes.iter().all(|outcome| outcome.verdict == Verdict::Passed)
    }
}

/// Runs all checks; `done` is called after each part, with how many are done.
pub fn run(context: &Context<'_>, cases: &[Case], done: &(dyn Fn(usize) + Sync)) -> Results {
    let began = Instant::now();
    let finished = AtomicUsize::new(0);
    let done = || done(finished.fetch_add(1, Ordering::Relaxed) + 1);
    let together: Vec<_> = cases.iter().filter(|case| case.after.is_empty()).collect();
    let mut together = side_by_side(context, &together, &done).into_iter();
    let outcome = |case: &Case| {
        if case.after.is_empty() {
            together.next().expect("each check has an outcome")
        } else {
            alone(context, case, &done)
        }
    };
    let outcomes = cases.iter().map(outcome).collect();
    Results { outcomes, took: began.elapsed() }
}

/// A check while something has failed.
fn alone(context: &Context<'_>, case: &Case, done: &(dyn Fn() + Sync)) -> Outcome {
    failover::after(context, case, |context| side_by_side(context, &[case], done).swap_remove(0))
}

fn side_by_side(context: &Context<'_>, cases: &[&Case], done: &(dyn Fn() + Sync)) -> Vec<Outcome> {
    let parts: Vec<_> = cases.iter().flat_map(|case| &case.parts).collect();
    let next = AtomicUsize::new(0);
    let results: Vec<_> = parts.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < parts.len()) {
            if (context.stop)() {
                break;
            }
            let result = timed(context, parts[at]);
            *results[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            done();
        }
    };
    thread::scope(|scope| (0..AT_ONCE.min(parts.len())).for_each(|_| drop(scope.spawn(work))));
    let mut results = results.into_iter().map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner));
    cases.iter().map(|case| outcome(case, &results.by_ref().take(case.parts.len()).collect::<Vec<_>>())).collect()
}

/// The parts of a check as one.
fn outcome(case: &Case, results: &[Option<(Attempt, Duration)>]) -> Outcome {
    let took = results.iter().flatten().map(|(_, took)| *took).max().unwrap_or_default();
    let is_alone = case.parts.len() == 1;
    let failures = case.parts.iter().zip(results).filter_map(|(part, result)| match result {
        Some((Err(said), _)) if is_alone => Some(said.clone()),
        Some((Err(said), _)) => Some(format!("{}:\n  {}", part.label, said.replace('\n', "\n  "))),
        _ => None,
    });
    let failures: Vec<_> = failures.collect();
    let verdict = if !failures.is_empty() {
        Verdict::Failed(failures.join("\n"))
    } else if results.iter().any(Option::is_none) {
        Verdict::NotRun
    } else {
        Verdict::Passed
    };
    Outcome { name: case.name.clone(), line: case.line, took, verdict }
}

fn timed(context: &Context<'_>, part: &Part) -> (Attempt, Duration) {
    let began = Instant::now();
    // whatever a check does, the lab is taken down and the others are told of
    let result = catch_unwind(AssertUnwindSafe(|| insist(context, part)));
    let result = result.unwrap_or_else(|_| Err("vpcns failed at this check, which is a bug of vpcns".into()));
    (result, began.elapsed())
}

/// Tries until it is as expected, or the time for it is over.
fn insist(context: &Context<'_>, part: &Part) -> Attempt {
    let deadline = Instant::now() + part.retry;
    loop {
        let result = attempt(context, part);
        if result.is_ok() || Instant::now() >= deadline || (context.stop)() {
            return result;
        }
        thread::sleep(PAUSE);
    }
}

fn attempt(context: &Context<'_>, part: &Part) -> Attempt {
    let timeout = part.timeout;
    if let Action::Health { of, expected } = &part.action {
        return health::health(context, of, expected);
    }
    if let Action::FlowLog { of, expected } = &part.action {
        return flow_log::flow_log(context, of, expected);
    }
    let from = part.from.as_ref().expect("every other kind was read with a sender");
    match &part.action {
        Action::Health { .. } | Action::FlowLog { .. } => Ok(()),
        Action::Reach { to } => connection::reach(context, from, to, timeout),
        Action::Deny { to, reason } => connection::deny(context, from, (to, reason.as_deref()), timeout),
        Action::Curl { request, answer } => curl::curl(context, from, (request, answer), timeout),
        Action::Dns(asked) => dns::dns(context, from, asked, timeout),
        Action::Source { to, expected } => source::source(context, from, (to, expected), timeout),
        Action::Distribution { to, connections, shares } => {
            distribution::distribution(context, from, (to, *connections, shares), timeout)
        }
        Action::Traceroute { to, expected } => traceroute::traceroute(context, from, (to, expected), timeout),
        Action::Policy(question) => policy::policy(context, from, question),
        Action::Throughput { to, floor } => throughput::throughput(context, from, (to, *floor)),
        Action::Run { words, expected } => command::run(context, from, (words, expected), timeout),
    }
}
