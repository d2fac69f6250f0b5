//! `vpcns validate`.

use super::{
    exit::{Exit, Failure},
    lints,
    load::{self, Judged},
    print::{self, Format},
};
use crate::{
    check, input,
    model::{Topology, diagnostic::Lines},
    spec::service::Health,
};
use clap::{Args, builder::BoolishValueParser};

const EXAMPLES: &str = "\
Examples:
  vpcns validate topology.yaml
  vpcns validate --deny warnings topology.yaml    for CI: exit code 2 also for what lints find
  vpcns validate --quotas topology.yaml           exit code 2 also for what passes AWS's quotas
  vpcns validate --list-lints
  vpcns validate -o json topology.yaml    a list of file, line, column, message, hint, severity (`error`, `warning`), lint";

/// Say whether a file is right, without touching anything
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: load::Choice,

    /// The form of the mistakes on stdout; `table` writes them to stderr with their lines
    #[arg(short, long, value_name = "FORM", env = "VPCNS_OUTPUT", default_value = "table")]
    output: Format,

    /// Name all lints and what they find, and look at no file
    #[arg(long, env = "VPCNS_LIST_LINTS", value_parser = BoolishValueParser::new())]
    list_lints: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.list_lints {
        print::table(&lints::table())?;
        return Ok(Exit::Right);
    }
    let loaded = load::load(&arguments.choice)?;
    let file = arguments.choice.file.as_deref().map_or("embedded".into(), |file| file.display().to_string());
    let (checks, text) = (loaded.checks().to_vec(), loaded.source().clone());
    // Of a lab that is up, its images can be named.
    let running = loaded.lab.record().ok().flatten().map(|record| record.topology);
    let judged = loaded.check(running.as_ref()).and_then(|judged| {
        let prepared = check::prepare(&checks, &Lines::of(&text.text), &judged.topology, &Health::default());
        prepared.map(|_| judged).map_err(|mistakes| (text, mistakes))
    });
    match (judged, arguments.output) {
        (Ok(judged), format) => {
            let Judged { topology, source, warnings } = &judged;
            print::value(format, &input::warnings(source, warnings.clone()), || {
                judged.warn();
                Ok(())
            })?;
            let but = match warnings.count() {
                0 => String::new(),
                1 => ", with 1 warning".to_owned(),
                count => format!(", with {count} warnings"),
            };
            print::talk(format_args!("`{file}` is right{but}: {}", summary(topology)));
            Ok(Exit::Right)
        }
        (Err((source, mistakes)), Format::Table) => Err(Failure::Mistakes(input::render(&source, mistakes))),
        (Err((source, mistakes)), format) => {
            print::value(format, &input::mistakes(&source, mistakes), || Ok(()))?;
            Ok(Exit::Wrong)
        }
    }
}

/// `2 VPCs, 4 subnets, 3 instances`.
pub(super) fn summary(topology: &Topology) -> String {
    let counts = [
        (topology.vpcs.len(), "VPC"),
        (topology.subnets.len(), "subnet"),
        (topology.instances.len(), "instance"),
        (topology.on_premises_hosts.len(), "on-premises host"),
        (topology.load_balancers.len(), "load balancer"),
        (topology.endpoint_services.len(), "endpoint service"),
        (topology.endpoints.len() + topology.gateway_endpoints.len(), "endpoint"),
        (topology.hosted_zones.len(), "hosted zone"),
        (topology.resolver_endpoints.len(), "Resolver endpoint"),
    ];
    let count = |(count, noun): &(usize, &str)| format!("{count} {noun}{}", if *count == 1 { "" } else { "s" });
    counts.iter().filter(|(count, _)| *count > 0).map(count).collect::<Vec<_>>().join(", ")
}
