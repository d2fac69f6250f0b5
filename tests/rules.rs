//! "Rule by rule" in `docs/aws-to-linux.md`: every numbered rule of AWS's behaviour stands there once, and the files and
//! tests that it names exist. `scripts/rules` says how many of them a test shows.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod proof;

use proof::{cells, names, proofs, root};
use std::fs;

/// How many rules each family has.
const FAMILIES: [(&str, usize); 26] = [
    ("GEN", 9),
    ("VPC", 19),
    ("SUB", 14),
    ("RT", 24),
    ("IGW", 13),
    ("EIP", 8),
    ("NAT", 18),
    ("SG", 25),
    ("NACL", 11),
    ("ENI", 10),
    ("NAME", 10),
    ("IMDS", 11),
    ("DNS", 23),
    ("NLB", 45),
    ("SVC", 26),
    ("VPCE", 40),
    ("GWE", 21),
    ("PCX", 16),
    ("VGW", 7),
    ("FL", 11),
    ("RA", 8),
    ("ERR", 15),
    ("DEL", 12),
    ("OUT", 8),
    ("COST", 7),
    ("OPEN", 10),
];

/// Whose rules are marked, and how: by AWS, documents, reports, inference. Codes and open questions have no mark.
const MARKS: [&str; 6] = ["D", "S", "S, D", "E", "I", "—"];

/// A rule: its number, its mark, the files that have it, and what shows it.
struct Rule {
    id: String,
    mark: String,
    place: String,
    shown: String,
}

fn rules() -> Vec<Rule> {
    let page = fs::read_to_string(root().join("docs/aws-to-linux.md")).unwrap();
    let (_, section) = page.split_once("\n## Rule by rule\n").expect("the page has the section");
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule "));
    rows.map(|row| match &cells(row)[..] {
        [id, mark, _, place, shown] => {
            Rule { id: id.clone(), mark: mark.clone(), place: place.clone(), shown: shown.clone() }
        }
        other => panic!("a row has five cells: {other:?}"),
    })
    .collect()
}

#[test]
fn every_rule_stands_there_once_and_in_its_place() {
    let wanted = FAMILIES.iter().flat_map(|(family, count)| (1..=*count).map(move |n| format!("{family}-{n:02}")));
    let found: Vec<_> = rules().into_iter().map(|rule| rule.id).collect();
    assert_eq!(found, wanted.collect::<Vec<_>>());
}

#[test]
fn what_a_rule_names_exists() {
    let known = proofs();
    let mut wrong = Vec::new();
    for Rule { id, mark, place, shown } in rules() {
        if !MARKS.contains(&mark.as_str()) {
            wrong.push(format!("{id}: no mark `{mark}`"));
        }
        let files = names(&place).into_iter().map(|file| format!("src/{file}"));
        wrong.extend(files.filter(|file| !known.contains(file)).map(|file| format!("{id}: no `{file}`")));
        let proof = shown.split(';').next().unwrap();
        let has_reason =
            ["not mirrored: ", "no packet, name or state: "].iter().any(|reason| proof.starts_with(reason));
        let tests = if has_reason { Vec::new() } else { names(proof) };
        if tests.is_empty() && !has_reason {
            wrong.push(format!("{id}: neither a test nor a reason"));
        }
        wrong.extend(tests.iter().filter(|name| !known.contains(*name)).map(|name| format!("{id}: no `{name}`")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
