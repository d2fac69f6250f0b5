//! Threads that go from namespace to namespace and then die.

use super::{Netns, mounts};
use crate::spec::NetnsName;
use nix::sched::CloneFlags;
use std::{
    io,
    marker::PhantomData,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// The right of a thread to change its network namespace, because it ends soon. Only [`spread`] gives it.
#[derive(Debug)]
pub struct Traveller {
    /// Keeps it on its thread.
    bound: PhantomData<*const ()>,
}

impl Traveller {
    /// Takes this thread into a namespace.
    #[expect(clippy::disallowed_methods, reason = "this is the way in")]
    pub fn enter(&mut self, netns: &Netns) -> io::Result<()> {
        Ok(nix::sched::setns(netns, CloneFlags::CLONE_NEWNET)?)
    }

    /// Makes a namespace with this name, in which this thread then is.
    #[expect(clippy::disallowed_methods, reason = "this is the way namespaces are made")]
    pub fn create(&mut self, name: &NetnsName) -> io::Result<Netns> {
        mounts::keep(name, || {
            nix::sched::unshare(CloneFlags::CLONE_NEWNET)?;
            Netns::current()
        })
    }
}

/// Does `work` on a thread with namespaces of its own that have no names: they end with it, and with what it opened.
#[expect(clippy::disallowed_methods, reason = "this is the way namespaces are made")]
pub fn apart<T: Send>(kinds: CloneFlags, work: impl FnOnce() -> T + Send) -> io::Result<T> {
    let travel = move || nix::sched::unshare(kinds).map(|()| work());
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("vpcns-apart".into()).spawn_scoped(scope, travel)?;
        Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?)
    })
}

/// Does `work` for each item, in any order, on as few fresh threads as use all cores; the results are in the
/// order of the items. Each thread starts in the caller's namespace and may end anywhere.
pub fn spread<T: Sync, R: Send>(items: &[T], work: impl Fn(&mut Traveller, &T) -> R + Sync) -> io::Result<Vec<R>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let travel = || {
        let mut traveller = Traveller { bound: PhantomData };
        let mut done = Vec::new();
        while let Some((index, item)) = take(&next, items) {
            done.push((index, work(&mut traveller, item)));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let start = |_| thread::Builder::new().name("vpcns-netns".into()).spawn_scoped(scope, travel);
        let threads = (0..cores.min(items.len())).map(start).collect::<io::Result<Vec<_>>>()?;
        let finished = threads.into_iter().map(thread::ScopedJoinHandle::join);
        Ok::<_, io::Error>(
            finished.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect::<Vec<_>>(),
        )
    })?;
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// The next item that no thread has taken.
fn take<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
}
