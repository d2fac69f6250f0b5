//! What came of checks, as people and machines read it: text in, text out, nothing is printed here.

mod github;
mod json;
mod junit;
mod summary;
mod tap;

pub use github::annotations;
pub use json::json;
pub use junit::junit;
pub use summary::{summary, totals};
pub use tap::tap;

use std::time::Duration;

/// `0.3 s`.
pub(in crate::check) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
