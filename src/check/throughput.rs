//! `throughput`: how many bits a second get from one host to another, at least. The sender and the sink are our own,
//! the packets are real and pass all that lies between; nothing else is measured meanwhile.
//!
//! It says whether a way bears traffic at all, not what AWS's instances would bear: that is the machine's own speed.

use super::{
    context::{Attempt, Context, said},
    target,
};
use crate::{
    reach::{Atlas, Sender, Traffic},
    sys::{netns::Netns, probe},
};
use std::{
    fmt, io,
    net::SocketAddrV4,
    thread,
    time::{Duration, Instant},
};

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// For how long is sent.
const TIME: Duration = Duration::from_secs(2);
/// How many bytes are sent at most.
const BYTES: u64 = 512 << 20;

/// So many bits a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate(f64);

impl Rate {
    const UNITS: [(&'static str, f64); 4] = [("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3), ("bit/s", 1.0)];
    /// More than any machine has inside.
    const HIGHEST: f64 = 1e12;

    /// `100 Mbit/s`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (number, factor) =
            Self::UNITS.iter().find_map(|(unit, factor)| Some((text.trim().strip_suffix(unit)?, factor)))?;
        let number: f64 = number.trim().parse().ok()?;
        let rate = number * factor;
        (rate > 0.0 && rate <= Self::HIGHEST).then_some(Self(rate))
    }

    #[expect(clippy::cast_precision_loss, reason = "half a gibibyte has fewer digits")]
    fn of(bytes: u64, time: Duration) -> Self {
        Self(bytes as f64 * 8.0 / time.as_secs_f64().max(1e-6))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) = Self::UNITS.iter().find(|(_, factor)| self.0 >= *factor).unwrap_or(&Self::UNITS[3]);
        let text = format!("{:.1}", self.0 / factor);
        write!(f, "{} {unit}", text.trim_end_matches(".0"))
    }
}

/// At least so much gets there.
pub(super) fn throughput(context: &Context<'_>, from: &Sender, (to, floor): (&str, Rate)) -> Attempt {
    let health = context.health();
    let to = context.destination(&health, from, to)?;
    let Traffic::Tcp(_) = to.traffic else { return Err("it is measured by TCP only: give a port".into()) };
    let (address, path) = to.paths(&Atlas::new(context.topology, &health), from).swap_remove(0);
    let targets = target::behind(context.topology, from, address, to.traffic);
    let [receiver] = &targets[..] else {
        return Err(format!("{} hosts answer at {address}: measure the way to one", targets.len()));
    };
    let port = to.traffic.port().unwrap_or_default();
    let _alone = context.alone();
    let (source, sink) = (context.netns(from)?, Netns::open(&receiver.netns).map_err(said)?);
    let listener = sink.tcp_listener(receiver.at.into()).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("something listens on {} of {} already: name a port that is free", receiver.at, receiver.name)
        }
        _ => said(error),
    })?;
    let deadline = Instant::now() + PATIENCE + TIME;
    let (poured, drained) = thread::scope(|scope| {
        let drain = scope.spawn(|| probe::drain(&listener, deadline));
        let poured = probe::pour(&source, SocketAddrV4::new(address, port), (PATIENCE, TIME), BYTES);
        (poured, drain.join())
    });
    let drained = drained.map_err(|_| "the sink failed, which is a bug of vpcns")?.map_err(said)?;
    let Some((bytes, time)) = drained.filter(|(bytes, _)| *bytes > 0) else {
        let why = poured.err().map_or_else(String::new, |error| format!(" ({error})"));
        let mut lines = vec![format!("no byte arrived at {} of {}{why}", receiver.at, receiver.name)];
        lines.extend(path.steps(context.source));
        lines.extend(path.verdict.lines());
        return Err(lines.join("\n"));
    };
    let rate = Rate::of(bytes, time);
    if rate.0 >= floor.0 { Ok(()) } else { Err(format!("{rate} arrived, not at least {floor}")) }
}

#[cfg(test)]
mod tests {
    use super::Rate;
    use std::time::Duration;

    #[test]
    fn rates_have_units() {
        assert_eq!(Rate::read("100 Mbit/s"), Some(Rate(1e8)));
        assert_eq!(Rate::read("1.5Gbit/s"), Some(Rate(1.5e9)));
        assert_eq!(Rate::read("64 kbit/s"), Some(Rate(64e3)));
        for wrong in ["", "100", "0 Mbit/s", "-1 Mbit/s", "100 MB/s", "nan Mbit/s", "inf Gbit/s", "fast"] {
            assert_eq!(Rate::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn bytes_in_a_time_are_a_rate() {
        assert_eq!(Rate::of(1_250_000, Duration::from_secs(1)).to_string(), "10 Mbit/s");
        assert_eq!(Rate::of(1, Duration::from_secs(1)).to_string(), "8 bit/s");
    }
}
