//! How far a change is, for those who watch a terminal.

use super::print;
use indicatif::{ProgressBar, ProgressStyle};

/// A bar on stderr; nothing where nobody watches.
pub(super) fn bar(steps: usize) -> ProgressBar {
    if !print::is_watched() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:32} {pos}/{len} steps").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps as u64).with_style(style)
}
