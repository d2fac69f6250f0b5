//! Topologies out of text, for tests of the pure stages.

#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::path::PathBuf;
use vpcns::{
    input::{self, Options, Source},
    model::Topology,
};

/// A file of the native format called `lab.yaml`.
pub fn source(text: &str) -> Source {
    Source { name: "lab.yaml".into(), text: text.into(), directory: PathBuf::from(".") }
}

/// The topology of a right file.
pub fn resolve(text: &str) -> Topology {
    resolved(text, None)
}

/// The topology of a right file, when another one runs.
pub fn resolve_after(text: &str, running: &Topology) -> Topology {
    resolved(text, Some(running))
}

/// The messages about a wrong file.
pub fn mistakes(text: &str) -> Vec<String> {
    let found = input::topology(&source(text), &options(), None).expect_err("the file is wrong");
    found.into_sorted().into_iter().map(|mistake| mistake.message).collect()
}

fn options() -> Options {
    Options::of_lab("lab")
}

fn resolved(text: &str, running: Option<&Topology>) -> Topology {
    let source = source(text);
    let resolved = input::topology(&source, &options(), running);
    resolved.unwrap_or_else(|found| panic!("{}", input::render(&source, found))).topology
}
