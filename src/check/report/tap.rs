//! The Test Anything Protocol, version 14: a line per check, and what failed as a YAML block.

use crate::check::runner::{Results, Verdict};
use std::fmt::Write;

/// The results in TAP.
pub fn tap(results: &Results) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", results.outcomes.len());
    for (at, outcome) in results.outcomes.iter().enumerate() {
        let (number, name) = (at + 1, escaped(&outcome.name));
        let _ = match &outcome.verdict {
            Verdict::Passed => writeln!(text, "ok {number} - {name}"),
            Verdict::NotRun => writeln!(text, "ok {number} - {name} # SKIP stopped"),
            Verdict::Failed(said) => {
                let said = said.replace('\n', "\n    ");
                writeln!(text, "not ok {number} - {name}\n  ---\n  message: |\n    {said}\n  ...")
            }
        };
    }
    text.trim_end().to_owned()
}

/// A name in which `#` begins no directive.
fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('#', "\\#").replace(['\n', '\r'], " ")
}
