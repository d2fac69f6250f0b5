//! The Linux side of a lab as plain data: namespaces with their links, addresses, routes, rules,
//! sysctls, nftables table and files; and beside them the services that the lab's daemon runs in them.
//!
//! `compile` writes it from a `Topology` (what should be), `apply::observe` reads it from the kernel
//! (what is), `apply::diff` compares the two. Nothing here knows AWS, and nothing here acts.
//! Every part is `Display`ed in the syntax of `ip` and `nft`, which is what `plan` prints.

pub mod aws;
pub mod connection;
pub mod flow_log;
mod link;
mod machine;
mod name;
pub mod nft;
pub mod relay;
mod route;
pub mod service;
pub mod zone;

pub use link::{Address, Link, LinkKind, MacAddress};
pub use machine::Machine;
pub use name::{LinkName, NetnsName};
pub use route::{Hop, MAIN_TABLE, Route, Rule};

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that a lab is in the kernel. What its daemon serves there is [`service::Services`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spec {
    /// The network namespaces, by their name in `ip netns list`.
    pub namespaces: BTreeMap<NetnsName, Namespace>,
}

/// One network namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// Paths below `/proc/sys/net` and their values, written before any link exists.
    pub sysctls: BTreeMap<String, String>,
    /// Links by name. `lo` is always among them.
    pub links: BTreeMap<LinkName, Link>,
    /// Addresses on those links.
    pub addresses: BTreeSet<Address>,
    /// Routes that the kernel did not make by itself.
    pub routes: BTreeSet<Route>,
    /// Policy rules other than the kernel's own three.
    pub rules: BTreeSet<Rule>,
    /// The one nftables table.
    pub nft: nft::Filter,
    /// Files shown at `/etc/NAME` inside, by NAME.
    pub files: BTreeMap<String, String>,
}
