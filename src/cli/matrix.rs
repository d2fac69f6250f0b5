//! `vpcns matrix`: who can open what to whom, and what a changed file would open and close.

use super::{
    exit::{Exit, Failure},
    lab, load, print,
};
use crate::{
    describe::Table,
    model::Topology,
    reach::{Atlas, Cell, Difference, Matrix, difference, matrix, ports},
    spec::service::Health,
};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

const EXAMPLES: &str = "\
Examples:
  vpcns matrix                                  all pairs of the running lab
  vpcns matrix --file topology.yaml             of a file, without root and without a lab
  vpcns matrix --file old.yaml --diff new.yaml  what the change opens and closes
  vpcns matrix -o csv
Ports are those that something listens on or that a rule names; `~` marks a load balancer whose targets differ.
Exit codes: with --diff 3 if something differs, otherwise 0.";

/// The form of a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    Table,
    /// For machines.
    Json,
    /// For spreadsheets: a line for each pair and port.
    Csv,
}

/// Show who can open what to whom
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: lab::Choice,

    /// Judge this file instead of the running lab
    #[arg(long, value_name = "FILE", env = "VPCNS_MATRIX_FILE")]
    file: Option<PathBuf>,

    /// Say what this file would open and close
    #[arg(long, value_name = "FILE", env = "VPCNS_MATRIX_DIFF")]
    diff: Option<PathBuf>,

    /// The form
    #[arg(short, long, value_name = "FORM", env = "VPCNS_MATRIX_OUTPUT", default_value = "table")]
    output: Form,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let (topology, health) = if let Some(file) = &arguments.file {
        (load::topology(file)?, Health::default())
    } else {
        let (lab, topology) = lab::topology(&arguments.choice)?;
        (topology, lab::health(&lab))
    };
    let Some(other) = &arguments.diff else {
        let matrix = matrix(&Atlas::new(&topology, &health), &ports(&topology));
        show(arguments.output, &matrix)?;
        return Ok(Exit::Right);
    };
    // Health is no part of a file: both are judged as if no target had been checked.
    let (other, health) = (load::topology(other)?, Health::default());
    let both: BTreeSet<_> = ports(&topology).into_iter().chain(ports(&other)).collect();
    let judge = |topology: &Topology| matrix(&Atlas::new(topology, &health), &both);
    let differences = difference(&judge(&topology), &judge(&other));
    tell(arguments.output, &differences)?;
    Ok(if differences.is_empty() { Exit::Right } else { Exit::Drift })
}

fn show(form: Form, matrix: &Matrix) -> Result<(), Failure> {
    match form {
        Form::Json => print::data(serde_json::to_string_pretty(&matrix.cells.iter().map(cell).collect::<Vec<_>>())?),
        Form::Csv => {
            let lines = matrix.cells.iter().map(|cell| {
                let state = if cell.is_partly_open() {
                    "partly"
                } else if cell.is_open() {
                    "open"
                } else {
                    "closed"
                };
                format!("{},{},{},{state},{}", cell.from, cell.to, cell.traffic, code(cell).unwrap_or_default())
            });
            let lines: Vec<_> = std::iter::once("from,to,traffic,state,code".to_owned()).chain(lines).collect();
            print::data(lines.join("\n"))
        }
        Form::Table => print::table(&table(matrix)),
    }
}

fn cell(cell: &Cell) -> Value {
    json!({
        "From": cell.from,
        "To": cell.to,
        "Traffic": cell.traffic.to_string(),
        "Open": cell.is_open(),
        "PartlyOpen": cell.is_partly_open(),
        "ExplanationCode": code(cell),
    })
}

fn code(cell: &Cell) -> Option<&'static str> {
    cell.paths.iter().find_map(|(_, verdict)| verdict.code())
}

/// A line per pair that has something open.
fn table(matrix: &Matrix) -> Table {
    let mut pairs: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for cell in matrix.cells.iter().filter(|cell| cell.is_open() || cell.is_partly_open()) {
        let sign = if cell.is_open() { "" } else { "~" };
        let pair = (cell.from.to_string(), cell.to.to_string());
        pairs.entry(pair).or_default().push(format!("{sign}{}", cell.traffic));
    }
    let rows = pairs.into_iter().map(|((from, to), open)| vec![from, to, open.join(", ")]).collect();
    Table { headers: vec!["From", "To", "Open"], rows }
}

fn tell(form: Form, differences: &[Difference]) -> Result<(), Failure> {
    let verb = |difference: &Difference| if difference.opens { "opens" } else { "closes" };
    match form {
        Form::Json => {
            let objects = differences.iter().map(
                |it| json!({ "From": it.from, "To": it.to, "Traffic": it.traffic.to_string(), "Change": verb(it) }),
            );
            print::data(serde_json::to_string_pretty(&objects.collect::<Vec<_>>())?)
        }
        Form::Csv => {
            let lines = differences.iter().map(|it| format!("{},{},{},{}", verb(it), it.from, it.to, it.traffic));
            let lines: Vec<_> = std::iter::once("change,from,to,traffic".to_owned()).chain(lines).collect();
            print::data(lines.join("\n"))
        }
        Form::Table if differences.is_empty() => {
            print::talk("the change opens and closes nothing");
            Ok(())
        }
        Form::Table => {
            let lines = differences.iter().map(|it| {
                let preposition = if it.opens { "to" } else { "for" };
                format!("this change {} {} {} {preposition} {}", verb(it), it.to, it.traffic, it.from)
            });
            print::data(lines.collect::<Vec<_>>().join("\n"))
        }
    }
}
