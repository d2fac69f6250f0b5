//! `vpcns matrix`: who can open what to whom, and what a changed file would open and close.

use super::{
    exit::{Exit, Failure},
    lab, load, print,
    probe::{self, Probe},
};
use crate::{
    describe::Table,
    model::Topology,
    reach::{Atlas, Cell, Difference, Matrix, difference, matrix, ports},
    spec::service::Health,
    sys::privilege,
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
  sudo vpcns matrix --probe                     a packet for each pair and port, beside what the model says
Ports are those that something listens on or that a rule names; `~` marks a load balancer whose targets differ.
Exit codes: with --diff 3 if something differs, otherwise 0; with --probe 1 if a packet\ndoes not do as the model says.";

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

    /// Send a packet for each pair and port too, and say where it does not do as the model says
    #[arg(long, env = "VPCNS_MATRIX_PROBE", conflicts_with_all = ["file", "diff"])]
    probe: bool,

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
        if !arguments.probe {
            show(arguments.output, &matrix, &Measured::new())?;
            return Ok(Exit::Right);
        }
        let measured = measure(&topology, &matrix)?;
        show(arguments.output, &matrix, &measured)?;
        return Ok(judge(&matrix, &measured));
    };
    // Health is no part of a file: both are judged as if no target had been checked.
    let (other, health) = (load::topology(other)?, Health::default());
    let both: BTreeSet<_> = ports(&topology).into_iter().chain(ports(&other)).collect();
    let judge = |topology: &Topology| matrix(&Atlas::new(topology, &health), &both);
    let differences = difference(&judge(&topology), &judge(&other));
    tell(arguments.output, &differences)?;
    Ok(if differences.is_empty() { Exit::Right } else { Exit::Drift })
}

/// What packets met, by the place of a cell and of a path in it.
type Measured = BTreeMap<(usize, usize), Probe>;

/// Sends a packet for each path of each cell.
fn measure(topology: &Topology, matrix: &Matrix) -> Result<Measured, Failure> {
    privilege::check()?;
    let paths =
        matrix.cells.iter().enumerate().flat_map(|(place, cell)| (0..cell.paths.len()).map(move |path| (place, path)));
    let paths: Vec<_> = paths.collect();
    let probes = probe::all(&paths, |(place, path)| {
        let cell = &matrix.cells[*place];
        let (address, verdict) = &cell.paths[*path];
        probe::send(topology, &cell.from.sender(), (*address, cell.traffic), verdict)
    })?;
    Ok(paths.into_iter().zip(probes).filter_map(|(place, probe)| Some((place, probe?))).collect())
}

/// Whether packets did as the model says; where not, that is said.
fn judge(matrix: &Matrix, measured: &Measured) -> Exit {
    let wrong: Vec<_> = measured.iter().filter(|(_, probe)| !probe.agrees).collect();
    for ((place, path), probe) in &wrong {
        let cell = &matrix.cells[*place];
        let (address, verdict) = &cell.paths[*path];
        let said = if verdict.is_reached() { "it is reached" } else { "it is not reached" };
        let (from, to, traffic) = (&cell.from, &cell.to, cell.traffic);
        let met = probe::outcome(probe.echo);
        print::talk(format_args!("{from} to {to} ({address}) {traffic}: the model says {said}, a packet says: {met}"));
    }
    if wrong.is_empty() {
        print::talk(format_args!("{} packets agree", measured.len()));
        return Exit::Right;
    }
    probe::disagreement();
    Exit::Refused
}

fn show(form: Form, matrix: &Matrix, measured: &Measured) -> Result<(), Failure> {
    match form {
        Form::Json => {
            let cells = matrix.cells.iter().enumerate().map(|(place, one)| {
                let mut value = cell(one);
                let probes = measured.range((place, 0)..(place + 1, 0));
                let probes = probes.map(|((_, path), probe)| {
                    let address = one.paths[*path].0;
                    json!({ "Address": address, "Answer": probe::outcome(probe.echo), "Agrees": probe.agrees })
                });
                let probes: Vec<_> = probes.collect();
                if !probes.is_empty() {
                    value["Probes"] = probes.into();
                }
                value
            });
            print::data(serde_json::to_string_pretty(&cells.collect::<Vec<_>>())?)
        }
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
