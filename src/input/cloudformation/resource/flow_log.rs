//! `AWS::EC2::FlowLog`. Where AWS would put the records is kept and shown; a lab has them in a file of its own.

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Tags, To, Words, properties},
    },
    network_interface::Eni,
    vpc::{Subnet, Vpc},
};
use crate::{
    input::{
        decode::Decode,
        tree::{Kind, Node, Part},
    },
    model::{
        Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, FlowLogResource, Label, Ref, Text},
    },
};

properties! {
    /// A flow log. `vpcns logs --flow NAME` shows its records, whatever their destination.
    struct FlowLog = "a flow log" {
        /// What it is about.
        resource as "ResourceId": About,
        /// `VPC`, `Subnet` or `NetworkInterface`, as `ResourceId` is.
        kind as "ResourceType": Text,
        /// `ALL`, `ACCEPT` or `REJECT`.
        traffic as "TrafficType": Option<Text>,
        /// The fields of a record. Default: AWS's.
        format as "LogFormat": Option<Text>,
        /// 60 or 600 (default).
        interval as "MaxAggregationInterval": Option<Spanned<i64>>,
        /// `cloud-watch-logs` (default), `s3` or `kinesis-data-firehose`: shown.
        destination_type as "LogDestinationType": Option<Text>,
        /// The destination's ARN: shown.
        destination as "LogDestination": Option<Words>,
        /// The log group's name: shown.
        group as "LogGroupName": Option<Words>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    accepted &["DeliverCrossAccountRole", "DeliverLogsPermissionArn", "DestinationOptions"];
}

/// A VPC, a subnet or a network interface.
#[derive(Debug, Clone)]
pub(in crate::input::cloudformation) struct About(Spanned<FlowLogResource>);

impl Decode for About {
    fn what() -> String {
        format!("a reference to an `{}`, an `{}` or an `{}`", Vpc::TYPE, Subnet::TYPE, Eni::TYPE)
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let kind = match &node.kind {
            Kind::Later(parts) => match parts.as_slice() {
                [Part::Of { resource, kind, attribute: None }]
                    if ![Vpc::TYPE, Subnet::TYPE, Eni::TYPE].contains(&kind.as_str()) =>
                {
                    notes.push(node.span, format!("expected {}, but `{resource}` is an `{kind}`", Self::what()));
                    return Self::placeholder(node.span);
                }
                [Part::Of { kind, .. }] => kind.as_str(),
                _ => return Self::unexpected(node, notes),
            },
            _ => Vpc::TYPE, // whatever it is, it is no reference
        };
        Self(match kind {
            kind if kind == Vpc::TYPE => To::<Vpc>::decode(node, notes).name.map(FlowLogResource::Vpc),
            kind if kind == Subnet::TYPE => To::<Subnet>::decode(node, notes).name.map(FlowLogResource::Subnet),
            kind if kind == Eni::TYPE => To::<Eni>::decode(node, notes).name.map(FlowLogResource::NetworkInterface),
            _ => return Self::unexpected(node, notes),
        })
    }

    fn placeholder(at: Span) -> Self {
        Self(Spanned::new(FlowLogResource::Vpc(Name::new("")), at))
    }
}

impl Resource for FlowLog {
    const TYPE: &'static str = "AWS::EC2::FlowLog";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let kinds = ["VPC", "Subnet", "NetworkInterface"];
        let is = match self.resource.0.value {
            FlowLogResource::Vpc(_) => kinds[0],
            FlowLogResource::Subnet(_) => kinds[1],
            FlowLogResource::Instance(_) | FlowLogResource::NetworkInterface(_) => kinds[2],
        };
        match self.kind.value.as_str() {
            "TransitGateway" | "TransitGatewayAttachment" => {
                let message = format!("flow logs of a `{}` are not mirrored yet", self.kind.value);
                lowering.leave_out(&name, self.kind.span, message);
                return;
            }
            kind if kind != is => {
                let message = format!("`ResourceType` is `{kind}`, but `ResourceId` is a {is} (InvalidParameter)");
                lowering.notes.push(self.kind.span, message);
                return;
            }
            _ => {}
        }
        if self.traffic.is_none() {
            let message = "a flow log needs a `TrafficType` (MissingParameter)";
            lowering.notes.push_with_hint(name.span, message, "it is `ALL`, `ACCEPT` or `REJECT`");
        }
        let to_group = self.destination_type.as_ref().is_none_or(|kind| kind.value == "cloud-watch-logs");
        if self.group.is_some() && (!to_group || self.destination.is_some()) {
            let message = "`LogGroupName` is for `cloud-watch-logs` without a `LogDestination` (InvalidParameter)";
            lowering.notes.push(name.span, message);
        } else if self.group.is_none() && self.destination.is_none() {
            let message = "a flow log needs a `LogGroupName` or a `LogDestination` (InvalidParameter)";
            lowering.notes.push(name.span, message);
        }
        lowering.draft.flow_logs.push(draft::FlowLog {
            label: Label { name, tag: self.tags.0 },
            resource: self.resource.0,
            traffic_type: self.traffic,
            log_format: self.format,
            max_aggregation_interval: self.interval,
            destination_type: self.destination_type,
            destination: self.destination.or(self.group).and_then(|Words(text)| text),
        });
    }
}
