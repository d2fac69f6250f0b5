//! `vpcns why`: what becomes of a connection, by which rule, and whether a real packet agrees.

use super::{
    exit::{Exit, Failure},
    lab, load,
    print::{self, Format},
    probe::{self, Probe},
    trace::{self, Place},
};
use crate::{
    check::{self, Destination},
    model::Topology,
    reach::{Atlas, Path, Verdict},
    spec::service::Health,
    sys::{privilege, probe::Echo},
};
use clap::Args;
use serde_json::{Value, json};
use std::{net::Ipv4Addr, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  sudo vpcns why bastion service:80              each gate on the way, and a packet that tries it
  sudo vpcns why bastion customer                an endpoint or load balancer: its first listener
  sudo vpcns why internet bastion:22
  sudo vpcns why web db:53/udp                   UDP is judged, but not tried
  sudo vpcns why web 10.0.1.5                    no port: ping
  vpcns why --file topology.yaml web db:5432     a file instead of a running lab; no root, no packet
Exit codes: 0 answered, whatever the answer; 1 packet and model disagree.";

/// Say what becomes of a connection, and which rule decides
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: lab::Choice,

    /// Who sends: an instance, or `internet`
    #[arg(value_name = "FROM")]
    from: String,

    /// To whom: an instance, load balancer, endpoint, address, DNS name or `internet`
    #[arg(value_name = "TO[:PORT[/PROTO]]")]
    to: String,

    /// Judge this file instead of a running lab
    #[arg(long, value_name = "FILE", env = "VPCNS_WHY_FILE")]
    file: Option<PathBuf>,

    /// Send no packet
    #[arg(long, env = "VPCNS_NO_PROBE")]
    no_probe: bool,

    /// The form
    #[arg(short, long, value_name = "FORM", env = "VPCNS_OUTPUT", default_value = "table")]
    output: Format,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let (topology, health, source) = subject(arguments)?;
    let from = check::sender(&topology, &arguments.from)?;
    let to = check::destination(&topology, &health, &from, &arguments.to)?;
    if to.addresses.is_empty() {
        return Err(Failure::Wrong(format!("`{}` has no address for `{}`", arguments.to, arguments.from)));
    }
    let probes = arguments.file.is_none() && !arguments.no_probe;
    if probes {
        privilege::check()?;
    }
    let atlas = Atlas::new(&topology, &health);
    let answers = to.paths(&atlas, &from);
    let mut told = Vec::new();
    let mut disagree = false;
    for (address, path) in answers {
        let packet = (address, to.traffic);
        let probe = if probes { probe::send(&topology, &from, packet, &path.verdict)? } else { None };
        disagree |= probe.is_some_and(|probe| !probe.agrees);
        // What is answered was dropped by nobody.
        let is_silent = probe.is_some_and(|probe| probe.echo == Echo::Silence);
        let place = if is_silent { trace::trace((&topology, &health), &from, packet) } else { None };
        told.push(Told { address, path, probe, place });
    }
    let whole: Vec<_> = told.iter().map(|told| told.to_json(&to)).collect();
    print::value(arguments.output, &whole, || {
        let texts = told.iter().map(|told| told.text(&arguments.from, &to, &source));
        print::data(texts.collect::<Vec<_>>().join("\n\n"))
    })?;
    if disagree {
        probe::disagreement();
        return Ok(Exit::Refused);
    }
    Ok(Exit::Right)
}

/// The running lab, or a file's, and the file's name.
fn subject(arguments: &Arguments) -> Result<(Topology, Health, String), Failure> {
    if let Some(file) = &arguments.file {
        return Ok((load::topology(file)?, Health::default(), file.display().to_string()));
    }
    let (lab, record) = arguments.choice.record()?;
    Ok((record.topology, lab::health(&lab), record.source))
}

/// The answer for one address.
struct Told {
    address: Ipv4Addr,
    path: Path,
    probe: Option<Probe>,
    place: Option<Place>,
}

impl Told {
    fn to_json(&self, to: &Destination) -> Value {
        let mut value = json!({
            "Destination": self.address,
            "Traffic": to.traffic.to_string(),
            "NetworkPathFound": self.path.verdict.is_reached(),
            "Hops": self.path.hops,
        });
        match &self.path.verdict {
            Verdict::Reached { host, at, traffic, source } => {
                value["ReachedHost"] =
                    json!({ "Name": host, "Address": at, "Traffic": traffic.to_string(), "SeesSource": source });
            }
            Verdict::Handed { to } => value["HandedTo"] = json!(to),
            Verdict::Silence { code, change } => {
                value["Explanation"] = json!({ "ExplanationCode": code, "Change": change });
            }
            Verdict::Sometimes { reached, of, code, change } => {
                value["Explanation"] =
                    json!({ "ExplanationCode": code, "Change": change, "TargetsReached": reached, "Targets": of });
            }
        }
        if let Some(Probe { echo, agrees }) = self.probe {
            value["Probe"] = json!({ "Answer": probe::outcome(echo), "Agrees": agrees });
        }
        if let Some(place) = &self.place {
            value["Probe"]["Trace"] = place.to_json();
        }
        value
    }

    fn text(&self, from: &str, to: &Destination, source: &str) -> String {
        let mut lines = vec![format!("{from} → {} {}", self.address, to.traffic)];
        lines.extend(self.path.steps(source));
        lines.extend(self.path.verdict.lines());
        if let Some(Probe { echo, agrees }) = self.probe {
            let word = if agrees { "as it says" } else { "WHICH IT DOES NOT SAY" };
            lines.push(format!("a real packet: {}, {word}", probe::outcome(echo)));
        }
        lines.extend(self.place.as_ref().map(Place::text));
        lines.join("\n")
    }
}
