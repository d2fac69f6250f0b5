//! Regions, availability zones, and the public addresses that they hand out (SUB-06, SUB-10, GEN-05).

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A region's name, such as `ap-northeast-2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Region(String);

/// An availability zone's name, such as `ap-northeast-2a`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Az(String);

/// Networks of public addresses of a region, a /16 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicPools {
    /// Addresses that AWS assigns to instances.
    pub instances: Ipv4Net,
    /// Elastic IPs.
    pub elastic: Ipv4Net,
    /// Load balancer nodes.
    pub load_balancers: Ipv4Net,
}

/// Regions that are known, with the letters of their zones and three of their public /16 networks.
const REGIONS: &[(&str, &str, [[u8; 2]; 3])] = &[
    ("us-east-1", "abcdef", [[54, 145], [52, 20], [3, 80]]),
    ("us-east-2", "abc", [[18, 216], [3, 128], [3, 132]]),
    ("us-west-1", "ab", [[54, 176], [13, 52], [54, 215]]),
    ("us-west-2", "abcd", [[54, 184], [52, 24], [35, 160]]),
    ("ca-central-1", "abd", [[3, 96], [35, 182], [99, 79]]),
    ("sa-east-1", "abc", [[54, 232], [18, 228], [54, 207]]),
    ("eu-west-1", "abc", [[34, 240], [52, 16], [54, 72]]),
    ("eu-west-2", "abc", [[18, 130], [3, 8], [35, 176]]),
    ("eu-west-3", "abc", [[35, 180], [15, 236], [13, 38]]),
    ("eu-central-1", "abc", [[3, 120], [18, 192], [52, 28]]),
    ("eu-north-1", "abc", [[13, 48], [13, 51], [16, 16]]),
    ("ap-south-1", "abc", [[13, 232], [3, 108], [65, 0]]),
    ("ap-northeast-1", "acd", [[54, 64], [13, 112], [18, 176]]),
    ("ap-northeast-2", "abcd", [[43, 201], [3, 38], [3, 37]]),
    ("ap-northeast-3", "abc", [[15, 152], [13, 208], [15, 168]]),
    ("ap-southeast-1", "abc", [[13, 212], [54, 169], [18, 136]]),
    ("ap-southeast-2", "abc", [[13, 236], [3, 104], [54, 252]]),
];

impl Default for Region {
    /// The region of files that name none: the documents' own.
    fn default() -> Self {
        Self("ap-northeast-2".into())
    }
}

impl Region {
    /// The region of that name, if it is known.
    pub fn parse(name: &str) -> Option<Self> {
        REGIONS.iter().any(|(known, ..)| *known == name).then(|| Self(name.to_owned()))
    }

    /// The names of all regions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        REGIONS.iter().map(|(name, ..)| *name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its zones in order, as `!GetAZs` gives them (SUB-10).
    pub fn azs(&self) -> Vec<Az> {
        self.row().1.chars().map(|letter| Az(format!("{}{letter}", self.0))).collect()
    }

    /// The zone called `text`: its letter, or its whole name.
    pub fn az(&self, text: &str) -> Option<Az> {
        self.azs().into_iter().find(|az| az.0 == text || az.letter() == text)
    }

    /// The region's part of zone ids: `apne2` of `apne2-az1` (SUB-06).
    pub fn short(&self) -> String {
        let mut parts = self.0.split('-');
        let area = parts.next().unwrap_or_default();
        let rest = parts.map(|part| match part {
            "northeast" => "ne".to_owned(),
            "northwest" => "nw".to_owned(),
            "southeast" => "se".to_owned(),
            "southwest" => "sw".to_owned(),
            other => other[..1].to_owned(),
        });
        format!("{area}{}", rest.collect::<String>())
    }

    /// The id of one of its zones.
    pub fn az_id(&self, az: &Az) -> String {
        let place = self.azs().iter().position(|other| other == az).map_or(0, |place| place + 1);
        format!("{}-az{place}", self.short())
    }

    /// The domain of private names (NAME-01).
    pub fn internal_domain(&self) -> String {
        if self.0 == "us-east-1" { "ec2.internal".into() } else { format!("{}.compute.internal", self.0) }
    }

    /// The domain of public names (NAME-03).
    pub fn public_domain(&self) -> String {
        if self.0 == "us-east-1" {
            "compute-1.amazonaws.com".into()
        } else {
            format!("{}.compute.amazonaws.com", self.0)
        }
    }

    /// Its public networks.
    pub fn public_pools(&self) -> PublicPools {
        let [instances, elastic, load_balancers] =
            self.row().2.map(|[a, b]| Ipv4Net::new([a, b, 0, 0].into(), 16).expect("16 is at most 32"));
        PublicPools { instances, elastic, load_balancers }
    }

    fn row(&self) -> &'static (&'static str, &'static str, [[u8; 2]; 3]) {
        REGIONS.iter().find(|(name, ..)| *name == self.0).expect("a region is made by `parse` only")
    }
}

impl Az {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The letter at its end.
    pub fn letter(&self) -> &str {
        &self.0[self.0.len() - 1..]
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Az {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
