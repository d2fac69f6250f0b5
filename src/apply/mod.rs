//! From what should be to what is: observe, diff, plan, execute.
//!
//! ```text
//! plan   = diff(desired, ∅)              status = diff(desired, observe())
//! up     = execute(diff(desired, observe()))      down   = remove() = execute(diff(∅, observe()))
//! ```
//!
//! There is one way to change the machine: a [`Plan`], carried out step by step. So an update of a running lab is an
//! `up`, and after a failure or a kill the same command goes on from wherever the machine is. [`diff`] is pure and
//! holds all decisions; [`execute`] holds none.

mod change;
mod diff;
mod error;
mod execute;
mod observe;
mod plan;
mod step;

pub use change::Change;
pub use diff::{diff, diff_tables};
pub use error::Error;
pub use execute::{Progress, execute, remove};
pub use observe::{observe, observe_tables};
pub use plan::{Counts, Plan};
pub use step::{Action, End, Stage, Step};
