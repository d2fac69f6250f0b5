//! Maps as lists of pairs, because a JSON object cannot have their keys.

use super::Part;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

pub(super) fn serialize<S: Serializer>(map: &BTreeMap<Vec<Part>, Part>, to: S) -> Result<S::Ok, S::Error> {
    map.iter().collect::<Vec<_>>().serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Vec<Part>, Part>, D::Error> {
    Ok(Vec::<(Vec<Part>, Part)>::deserialize(from)?.into_iter().collect())
}
