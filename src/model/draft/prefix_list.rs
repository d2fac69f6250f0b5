//! Customer-managed prefix lists.

use super::{Label, Text};
use crate::model::diagnostic::Spanned;

/// A customer-managed prefix list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixList {
    /// Its name.
    pub label: Label,
    /// Its `PrefixListName`; none means its logical name.
    pub prefix_list_name: Option<Text>,
    /// Its entries.
    pub entries: Vec<PrefixListEntry>,
    /// None means as many as it has.
    pub max_entries: Option<Spanned<i64>>,
}

/// An entry of a prefix list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixListEntry {
    /// Its CIDR.
    pub cidr: Text,
    /// What it is for.
    pub description: Option<String>,
}
