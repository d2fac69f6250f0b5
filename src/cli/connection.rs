//! `vpcns accept` and `vpcns reject`: the provider's decision about an endpoint connection (SVC-08, SVC-09).
//!
//! Any decision can follow any other: an available connection can be rejected, a rejected one accepted
//! (SVC-09, OPEN-04). The same decision twice changes nothing.

use super::{
    exit::{Exit, Failure},
    lab, print,
};
use crate::{
    apply,
    compile::compile,
    daemon,
    describe::{self, Kind},
    model::ConnectionState,
    sys::{self, state::Lab},
};
use clap::Args;

/// Accept an endpoint's connection request
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  sudo vpcns accept customer\n  sudo vpcns accept vpce-0d1e5f60718293a4b")]
pub(super) struct Accept {
    #[command(flatten)]
    connection: Connection,
}

/// Reject an endpoint's connection, pending or available
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sudo vpcns reject customer")]
pub(super) struct Reject {
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
struct Connection {
    /// The endpoint: logical name, Name tag, id, DNS name, or the beginning of one
    #[arg(value_name = "ENDPOINT")]
    endpoint: String,

    #[command(flatten)]
    choice: lab::Choice,
}

pub(super) fn accept(arguments: &Accept) -> Result<Exit, Failure> {
    sys::privilege::check_for_up()?;
    decide(&arguments.connection, ConnectionState::Available)
}

pub(super) fn reject(arguments: &Reject) -> Result<Exit, Failure> {
    sys::privilege::check_for_up()?;
    decide(&arguments.connection, ConnectionState::Rejected)
}

fn decide(connection: &Connection, decision: ConnectionState) -> Result<Exit, Failure> {
    let lab = connection.choice.lab()?;
    let _lock = lab::lock(&lab)?;
    let mut record = lab::record(&lab)?;
    let found = describe::find(&record.topology, &[Kind::Endpoints], &connection.endpoint)
        .map_err(|error| super::show::not_found(&error))?;
    let endpoint = record.topology.endpoints.get_mut(&found.name);
    let Some(endpoint) = endpoint.filter(|endpoint| endpoint.aws_service().is_none()) else {
        let message = format!("endpoint `{}` leads to a service of AWS's own", found.name);
        return Err(Failure::Wrong(format!("{message}\nhint: such connections wait for nobody")));
    };
    let (name, before) = (format!("{} ({})", found.name, endpoint.id), endpoint.state);
    if before == decision {
        print::talk(format_args!("the connection of {name} is {} already", decision.as_str()));
        return Ok(Exit::Right);
    }
    endpoint.state = decision;
    let health = lab.health();
    let expected = lab::expected(lab.record()?.as_ref(), &health);
    let plan = apply::diff(&compile(&record.topology, &health), &apply::observe(&lab, &expected)?);
    apply::execute(&lab, &plan, &mut |_| {})?;
    lab.write_record(&record)?;
    tell_daemon(&lab);
    print::talk(format_args!("the connection of {name} was {}, is {}", before.as_str(), decision.as_str()));
    Ok(Exit::Right)
}

/// The packets' way is open or closed whether or not the daemon lives.
fn tell_daemon(lab: &Lab) {
    if daemon::reload(lab).is_err() {
        print::talk(format_args!("the daemon of lab `{}` is dead: no DNS, no HTTP, no health checks", lab.name()));
        print::hint("`vpcns up` brings it back");
    }
}
