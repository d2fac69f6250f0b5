//! Annotations of GitHub Actions: an error at the line of each check that failed.

use crate::check::runner::{Results, Verdict};

/// A workflow command per failed check.
pub fn annotations(file: &str, results: &Results) -> Vec<String> {
    let failed = results.outcomes.iter().filter_map(|outcome| match &outcome.verdict {
        Verdict::Failed(said) => Some((outcome, said)),
        Verdict::Passed | Verdict::NotRun => None,
    });
    let annotation = |(outcome, said): (&crate::check::Outcome, &String)| {
        let line = outcome.line.number().map(|line| format!(",line={line}")).unwrap_or_default();
        format!("::error file={}{line},title={}::{}", property(file), property(&outcome.name), message(said))
    };
    failed.map(annotation).collect()
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
