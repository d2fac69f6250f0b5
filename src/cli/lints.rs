//! What becomes of what the lints find: a warning, silence, or a mistake.

use crate::{
    describe::Table,
    lint::{self, LINTS, QUOTA},
    model::{Topology, diagnostic::Diagnostics, draft::Draft},
};
use clap::{
    Args,
    builder::{BoolishValueParser, PossibleValuesParser},
};

/// What `--deny` takes for all of them.
const WARNINGS: &str = "warnings";

/// Which lints are silent, and which refuse a file.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Lints {
    /// Say nothing of what this lint finds; can be given several times. A file does it by `lints: { allow: [LINT] }`
    #[arg(
        long = "allow", value_name = "LINT", env = "VPCNS_ALLOW", value_delimiter = ',', hide_possible_values = true,
        value_parser = PossibleValuesParser::new(LINTS.map(|lint| lint.name))
    )]
    allowed: Vec<String>,

    /// Refuse a file in which this lint finds something, even if the file allows it; `warnings`: any that is not allowed
    #[arg(
        long = "deny", value_name = "LINT|warnings", env = "VPCNS_DENY", value_delimiter = ',', hide_possible_values = true,
        value_parser = PossibleValuesParser::new(LINTS.map(|lint| lint.name).into_iter().chain([WARNINGS]))
    )]
    denied: Vec<String>,

    /// Refuse a file that passes AWS's quotas, as `--deny quota` does
    #[arg(long, env = "VPCNS_QUOTAS", value_parser = BoolishValueParser::new())]
    quotas: bool,
}

impl Lints {
    /// What is to be told of a file, or for what it is refused.
    pub(super) fn judge(&self, topology: &Topology, draft: &Draft) -> Result<Diagnostics, Diagnostics> {
        let has = |list: &[String], name: &str| list.iter().any(|other| other == name);
        let (denied, others) = lint::lint(topology, draft).partition(|found| {
            let name = found.lint.unwrap_or_default();
            has(&self.denied, name) || self.quotas && name == QUOTA
        });
        let (_, warnings) = others.partition(|found| {
            let name = found.lint.unwrap_or_default();
            has(&self.allowed, name) || draft.allowed_lints.iter().any(|other| other.value == name)
        });
        match (denied.is_empty(), has(&self.denied, WARNINGS)) {
            (true, false) => Ok(warnings),
            (true, true) if warnings.is_empty() => Ok(warnings),
            (false, false) => Err(denied),
            (_, true) => {
                let mut all = denied;
                all.append(warnings);
                Err(all)
            }
        }
    }
}

/// All lints, for `--list-lints`.
pub(super) fn table() -> Table {
    let rows = LINTS.iter().map(|lint| vec![lint.name.to_owned(), lint.what.to_owned()]).collect();
    Table { headers: vec!["Lint", "Finds"], rows }
}
