//! `vpcns doctor` tries what the tables of labs have: each kind of expression that any topology needs is in what it loads.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "hard/none.rs"]
mod none {}

use std::{collections::BTreeSet, fs, path::Path};
use vpcns::{
    spec::nft::{Filter, MarkSource, Statement, Table, Translation, Value},
    sys::doctor::tables,
};
