//! `vpcns fail` and `vpcns heal`: something of a running lab stops working, as it may in AWS, and works again.
//!
//! What failed is part of the lab's record, so the change is the difference between two specs like any other. No
//! control plane notices: health checks and DNS find out by themselves, in their own time (NLB-07).

use super::{
    exit::{Exit, Failure},
    lab, print,
};
use crate::{
    describe,
    model::{Failed, Topology},
    sys::{self, state::Lab},
};
use clap::{Args, ValueEnum, builder::BoolishValueParser};
use std::collections::BTreeSet;

const FAIL_EXAMPLES: &str = "\
What happens:
  az      all in the zone falls silent: instances, NAT gateways, nodes of load balancers, interfaces of endpoints.
          Health checks find out, then regional names leave the zone out; the other zones go on.
  nat     no packet passes it any more, and routes still point to it.
  target  an instance falls silent, as when its host is gone: connections time out, health checks fail.
          (A process that ends on a host that lives is refused instead: `vpcns exec INSTANCE systemctl stop httpd`.)
  tunnel  a VPN connection, or a private virtual interface, goes down: the routes it brought are withdrawn.
          What another connection of the site brings takes their place.
  node    one node of a load balancer falls silent: its zone leaves the name, and endpoints of that zone end nowhere.
It stays so until `vpcns heal`, also over an `up` with a changed file; `down` forgets it.
Examples:
  sudo vpcns fail az a                    by its letter, name (ap-northeast-2a) or id (apne2-az1)
  sudo vpcns fail target web-a            an instance, or GROUP/TARGET
  sudo vpcns fail node nlb/a              LOAD-BALANCER/ZONE
  vpcns show failures                     what has failed, and what it takes with it
  sudo vpcns why client web-a:80          BAD_STATE
  sudo vpcns heal --all";

const HEAL_EXAMPLES: &str = "\
Examples:
  sudo vpcns heal az a
  sudo vpcns heal --all
  vpcns show failures      what there is to heal
A target is healthy again after as many checks in a row as its group wants.";

/// Let something of a running lab fail: a zone, a NAT gateway, a target, a tunnel, a load balancer's node
#[derive(Debug, Args)]
#[command(after_help = FAIL_EXAMPLES)]
pub(super) struct Fail {
    /// What fails
    #[arg(value_enum)]
    kind: Kind,

    /// Which: a zone, or a resource by logical name, Name tag or id; a node as `LOAD-BALANCER/ZONE`
    name: String,

    #[command(flatten)]
    choice: lab::Choice,
}

/// Let what failed work again
#[derive(Debug, Args)]
#[command(after_help = HEAL_EXAMPLES)]
pub(super) struct Heal {
    /// What failed
    #[arg(value_enum, requires = "name", required_unless_present = "all")]
    kind: Option<Kind>,

    /// Which
    name: Option<String>,

    /// Everything that failed
    #[arg(long, env = "VPCNS_HEAL_ALL", value_parser = BoolishValueParser::new(), conflicts_with = "kind")]
    all: bool,

    #[command(flatten)]
    choice: lab::Choice,
}

/// What can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// An availability zone
    Az,
    /// A NAT gateway
    Nat,
    /// An instance
    Target,
    /// A VPN connection or a private virtual interface
    Tunnel,
    /// A node of a load balancer
    Node,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Az => "az",
            Kind::Nat => "nat",
            Kind::Target => "target",
            Kind::Tunnel => "tunnel",
            Kind::Node => "node",
        }
    }
}

pub(super) fn fail(arguments: &Fail) -> Result<Exit, Failure> {
    sys::privilege::check_for_up()?;
    let lab = arguments.choice.lab()?;
    let _lock = lab::lock(&lab)?;
    let mut record = lab::record(&lab)?;
    let failed = named(&record.topology, arguments.kind, &arguments.name)?;
    let words = failed.words(&record.topology);
    if !record.topology.failures.insert(failed.clone()) {
        print::talk(format_args!("{words} has failed already"));
        return Ok(Exit::Right);
    }
    lab::bring_about(&lab, &record)?;
    print::talk(format_args!("{words} has failed, and with it {}", taken(&record.topology, &failed)));
    print::hint(format_args!("`sudo vpcns heal {words}` makes it work again"));
    Ok(Exit::Right)
}

pub(super) fn heal(arguments: &Heal) -> Result<Exit, Failure> {
    sys::privilege::check_for_up()?;
    let lab = arguments.choice.lab()?;
    let _lock = lab::lock(&lab)?;
    let mut record = lab::record(&lab)?;
    let healed = match (arguments.kind, &arguments.name) {
        (Some(kind), Some(name)) => BTreeSet::from([named(&record.topology, kind, name)?]),
        _ => record.topology.failures.clone(),
    };
    let words: Vec<_> = healed.iter().map(|failed| failed.words(&record.topology)).collect();
    let before = record.topology.failures.len();
    record.topology.failures.retain(|failed| !healed.contains(failed));
    if record.topology.failures.len() == before {
        match &words[..] {
            [] => print::talk(format_args!("nothing has failed in lab `{}`", lab.name())),
            words => print::talk(format_args!("{} works already", words.join(", "))),
        }
        return Ok(Exit::Right);
    }
    lab::bring_about(&lab, &record)?;
    print::talk(format_args!("{} works again", words.join(", ")));
    note(&record.topology);
    Ok(Exit::Right)
}

fn named(topology: &Topology, kind: Kind, name: &str) -> Result<Failed, Failure> {
    describe::failed(topology, kind.word(), name).map_err(|error| super::show::not_found(&error))
}

/// What a failure takes with it, in one line.
fn taken(topology: &Topology, failed: &Failed) -> String {
    const SOME: usize = 8;
    let all = describe::takes(topology, failed);
    let more = all.len().saturating_sub(SOME);
    let some = all.iter().take(SOME).map(String::as_str).collect::<Vec<_>>().join(", ");
    match (all.is_empty(), more) {
        (true, _) => "nothing".into(),
        (_, 0) => some,
        _ => format!("{some} and {more} more (`vpcns show failures`)"),
    }
}

/// Says what has failed and is not healed.
pub(super) fn note(topology: &Topology) {
    for failed in &topology.failures {
        let words = failed.words(topology);
        print::talk(format_args!("note: {words} has failed; `sudo vpcns heal {words}` makes it work again"));
    }
}

/// What had failed, and is gone with what the file does not say any more.
pub(super) fn forgotten(before: &Topology, after: &Topology) -> Vec<String> {
    before.failures.difference(&after.failures).map(|failed| failed.words(before)).collect()
}

/// Makes a running lab one of which exactly this has failed.
pub(super) fn set(lab: &Lab, failures: &BTreeSet<Failed>) -> Result<(), Failure> {
    let _lock = lab::lock(lab)?;
    let mut record = lab::record(lab)?;
    record.topology.failures.clone_from(failures);
    lab::bring_about(lab, &record)
}
