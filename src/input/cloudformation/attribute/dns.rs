//! What `Ref` and `Fn::GetAtt` give of Route 53 and its Resolver.

use super::{list, scalar};
use crate::{
    input::tree::Kind,
    model::{FIRST_ACCOUNT, Name, ResolverAction, Topology, diagnostic::Span, id},
};

/// The value of an attribute, `Ref` among them.
pub(super) fn value(topology: &Topology, kind: &str, name: &Name, attribute: &str) -> Option<Kind> {
    match kind {
        "AWS::Route53::HostedZone" => {
            let zone = topology.hosted_zones.get(name)?;
            match attribute {
                "Ref" | "Id" => Some(scalar(zone.id.as_str())),
                "NameServers" => Some(list(zone.name_servers(), Span::default())),
                _ => None,
            }
        }
        "AWS::Route53::RecordSet" => {
            let name = topology.hosted_zones.values().find_map(|zone| zone.labels.get(name))?;
            (attribute == "Ref").then(|| scalar(name.as_str()))
        }
        "AWS::Route53Resolver::ResolverEndpoint" => resolver_endpoint(topology, name, attribute),
        "AWS::Route53Resolver::ResolverRule" => resolver_rule(topology, name, attribute),
        "AWS::Route53Resolver::ResolverRuleAssociation" => {
            let id = || id::Id::derive(&topology.lab, "rslvr-rrassoc", name.as_str());
            matches!(attribute, "Ref" | "ResolverRuleAssociationId").then(|| scalar(id().as_str()))
        }
        _ => None,
    }
}

fn resolver_endpoint(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    let endpoint = topology.resolver_endpoints.get(name)?;
    let vpc = topology.vpcs.get(&endpoint.vpc)?;
    Some(scalar(match attribute {
        "Ref" | "ResolverEndpointId" => endpoint.id.to_string(),
        "Arn" => {
            format!("arn:aws:route53resolver:{}:{}:resolver-endpoint/{}", vpc.region, vpc.account, endpoint.id)
        }
        "Direction" => endpoint.direction.as_str().to_owned(),
        "HostVPCId" => vpc.id.to_string(),
        "IpAddressCount" => endpoint.interfaces.len().to_string(),
        "Name" => endpoint.tag.clone(),
        _ => return None,
    }))
}

fn resolver_rule(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    let rule = topology.resolver_rules.get(name)?;
    Some(scalar(match attribute {
        "Ref" | "ResolverRuleId" => rule.id.to_string(),
        "Arn" => format!("arn:aws:route53resolver:{}:{FIRST_ACCOUNT}:resolver-rule/{}", topology.region, rule.id),
        "DomainName" => format!("{}.", rule.domain),
        "Name" => rule.tag.clone(),
        "ResolverEndpointId" => match &rule.action {
            ResolverAction::Forward { endpoint, .. } => topology.resolver_endpoints.get(endpoint)?.id.to_string(),
            ResolverAction::System => return None,
        },
        _ => return None,
    }))
}
