//! `docs/documents.md`: every row of every document stands there once, and what it names as its proof exists.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use regex::Regex;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// How many rows each document has, and how many mistakes were found in them.
const ROWS: [(&str, usize, usize); 6] =
    [("S000-", 60, 3), ("S001-", 67, 3), ("S002-", 173, 3), ("S003-", 38, 3), ("S004-", 41, 3), ("SEEDERR-", 35, 2)];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The page's rows: id, and what shows it.
fn rows() -> Vec<(String, String)> {
    let page = fs::read_to_string(root().join("docs/documents.md")).unwrap();
    let cells = |line: &str| {
        let escaped = line.trim_matches('|').replace(r"\|", "\u{0}");
        escaped.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
    };
    let rows = page.lines().filter(|line| line.starts_with("| S")).map(cells);
    rows.map(|cells| match &cells[..] {
        [id, .., shown] => (id.clone(), shown.clone()),
        other => panic!("a row has an id and what shows it: {other:?}"),
    })
    .collect()
}

#[test]
fn every_row_of_the_documents_stands_there_once() {
    let wanted = ROWS.iter().flat_map(|(document, count, digits)| {
        (1..=*count).map(move |number| format!("{document}{number:0digits$}", digits = *digits))
    });
    let wanted: BTreeSet<_> = wanted.collect();
    let mut found = BTreeMap::<String, usize>::new();
    for (id, _) in rows() {
        *found.entry(id).or_default() += 1;
    }
    let missing: Vec<_> = wanted.iter().filter(|id| !found.contains_key(*id)).collect();
    let unknown: Vec<_> = found.keys().filter(|id| !wanted.contains(*id)).collect();
    let twice: Vec<_> = found.iter().filter(|(_, times)| **times > 1).collect();
    assert!(
        missing.is_empty() && unknown.is_empty() && twice.is_empty(),
        "missing {missing:?}, unknown {unknown:?}, twice {twice:?}"
    );
}

#[test]
fn what_a_row_names_as_its_proof_exists() {
    let known = proofs();
    let code = Regex::new("`([^`]+)`").unwrap();
    let mut wrong = Vec::new();
    for (id, shown) in rows() {
        // What comes after "not yet" or "never" is the reason, and proves nothing.
        let proof = ["not yet:", "never:"].iter().filter_map(|word| shown.find(word)).min().unwrap_or(shown.len());
        let names: Vec<_> = code.captures_iter(&shown[..proof]).map(|name| name[1].to_owned()).collect();
        if names.is_empty() && (proof == shown.len() || shown[proof..].split_once(": ").is_none()) {
            wrong.push(format!("{id}: neither a proof nor a reason"));
        }
        wrong.extend(names.iter().filter(|name| !known.contains(*name)).map(|name| format!("{id}: no `{name}`")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The names of tests, transcripts, topologies, golden files, error fixtures and pages.
fn proofs() -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    let test = Regex::new(r"#\[test\]\s+(?:#\[[^\]]*\]\s+)*fn (\w+)\(").unwrap();
    for file in files(&root().join("tests")).into_iter().chain(files(&root().join("topologies"))) {
        let path = file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        let stem = file.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.starts_with("tests/transcripts/") {
            known.insert(stem);
        } else if file.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&file).unwrap();
            known.extend(test.captures_iter(&text).map(|name| name[1].to_owned()));
        } else if path.starts_with("tests/errors/") {
            known.insert(format!("tests/errors/{stem}"));
        }
        known.insert(path);
    }
    known
        .extend(files(&root().join("docs")).iter().map(|page| format!("docs/{}", page.file_name().unwrap().display())));
    known
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
