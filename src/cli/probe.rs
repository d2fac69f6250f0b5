//! Real packets beside what the model says, for `why` and `matrix`.

use super::{exit::Failure, print};
use crate::{
    check,
    model::Topology,
    reach::{Sender, Traffic, Verdict},
    sys::{
        netns::Netns,
        probe::{self, Echo},
    },
};
use std::{
    net::{Ipv4Addr, SocketAddrV4},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

/// How long a packet may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many are under way at a time.
const AT_ONCE: usize = 64;

/// What a real packet met, beside what the model says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probe {
    pub(super) echo: Echo,
    pub(super) agrees: bool,
}

/// Sends a packet and compares; none if there is no telling: with UDP, silence and an open port look alike.
pub(super) fn send(
    topology: &Topology,
    from: &Sender,
    (to, traffic): (Ipv4Addr, Traffic),
    verdict: &Verdict,
) -> Result<Option<Probe>, Failure> {
    let netns = Netns::open(&check::netns(topology, from))?;
    let echo = match traffic {
        Traffic::Tcp(port) => probe::tcp(&netns, SocketAddrV4::new(to, port), PATIENCE)?,
        Traffic::Ping => probe::ping(&netns, to, PATIENCE)?,
        Traffic::Udp(_) => return Ok(None),
    };
    let agrees = match verdict {
        Verdict::Reached { .. } => echo != Echo::Silence,
        Verdict::Silence { .. } => echo == Echo::Silence,
        Verdict::Sometimes { .. } | Verdict::Handed { .. } => true,
    };
    Ok(Some(Probe { echo, agrees }))
}

/// Does `send` for each item, some at a time; the results are in the order of the items.
pub(super) fn all<T: Sync, R: Send>(
    items: &[T],
    send: impl Fn(&T) -> Result<R, Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, R)>, Failure> {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return Ok(done) };
            done.push((index, send(item)?));
        }
    };
    let done = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE.min(items.len())).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
        ended.collect::<Result<Vec<_>, _>>()
    })?;
    let mut done: Vec<_> = done.into_iter().flatten().collect();
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// What came back, in words.
pub(super) fn outcome(echo: Echo) -> &'static str {
    match echo {
        Echo::Answered => "answered",
        Echo::Refused => "refused: the host is there, and nothing listens",
        Echo::Silence => "nothing came back",
    }
}

/// Says that the model or the lab is wrong.
pub(super) fn disagreement() {
    print::talk(
        "error: the packet and the model disagree: either something was changed by hand, which `vpcns status` says, or \
         this is a bug of vpcns",
    );
}
