//! What arrives at the hosts behind an address: captures in their namespaces, which look for words that nobody else
//! says. That works for whatever listens there; where nothing listens, something of our own does for a moment.

use super::{
    context::{Context, said},
    target::Target,
};
use crate::{
    reach::Traffic,
    sys::{capture::Capture, netns::Netns},
};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, TcpListener},
    sync::{
        RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long one capture is looked at before the next.
const GLANCE: Duration = Duration::from_millis(5);

/// Hosts that are watched.
pub(super) struct Witnesses<'a> {
    watched: Vec<(Target, Capture)>,
    seen: BTreeSet<(String, Vec<u8>, Ipv4Addr)>,
    _listeners: Vec<TcpListener>,
    _quiet: Quiet<'a>,
}

/// What keeps other checks from taking our listeners for the lab's.
enum Quiet<'a> {
    Shared { _guard: RwLockReadGuard<'a, ()> },
    Alone { _guard: RwLockWriteGuard<'a, ()> },
}

impl<'a> Witnesses<'a> {
    /// Begins to watch. With `ours`, something of our own listens where nothing does. Whoever calls this must not hold
    /// [`Context::only_the_labs_own`].
    pub(super) fn watch(
        context: &'a Context<'a>,
        targets: Vec<Target>,
        traffic: Traffic,
        ours: bool,
    ) -> Result<Self, String> {
        let shared = context.only_the_labs_own();
        let mut deaf = Vec::new();
        for target in targets.iter().filter(|_| ours) {
            if !target.listens(traffic)? {
                deaf.push(target.clone());
            }
        }
        let mut listeners = Vec::new();
        let quiet = if deaf.is_empty() {
            Quiet::Shared { _guard: shared }
        } else {
            drop(shared);
            let guard = context.alone();
            for target in &deaf {
                let netns = Netns::open(&target.netns).map_err(said)?;
                // If somebody has begun to listen meanwhile, all the better.
                listeners.extend(netns.tcp_listener(target.at.into()).ok());
            }
            Quiet::Alone { _guard: guard }
        };
        let watch = |target: Target| {
            let netns = Netns::open(&target.netns)?;
            Capture::open(&netns).map(|capture| (target, capture))
        };
        let watched = targets.into_iter().map(watch).collect::<Result<_, _>>().map_err(said)?;
        Ok(Self { watched, seen: BTreeSet::new(), _listeners: listeners, _quiet: quiet })
    }

    /// Looks until these words have arrived somewhere, or time is up; says where, and from whom.
    pub(super) fn heard(&mut self, words: &Words, deadline: Instant) -> Result<Option<(String, Ipv4Addr)>, String> {
        loop {
            self.glance()?;
            let found = self.seen.iter().find(|(_, payload, _)| words.are_in(payload));
            if let Some((name, _, source)) = found {
                return Ok(Some((name.clone(), *source)));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
        }
    }

    /// Takes in what has arrived by now.
    fn glance(&mut self) -> Result<(), String> {
        for (target, capture) in &mut self.watched {
            let until = Instant::now() + GLANCE;
            while let Some(packet) = capture.next(until).map_err(said)? {
                let is_here =
                    *packet.destination.ip() == *target.at.ip() && packet.destination.port() == target.at.port();
                if is_here && packet.payload.starts_with(Words::BEGIN) {
                    self.seen.insert((target.name.clone(), packet.payload, *packet.source.ip()));
                }
            }
        }
        Ok(())
    }
}

/// Words that are said once.
pub(super) struct Words(Vec<u8>);

impl Words {
    const BEGIN: &'static [u8] = b"GET /vpcns-check-";

    /// A request for a page that nobody else asks for.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let page = format!("{:x}-{now:x}-{number:x}", std::process::id());
        let begin = String::from_utf8_lossy(Self::BEGIN);
        Self(format!("{begin}{page} HTTP/1.0\r\nHost: check\r\n\r\n").into_bytes())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn are_in(&self, payload: &[u8]) -> bool {
        payload.starts_with(&self.0)
    }
}
