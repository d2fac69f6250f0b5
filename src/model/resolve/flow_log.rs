//! Flow logs (FL-04, FL-05, FL-09).

use super::{
    super::{
        FlowLog, FlowLogDestination, FlowLogDestinationType, FlowLogResource, Id, Name,
        diagnostic::{Spanned, did_you_mean},
        draft::{self, Draft, Text},
    },
    Resolver, tag, text,
};
use crate::spec::flow_log::{Field, Traffic};

/// The intervals that AWS has, in seconds (FL-04).
const INTERVALS: [u32; 2] = [60, 600];

/// Fields of AWS's that nothing in a lab has.
const UNMIRRORED: [&str; 13] = [
    "ecs-cluster-arn",
    "ecs-cluster-name",
    "ecs-container-id",
    "ecs-container-instance-arn",
    "ecs-container-instance-id",
    "ecs-second-container-id",
    "ecs-service-name",
    "ecs-task-arn",
    "ecs-task-definition-arn",
    "ecs-task-id",
    "encryption-status",
    "reject-reason",
    "resource-id",
];

impl Resolver<'_> {
    pub(super) fn flow_logs(&mut self, draft: &Draft) {
        for log in &draft.flow_logs {
            let resolved = self.flow_log(log);
            self.flow_logs.insert(&log.label.name, resolved, &mut self.found);
        }
    }

    fn flow_log(&mut self, log: &draft::FlowLog) -> Option<FlowLog> {
        let traffic = match &log.traffic_type {
            Some(text) => {
                let words = Traffic::EVERY.map(|word| (word.as_str(), word));
                text::word(text, "a traffic type (InvalidParameterValue)", &words, &mut self.found)
            }
            None => Some(Traffic::All),
        };
        let format = self.log_format(log.log_format.as_ref());
        let interval = self.aggregation_interval(log.max_aggregation_interval.as_ref());
        let kind = match &log.destination_type {
            Some(text) => {
                let words = FlowLogDestinationType::EVERY.map(|word| (word.as_str(), word));
                text::word(text, "a destination type (InvalidParameterValue)", &words, &mut self.found)
            }
            None => Some(FlowLogDestinationType::default()),
        };
        let (resource, vpc) = self.flow_log_resource(&log.resource)?;
        let name = &log.label.name;
        let resolved = FlowLog {
            id: Id::derive(self.lab, "fl", name.value.as_str()),
            tag: tag(&log.label),
            resource,
            vpc,
            traffic: traffic?,
            format: format?,
            max_aggregation_interval: interval?,
            destination: FlowLogDestination { kind: kind?, name: log.destination.clone() },
        };
        self.is_new(name, &resolved).then_some(resolved)
    }

    /// What it is about, and in which VPC that lies.
    fn flow_log_resource(&mut self, of: &Spanned<draft::FlowLogResource>) -> Option<(FlowLogResource, Name)> {
        let reference = |name: &Name| Spanned::new(name.clone(), of.span);
        match &of.value {
            draft::FlowLogResource::Vpc(name) => {
                self.vpcs.find(&reference(name), &mut self.found)?;
                Some((FlowLogResource::Vpc(name.clone()), name.clone()))
            }
            draft::FlowLogResource::Subnet(name) => {
                let subnet = self.subnets.find(&reference(name), &mut self.found)?;
                Some((FlowLogResource::Subnet(name.clone()), subnet.vpc.clone()))
            }
            draft::FlowLogResource::Instance(name) => {
                let interface = self.instances.find(&reference(name), &mut self.found)?.interface.clone();
                let vpc = self.network_interfaces.get(&interface)?.vpc.clone();
                Some((FlowLogResource::NetworkInterface(interface), vpc))
            }
            draft::FlowLogResource::NetworkInterface(name) => {
                let Some(interface) = self.network_interfaces.get(name) else {
                    let message =
                        format!("the networkInterface ID `{name}` does not exist (InvalidNetworkInterfaceID.NotFound)");
                    let near = did_you_mean(name.as_str(), self.network_interfaces.keys().map(Name::as_str));
                    let hint = near.unwrap_or_else(|| "`vpcns show network-interfaces` lists a lab's".into());
                    self.found.push_with_hint(of.span, message, hint);
                    return None;
                };
                Some((FlowLogResource::NetworkInterface(name.clone()), interface.vpc.clone()))
            }
        }
    }

    /// The fields of `${version} ${vpc-id} …` (FL-09).
    fn log_format(&mut self, given: Option<&Text>) -> Option<Vec<Field>> {
        let Some(given) = given else { return Some(Field::default_format()) };
        let (mut fields, mut is_right) = (Vec::new(), true);
        for word in given.value.split_ascii_whitespace() {
            let name = word.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            if let Some(field) = name.and_then(Field::parse) {
                fields.push(field);
            } else {
                self.unknown_field(given, word, name);
                is_right = false;
            }
        }
        if fields.is_empty() && is_right {
            let hint = "write fields, such as `${version} ${interface-id} ${action}`";
            self.found.push_with_hint(given.span, "the log format is empty (InvalidParameter)", hint);
            is_right = false;
        }
        is_right.then_some(fields)
    }

    fn unknown_field(&mut self, given: &Text, word: &str, name: Option<&str>) {
        let message = format!("unknown field `{word}` provided in the log format (InvalidParameter)");
        match name {
            None => self.found.push_with_hint(given.span, message, "a field is written as `${srcaddr}`"),
            Some(name) if UNMIRRORED.contains(&name) => {
                self.found.push(given.span, format!("the field `{name}` of flow logs is not mirrored yet"));
            }
            Some(name) => {
                let names: Vec<_> = Field::all().map(Field::as_str).collect();
                let near = did_you_mean(name, names.iter().copied());
                self.found.push_with_hint(given.span, message, near.unwrap_or_else(|| names.join(", ")));
            }
        }
    }

    fn aggregation_interval(&mut self, given: Option<&Spanned<i64>>) -> Option<u32> {
        let Some(given) = given else { return Some(INTERVALS[1]) };
        let interval = INTERVALS.into_iter().find(|interval| i64::from(*interval) == given.value);
        if interval.is_none() {
            let message = "invalid maximum aggregation interval (InvalidParameter)";
            let hint = "it is 60 or 600 seconds; `vpcns logs --flow NAME --now` ends one at once";
            self.found.push_with_hint(given.span, message, hint);
        }
        interval
    }

    /// Refuses a second log of the same traffic to the same place (FL-05).
    fn is_new(&mut self, name: &draft::Ref, log: &FlowLog) -> bool {
        let same = |other: &FlowLog| {
            let all = |log: &FlowLog| (log.resource.clone(), log.traffic, log.format.clone(), log.destination.clone());
            all(other) == all(log)
        };
        let Some((other, _)) = self.flow_logs.iter().find(|(_, other)| same(other)) else { return true };
        let message = format!(
            "there is an existing flow log, `{other}`, with the same configuration and log destination \
             (FlowLogAlreadyExists)"
        );
        self.found.push(name.span, message);
        false
    }
}
