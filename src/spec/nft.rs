//! The nftables table of a namespace, as typed data: base chains, chains, sets and maps.
//!
//! A rule here reads like one line of nft's own language and is printed as one. `sys::nft` turns it
//! into the `nftables` crate's JSON schema, so that no text from a user's file is ever parsed by nft.
//! Each namespace has one table, `inet vpcns`, owned whole.
//!
//! ```text
//! map outbound { type ifname : verdict; elements = { eni-0a1b2c3d4e5 : jump out_web } }
//! chain out_web { ip daddr . meta l4proto . th dport @out_web_ports accept }
//! ```

mod display;
mod hash;
mod header_byte;
mod pairs;
mod part;
mod statement;

pub use hash::{Hash, SEED};
pub use header_byte::HeaderByte;
pub use part::{Part, Type};
pub use statement::{Field, MarkSource, Statement, Translation, Value, Verdict};

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The name of the table.
pub const TABLE: &str = "vpcns";

/// What filters a namespace's packets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filter {
    /// Nothing.
    #[default]
    None,
    /// This table.
    Table(Table),
    /// A table that is not as this program left it. Only ever observed, never desired.
    Unknown,
}

/// The table `inet vpcns`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The names of the counters to which rules refer. They count on while the chains of those rules are filled anew.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub counters: BTreeSet<String>,
    /// Sets by name.
    pub sets: BTreeMap<String, Set>,
    /// Maps by name.
    pub maps: BTreeMap<String, Map>,
    /// Chains by name, base chains among them.
    pub chains: BTreeMap<String, Chain>,
}

/// A named set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// The type of each part of a key.
    pub key: Vec<Type>,
    /// Whether elements may be networks and port ranges. Fixed when the set is made.
    pub interval: bool,
    /// Its elements. Those of an interval set never overlap.
    pub elements: BTreeSet<Vec<Part>>,
}

/// A named map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Map {
    /// The type of each part of a key.
    pub key: Vec<Type>,
    /// The type of the values.
    pub value: Type,
    /// Whether keys may be networks and port ranges. Fixed when the map is made.
    pub interval: bool,
    /// Its elements. Keys of an interval map never overlap. As pairs, for keys that JSON cannot have.
    #[serde(with = "pairs")]
    pub elements: BTreeMap<Vec<Part>, Part>,
}

/// A chain; a base chain if it has a hook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// Where the kernel calls it.
    pub hook: Option<Hook>,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

/// Where the kernel calls a base chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// `filter` or `nat`.
    pub kind: HookKind,
    /// The place in the packet's way.
    pub at: HookPoint,
    /// Lower comes first.
    pub priority: i32,
    /// Whether packets that no rule judged are dropped.
    pub drop_by_default: bool,
}

/// nft's chain types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HookKind {
    /// Judges packets.
    Filter,
    /// Translates the first packet of a connection.
    Nat,
}

/// nft's hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HookPoint {
    /// All packets that come in.
    Prerouting,
    /// Packets for the namespace itself.
    Input,
    /// Packets that pass through.
    Forward,
    /// Packets that the namespace itself sends.
    Output,
    /// All packets that go out.
    Postrouting,
}

/// One rule: conditions from left to right, then what to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Conditions and actions, in order.
    pub statements: Vec<Statement>,
    /// What the rule mirrors, for people who list the table.
    pub comment: Option<String>,
}

impl Rule {
    /// A rule without a comment.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self { statements: statements.into_iter().collect(), comment: None }
    }

    /// The same rule with a comment.
    #[must_use]
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }
}
