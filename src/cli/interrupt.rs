//! Ctrl-C in the middle of a change: noticed between two steps, so that none is left half done.

use nix::sys::signal::{SigSet, Signal};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Whether the user wants to stop.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on, SIGINT, SIGTERM and the end of the terminal (SIGHUP) are remembered instead of ending the process. A
    /// thread takes them; for all others that this one starts they are blocked, and for an `nft` too, which Ctrl-C in a
    /// terminal reaches as well.
    pub(super) fn watch() -> std::io::Result<Self> {
        let interrupt = Self::default();
        let flag = interrupt.clone();
        let mut signals = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM]);
        if !is_ignored(Signal::SIGHUP) {
            signals.add(Signal::SIGHUP);
        }
        signals.thread_block()?;
        std::thread::Builder::new()
            .name("vpcns-signals".into())
            .spawn(move || flag.0.store(signals.wait().is_ok(), Ordering::Relaxed))?;
        Ok(interrupt)
    }

    /// Whether the user wants to stop.
    pub(super) fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether this process was started to ignore a signal, as `nohup` does (`proc_pid_status(5)`).
fn is_ignored(signal: Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).map(str::trim);
    mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask >> (signal as i32 - 1) & 1 == 1)
}
