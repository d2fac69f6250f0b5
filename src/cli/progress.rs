//! How far a change or a run of checks is, for those who watch a terminal.

use super::print;
use indicatif::{ProgressBar, ProgressStyle};

/// A bar on stderr for the steps of a change; nothing where nobody watches.
pub(super) fn bar(steps: usize) -> ProgressBar {
    of(steps, "steps")
}

/// The same for checks.
pub(super) fn checks(parts: usize) -> ProgressBar {
    of(parts, "tried")
}

fn of(count: usize, what: &str) -> ProgressBar {
    if !print::is_watched() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(&format!("{{bar:32}} {{pos}}/{{len}} {what}"))
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(count as u64).with_style(style)
}
