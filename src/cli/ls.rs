//! `vpcns ls`.

use super::{
    exit::{Exit, Failure},
    print::{self, Format},
};
use crate::{daemon, describe::Table, sys::state::Lab};
use clap::Args;
use serde_json::{Value, json};

/// List the labs on this machine
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The form of the list
    #[arg(short, long, value_name = "FORM", env = "VPCNS_OUTPUT", default_value = "table")]
    output: Format,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let labs: Vec<_> = Lab::all()?.iter().map(|name| describe(&Lab::named(name))).collect();
    print::value(arguments.output, &labs, || {
        if labs.is_empty() {
            print::talk("no lab is up");
            return Ok(());
        }
        let headers = vec!["Lab", "State", "Daemon", "Vpcs", "Instances", "Source"];
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let rows = labs.iter().map(|lab| headers.iter().map(|header| text(&lab[*header])).collect()).collect();
        print::table(&Table { headers, rows })
    })?;
    Ok(Exit::Right)
}

fn describe(lab: &Lab) -> Value {
    let (state, record) = match lab.record() {
        Ok(Some(record)) => ("up", Some(record)),
        Ok(None) => ("incomplete", None),
        // Which other labs there are can be said all the same.
        Err(_) => ("unreadable", None),
    };
    let topology = record.as_ref().map(|record| &record.topology);
    json!({
        "Lab": lab.name(),
        "State": state,
        "Daemon": if daemon::is_running(lab) { "running" } else { "dead" },
        "Vpcs": topology.map_or(0, |topology| topology.vpcs.len()),
        "Instances": topology.map_or(0, |topology| topology.instances.len()),
        "Source": record.as_ref().map_or("-", |record| &record.source),
    })
}
