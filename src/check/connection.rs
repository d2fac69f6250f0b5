//! `reach`, `deny` and `ping`: a real packet, and the model's word. Both must say the same, or nothing is proved.

use super::{
    context::{Attempt, Context, patience, said},
    target::{self, Target},
    witness::{Witnesses, Words},
};
use crate::{
    reach::{Atlas, Path, Sender, Traffic},
    sys::probe::{self, Echo},
};
use std::{
    net::{Ipv4Addr, SocketAddrV4},
    time::{Duration, Instant},
};

/// Reasons that say themselves that nobody could answer.
const NOBODY: [&str; 4] =
    ["ELBV2_LISTENER_HAS_NO_TG", "ELBV2_LISTENER_PORT_RESTRICTION", "NO_POSSIBLE_DESTINATION", "UNKNOWN_DESTINATION"];

/// Each address of the destination answers; of an instance, one does.
pub(super) fn reach(context: &Context<'_>, from: &Sender, to: &str, timeout: Option<Duration>) -> Attempt {
    let health = context.health();
    let to = context.destination(&health, from, to)?;
    let mut paths = to.paths(&Atlas::new(context.topology, &health), from);
    if to.any {
        // none leads there: the one that comes furthest says most
        paths.sort_by_key(|(_, path)| std::cmp::Reverse(path.hops.len()));
        paths.truncate(1);
    }
    for (address, path) in paths {
        let echo = tried(context, from, (address, to.traffic), patience(timeout, 2))?;
        if echo != Echo::Answered || !path.verdict.is_reached() {
            return Err(told(context, (address, to.traffic), &path, echo));
        }
    }
    Ok(())
}

/// No address of the destination answers, for this reason if one is given, and not for want of somebody who listens.
pub(super) fn deny(
    context: &Context<'_>,
    from: &Sender,
    (to, reason): (&str, Option<&str>),
    timeout: Option<Duration>,
) -> Attempt {
    let health = context.health();
    let to = context.destination(&health, from, to)?;
    let atlas = Atlas::new(context.topology, &health);
    let paths = to.paths(&atlas, from);
    for (address, path) in &paths {
        let echo = tried(context, from, (*address, to.traffic), patience(timeout, 2))?;
        if echo != Echo::Silence || path.verdict.is_reached() {
            return Err(told(context, (*address, to.traffic), path, echo));
        }
    }
    let codes: Vec<_> = paths.iter().filter_map(|(_, path)| path.verdict.code()).collect();
    if let Some(reason) = reason.filter(|reason| !codes.contains(reason)) {
        let path = &paths.iter().max_by_key(|(_, path)| path.hops.len()).expect("a destination has addresses").1;
        let mut lines = vec![format!("it is denied, but not by {reason}: by {}", codes.join(", "))];
        lines.extend(path.steps(context.source));
        return Err(lines.join("\n"));
    }
    if reason.is_some_and(|reason| NOBODY.contains(&reason)) {
        return Ok(());
    }
    let targets = paths.iter().flat_map(|(address, _)| target::behind(context.topology, from, *address, to.traffic));
    listens(context, targets.collect(), to.traffic)
}

/// Somebody would answer, if it were not denied.
fn listens(context: &Context<'_>, mut targets: Vec<Target>, traffic: Traffic) -> Attempt {
    let _quiet = context.only_the_labs_own();
    targets.dedup();
    for target in &targets {
        if target.listens(traffic)? {
            return Ok(());
        }
    }
    let deaf: Vec<_> = targets.iter().map(|target| format!("{} ({})", target.name, target.at)).collect();
    let nobody = if deaf.is_empty() {
        "nobody has this address".into()
    } else {
        format!("nothing listens on {}", deaf.join(", "))
    };
    Err(format!("{nobody}: without the rules that deny it nothing would answer either, so this proves nothing"))
}

/// What a packet met.
fn tried(
    context: &Context<'_>,
    from: &Sender,
    (address, traffic): (Ipv4Addr, Traffic),
    patience: Duration,
) -> Result<Echo, String> {
    let netns = context.netns(from)?;
    match traffic {
        Traffic::Tcp(port) => {
            let _quiet = context.only_the_labs_own();
            probe::tcp(&netns, SocketAddrV4::new(address, port), patience).map_err(said)
        }
        Traffic::Ping => probe::ping(&netns, address, patience).map_err(said),
        Traffic::Udp(port) => {
            let targets = target::behind(context.topology, from, address, traffic);
            let mut witnesses = Witnesses::watch(context, targets, traffic, false)?;
            let words = Words::new();
            if let Err(error) = probe::send(&netns, SocketAddrV4::new(address, port), words.bytes()) {
                unless_no_way(error)?;
            }
            let heard = witnesses.heard(&words, Instant::now() + patience)?;
            Ok(if heard.is_some() { Echo::Answered } else { Echo::Silence })
        }
    }
}

/// A packet for which the sender itself knows no way is one that does not arrive.
fn unless_no_way(error: std::io::Error) -> Attempt {
    use std::io::ErrorKind::{HostUnreachable, InvalidInput, NetworkUnreachable};
    if matches!(error.kind(), HostUnreachable | NetworkUnreachable | InvalidInput) { Ok(()) } else { Err(said(error)) }
}

/// What `why` would say of it.
fn told(context: &Context<'_>, (address, traffic): (Ipv4Addr, Traffic), path: &Path, echo: Echo) -> String {
    let met = match (echo, traffic) {
        (Echo::Answered, Traffic::Udp(_)) => "a packet arrived",
        (Echo::Answered, _) => "a packet was answered",
        (Echo::Refused, _) => "a packet was refused: the host is there, and nothing listens",
        (Echo::Silence, _) => "nothing came back",
    };
    let mut lines = vec![format!("{address} {traffic}: {met}")];
    lines.extend(path.steps(context.source));
    lines.extend(path.verdict.lines());
    lines.join("\n")
}
