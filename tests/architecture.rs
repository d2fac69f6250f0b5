//! Which stage may know which: the picture in `src/lib.rs`, held by a test. An edge that is missing here is a
//! decision, not an oversight.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Each stage and the stages that it may use.
const MAY_USE: [(&str, &[&str]); 14] = [
    ("spec", &[]),
    ("model", &["spec"]),
    ("lint", &["model"]),
    // Which lints there are that a file can silence.
    ("input", &["lint", "model", "spec"]),
    ("compile", &["model", "spec"]),
    ("cost", &["model"]),
    ("describe", &["model", "spec"]),
    ("query", &["describe", "model", "spec"]),
    ("reach", &["model", "spec"]),
    ("sys", &["model", "spec"]),
    ("apply", &["spec", "sys"]),
    ("daemon", &["apply", "compile", "model", "query", "spec", "sys"]),
    ("check", &["compile", "daemon", "describe", "model", "reach", "spec", "sys"]),
    (
        "cli",
        &["apply", "check", "compile", "cost", "daemon", "describe", "input", "lint", "model", "reach", "spec", "sys"],
    ),
];

#[test]
fn stages_use_only_what_the_picture_puts_before_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (stage, may_use) in MAY_USE {
        for (used, file) in used_by(&source.join(stage)) {
            if used != stage && !may_use.contains(&used.as_str()) {
                wrong.push(format!("{} uses `{used}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_stage_is_in_the_picture() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders = fs::read_dir(source).expect("the sources are there").map(|entry| entry.expect("an entry").path());
    let stages: BTreeSet<_> = folders.filter(|path| path.is_dir()).map(|path| name(&path)).collect();
    assert_eq!(stages, MAY_USE.iter().map(|(stage, _)| (*stage).to_owned()).collect());
}

/// The stages that a stage's files name, with one file that does.
fn used_by(stage: &Path) -> BTreeMap<String, PathBuf> {
    let mut used = BTreeMap::new();
    for file in files(stage) {
        let text = fs::read_to_string(&file).expect("a source file is text");
        for crate_path in paths_into_the_crate(&text) {
            used.insert(crate_path, file.clone());
        }
    }
    used
}

/// What follows `crate::` in code: one name, or each first name of a braced list.
fn paths_into_the_crate(text: &str) -> BTreeSet<String> {
    let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => names.extend(first_word(rest)),
            Some(list) => names.extend(list_items(list).iter().filter_map(|item| first_word(item))),
        }
    }
    names
}

/// The items of a braced list, whose opening brace is gone, at its own level.
fn list_items(list: &str) -> Vec<String> {
    let (mut depth, mut items) = (0, vec![String::new()]);
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(String::new()),
            _ => items.last_mut().expect("there is always one").push(c),
        }
    }
    items
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text.trim_start().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") && !is_test(&path) {
            found.push(path);
        }
    }
    found
}

/// Tests beside the code may look further than the code.
fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests") || name(path) == "tests.rs"
}

fn name(path: &Path) -> String {
    path.file_name().expect("a path has a name").to_string_lossy().into_owned()
}
