//! `source`: from which address the target sees the connection come, as seen in the target's own namespace.

use super::{
    context::{Attempt, Context, patience},
    target,
    witness::{Witnesses, Words},
};
use crate::{
    reach::{Atlas, Sender, Traffic},
    sys::probe,
};
use std::{
    net::{Ipv4Addr, SocketAddrV4},
    time::{Duration, Instant},
};

/// The target sees one of these addresses.
pub(super) fn source(
    context: &Context<'_>,
    from: &Sender,
    (to, expected): (&str, &[Ipv4Addr]),
    timeout: Option<Duration>,
) -> Attempt {
    let health = context.health();
    let to = context.destination(&health, from, to)?;
    let Traffic::Tcp(port) = to.traffic else { return Err(format!("{} has no source to be seen here", to.traffic)) };
    let (address, path) = to.paths(&Atlas::new(context.topology, &health), from).swap_remove(0);
    let targets = target::behind(context.topology, from, address, to.traffic);
    let mut witnesses = Witnesses::watch(context, targets, to.traffic, path.verdict.is_reached())?;
    let (words, patience) = (Words::new(), patience(timeout, 2));
    let said = probe::say(&context.netns(from)?, SocketAddrV4::new(address, port), words.bytes(), patience);
    let heard = witnesses.heard(&words, Instant::now() + if said.is_ok() { patience } else { Duration::ZERO })?;
    match heard {
        Some((_, seen)) if expected.contains(&seen) => Ok(()),
        Some((name, seen)) => {
            let expected: Vec<_> = expected.iter().map(Ipv4Addr::to_string).collect();
            Err(format!("expected that {name} sees {}, not {seen}", expected.join(" or ")))
        }
        None => {
            let error = said.err().map_or_else(|| "nothing arrived".to_owned(), |error| error.to_string());
            let mut lines = vec![format!("{address} {}: {error}", to.traffic)];
            lines.extend(path.steps(context.source));
            lines.extend(path.verdict.lines());
            Err(lines.join("\n"))
        }
    }
}
