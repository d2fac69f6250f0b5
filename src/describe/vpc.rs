//! `describe-vpcs`.

use crate::model::{DEFAULT_VPC, Name, Topology, Vpc};
use serde_json::{Value, json};

pub(super) fn describe(topology: &Topology) -> Vec<Value> {
    let rows = topology.vpcs.iter().map(|(name, vpc)| {
        json!({
            "Name": vpc.tag,
            "LogicalId": name,
            "VpcId": vpc.id,
            "State": "available",
            "CidrBlock": vpc.cidr,
            "CidrBlockAssociationSet": associations(topology, name, vpc),
            "DhcpOptionsId": topology.dhcp_options_of(vpc).id,
            "OwnerId": vpc.account,
            "InstanceTenancy": "default",
            "IsDefault": name.as_str() == DEFAULT_VPC,
            "EnableDnsSupport": vpc.enable_dns_support,
            "EnableDnsHostnames": vpc.enable_dns_hostnames,
        })
    });
    rows.collect()
}

/// The primary CIDR and the secondary ones (VPC-13).
fn associations(topology: &Topology, name: &Name, vpc: &Vpc) -> Vec<Value> {
    let association = |cidr| {
        json!({
            "AssociationId": vpc.association(&topology.lab, name, cidr),
            "CidrBlock": cidr,
            "CidrBlockState": { "State": "associated" },
        })
    };
    vpc.cidrs().map(association).collect()
}
