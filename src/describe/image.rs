//! `describe-images`, of the images that were made in the lab.

use crate::model::{FIRST_ACCOUNT, Topology};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.images.iter().map(|(name, image)| {
        json!({
            "Name": name,
            "LogicalId": name,
            "ImageId": image.id,
            "State": "available",
            "SourceInstanceId": image.source_instance,
            "CreationDate": image.created,
            "OwnerId": FIRST_ACCOUNT,
            "ImageType": "machine",
            "Architecture": "x86_64",
            "RootDeviceName": "/dev/xvda",
        })
    });
    rows.collect()
}
