//! Changes inside a table: just the chains, sets, maps and elements that differ, in one transaction.

use crate::spec::nft::{Hook, Map, Part, Rule, Set, TABLE};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// One command of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the command that its `Display` shows")]
pub enum Change {
    AddCounter(String),
    AddSet(String, Set),
    AddChain(String, Option<Hook>),
    AddMap(String, Map),
    /// Keys of a set or of a map.
    DeleteKeys(String, BTreeSet<Vec<Part>>),
    AddKeys(String, BTreeSet<Vec<Part>>),
    AddPairs(String, BTreeMap<Vec<Part>, Part>),
    FlushChain(String),
    AddRules(String, Vec<Rule>),
    DeleteMap(String),
    DeleteChain(String),
    DeleteSet(String),
    DeleteCounter(String),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::AddCounter(name) => write!(f, "add counter inet {TABLE} {name}"),
            Change::AddSet(name, set) => write!(f, "add set inet {TABLE} {name} {{ {set} }}"),
            Change::AddChain(name, None) => write!(f, "add chain inet {TABLE} {name}"),
            Change::AddChain(name, Some(hook)) => write!(f, "add chain inet {TABLE} {name} {{ {hook} }}"),
            Change::AddMap(name, map) => write!(f, "add map inet {TABLE} {name} {{ {map} }}"),
            Change::DeleteKeys(name, keys) => {
                write!(f, "delete element inet {TABLE} {name} {{ {} }}", joined(keys.iter().map(|key| text(key))))
            }
            Change::AddKeys(name, keys) => {
                write!(f, "add element inet {TABLE} {name} {{ {} }}", joined(keys.iter().map(|key| text(key))))
            }
            Change::AddPairs(name, pairs) => {
                let pairs = pairs.iter().map(|(key, value)| format!("{} : {value}", text(key)));
                write!(f, "add element inet {TABLE} {name} {{ {} }}", joined(pairs))
            }
            Change::FlushChain(name) => write!(f, "flush chain inet {TABLE} {name}"),
            Change::AddRules(name, rules) => {
                let rules: Vec<_> = rules.iter().map(|rule| format!("add rule inet {TABLE} {name} {rule}")).collect();
                f.write_str(&rules.join("\n"))
            }
            Change::DeleteMap(name) => write!(f, "delete map inet {TABLE} {name}"),
            Change::DeleteChain(name) => write!(f, "delete chain inet {TABLE} {name}"),
            Change::DeleteSet(name) => write!(f, "delete set inet {TABLE} {name}"),
            Change::DeleteCounter(name) => write!(f, "delete counter inet {TABLE} {name}"),
        }
    }
}

/// A key.
fn text(key: &[Part]) -> String {
    key.iter().map(ToString::to_string).collect::<Vec<_>>().join(" . ")
}

fn joined(elements: impl Iterator<Item = String>) -> String {
    elements.collect::<Vec<_>>().join(", ")
}
