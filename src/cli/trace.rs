//! Where a packet dies: one more is sent and traced by nftables in each router of the lab, for `why`.
//!
//! The lab is claimed for it, so that nobody else changes filters meanwhile. What `status` knows of the tables is kept
//! right: the kernel counts changes, and those that a trace made are none of the lab's.

mod fate;

pub(super) use fate::Way;

use super::{exit::Failure, interrupt::Interrupt, lab, probe};
use crate::{
    check,
    compile::{compile, names},
    model::Topology,
    reach::{Sender, Traffic},
    spec::{NetnsName, nft::Filter, service::Health},
    sys::{
        netns::Netns,
        nft::{Decision, Mark, Trace},
        probe::marked,
        state::Lab,
    },
};
use anyhow::Context;
use fate::{Fate, fate};
use serde_json::{Value, json};
use std::{
    net::Ipv4Addr,
    thread,
    time::{Duration, Instant},
};

/// How long a packet and its answer may be under way.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often is looked.
const PAUSE: Duration = Duration::from_millis(10);

/// Where a packet died, or that it did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In this namespace.
    In { netns: NetnsName, way: Way, by: By },
    /// Nowhere: all filters passed it on.
    Nowhere,
    /// No router saw it.
    Unseen,
    /// It could not be traced.
    Unknown(String),
}

/// What drops a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum By {
    /// A rule of nftables, or a chain's policy.
    Rule { table: String, chain: String, rule: String },
    /// The namespace's routes.
    Routing,
}

/// Sends one more packet and says where it dies; none for UDP, which `why` does not try.
pub(super) fn trace(
    (topology, health): (&Topology, &Health),
    from: &Sender,
    (to, traffic): (Ipv4Addr, Traffic),
) -> Option<Place> {
    let port = match traffic {
        Traffic::Tcp(port) => Some(port),
        Traffic::Ping => None,
        Traffic::Udp(_) => return None,
    };
    let unknown = |failure| match failure {
        Failure::Refused(error) => Place::Unknown(format!("{error:#}").replace('\n', ", ")),
        Failure::Wrong(text) | Failure::Mistakes(text) => Place::Unknown(text),
        Failure::Clap(error) => Place::Unknown(error.to_string()),
    };
    Some(place((topology, health), from, (to, port)).unwrap_or_else(unknown))
}

fn place(
    (topology, health): (&Topology, &Health),
    from: &Sender,
    (to, port): (Ipv4Addr, Option<u16>),
) -> Result<Place, Failure> {
    // Ctrl-C in the middle must not leave tables behind.
    let _interrupt = Interrupt::watch()?;
    let lab = Lab::named(&topology.lab);
    let _lock = lab::lock(&lab)?;
    let sender = Netns::open(&check::netns(topology, from))?;
    let mark = mark(port.is_some())?;
    let names = routers(topology, health);
    let begin = |name: &NetnsName| {
        let netns = Netns::open(name).with_context(|| format!("cannot enter `{name}`"))?;
        Ok(Trace::begin(netns, mark)?)
    };
    let traces: Vec<_> = names.iter().cloned().zip(probe::all(&names, begin)?).collect();
    let sent = marked(&sender, to, port.unwrap_or_default(), mark);
    let place = if sent.is_ok() { look(mark, &traces) } else { Ok(Place::Unseen) };
    let ended = end(&lab, traces);
    let place = place?;
    ended.map(|()| place)
}

/// The namespaces that forward packets.
fn routers(topology: &Topology, health: &Health) -> Vec<NetnsName> {
    let lab = &topology.lab;
    let mut unfiltered: Vec<_> = topology.sites.keys().map(|site| names::site_netns(lab, site)).collect();
    unfiltered.push(names::internet_netns(lab));
    let namespaces = compile(topology, health).namespaces.into_iter();
    let routers = namespaces.filter(|(name, it)| it.nft != Filter::None || unfiltered.contains(name));
    routers.map(|(name, _)| name).collect()
}

/// Numbers that no other packet has.
fn mark(is_tcp: bool) -> Result<Mark, Failure> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    let [a, b, c, d] = bytes;
    let echo = Mark::Echo(u16::from_ne_bytes([a, b]), u16::from_ne_bytes([c, d]));
    Ok(if is_tcp { Mark::Tcp(u32::from_ne_bytes(bytes)) } else { echo })
}

/// Waits until the packet is dropped, or must have come to its end.
fn look(mark: Mark, traces: &[(NetnsName, Trace)]) -> Result<Place, Failure> {
    let deadline = Instant::now() + PATIENCE;
    let mut seen: Vec<(_, Vec<Decision>)> = traces.iter().map(|(name, _)| (name.clone(), Vec::new())).collect();
    loop {
        for ((_, seen), (_, trace)) in seen.iter_mut().zip(traces) {
            seen.extend(trace.decisions()?);
        }
        let fate = fate(mark, &seen);
        if matches!(fate, Fate::Dropped { .. }) || Instant::now() >= deadline {
            return named(fate, traces);
        }
        thread::sleep(PAUSE);
    }
}

/// The fate with the rule as a text.
fn named(fate: Fate, traces: &[(NetnsName, Trace)]) -> Result<Place, Failure> {
    Ok(match fate {
        Fate::Dropped { netns, way, table, chain, rule } => {
            let (_, trace) = traces.iter().find(|(name, _)| *name == netns).expect("it was seen there");
            let text = rule.map(|handle| trace.rule_text(&table, handle)).transpose()?;
            let rule =
                text.map_or_else(|| "its policy".into(), |text| text.unwrap_or_else(|| "a rule that is gone".into()));
            Place::In { netns, way, by: By::Rule { table, chain, rule } }
        }
        Fate::Lost { netns, way } => Place::In { netns, way, by: By::Routing },
        Fate::Passed => Place::Nowhere,
        Fate::Unseen => Place::Unseen,
    })
}

/// Ends all traces, and has `status` know the tables again that nobody else has changed.
fn end(lab: &Lab, traces: Vec<(NetnsName, Trace)>) -> Result<(), Failure> {
    let mut loaded = lab.loaded();
    let mut failed = None;
    for (name, trace) in traces {
        match trace.end() {
            Ok(Some((before, now))) => {
                if let Some(known) = loaded.get_mut(&name).filter(|known| known.generation == before) {
                    known.generation = now;
                }
            }
            Ok(None) => {}
            Err(error) => failed = Some(error),
        }
    }
    lab.write_loaded(&loaded)?;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

impl Place {
    /// For machines.
    pub(super) fn to_json(&self) -> Value {
        let none = json!({ "Dropped": false });
        match self {
            Self::In { netns, way, by } => {
                let packet = if *way == Way::There { "request" } else { "answer" };
                let mut value = json!({ "Dropped": true, "Namespace": netns, "Packet": packet });
                match by {
                    By::Rule { table, chain, rule } => {
                        value["Table"] = json!(table);
                        value["Chain"] = json!(chain);
                        value["Rule"] = json!(rule);
                    }
                    By::Routing => value["Rule"] = Value::Null,
                }
                value
            }
            Self::Nowhere => none,
            Self::Unseen => json!({ "Dropped": false, "Seen": false }),
            Self::Unknown(why) => json!({ "Dropped": null, "Error": why }),
        }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        match self {
            Self::In { netns, way, by } => {
                let packet = if *way == Way::There { "" } else { "the answer is " };
                match by {
                    By::Rule { table, chain, rule } => {
                        format!("nft: {packet}dropped in `{netns}`, table {table}, chain {chain}: {rule}")
                    }
                    By::Routing => format!("nft: {packet}lost in `{netns}`: no rule drops it, and no route leads on"),
                }
            }
            Self::Nowhere => "nft: no rule drops it: each router passes it on".into(),
            Self::Unseen => "nft: no router sees it".into(),
            Self::Unknown(why) => format!("nft: not traced: {why}"),
        }
    }
}
