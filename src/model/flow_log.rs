//! Flow logs (section 19 of the rules): what a VPC, a subnet or an interface sends and gets, in records.

use super::{Id, Name, NetworkInterface, Topology};
use crate::spec::flow_log::{Field, Traffic};
use serde::{Deserialize, Serialize};

/// A flow log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowLog {
    /// `fl-…`.
    pub id: Id,
    /// The `Name` tag.
    pub tag: String,
    /// What it is about.
    pub resource: FlowLogResource,
    /// Its VPC, or the one in which its subnet or interface lies.
    pub vpc: Name,
    /// Which traffic.
    pub traffic: Traffic,
    /// The fields of a record, in order.
    pub format: Vec<Field>,
    /// 60 or 600 seconds (FL-04).
    pub max_aggregation_interval: u32,
    /// Where AWS would put the records; a lab has them in a file of its own.
    pub destination: FlowLogDestination,
}

/// What a flow log is about (FL-05).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowLogResource {
    /// All interfaces of a VPC.
    Vpc(Name),
    /// All interfaces of a subnet.
    Subnet(Name),
    /// One interface.
    NetworkInterface(Name),
}

/// Where AWS would put the records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowLogDestination {
    /// Of which kind it is.
    pub kind: FlowLogDestinationType,
    /// The log group's name, or an ARN, if the file says one.
    pub name: Option<String>,
}

/// Kinds of destinations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "they are AWS's own names")]
pub enum FlowLogDestinationType {
    #[default]
    CloudWatchLogs,
    S3,
    KinesisDataFirehose,
}

impl FlowLogDestinationType {
    /// All of them.
    pub const EVERY: [Self; 3] = [Self::CloudWatchLogs, Self::S3, Self::KinesisDataFirehose];

    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudWatchLogs => "cloud-watch-logs",
            Self::S3 => "s3",
            Self::KinesisDataFirehose => "kinesis-data-firehose",
        }
    }
}

impl FlowLog {
    /// The interfaces that it is about, those that AWS runs among them (FL-10).
    pub fn interfaces<'a>(
        &'a self,
        topology: &'a Topology,
    ) -> impl Iterator<Item = (&'a Name, &'a NetworkInterface)> + 'a {
        topology.network_interfaces.iter().filter(|(name, interface)| self.is_about(name, interface))
    }

    /// Whether it is about an interface.
    pub fn is_about(&self, name: &Name, interface: &NetworkInterface) -> bool {
        match &self.resource {
            FlowLogResource::Vpc(vpc) => interface.vpc == *vpc,
            FlowLogResource::Subnet(subnet) => interface.subnet == *subnet,
            FlowLogResource::NetworkInterface(own) => name == own,
        }
    }

    /// The format as AWS writes it: `${version} ${account-id} …`.
    pub fn format_text(&self) -> String {
        self.format.iter().map(|field| format!("${{{}}}", field.as_str())).collect::<Vec<_>>().join(" ")
    }
}
