//! What the lints find, each at its place, and what they leave alone.
//!
//! Beside each file of `tests/lints` stands what is found in it; `UPDATE_GOLDEN=1` writes that anew. What a file has
//! without being in its findings is what the lints must not find.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod page;
#[path = "lints/quotas.rs"]
mod quotas;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use vpcns::{
    input::{self, Options, Source},
    lint::{self, LINTS},
    model::diagnostic::Diagnostics,
};

/// All findings in a text, allowed or not, and the lints that it allows.
fn findings(source: &Source) -> (Diagnostics, Vec<String>) {
    let options = Options::of_lab("lab");
    let refused = |found| input::render(source, found);
    let draft = input::draft(source, &options).map_err(refused).unwrap();
    let topology = input::topology(source, &options, None).map_err(refused).unwrap();
    (lint::lint(&topology, &draft), draft.allowed_lints.into_iter().map(|name| name.value).collect())
}

/// The lints that found something.
fn names(found: &Diagnostics) -> BTreeSet<&'static str> {
    found.clone().into_sorted().into_iter().map(|one| one.lint.unwrap()).collect()
}

#[test]
fn each_finding_is_at_its_place_and_nothing_else_is_found() {
    let mut wrong = Vec::new();
    for file in files("tests/lints") {
        let mut source = input::read(Some(&file)).unwrap();
        source.name = file.file_name().unwrap().to_string_lossy().into_owned();
        let (found, allowed) = findings(&source);
        let (_, found) = found.partition(|one| allowed.iter().any(|name| Some(name.as_str()) == one.lint));
        let rendered = input::render_warnings(&source, found);
        let golden = file.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, rendered).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != rendered {
            wrong.push(format!("{}:\n{rendered}", golden.display()));
        }
    }
    assert!(wrong.is_empty(), "not as expected; if it is right, renew with UPDATE_GOLDEN=1\n{}", wrong.join("\n"));
}

#[test]
fn every_lint_finds_something_in_some_fixture() {
    let mut found = BTreeSet::from([lint::QUOTA]);
    for file in files("tests/lints") {
        found.extend(names(&findings(&input::read(Some(&file)).unwrap()).0));
    }
    assert_eq!(found, LINTS.iter().map(|lint| lint.name).collect());
}

/// The labs that come with vpcns are what people copy: what is found in one is meant, and the file says so.
#[test]
fn every_topology_allows_what_is_found_in_it_and_nothing_else() {
    for file in files("topologies") {
        let (found, allowed) = findings(&input::read(Some(&file)).unwrap());
        let allowed: BTreeSet<_> = allowed.iter().map(String::as_str).collect();
        assert_eq!(names(&found), allowed, "{}", file.display());
    }
}

#[test]
fn the_page_about_lints_is_the_code() {
    page::assert_tables("lints.md", [("lints", lint::table()), ("quotas", lint::quotas())]);
}

#[test]
fn a_lint_that_there_is_not_cannot_be_allowed() {
    let texts = [
        "lints: { allow: [unused-route-tabel] }\nvpcs: { main: { cidr: 10.0.0.0/16 } }\n",
        "Metadata: { vpcns: { allow: unused-route-tabel } }\nResources:\n  V: { Type: 'AWS::EC2::VPC', Properties: { \
         CidrBlock: 10.0.0.0/16 } }\n",
    ];
    for text in texts {
        let mistakes = input::topology(&source(text), &Options::of_lab("lab"), None).unwrap_err();
        let rendered = input::render(&source(text), mistakes);
        assert!(rendered.contains("there is no lint `unused-route-tabel`"), "{rendered}");
        assert!(rendered.contains("did you mean `unused-route-table`?"), "{rendered}");
    }
}

const UNUSED: &str = "vpcs:\n  main:\n    cidr: 10.0.0.0/16\n    route_tables: { idle: {} }\n";

#[test]
fn warnings_refuse_nothing_unless_they_are_denied() {
    let said = vpcns(UNUSED, &[]);
    assert_eq!(said.status.code(), Some(0));
    let stderr = String::from_utf8(said.stderr).unwrap();
    assert!(stderr.contains("warning[unused-route-table]: no subnet uses the route table `main/idle`"), "{stderr}");
    assert!(stderr.contains("lab.yaml:4:21") && stderr.contains("is right, with 1 warning: 1 VPC"), "{stderr}");
    let allowing = format!("lints: {{ allow: [unused-route-table] }}\n{UNUSED}");
    for (text, arguments, code) in [
        (UNUSED, &["--allow", "unused-route-table", "--deny", "warnings"][..], 0),
        (UNUSED, &["--deny", "unused-elastic-ip", "--quotas"], 0),
        (UNUSED, &["--deny", "warnings"], 2),
        (UNUSED, &["--deny", "unused-route-table"], 2),
        (&allowing, &["--deny", "warnings"], 0),
        // What the command line names holds against the file.
        (&allowing, &["--deny", "unused-route-table"], 2),
    ] {
        let said = vpcns(text, arguments);
        let stderr = String::from_utf8(said.stderr).unwrap();
        assert_eq!(said.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert_eq!(
            stderr.contains("unused-route-table]"),
            code == 2 || !arguments.contains(&"warnings") && text == UNUSED
        );
    }
    assert_eq!(vpcns(UNUSED, &["--allow", "no-such-lint"]).status.code(), Some(2));
}

#[test]
fn findings_are_data_too() {
    let json = |arguments: &[&str]| -> serde_json::Value {
        let arguments = [&["-o", "json"], arguments].concat();
        serde_json::from_slice(&vpcns(UNUSED, &arguments).stdout).unwrap()
    };
    let warning = &json(&[])[0];
    assert_eq!((&warning["line"], &warning["column"]), (&4.into(), &21.into()));
    assert_eq!((&warning["severity"], &warning["lint"]), (&"warning".into(), &"unused-route-table".into()));
    assert!(warning["hint"].is_string());
    assert_eq!(json(&["--deny", "warnings"])[0]["severity"], "error");
    assert_eq!(json(&["--allow", "unused-route-table"]), serde_json::json!([]));
}

#[test]
fn lints_are_listed_without_a_file() {
    let said = Command::new(env!("CARGO_BIN_EXE_vpcns")).args(["validate", "--list-lints"]).output().unwrap();
    let listed = String::from_utf8(said.stdout).unwrap();
    assert!(LINTS.iter().all(|lint| listed.contains(&format!("\n{} ", lint.name))), "{listed}");
}

#[test]
fn plan_warns_too() {
    let run = |command: &str, arguments: &[&str]| {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("lab.yaml");
        fs::write(&file, UNUSED).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_vpcns"));
        let said = program.arg(command).args(arguments).arg(&file).args(["--lab", "lints-of-a-file"]).output().unwrap();
        String::from_utf8(said.stderr).unwrap()
    };
    assert!(run("plan", &[]).contains("warning[unused-route-table]"));
    assert!(run("plan", &["--deny", "warnings"]).contains("error[unused-route-table]"));
}

/// `vpcns validate` of a text.
fn vpcns(text: &str, arguments: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("lab.yaml");
    fs::write(&file, text).unwrap();
    Command::new(env!("CARGO_BIN_EXE_vpcns")).arg("validate").args(arguments).arg(file).output().unwrap()
}

fn source(text: &str) -> Source {
    Source { name: "test.yaml".into(), text: text.into(), directory: PathBuf::new() }
}

fn files(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    assert!(!files.is_empty());
    files
}
