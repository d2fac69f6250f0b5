//! `list-buckets`, with what `get-bucket-policy` tells.

use crate::model::Topology;
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.buckets.iter().map(|(name, bucket)| {
        json!({
            "Name": bucket.bucket_name,
            "LogicalId": name,
            "BucketArn": bucket.arn(),
            "BucketRegion": topology.region,
            "Policy": bucket.policy,
        })
    });
    rows.collect()
}
