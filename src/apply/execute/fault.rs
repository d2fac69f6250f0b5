//! A fault on purpose, for the tests of what a kill leaves behind: with `VPCNS_DIE_AT_STEP=N` in the environment, a
//! build with debug assertions is killed right before its Nth step, as `kill -9` would at that moment. Other builds
//! do not look.

use nix::sys::signal::{Signal, raise};
use std::{
    env,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Counts a step, and dies if it is the one.
pub(super) fn step() {
    static FATAL: LazyLock<Option<usize>> = LazyLock::new(|| env::var("VPCNS_DIE_AT_STEP").ok()?.parse().ok());
    static STEPS: AtomicUsize = AtomicUsize::new(0);
    if cfg!(debug_assertions) && FATAL.is_some_and(|fatal| STEPS.fetch_add(1, Ordering::Relaxed) + 1 == fatal) {
        let _ = raise(Signal::SIGKILL);
    }
}
