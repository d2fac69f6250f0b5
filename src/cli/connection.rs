//! `vpcns accept` and `vpcns reject`: the provider's decision about an endpoint connection (SVC-08, SVC-09), the
//! accepter's about a peering request (PCX-01).
//!
//! Of an endpoint connection any decision can follow any other: an available one can be rejected, a rejected one
//! accepted (SVC-09, OPEN-04). A peering request is decided once (PCX-12). The same decision twice changes nothing.

use super::{
    exit::{Exit, Failure},
    lab, print,
};
use crate::{
    describe::{self, Found, Kind},
    model::{ConnectionState, PeeringState, Topology},
    sys,
};
use clap::Args;

/// Accept an endpoint's connection request, or a peering request
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  sudo vpcns accept customer\n  sudo vpcns accept vpce-0d1e5f60718293a4b")]
pub(super) struct Accept {
    #[command(flatten)]
    connection: Connection,
}

/// Reject an endpoint's connection, pending or available, or a pending peering request
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sudo vpcns reject customer")]
pub(super) struct Reject {
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
struct Connection {
    /// The endpoint or peering connection: logical name, Name tag, id, DNS name, or the beginning of one
    #[arg(value_name = "CONNECTION")]
    name: String,

    #[command(flatten)]
    choice: lab::Choice,
}

pub(super) fn accept(arguments: &Accept) -> Result<Exit, Failure> {
    sys::privilege::check_for_up()?;
    decide(&arguments.connection, Decision::Accept)
}

pub(super) fn reject(arguments: &Reject) -> Result<Exit, Failure> {
    sys::privilege::check_for_up()?;
    decide(&arguments.connection, Decision::Reject)
}

#[derive(Clone, Copy)]
enum Decision {
    Accept,
    Reject,
}

/// What becomes of what: its states before and after.
struct Change {
    what: String,
    before: &'static str,
    after: &'static str,
}

fn decide(connection: &Connection, decision: Decision) -> Result<Exit, Failure> {
    let lab = connection.choice.lab()?;
    let _lock = lab::lock(&lab)?;
    let mut record = lab::record(&lab)?;
    let found = describe::find(&record.topology, &[Kind::Endpoints, Kind::PeeringConnections], &connection.name)
        .map_err(|error| super::show::not_found(&error))?;
    let Change { what, before, after } = match found.kind {
        Kind::PeeringConnections => decide_peering(&mut record.topology, &found, decision)?,
        _ => decide_endpoint(&mut record.topology, &found, decision)?,
    };
    if before == after {
        print::talk(format_args!("{what} is {after} already"));
        return Ok(Exit::Right);
    }
    lab::bring_about(&lab, &record)?;
    print::talk(format_args!("{what} was {before}, is {after}"));
    Ok(Exit::Right)
}

fn decide_endpoint(topology: &mut Topology, found: &Found, decision: Decision) -> Result<Change, Failure> {
    let endpoint = topology.endpoints.get_mut(&found.name);
    let Some(endpoint) = endpoint.filter(|endpoint| endpoint.aws_service().is_none()) else {
        let message = format!("endpoint `{}` leads to a service of AWS's own", found.name);
        return Err(Failure::Wrong(format!("{message}\nhint: such connections wait for nobody")));
    };
    let after = match decision {
        Decision::Accept => ConnectionState::Available,
        Decision::Reject => ConnectionState::Rejected,
    };
    let before = std::mem::replace(&mut endpoint.state, after);
    let what = format!("the connection of {} ({})", found.name, endpoint.id);
    Ok(Change { what, before: before.as_str(), after: after.as_str() })
}

fn decide_peering(topology: &mut Topology, found: &Found, decision: Decision) -> Result<Change, Failure> {
    let connection = topology.peering_connections.get_mut(&found.name).expect("it was found");
    let after = match decision {
        Decision::Accept => PeeringState::Active,
        Decision::Reject => PeeringState::Rejected,
    };
    let before = std::mem::replace(&mut connection.state, after);
    if before != after && before != PeeringState::PendingAcceptance {
        let (id, before, after) = (&connection.id, before.as_str(), after.as_str());
        let message = format!("invalid state transition for {id}, attempted to transition from {before} to {after}");
        let hint =
            "only a request that waits can be decided: take the connection out of the file and `vpcns up` to delete it";
        return Err(Failure::Wrong(format!("{message} (InvalidStateTransition)\nhint: {hint}")));
    }
    let what = format!("the peering connection {} ({})", found.name, connection.id);
    Ok(Change { what, before: before.as_str(), after: after.as_str() })
}
