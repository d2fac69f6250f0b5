//! `flow_log`: a record of a flow log in which fields have given values (FL-01).

use super::context::{Attempt, Context, said};
use crate::{
    daemon,
    model::{FlowLog, Name},
};
use std::{fs, io};

/// How many records are told when none is as expected.
const TOLD: usize = 5;

/// One of the log's records has all of these fields; if none of those that are written, one of those up to now.
pub(super) fn flow_log(context: &Context<'_>, name: &Name, expected: &[(String, String)]) -> Attempt {
    let log = &context.topology.flow_logs[name];
    let is_there = |records: &[String]| records.iter().any(|record| is(log, record, expected));
    if is_there(&records(context, name)?) {
        return Ok(());
    }
    daemon::end_flow_log_windows(context.lab).map_err(|error| error.to_string())?;
    let records = records(context, name)?;
    if is_there(&records) {
        return Ok(());
    }
    let wanted: Vec<_> = expected.iter().map(|(field, value)| format!("{field} {value}")).collect();
    let last: Vec<_> =
        records[records.len().saturating_sub(TOLD)..].iter().map(|record| format!("\n  {record}")).collect();
    Err(format!("expected a record of `{name}` with {}; its last ones:{}", wanted.join(", "), last.concat()))
}

/// All records that are written.
fn records(context: &Context<'_>, name: &Name) -> Result<Vec<String>, String> {
    let file = context.lab.flow_log(name.as_str());
    let mut records = Vec::new();
    for file in [file.with_extension("log.1"), file] {
        match fs::read_to_string(&file) {
            Ok(text) => records.extend(text.lines().map(str::to_owned)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(said(error)),
        }
    }
    Ok(records)
}

/// Whether a record has these fields.
fn is(log: &FlowLog, record: &str, expected: &[(String, String)]) -> bool {
    let values: Vec<_> = record.split(' ').collect();
    expected.iter().all(|(field, value)| {
        let at = log.format.iter().position(|known| known.as_str() == field);
        at.and_then(|at| values.get(at)).is_some_and(|found| found == value)
    })
}
