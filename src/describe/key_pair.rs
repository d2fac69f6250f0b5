//! `describe-key-pairs`, with the public keys.

use crate::model::Topology;
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.key_pairs.iter().map(|(name, pair)| {
        json!({
            "Name": pair.key_name,
            "LogicalId": name,
            "KeyPairId": pair.id,
            "KeyName": pair.key_name,
            "KeyType": pair.key_type(),
            "KeyFingerprint": pair.fingerprint(),
            "PublicKey": pair.public_key,
        })
    });
    rows.collect()
}
