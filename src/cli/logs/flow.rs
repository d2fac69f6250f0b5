//! The records of flow logs, as the daemon writes them.

use super::nothing;
use crate::{
    cli::exit::{Exit, Failure},
    daemon,
    describe::{self, Kind},
    model::{Name, Topology},
    sys::state::Lab,
};
use std::{path::PathBuf, process::Command};

/// Prints the records of one flow log, or of all.
pub(super) fn run(
    (lab, topology): (&Lab, &Topology),
    name: Option<&str>,
    (now, follow): (bool, bool),
) -> Result<Exit, Failure> {
    let names: Vec<Name> = match name {
        None => topology.flow_logs.keys().cloned().collect(),
        Some(name) => {
            let found = describe::find(topology, &[Kind::FlowLogs], name);
            vec![found.map_err(|error| crate::cli::show::not_found(&error))?.name]
        }
    };
    if names.is_empty() {
        return Ok(nothing("the lab has no flow log"));
    }
    if now {
        daemon::end_flow_log_windows(lab)?;
    }
    // The last file comes before the one that is written.
    let files = names.iter().flat_map(|name| {
        let file = lab.flow_log(name.as_str());
        [file.with_extension("log.1"), file]
    });
    let files: Vec<PathBuf> =
        files.filter(|file| follow && file.extension().is_some_and(|end| end == "log") || file.exists()).collect();
    if files.is_empty() {
        return Ok(nothing("no interval is over yet; `--now` ends one"));
    }
    let mut tail = Command::new("tail");
    let status = tail.args(["-q", "-n", "+1"]).args(follow.then_some("-F")).args(files).status()?;
    Ok(if status.success() { Exit::Right } else { Exit::Refused })
}
