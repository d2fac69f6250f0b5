//! `describe-vpcs`.

use crate::model::{DEFAULT_VPC, Topology};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.vpcs.iter().map(|(name, vpc)| {
        json!({
            "Name": vpc.tag,
            "LogicalId": name,
            "VpcId": vpc.id,
            "State": "available",
            "CidrBlock": vpc.cidr,
            "OwnerId": vpc.account,
            "InstanceTenancy": "default",
            "IsDefault": name.as_str() == DEFAULT_VPC,
            "EnableDnsSupport": vpc.enable_dns_support,
            "EnableDnsHostnames": vpc.enable_dns_hostnames,
        })
    });
    rows.collect()
}
