//! `docs/documents.md`: every row of every document stands there once, and what it names as its proof exists.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod proof;

use proof::{cells, names, proofs, root};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// How many rows each document has, and how many mistakes were found in them.
const ROWS: [(&str, usize, usize); 6] =
    [("S000-", 60, 3), ("S001-", 67, 3), ("S002-", 173, 3), ("S003-", 38, 3), ("S004-", 41, 3), ("SEEDERR-", 35, 2)];

/// The page's rows: id, and what shows it.
fn rows() -> Vec<(String, String)> {
    let page = fs::read_to_string(root().join("docs/documents.md")).unwrap();
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
    let mut wrong = Vec::new();
    for (id, shown) in rows() {
        // What comes after "not yet" or "never" is the reason, and proves nothing.
        let proof = ["not yet:", "never:"].iter().filter_map(|word| shown.find(word)).min().unwrap_or(shown.len());
        let names = names(&shown[..proof]);
        if names.is_empty() && (proof == shown.len() || shown[proof..].split_once(": ").is_none()) {
            wrong.push(format!("{id}: neither a proof nor a reason"));
        }
        wrong.extend(names.iter().filter(|name| !known.contains(*name)).map(|name| format!("{id}: no `{name}`")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
