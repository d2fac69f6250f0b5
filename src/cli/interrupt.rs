//! Ctrl-C in the middle of a change: noticed between two steps, so that none is left half done.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::signal::unix::{SignalKind, signal};

/// Whether the user wants to stop.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on, SIGINT and SIGTERM are remembered instead of ending the process.
    pub(super) fn watch() -> std::io::Result<Self> {
        let interrupt = Self::default();
        let flag = interrupt.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (mut typed, mut asked) = {
            let _inside = runtime.enter();
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
        };
        std::thread::Builder::new().name("vpcns-signals".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! { _ = typed.recv() => {}, _ = asked.recv() => {} }
                flag.0.store(true, Ordering::Relaxed);
            });
        })?;
        Ok(interrupt)
    }

    /// Whether the user wants to stop.
    pub(super) fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
