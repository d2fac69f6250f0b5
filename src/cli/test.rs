//! `vpcns test`: a file's checks, in a lab that runs, or in one that is brought up for them and taken down again.

use super::{
    counting::Counting,
    down,
    exit::{Exit, Failure},
    interrupt::Interrupt,
    keys, lab, load,
    print::{self, Format},
    progress, up,
};
use crate::{
    check::{self, Case, Context, Coverage, Results, report},
    describe::Table,
    input::{self, Source},
    model::{Failed, Topology, check::Check, diagnostic::Lines},
    spec::service::Health,
    sys::{
        self,
        state::{Lab, Record},
    },
};
use anyhow::Context as _;
use clap::{Args, builder::BoolishValueParser};
use serde_json::json;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  sudo vpcns test topology.yaml                 up, the file's `tests:`, down: one command for CI
  vpcns test topology.yaml                      the same without root, where the kernel allows it (docs/rootless.md)
  sudo vpcns test template.yaml --checks checks.yaml    a template with checks from a file of their own
  sudo vpcns test                               the lab that is up, by the `tests:` of the file it came from
  sudo vpcns test checks.yaml                   a file of nothing but `tests:`, for the lab that is up
  sudo vpcns test --only web --only smoke       checks with this tag, or with this in their name
  sudo vpcns test --junit report.xml            for CI systems; in GitHub Actions, annotations come by themselves
  sudo vpcns test --coverage                    and the rules, routes and listeners that no packet used
Which lab: that of the topology FILE if it is up and as the file says, else one that is made for the checks and taken
down whatever happens; without a topology FILE the one that is up, and if none is, the lab that comes with vpcns.
Exit codes: 0 all is as expected, 3 a check failed, 2 a file is wrong, 1 the machine refused.";

/// Run the checks of a file
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: load::Choice,

    /// Take the checks from this file, and not from the topology
    #[arg(long, value_name = "FILE", env = "VPCNS_CHECKS")]
    checks: Option<PathBuf>,

    /// Run only checks that have this tag, or this in their name; can be given several times
    #[arg(long, value_name = "TAG|NAME", env = "VPCNS_ONLY", value_delimiter = ',')]
    only: Vec<String>,

    /// Leave a lab up that was made for the checks
    #[arg(long, env = "VPCNS_KEEP", value_parser = BoolishValueParser::new())]
    keep: bool,

    /// Write the results as `JUnit`'s XML
    #[arg(long, value_name = "FILE", env = "VPCNS_JUNIT")]
    junit: Option<PathBuf>,

    /// Print the results in the Test Anything Protocol
    #[arg(long, env = "VPCNS_TAP", value_parser = BoolishValueParser::new(), conflicts_with = "coverage")]
    tap: bool,

    /// Count packets, and say which rules, routes and listeners none used
    #[arg(long, env = "VPCNS_COVERAGE", value_parser = BoolishValueParser::new())]
    coverage: bool,

    /// The form of the results
    #[arg(short, long, value_name = "FORM", env = "VPCNS_OUTPUT", default_value = "table")]
    output: Format,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let file = arguments.choice.file.as_deref();
    let alone = match (&arguments.checks, file) {
        (None, Some(path)) if path != Path::new("-") => Some(load::read(file)?).filter(input::is_only_checks),
        (Some(path), _) => Some(load::read(Some(path))?),
        _ => None,
    };
    let names_topology = file.is_some() && (arguments.checks.is_some() || alone.is_none());
    let some_lab = arguments.choice.lab.is_some() || arguments.checks.is_none() && alone.is_some();
    if !names_topology && (some_lab || !Lab::all()?.is_empty()) {
        return in_running(arguments, alone);
    }
    let loaded = load::load(&arguments.choice)?;
    let (lab, path) = (loaded.lab.clone(), loaded.path.clone());
    let checks = match &alone {
        Some(source) => Checks::of(source.clone())?,
        None => Checks { source: loaded.source().clone(), found: loaded.checks().to_vec() },
    };
    if lab.exists() {
        let record = lab::record(&lab)?;
        let mut wanted = loaded.resolve(Some(&record.topology))?;
        keys::keep(&record.topology, &mut wanted);
        wanted.created.clone_from(&record.topology.created);
        wanted.is_counted = record.topology.is_counted;
        let cases = checks.prepare(&wanted, &lab::health(&lab), &arguments.only)?;
        sys::privilege::check()?;
        if wanted != record.topology {
            return Err(differs(&lab, &path));
        }
        return judge(arguments, &lab, &record, (&checks.source, &cases, &Interrupt::watch()?));
    }
    let topology = loaded.resolve(None)?;
    let cases = checks.prepare(&topology, &Health::default(), &arguments.only)?;
    in_one_of_its_own(arguments, &lab, Record { source: path, topology }, (&checks.source, &cases))
}

/// In a lab that is up, whatever file it came from.
fn in_running(arguments: &Arguments, alone: Option<Source>) -> Result<Exit, Failure> {
    let choice = lab::Choice { lab: arguments.choice.lab.clone() };
    let (lab, record) = choice.record()?;
    let source = match (alone, record.source.as_str()) {
        (Some(source), _) => source,
        (None, "embedded") => load::read(None)?,
        (None, "-") => {
            let name = lab.name();
            let hint = "name the file with the checks: `vpcns test FILE`";
            return Err(Failure::Wrong(format!("lab `{name}` came from standard input, which is gone\nhint: {hint}")));
        }
        (None, path) => load::read(Some(Path::new(path)))?,
    };
    let checks = Checks::of(source)?;
    let cases = checks.prepare(&record.topology, &lab::health(&lab), &arguments.only)?;
    sys::privilege::check()?;
    judge(arguments, &lab, &record, (&checks.source, &cases, &Interrupt::watch()?))
}

/// In a lab that is made for the checks.
fn in_one_of_its_own(
    arguments: &Arguments,
    lab: &Lab,
    mut record: Record,
    (source, cases): (&Source, &[Case]),
) -> Result<Exit, Failure> {
    sys::privilege::check_for_up()?;
    let interrupt = Interrupt::watch()?;
    let lock = lab::lock(lab)?;
    if lab.record()?.is_some() || !lab.journal()?.is_empty() {
        let name = lab.name();
        return Err(anyhow::anyhow!("another command has just made lab `{name}`\nhint: try again").into());
    }
    // From here on the lab is ours to take down.
    let temporary = Temporary { lab, kept: arguments.keep };
    keys::make(lab, &mut record.topology).context("cannot write the lab's keys")?;
    let exit = match up::bring_up(lab, lock, (None, &record), || Ok(interrupt.clone()))? {
        None => Exit::Interrupted,
        Some(up) => match judge(arguments, lab, &record, (source, cases, &interrupt))? {
            Exit::Right => up,
            exit => exit,
        },
    };
    Ok(match (temporary.end(), exit) {
        (Exit::Right, exit) | (_, exit @ Exit::Interrupted) => exit,
        (problem, _) => problem,
    })
}

/// A lab that ends with this value, also if something fails.
struct Temporary<'a> {
    lab: &'a Lab,
    kept: bool,
}

impl Temporary<'_> {
    fn end(mut self) -> Exit {
        if self.kept {
            print::hint(format_args!("`sudo vpcns down --lab {}` removes the lab", self.lab.name()));
            return Exit::Right;
        }
        self.kept = true;
        down::take_down(self.lab)
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.kept {
            down::take_down(self.lab);
        }
    }
}

/// A lab of that name is up, and not what the file says.
fn differs(lab: &Lab, path: &str) -> Failure {
    let name = lab.name();
    let hint = format!("`sudo vpcns up {path}` makes it so; `--lab NAME` tests the file in a lab of its own");
    anyhow::anyhow!("lab `{name}` is up, but not as `{path}` says\nhint: {hint}").into()
}

/// Checks and the text that they stand in.
struct Checks {
    source: Source,
    found: Vec<Check>,
}

impl Checks {
    /// The checks of any file.
    fn of(source: Source) -> Result<Self, Failure> {
        match input::checks(&source) {
            Ok(found) => Ok(Self { source, found }),
            Err(mistakes) => Err(Failure::Mistakes(input::render(&source, mistakes))),
        }
    }

    /// Those that were asked for, ready to be run.
    fn prepare(&self, topology: &Topology, health: &Health, only: &[String]) -> Result<Vec<Case>, Failure> {
        let name = &self.source.name;
        if self.found.is_empty() {
            let hint = "write some under `tests:`; see docs/checks.md";
            return Err(Failure::Wrong(format!("there are no checks in `{name}`\nhint: {hint}")));
        }
        let prepared = check::prepare(&self.found, &Lines::of(&self.source.text), topology, health);
        let cases = prepared.map_err(|mistakes| Failure::Mistakes(input::render(&self.source, mistakes)))?;
        let is_wanted = |case: &Case| only.iter().any(|word| case.tags.contains(word) || case.name.contains(word));
        let mut tags: Vec<_> = cases.iter().flat_map(|case| case.tags.clone()).collect();
        let cases: Vec<_> = cases.into_iter().filter(|case| only.is_empty() || is_wanted(case)).collect();
        if cases.is_empty() {
            tags.sort();
            tags.dedup();
            let tags = if tags.is_empty() { "none".to_owned() } else { tags.join(", ") };
            let wanted = only.join("`, `");
            return Err(Failure::Wrong(format!(
                "no check in `{name}` is called `{wanted}`\nhint: the tags are: {tags}"
            )));
        }
        Ok(cases)
    }
}

/// Runs the checks, and says what came of them.
fn judge(
    arguments: &Arguments,
    lab: &Lab,
    record: &Record,
    (source, cases, interrupt): (&Source, &[Case], &Interrupt),
) -> Result<Exit, Failure> {
    let stop = || interrupt.came();
    let fail = |failures: &BTreeSet<Failed>| super::fail::set(lab, failures).map_err(|error| error.words());
    let context = Context::new(lab, &record.topology, &record.source, &stop, &fail);
    let bar = progress::checks(cases.iter().map(Case::parts).sum());
    let counting = arguments.coverage.then(|| Counting::begin(lab)).transpose()?;
    let results = check::run(&context, cases, &|done| bar.set_position(done as u64));
    bar.finish_and_clear();
    // What came of the checks is told whatever came of the counting.
    let counted = counting.map(Counting::end).transpose();
    let coverage = counted.as_ref().ok().and_then(Option::as_ref);
    let coverage = coverage.map(|counted| Coverage::new(&record.topology, counted));
    let file = relative(&source.name);
    tell(arguments, &results, coverage.as_ref())?;
    if let Some(path) = &arguments.junit {
        let text = report::junit(lab.name(), &file, &results)?;
        fs::write(path, text).map_err(|error| {
            Failure::from(anyhow::Error::new(error).context(format!("cannot write `{}`", path.display())))
        })?;
    }
    if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        report::annotations(&file, &results).iter().for_each(print::talk);
    }
    print::talk(report::totals(&results));
    counted?;
    Ok(if interrupt.came() {
        Exit::Interrupted
    } else if results.passed() {
        Exit::Right
    } else {
        Exit::Drift
    })
}

fn tell(arguments: &Arguments, results: &Results, coverage: Option<&Coverage>) -> Result<(), Failure> {
    if arguments.tap {
        return print::data(report::tap(results));
    }
    let mut whole = json!({ "Checks": report::json(results) });
    if let Some(coverage) = coverage {
        whole["Coverage"] = serde_json::to_value(coverage)?;
    }
    print::value(arguments.output, &whole, || {
        print::data(report::summary(results))?;
        coverage.map_or(Ok(()), uncovered)
    })
}

/// What no packet used, as a table.
fn uncovered(coverage: &Coverage) -> Result<(), Failure> {
    let Coverage { total, used, unused, .. } = coverage;
    print::data(format_args!("\n{used} of {total} rules, entries, routes and listeners were used by packets"))?;
    let row = |it: &check::Item| {
        let line = it.line.number().map_or("-".to_owned(), |line| line.to_string());
        vec![it.kind.to_owned(), it.of.to_string(), it.says.clone(), line]
    };
    if unused.is_empty() {
        return Ok(());
    }
    print::table(&Table { headers: vec!["Unused", "Of", "Says", "Line"], rows: unused.iter().map(row).collect() })
}

/// A path as seen from here, where it lies below: annotations are for files of the repository.
fn relative(path: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    Path::new(path).strip_prefix(here).map_or_else(|_| path.to_owned(), |path| path.display().to_string())
}
