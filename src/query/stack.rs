//! CloudFormation: a lab is a stack of its own name, whatever kind of file it was made of. Its resources are those that the
//! file names; what AWS makes by itself beside them (main route tables, default groups, interfaces) is in no stack.

use super::{Lab, Read, error::Error, only, parameters::Parameters};
use crate::{
    describe::{self, Kind},
    model::{DEFAULT_VPC, FIRST_ACCOUNT, Name, Topology, id},
};
use serde_json::{Map, Value, json};

type Answer = Result<Map<String, Value>, Error>;

/// What answers the call of that name.
pub(super) fn find(name: &str) -> Option<Read> {
    let read: Read = match name {
        "DescribeStacks" => describe_stacks,
        "ListStacks" => list_stacks,
        "DescribeStackResources" => describe_stack_resources,
        "ListStackResources" => list_stack_resources,
        _ => return None,
    };
    Some(read)
}

/// Kinds with their resource types, and the field that is the physical id.
const TYPES: &[(Kind, &str, &str)] = &[
    (Kind::Vpcs, "AWS::EC2::VPC", "VpcId"),
    (Kind::Subnets, "AWS::EC2::Subnet", "SubnetId"),
    (Kind::RouteTables, "AWS::EC2::RouteTable", "RouteTableId"),
    (Kind::InternetGateways, "AWS::EC2::InternetGateway", "InternetGatewayId"),
    (Kind::VpnGateways, "AWS::EC2::VPNGateway", "VpnGatewayId"),
    (Kind::CustomerGateways, "AWS::EC2::CustomerGateway", "CustomerGatewayId"),
    (Kind::VpnConnections, "AWS::EC2::VPNConnection", "VpnConnectionId"),
    (Kind::PeeringConnections, "AWS::EC2::VPCPeeringConnection", "VpcPeeringConnectionId"),
    (Kind::NatGateways, "AWS::EC2::NatGateway", "NatGatewayId"),
    (Kind::SecurityGroups, "AWS::EC2::SecurityGroup", "GroupId"),
    (Kind::NetworkAcls, "AWS::EC2::NetworkAcl", "NetworkAclId"),
    (Kind::KeyPairs, "AWS::EC2::KeyPair", "KeyName"),
    (Kind::Instances, "AWS::EC2::Instance", "InstanceId"),
    (Kind::LoadBalancers, "AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerArn"),
    (Kind::TargetGroups, "AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupArn"),
    (Kind::EndpointServices, "AWS::EC2::VPCEndpointService", "ServiceId"),
    (Kind::Endpoints, "AWS::EC2::VPCEndpoint", "VpcEndpointId"),
    (Kind::HostedZones, "AWS::Route53::HostedZone", "Id"),
    (Kind::ResolverEndpoints, "AWS::Route53Resolver::ResolverEndpoint", "Id"),
    (Kind::ResolverRules, "AWS::Route53Resolver::ResolverRule", "Id"),
];

/// What state all that a lab has is in.
const COMPLETE: &str = "CREATE_COMPLETE";

fn stack_id(topology: &Topology) -> String {
    id::stack(topology.region.as_str(), FIRST_ACCOUNT, &topology.lab)
}

/// The ARN of the stack that is named, or by ARN; of one that there is not, as far as it is known.
pub(super) fn arn(lab: &Lab<'_>, named: &str) -> String {
    let Lab { topology, caller, region, .. } = lab;
    if named.starts_with("arn:") {
        named.to_owned()
    } else if named == topology.lab && lab.has_stack() {
        stack_id(topology)
    } else {
        format!("arn:aws:cloudformation:{region}:{}:stack/{named}/*", caller.account)
    }
}

fn time(topology: &Topology, id: &str) -> Value {
    let of_lab = || topology.created.get(&topology.lab);
    json!(topology.created.get(id).or_else(of_lab))
}

/// Whether the caller asks for the lab's stack, by its name or ARN. Stacks are the first account's.
fn check(lab: &Lab<'_>, name: &str) -> Result<(), Error> {
    if lab.has_stack() && (name == lab.topology.lab || name == stack_id(lab.topology)) {
        return Ok(());
    }
    Err(Error::new("ValidationError", format!("Stack with id {name} does not exist")))
}

/// All fits into one part, so there is no token that would be right.
fn no_token(parameters: &Parameters) -> Result<(), Error> {
    match parameters.get("NextToken") {
        None => Ok(()),
        Some(token) => Err(Error::new("ValidationError", format!("{token} is not a valid NextToken"))),
    }
}

fn describe_stacks(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    only(parameters, &["StackName", "NextToken"])?;
    no_token(parameters)?;
    if let Some(name) = parameters.get("StackName") {
        check(lab, name)?;
    }
    let outputs = lab.topology.outputs.iter().filter(|output| output.value.is_some()).map(|output| {
        json!({
            "OutputKey": output.name,
            "OutputValue": output.value,
            "Description": output.description,
            "ExportName": output.export,
        })
    });
    let mut stack = summary(lab.topology);
    for (member, value) in [
        ("Outputs", json!(outputs.collect::<Vec<_>>())),
        ("Tags", json!([])),
        ("NotificationARNs", json!([])),
        ("DisableRollback", json!(false)),
        ("EnableTerminationProtection", json!(false)),
    ] {
        stack[member] = value;
    }
    let stacks = if lab.has_stack() { vec![stack] } else { Vec::new() };
    Ok(Map::from_iter([("Stacks".to_owned(), json!(stacks))]))
}

fn summary(topology: &Topology) -> Value {
    json!({
        "StackId": stack_id(topology),
        "StackName": topology.lab,
        "CreationTime": time(topology, &topology.lab),
        "StackStatus": COMPLETE,
        "DriftInformation": { "StackDriftStatus": "NOT_CHECKED" },
    })
}

fn list_stacks(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    only(parameters, &["StackStatusFilter", "NextToken"])?;
    no_token(parameters)?;
    let states = parameters.list("StackStatusFilter.member");
    let is_wanted = lab.has_stack() && (states.is_empty() || states.contains(&COMPLETE));
    let stacks = if is_wanted { vec![summary(lab.topology)] } else { Vec::new() };
    Ok(Map::from_iter([("StackSummaries".to_owned(), json!(stacks))]))
}

/// Logical id, physical id, type and time of each resource.
fn resources(lab: &Lab<'_>) -> Vec<(String, String, &'static str, Value)> {
    let topology = lab.topology;
    let rows = TYPES.iter().flat_map(|(kind, resource_type, field)| {
        let all = describe::resources(*kind, topology, lab.health);
        let named = all.into_iter().filter_map(|resource| {
            let logical = resource["LogicalId"].as_str()?.to_owned();
            let physical = resource[*field].as_str()?.to_owned();
            // A key pair's time is known by its id.
            let id = resource["KeyPairId"].as_str().unwrap_or(&physical);
            let time = time(topology, id);
            (!is_by_itself(topology, *kind, &logical)).then_some((logical, physical, *resource_type, time))
        });
        named.collect::<Vec<_>>()
    });
    rows.collect()
}

/// Whether AWS makes a resource by itself, beside a VPC.
fn is_by_itself(topology: &Topology, kind: Kind, logical: &str) -> bool {
    let default_vpc = Name::new(DEFAULT_VPC);
    let name = Name::new(logical);
    let of_vpcs = topology.vpcs.values().any(|vpc| match kind {
        Kind::RouteTables => vpc.main_route_table == name,
        Kind::SecurityGroups => vpc.default_security_group == name,
        Kind::NetworkAcls => vpc.default_network_acl == name,
        _ => false,
    });
    let of_default = match kind {
        Kind::Vpcs => name == default_vpc,
        Kind::Subnets => topology.subnets.get(&name).is_some_and(|subnet| subnet.vpc == default_vpc),
        Kind::InternetGateways => {
            topology.internet_gateways.get(&name).is_some_and(|gateway| gateway.vpc.as_ref() == Some(&default_vpc))
        }
        _ => false,
    };
    of_vpcs || of_default
}

fn describe_stack_resources(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    only(parameters, &["StackName", "LogicalResourceId", "PhysicalResourceId"])?;
    let physical = parameters.get("PhysicalResourceId");
    match (parameters.get("StackName"), physical) {
        (Some(name), _) => check(lab, name)?,
        (None, Some(_)) => {}
        (None, None) => return Err(missing_name()),
    }
    let mut resources = resources(lab);
    if !lab.has_stack() {
        resources.clear();
    }
    if let Some(id) = physical
        && !resources.iter().any(|(_, physical, ..)| physical == id)
    {
        return Err(Error::new("ValidationError", format!("Stack for {id} does not exist")));
    }
    let logical = parameters.get("LogicalResourceId");
    if physical.is_none() {
        resources.retain(|(name, ..)| logical.is_none_or(|wanted| wanted == name));
        if let (Some(name), true) = (logical, resources.is_empty()) {
            let message = format!("Resource {name} does not exist for stack {}", lab.topology.lab);
            return Err(Error::new("ValidationError", message));
        }
    }
    let described = resources.into_iter().map(|(logical, physical, resource_type, time)| {
        json!({
            "StackName": lab.topology.lab,
            "StackId": stack_id(lab.topology),
            "LogicalResourceId": logical,
            "PhysicalResourceId": physical,
            "ResourceType": resource_type,
            "Timestamp": time,
            "ResourceStatus": COMPLETE,
            "DriftInformation": { "StackResourceDriftStatus": "NOT_CHECKED" },
        })
    });
    Ok(Map::from_iter([("StackResources".to_owned(), described.collect())]))
}

fn missing_name() -> Error {
    Error::new("ValidationError", "StackName must be specified")
}

fn list_stack_resources(lab: &Lab<'_>, parameters: &Parameters) -> Answer {
    only(parameters, &["StackName", "NextToken"])?;
    no_token(parameters)?;
    check(lab, parameters.get("StackName").ok_or_else(missing_name)?)?;
    let summaries = resources(lab).into_iter().map(|(logical, physical, resource_type, time)| {
        json!({
            "LogicalResourceId": logical,
            "PhysicalResourceId": physical,
            "ResourceType": resource_type,
            "LastUpdatedTimestamp": time,
            "ResourceStatus": COMPLETE,
            "DriftInformation": { "StackResourceDriftStatus": "NOT_CHECKED" },
        })
    });
    Ok(Map::from_iter([("StackResourceSummaries".to_owned(), summaries.collect())]))
}
