//! What each lab of `topologies/` becomes: the whole plan, as `ip` and `nft` take it, and the services.
//!
//! `UPDATE_GOLDEN=1` writes the files of `tests/golden` anew; their difference is part of the review.

use std::{
    fs,
    path::{Path, PathBuf},
};
use vpcns::{
    apply::diff,
    compile::compile,
    input::{self, Options},
    spec::{Spec, service::Health},
};

#[test]
fn every_topology_becomes_what_it_became_before() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for file in topologies(root) {
        let spec = spec(&file);
        let name = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let plan = diff(&spec, &Spec::default()).to_string();
        let services = format!("{:#?}\n", spec.services);
        for (ending, text) in [("plan", plan), ("services", services)] {
            let golden = root.join("tests/golden").join(format!("{name}.{ending}"));
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                fs::write(&golden, text).expect("the golden file can be written");
            } else if fs::read_to_string(&golden).unwrap_or_default() != text {
                wrong.push(golden.display().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "not as before; if it is right, renew with UPDATE_GOLDEN=1: {}", wrong.join(", "));
}

#[test]
fn nothing_is_left_to_do_after_all_is_done() {
    for file in topologies(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        let spec = spec(&file);
        assert!(diff(&spec, &spec).is_empty(), "{}", file.display());
    }
}

fn spec(file: &Path) -> Spec {
    let source = input::read(Some(file)).expect("a topology can be read");
    let resolved = input::topology(&source, &Options::of_lab("lab"), None);
    let topology = resolved.unwrap_or_else(|found| panic!("{}", input::render(&source, found)));
    compile(&topology, &Health::default())
}

fn topologies(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join("topologies")).expect("the topologies are there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    files.sort();
    files
}
