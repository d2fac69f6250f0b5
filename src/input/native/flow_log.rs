//! Flow logs of the native format.

use super::{
    lower::{Lowering, label},
    mapping,
};
use crate::{
    input::{
        decode::Decode,
        tree::{Kind, Node},
    },
    model::{
        Name,
        diagnostic::{Diagnostics, Span, Spanned, did_you_mean},
        draft::{self, FlowLogResource, Ref, Text},
    },
};

mapping! {
    /// A flow log. `vpcns logs --flow NAME` shows its records.
    struct FlowLog = "a flow log" {
        /// What it is about; a network interface as `vpcns show network-interfaces` names it.
        resource: Resource,
        /// `ALL` (default), `ACCEPT` or `REJECT`.
        traffic_type: Option<Text>,
        /// The fields of a record, such as `${version} ${vpc-id} ${srcaddr} ${dstaddr} ${action}`. Default: AWS's.
        log_format: Option<Text>,
        /// The longest time that a record is about, in seconds: 60 or 600 (default).
        max_aggregation_interval: Option<Spanned<i64>>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

/// What a flow log is about.
#[derive(Debug, Clone)]
pub(super) struct Resource(Spanned<FlowLogResource>);

impl Decode for Resource {
    fn what() -> String {
        "`vpc/VPC`, `subnet/VPC/SUBNET`, `instance/NAME` or `network_interface/NAME`".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let Kind::Scalar { text, .. } = &node.kind else { return Self::unexpected(node, notes) };
        let (kind, name) = text.split_once('/').unwrap_or((text, ""));
        let resource = match kind {
            _ if name.is_empty() => None,
            "vpc" => Some(FlowLogResource::Vpc(Name::new(name))),
            "subnet" => Some(FlowLogResource::Subnet(Name::new(name))),
            "instance" => Some(FlowLogResource::Instance(Name::new(name))),
            "network_interface" => Some(FlowLogResource::NetworkInterface(Name::new(name))),
            _ => None,
        };
        let Some(resource) = resource else {
            let kinds = ["vpc", "subnet", "instance", "network_interface"];
            let near = did_you_mean(kind, kinds).filter(|_| !kinds.contains(&kind));
            let hint = near.unwrap_or_else(|| format!("it is {}", Self::what()));
            notes.push_with_hint(node.span, format!("a flow log cannot be about {}", node.describe()), hint);
            return Self::placeholder(node.span);
        };
        Self(Spanned::new(resource, node.span))
    }

    fn placeholder(at: Span) -> Self {
        Self(Spanned::new(FlowLogResource::Vpc(Name::new("")), at))
    }
}

impl FlowLog {
    /// Writes the flow log.
    pub(super) fn lower(self, log: Ref, lowering: &mut Lowering<'_>) {
        lowering.draft.flow_logs.push(draft::FlowLog {
            label: label(log, self.tag),
            resource: self.resource.0,
            traffic_type: self.traffic_type,
            log_format: self.log_format,
            max_aggregation_interval: self.max_aggregation_interval,
            destination_type: None,
            destination: None,
        });
    }
}
