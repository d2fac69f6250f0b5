//! The only place that prints: data to stdout, talk to stderr, colour only on a terminal.

use super::exit::{Exit, Failure};
use crate::{
    describe::Table,
    sys::{doctor, own_machine, privilege},
};
use clap::ValueEnum;
use comfy_table::{ContentArrangement, presets};
use serde::Serialize;
use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

/// The form of data on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Table,
    /// For machines.
    Json,
    /// For machines and people.
    Yaml,
}

const ERROR: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
const HINT: anstyle::Style = anstyle::AnsiColor::Cyan.on_default();
const HEADER: anstyle::Style = anstyle::Style::new().bold();

/// Writes data to stdout. A reader that has seen enough is no error.
pub(super) fn data(text: impl Display) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(error).context("cannot write to standard output").into())
        }
        _ => Ok(()),
    }
}

/// Says something on stderr. Whether anybody listens changes nothing.
pub(super) fn talk(text: impl Display) {
    let text = text.to_string();
    // Who has a machine of its own is root there.
    let text = if own_machine::is_own() { text.replace("sudo vpcns", "vpcns") } else { text };
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Writes a value in a machine's form; `table` says what people see.
pub(super) fn value(
    format: Format,
    value: &impl Serialize,
    table: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    match format {
        Format::Table => table(),
        Format::Json => data(serde_json::to_string_pretty(value)?),
        Format::Yaml => data(serde_yaml::to_string(value)?.trim_end()),
    }
}

/// Writes a table, columns two spaces apart.
pub(super) fn table(table: &Table) -> Result<(), Failure> {
    data(text(table, true).trim_end())
}

/// The lines of a table.
pub(super) fn text(table: &Table, headers: bool) -> String {
    let mut drawn = comfy_table::Table::new();
    drawn.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if headers {
        drawn.set_header(&table.headers);
    }
    drawn.add_rows(&table.rows);
    for column in drawn.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut lines = String::new();
    for (number, line) in drawn.lines().enumerate() {
        let line = line.trim_end();
        let line = if headers && number == 0 { format!("{HEADER}{line}{HEADER:#}") } else { line.to_owned() };
        lines.push_str(&line);
        lines.push('\n');
    }
    lines
}

/// Says why a command failed, and with which code to end.
pub(super) fn failure(failure: &Failure) -> Exit {
    match failure {
        Failure::Clap(error) => {
            let _ = error.print();
            if error.use_stderr() { Exit::Wrong } else { Exit::Right }
        }
        Failure::Wrong(text) => {
            chain([text.clone()]);
            Exit::Wrong
        }
        Failure::Mistakes(text) => {
            talk(text.trim_end());
            Exit::Wrong
        }
        Failure::Refused(cause) => {
            error(cause.as_ref());
            Exit::Refused
        }
    }
}

/// Says what went wrong and why.
pub(super) fn error(error: &(dyn std::error::Error + 'static)) {
    chain(anyhow::Chain::new(error).map(ToString::to_string));
    // Without its rights it has been told what to do.
    if privilege::check().is_ok() {
        let cause = anyhow::Chain::new(error).find_map(|cause| cause.downcast_ref::<io::Error>());
        cause.and_then(doctor::way_out).into_iter().for_each(hint);
    }
}

/// Says a message and its causes; the lines that are hints come last.
fn chain(messages: impl IntoIterator<Item = String>) {
    let lines = messages
        .into_iter()
        .enumerate()
        .flat_map(|(depth, message)| message.lines().map(|line| (depth, line.to_owned())).collect::<Vec<_>>());
    let (hints, lines): (Vec<_>, Vec<_>) = lines.partition(|(_, line)| line.starts_with("hint: "));
    for (depth, line) in lines {
        match depth {
            0 => talk(format_args!("{ERROR}error{ERROR:#}: {line}")),
            _ => talk(format_args!("  because: {line}")),
        }
    }
    for (_, line) in hints {
        hint(line.trim_start_matches("hint: "));
    }
}

/// Says what to do about it.
pub(super) fn hint(text: impl Display) {
    talk(format_args!("{HINT}hint{HINT:#}: {text}"));
}

/// Whether a person watches stderr.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_two_spaces_apart_and_lines_end_without_spaces() {
        let table = Table {
            headers: vec!["LogicalId", "State"],
            rows: vec![vec!["a/long-name".into(), "x\ny".into()], vec!["b".into(), "z".into()]],
        };
        assert_eq!(text(&table, false), "a/long-name  x\n             y\nb            z\n");
    }
}
