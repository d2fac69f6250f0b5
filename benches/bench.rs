//! What the product costs beside the kernel's floor and beside its peers: `scripts/bench` runs this in a machine of its
//! own, and docs/performance.md keeps what it printed.
//!
//! Whatever is compared is measured in turns in the same run, and a ratio is the median of the pairs' ratios, so that
//! a slower machine, or one on which something else runs, gives the same table.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "it prints a table, or fails")]

mod change;
mod commands;
mod daemon;
mod data_plane;
mod dns;
mod floor;
mod growth;
mod http;
mod lab;
mod load;
mod peers;
mod report;
mod up;

use report::Setting;
use std::{env, process::ExitCode};

/// A row, or some that are measured together, by name.
type Measurement = (&'static str, fn(Setting));

const ROWS: [Measurement; 17] = [
    ("up", up::up),
    ("mininet", up::mininet),
    ("growth-instances", growth::instances),
    ("growth-consumers", growth::consumers),
    ("change", change::change),
    ("hop", data_plane::hop),
    ("router", data_plane::router),
    ("privatelink", data_plane::privatelink),
    ("nlb", data_plane::nlb),
    ("rules", data_plane::many_rules),
    ("dns", dns::dns),
    ("http", http::http),
    ("daemon", daemon::daemon),
    ("exec", commands::exec),
    ("plan", commands::plan),
    ("sustained-nlb", data_plane::sustained_nlb),
    ("sustained-privatelink", data_plane::sustained_privatelink),
];

/// Rows that take minutes.
const LONG: [&str; 3] = ["mininet", "sustained-nlb", "sustained-privatelink"];

fn main() -> ExitCode {
    // `cargo bench` adds a flag of its own.
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.iter().any(|argument| argument == "--list") {
        for (name, _) in ROWS {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    }
    let setting = Setting { quick: arguments.iter().any(|argument| argument == "--quick") };
    let named: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    if let Some(unknown) = named.iter().find(|name| !ROWS.iter().any(|(row, _)| row == *name)) {
        eprintln!("error: there is no row `{unknown}`; `scripts/bench --list` prints them");
        return ExitCode::from(2);
    }
    lab::raise_limits();
    report::head();
    for (name, measure) in ROWS {
        let chosen =
            if named.is_empty() { !(setting.quick && LONG.contains(&name)) } else { named.contains(&&name.to_owned()) };
        if chosen {
            measure(setting);
        }
    }
    ExitCode::SUCCESS
}
