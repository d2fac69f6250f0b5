//! `traceroute`: who answers on the way to a host.

use super::context::{Attempt, Context, patience, said};
use crate::{reach::Sender, sys::probe};
use std::{net::Ipv4Addr, time::Duration};

/// The way is as expected; none stands for silence.
pub(super) fn traceroute(
    context: &Context<'_>,
    from: &Sender,
    (to, expected): (&str, &[Option<Ipv4Addr>]),
    timeout: Option<Duration>,
) -> Attempt {
    let health = context.health();
    let to = context.destination(&health, from, to)?;
    let atlas = crate::reach::Atlas::new(context.topology, &health);
    let (address, _) = to.paths(&atlas, from).swap_remove(0);
    let way = probe::trace(&context.netns(from)?, address, patience(timeout, 1)).map_err(said)?;
    if way == expected { Ok(()) } else { Err(format!("expected the way {}, not {}", text(expected), text(&way))) }
}

fn text(way: &[Option<Ipv4Addr>]) -> String {
    let words = way.iter().map(|hop| hop.map_or("*".to_owned(), |hop| hop.to_string()));
    words.collect::<Vec<_>>().join(" → ")
}
