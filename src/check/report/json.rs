//! Results for machines.

use crate::check::runner::{Results, Verdict};
use serde_json::{Value, json};

/// Check by check.
pub fn json(results: &Results) -> Vec<Value> {
    let one = |outcome: &crate::check::Outcome| {
        let (state, said) = match &outcome.verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Failed(said) => ("failed", Some(said)),
            Verdict::NotRun => ("not-run", None),
        };
        let mut value = json!({ "Name": outcome.name, "State": state, "Seconds": outcome.took.as_secs_f64() });
        if let Some(line) = outcome.line.number() {
            value["Line"] = line.into();
        }
        if let Some(said) = said {
            value["Message"] = said.as_str().into();
        }
        value
    };
    results.outcomes.iter().map(one).collect()
}
