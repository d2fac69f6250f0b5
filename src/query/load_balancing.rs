//! Elastic Load Balancing v2: load balancers, listeners, target groups, their tags, and the health of targets.

use super::{
    Lab, Read,
    error::Error,
    leave_out, only,
    page::{self, LOAD_BALANCING},
    parameters::Parameters,
    service::Service,
};
use crate::describe::{self, Kind};
use serde_json::{Map, Value, json};

type Answer = Result<Map<String, Value>, Error>;

/// What answers the call of that name.
pub(super) fn find(name: &str) -> Option<Read> {
    let read: Read = match name {
        "DescribeLoadBalancers" => describe_load_balancers,
        "DescribeListeners" => describe_listeners,
        "DescribeTargetGroups" => describe_target_groups,
        "DescribeTargetHealth" => describe_target_health,
        "DescribeTags" => describe_tags,
        _ => return None,
    };
    Some(read)
}

/// How AWS says that something is not there (ERR-12).
const NO_LOAD_BALANCER: (&str, &str) = ("LoadBalancerNotFound", "One or more load balancers not found");
const NO_LISTENER: (&str, &str) = ("ListenerNotFound", "One or more listeners not found");
const NO_TARGET_GROUP: (&str, &str) = ("TargetGroupNotFound", "One or more target groups not found");

fn refused((code, message): (&str, &str)) -> Error {
    Error::new(code, message)
}

/// The caller's resources of a kind.
fn own(lab: &Lab<'_>, kind: Kind) -> Vec<Value> {
    let all = describe::resources(kind, lab.topology, lab.health);
    all.into_iter().filter(|resource| lab.has(resource)).collect()
}

/// Those of them whose field is one of the values; all of the values must be there.
fn named(resources: Vec<Value>, field: &str, values: &[&str], absent: (&str, &str)) -> Result<Vec<Value>, Error> {
    if values.is_empty() {
        return Ok(resources);
    }
    let is_there = |value: &&str| resources.iter().any(|resource| resource[field] == **value);
    if !values.iter().all(is_there) {
        return Err(refused(absent));
    }
    Ok(resources.into_iter().filter(|resource| values.iter().any(|value| resource[field] == **value)).collect())
}

/// One part of the list, without what only `show` says.
fn listed(parameters: &Parameters, member: &str, resources: Vec<Value>, beside: &[&str]) -> Answer {
    let (mut resources, next) = page::part(Service::ElasticLoadBalancing, LOAD_BALANCING, parameters, resources)?;
    for resource in &mut resources {
        ["Name", "LogicalId"].iter().chain(beside).for_each(|path| leave_out(resource, path));
    }
    let mut members = Map::from_iter([(member.to_owned(), json!(resources))]);
    if let Some(next) = next {
        members.insert("NextMarker".into(), json!(next));
    }
    Ok(members)
}

fn describe_load_balancers(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    only(parameters, &["LoadBalancerArns", "Names", "Marker", "PageSize"])?;
    let (arns, names) = (parameters.list("LoadBalancerArns.member"), parameters.list("Names.member"));
    if !arns.is_empty() && !names.is_empty() {
        let message = "Load balancer names and load balancer ARNs cannot be specified at the same time";
        return Err(Error::new("ValidationError", message));
    }
    let balancers = named(own(lab, Kind::LoadBalancers), "LoadBalancerArn", &arns, NO_LOAD_BALANCER)?;
    let absent = format!("Load balancers '[{}]' not found", names.join(", "));
    let balancers = named(balancers, "LoadBalancerName", &names, (NO_LOAD_BALANCER.0, &absent))?;
    let beside = ["CrossZoneEnabled", "Attributes", "AvailabilityZones/*/DnsName"];
    listed(parameters, "LoadBalancers", balancers, &beside)
}

fn describe_listeners(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    only(parameters, &["LoadBalancerArn", "ListenerArns", "Marker", "PageSize"])?;
    let arns = parameters.list("ListenerArns.member");
    let mut listeners = named(own(lab, Kind::Listeners), "ListenerArn", &arns, NO_LISTENER)?;
    match parameters.get("LoadBalancerArn") {
        Some(arn) => {
            named(own(lab, Kind::LoadBalancers), "LoadBalancerArn", &[arn], NO_LOAD_BALANCER)?;
            listeners.retain(|listener| listener["LoadBalancerArn"] == arn);
        }
        None if arns.is_empty() => {
            let message = "You must specify either listener ARNs or a load balancer ARN";
            return Err(Error::new("ValidationError", message));
        }
        None => {}
    }
    listed(parameters, "Listeners", listeners, &["Attributes", "DefaultActions/*/TargetGroupName"])
}

fn describe_target_groups(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    only(parameters, &["LoadBalancerArn", "TargetGroupArns", "Names", "Marker", "PageSize"])?;
    let (arns, names) = (parameters.list("TargetGroupArns.member"), parameters.list("Names.member"));
    let groups = named(own(lab, Kind::TargetGroups), "TargetGroupArn", &arns, NO_TARGET_GROUP)?;
    let mut groups = named(groups, "TargetGroupName", &names, NO_TARGET_GROUP)?;
    if let Some(arn) = parameters.get("LoadBalancerArn") {
        named(own(lab, Kind::LoadBalancers), "LoadBalancerArn", &[arn], NO_LOAD_BALANCER)?;
        let uses = |group: &Value| group["LoadBalancerArns"].as_array().is_some_and(|arns| arns.contains(&json!(arn)));
        groups.retain(uses);
    }
    let beside = ["PreserveClientIp", "DeregistrationDelaySeconds", "Attributes"];
    listed(parameters, "TargetGroups", groups, &beside)
}

/// NLB-24, OUT-04.
fn describe_target_health(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    only(parameters, &["TargetGroupArn", "Targets", "Include"])?;
    let Some(arn) = parameters.get("TargetGroupArn") else {
        let message = "1 validation error detected: Value null at 'targetGroupArn' failed to satisfy constraint: \
                       Member must not be null";
        return Err(Error::new("ValidationError", message));
    };
    named(own(lab, Kind::TargetGroups), "TargetGroupArn", &[arn], NO_TARGET_GROUP)?;
    let mut targets = own(lab, Kind::TargetHealth);
    targets.retain(|target| target["TargetGroupArn"] == arn);
    let wanted: Vec<_> = parameters
        .numbers("Targets.member")
        .into_iter()
        .map(|number| {
            let part = |field: &str| parameters.get(&format!("Targets.member.{number}.{field}"));
            (part("Id").unwrap_or_default(), part("Port"))
        })
        .collect();
    let is = |target: &Value, (id, port): &(&str, Option<&str>)| {
        target["Target"]["Id"] == *id && port.is_none_or(|port| target["Target"]["Port"].as_u64() == port.parse().ok())
    };
    let absent = wanted.iter().filter(|one| !targets.iter().any(|target| is(target, one)));
    let absent: Vec<_> = absent.map(|one| unregistered(one)).collect();
    targets.retain(|target| wanted.is_empty() || wanted.iter().any(|one| is(target, one)));
    targets.extend(absent);
    for target in &mut targets {
        for path in ["Name", "LogicalId", "TargetGroupArn"] {
            leave_out(target, path);
        }
    }
    Ok(Map::from_iter([("TargetHealthDescriptions".to_owned(), json!(targets))]))
}

/// What is said of a target that one asks for, and that is not in the group.
fn unregistered((id, port): &(&str, Option<&str>)) -> Value {
    json!({
        "Target": { "Id": id, "Port": port.and_then(|port| port.parse::<u16>().ok()) },
        "TargetHealth": {
            "State": "unused",
            "Reason": "Target.NotRegistered",
            "Description": "Target is not registered to the target group",
        },
    })
}

/// Load balancers and target groups have names of their own, and no tags in a lab.
fn describe_tags(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    only(parameters, &["ResourceArns"])?;
    let kinds = [
        (Kind::LoadBalancers, "LoadBalancerArn", NO_LOAD_BALANCER),
        (Kind::TargetGroups, "TargetGroupArn", NO_TARGET_GROUP),
        (Kind::Listeners, "ListenerArn", NO_LISTENER),
    ];
    let mut described = Vec::new();
    for arn in parameters.list("ResourceArns.member") {
        let at = usize::from(arn.contains(":targetgroup/")) + 2 * usize::from(arn.contains(":listener/"));
        let (kind, field, absent) = kinds[at];
        named(own(lab, kind), field, &[arn], absent)?;
        described.push(json!({ "ResourceArn": arn, "Tags": [] }));
    }
    Ok(Map::from_iter([("TagDescriptions".to_owned(), json!(described))]))
}
