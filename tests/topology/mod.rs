//! Topologies out of text, for tests of the pure stages.

#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::path::PathBuf;
use vpcns::{
    input::{self, Options, Source},
    model::Topology,
};

/// A file of the native format called `lab.yaml`.
pub(crate) fn source(text: &str) -> Source {
    Source { name: "lab.yaml".into(), text: text.into(), directory: PathBuf::from(".") }
}

/// The topology of a right file.
pub(crate) fn resolve(text: &str) -> Topology {
    resolved(text, "lab", None)
}

/// The topology of a right file, when another one runs.
pub(crate) fn resolve_after(text: &str, running: &Topology) -> Topology {
    resolved(text, "lab", Some(running))
}

/// The topology of a right file for a lab of another name.
pub(crate) fn resolve_as(text: &str, lab: &str) -> Topology {
    resolved(text, lab, None)
}

/// The messages about a wrong file.
pub(crate) fn mistakes(text: &str) -> Vec<String> {
    mistakes_after(text, None)
}

/// The messages about a file that is wrong when another one runs.
pub(crate) fn mistakes_after(text: &str, running: Option<&Topology>) -> Vec<String> {
    let found = input::topology(&source(text), &Options::of_lab("lab"), running).expect_err("the file is wrong");
    found.into_sorted().into_iter().map(|mistake| mistake.message).collect()
}

fn resolved(text: &str, lab: &str, running: Option<&Topology>) -> Topology {
    let source = source(text);
    let resolved = input::topology(&source, &Options::of_lab(lab), running);
    resolved.unwrap_or_else(|found| panic!("{}", input::render(&source, found)))
}
