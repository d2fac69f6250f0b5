//! Hosted zones of Route 53 (section 12 of the rules).

use super::Name;
use crate::spec::zone::RecordSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Record sets by their whole name, lower-case and without a final dot.
pub type RecordSets = BTreeMap<String, Vec<RecordSet>>;

/// A hosted zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostedZone {
    /// `Z…`.
    pub id: String,
    /// Its `Name` tag.
    pub tag: String,
    /// Its domain, without a final dot.
    pub domain: String,
    /// The VPCs in which a private one answers (DNS-08); none at all: it is public.
    pub vpcs: Vec<Name>,
    /// Its records beside those that AWS makes.
    pub records: RecordSets,
    /// The names of those that are resources of a template, by their logical names.
    pub labels: BTreeMap<Name, String>,
}

impl HostedZone {
    /// Whether it answers in VPCs only.
    pub fn is_private(&self) -> bool {
        !self.vpcs.is_empty()
    }

    /// The names of its servers, the primary first.
    pub fn name_servers(&self) -> [String; 4] {
        let place = if self.is_private() {
            0
        } else {
            u32::from_str_radix(self.id.get(2..8).unwrap_or_default(), 16).unwrap_or_default() % 64
        };
        let names = [(1536, "co.uk"), (0, "com"), (1024, "org"), (512, "net")];
        names.map(|(first, ending)| format!("ns-{}.awsdns-{place:02}.{ending}", first + place))
    }
}
