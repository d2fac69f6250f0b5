//! Managed prefix lists: the customer's own, and which lists rules and routes may name (RT-04, SG-09).

use super::{AwsService, Id, Name, Topology, aws_address};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

/// A customer-managed prefix list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixList {
    /// `pl-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// Its `PrefixListName`.
    pub prefix_list_name: String,
    /// Its entries, sorted, none twice.
    pub entries: Vec<PrefixListEntry>,
    /// How many entries it may have, and as how many rules or routes a reference to it counts (SG-22).
    pub max_entries: usize,
    /// 1 at first, and one more with each change of the entries.
    pub version: u32,
}

/// An entry of a prefix list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PrefixListEntry {
    /// Its network.
    pub cidr: Ipv4Net,
    /// What it is for.
    pub description: Option<String>,
}

/// A prefix list that a rule or a route names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrefixListRef {
    /// One of the lab.
    Own(Name),
    /// A service's public addresses in the region (GWE-08).
    Service(AwsService),
    /// The addresses from which `CloudFront` asks its origins.
    CloudFront,
}

impl Topology {
    /// The networks of a prefix list that something in a VPC names: AWS's own are the region's.
    pub fn prefix_list_cidrs(&self, vpc: &Name, list: &PrefixListRef) -> Vec<Ipv4Net> {
        match list {
            PrefixListRef::Own(name) => self.prefix_lists[name].entries.iter().map(|entry| entry.cidr).collect(),
            PrefixListRef::Service(service) => aws_address::prefix_list(self.region_of(vpc), service).cidrs,
            PrefixListRef::CloudFront => aws_address::cloudfront(self.region_of(vpc)).cidrs,
        }
    }

    /// Its id.
    pub fn prefix_list_id(&self, vpc: &Name, list: &PrefixListRef) -> String {
        match list {
            PrefixListRef::Own(name) => self.prefix_lists[name].id.to_string(),
            PrefixListRef::Service(service) => aws_address::prefix_list(self.region_of(vpc), service).id,
            PrefixListRef::CloudFront => aws_address::cloudfront(self.region_of(vpc)).id,
        }
    }

    /// What people call it.
    pub fn prefix_list_name(&self, vpc: &Name, list: &PrefixListRef) -> String {
        match list {
            PrefixListRef::Own(name) => name.to_string(),
            PrefixListRef::Service(service) => aws_address::prefix_list(self.region_of(vpc), service).name,
            PrefixListRef::CloudFront => aws_address::cloudfront(self.region_of(vpc)).name,
        }
    }
}
