//! `vpcns show`: resources with AWS's field names and states.

use super::{
    exit::{Exit, Failure},
    lab,
    print::{self, Format},
};
use crate::{
    describe::{self, Kind, NotFound, Table},
    model::Topology,
    spec::service::Health,
};
use clap::Args;
use serde_json::{Map, Value};

const EXAMPLES: &str = "\
Examples:
  vpcns show                           an overview
  vpcns show instances
  vpcns show outputs -o json           one object: output name to value
  vpcns show target-health
  vpcns show customer                  one resource, by logical name, Name tag, id, address or DNS name
Kinds:
  vpcs, subnets, route-tables, internet-gateways, nat-gateways, peering-connections, vpn-gateways,
  customer-gateways, vpn-connections, virtual-interfaces, on-premises-hosts, security-groups, security-group-rules,
  network-acls, network-interfaces, instances, key-pairs, images, addresses, load-balancers, listeners, target-groups, target-health,
  endpoint-services, endpoints, endpoint-connections, prefix-lists, failures, outputs";

/// Show resources
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// A kind, or one resource
    #[arg(value_name = "KIND|NAME")]
    what: Option<String>,

    #[command(flatten)]
    choice: lab::Choice,

    /// The form
    #[arg(short, long, value_name = "FORM", env = "VPCNS_OUTPUT", default_value = "table")]
    output: Format,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let (lab, topology) = lab::topology(&arguments.choice)?;
    let health = lab::health(&lab);
    match arguments.what.as_deref() {
        None => overview(arguments.output, &topology, &health)?,
        Some("failures" | "failure") => failures(arguments.output, &topology)?,
        Some("outputs" | "output") => outputs(arguments.output, &topology)?,
        Some(text) => match Kind::parse(text) {
            Some(kind) => all(arguments.output, &describe::resources(kind, &topology, &health), kind)?,
            None => one(arguments.output, &topology, &health, text)?,
        },
    }
    Ok(Exit::Right)
}

/// Every kind of which there is something.
fn overview(format: Format, topology: &Topology, health: &Health) -> Result<(), Failure> {
    let kinds = Kind::all().map(|kind| (kind, describe::resources(kind, topology, health)));
    let kinds: Vec<_> = kinds.filter(|(_, resources)| !resources.is_empty()).collect();
    let mut whole: Map<String, Value> =
        kinds.iter().map(|(kind, resources)| (kind.name().to_owned(), resources.clone().into())).collect();
    whole.insert("outputs".into(), serde_json::to_value(describe::outputs(topology))?);
    print::value(format, &whole, || {
        const FIRST: [Kind; 9] = [
            Kind::Vpcs,
            Kind::Subnets,
            Kind::PeeringConnections,
            Kind::Instances,
            Kind::OnPremisesHosts,
            Kind::LoadBalancers,
            Kind::TargetHealth,
            Kind::EndpointServices,
            Kind::Endpoints,
        ];
        let tables = kinds.iter().filter(|(kind, _)| FIRST.contains(kind)).map(|(kind, resources)| {
            let table = describe::table(*kind, resources);
            format!("{}\n{}", kind.name(), print::text(&table, true))
        });
        print::data(tables.collect::<Vec<_>>().join("\n").trim_end())
    })
}

/// All resources of a kind.
fn all(format: Format, resources: &[Value], kind: Kind) -> Result<(), Failure> {
    print::value(format, &resources, || {
        if resources.is_empty() {
            print::talk(format_args!("there are no {}", kind.name()));
            return Ok(());
        }
        print::table(&describe::table(kind, resources))
    })
}

/// One resource: all its fields.
fn one(format: Format, topology: &Topology, health: &Health, text: &str) -> Result<(), Failure> {
    let kinds: Vec<_> = Kind::all().filter(|kind| *kind != Kind::EndpointConnections).collect();
    let found = describe::find(topology, &kinds, text).map_err(|error| match (&error, Kind::suggestion(text)) {
        (NotFound::Unknown { hint: None, .. }, Some(suggestion)) => {
            Failure::Wrong(format!("{error}\nhint: {suggestion}"))
        }
        _ => not_found(&error),
    })?;
    let resources = describe::resources(found.kind, topology, health);
    let resource = resources.iter().find(|resource| resource["LogicalId"].as_str() == Some(found.name.as_str()));
    let resource = resource.expect("what was found is among them");
    print::value(format, resource, || print::data(serde_yaml::to_string(resource)?.trim_end()))
}

/// What has failed, and what that takes with it.
fn failures(format: Format, topology: &Topology) -> Result<(), Failure> {
    let failures = describe::failures(topology);
    print::value(format, &failures, || {
        if failures.is_empty() {
            print::talk("nothing has failed");
            return Ok(());
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join("\n");
        let row = |failed: &Value| vec![text(&failed["Kind"]), text(&failed["Name"]), list(&failed["Takes"])];
        print::table(&Table { headers: vec!["Kind", "Name", "Takes"], rows: failures.iter().map(row).collect() })
    })
}

/// Output name and value.
pub(super) fn outputs(format: Format, topology: &Topology) -> Result<(), Failure> {
    let outputs = describe::outputs(topology);
    print::value(format, &outputs, || {
        let rows = outputs.iter().map(|(name, value)| vec![name.clone(), value.clone()]).collect();
        print::data(print::text(&Table { headers: vec!["Output", "Value"], rows }, false).trim_end())
    })
}

/// A name that stands for no resource, or for several.
pub(super) fn not_found(error: &NotFound) -> Failure {
    Failure::Wrong(format!("{error}\nhint: {}", error.hint()))
}
