//! What the rows of a page may name as their proof: tests, transcripts, topologies, golden files, error fixtures, pages.

use regex::Regex;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The cells of a table's row.
pub(crate) fn cells(line: &str) -> Vec<String> {
    let escaped = line.trim_matches('|').replace(r"\|", "\u{0}");
    escaped.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// What stands in a cell as code.
pub(crate) fn names(cell: &str) -> Vec<String> {
    let code = Regex::new("`([^`]+)`").unwrap();
    code.captures_iter(cell).map(|name| name[1].to_owned()).collect()
}

/// The names of tests, transcripts, topologies, golden files, error fixtures and pages.
pub(crate) fn proofs() -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    let test = Regex::new(r"#\[(?:tokio::)?test[^\]]*\]\s+(?:#\[[^\]]*\]\s+)*(?:async )?fn (\w+)\(").unwrap();
    let folders = ["tests", "topologies", "src"];
    for file in folders.iter().flat_map(|folder| files(&root().join(folder))) {
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
