//! For people: a line per check, and under a failed one what was not as expected.

use super::seconds;
use crate::check::runner::{Results, Verdict};

/// The checks, each with what came of it.
pub fn summary(results: &Results) -> String {
    let width = results.outcomes.iter().map(|outcome| outcome.name.chars().count()).max().unwrap_or(0).min(72);
    let mut lines = Vec::new();
    for outcome in &results.outcomes {
        let (sign, said) = match &outcome.verdict {
            Verdict::Passed => ("✓", None),
            Verdict::Failed(said) => ("✗", Some(said)),
            Verdict::NotRun => ("-", None),
        };
        lines.push(format!("{sign} {:width$}  {}", outcome.name, seconds(outcome.took)));
        lines.extend(said.into_iter().flat_map(|said| said.lines()).map(|line| format!("    {line}")));
    }
    lines.join("\n")
}

/// `3 passed, 1 failed in 2.1 s`.
pub fn totals(results: &Results) -> String {
    let counts = [
        (results.count(|verdict| *verdict == Verdict::Passed), "passed"),
        (results.count(|verdict| matches!(verdict, Verdict::Failed(_))), "failed"),
        (results.count(|verdict| *verdict == Verdict::NotRun), "not run"),
    ];
    let counts: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    format!("{} in {}", counts.join(", "), seconds(results.took))
}
