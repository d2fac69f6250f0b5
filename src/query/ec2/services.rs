//! Endpoint services as those who would connect see them: AWS's own, one's own, and those that allow one (SVC-05, SVC-21).

use super::super::{
    Lab,
    error::Error,
    filter, only,
    page::{self, EC2},
    parameters::Parameters,
    service::Service,
};
use crate::{
    describe::{self, Kind},
    model::{AwsService, EndpointService, Name, Principal, Topology},
};
use serde_json::{Map, Value, json};

const FILTERS: &[&str] = &[
    "owner",
    "service-name",
    "service-type=ServiceType/*/ServiceType",
    "supported-ip-address-types=SupportedIpAddressTypes/*",
    "tag",
];

/// The account that offers a service, by the service's id.
pub(super) fn owner<'a>(topology: &'a Topology, id: &str) -> Option<&'a str> {
    let service = topology.endpoint_services.values().find(|service| service.id.as_str() == id)?;
    Some(account(topology, service))
}

fn account<'a>(topology: &'a Topology, service: &EndpointService) -> &'a str {
    let balancer: Option<&Name> = service.load_balancers.first();
    balancer.map_or("", |balancer| &topology.vpcs[&topology.load_balancers[balancer].vpc].account)
}

/// `DescribeVpcEndpointServices`.
pub(super) fn describe_vpc_endpoint_services(
    lab: &Lab<'_>,
    parameters: &Parameters,
) -> Result<Map<String, Value>, Error> {
    only(parameters, &["Filter", "ServiceName", "ServiceRegion", EC2.size, EC2.token])?;
    let mut services = details(lab);
    let named = parameters.list("ServiceName");
    if let Some(absent) = named.iter().find(|name| !services.iter().any(|service| service["ServiceName"] == ***name)) {
        // ERR-09
        let message = format!("The Vpc Endpoint Service '{absent}' does not exist");
        return Err(Error::new("InvalidServiceName", message));
    }
    services.retain(|service| named.is_empty() || named.iter().any(|name| service["ServiceName"] == **name));
    let filters = filter::read(parameters, FILTERS)?;
    services.retain(|service| filters.iter().all(|filter| filter.admits(service)));
    let (services, next) = page::part(Service::Ec2, EC2, parameters, services)?;
    let names: Vec<_> = services.iter().map(|service| service["ServiceName"].clone()).collect();
    let mut members = Map::from_iter([("ServiceNames".to_owned(), json!(names))]);
    members.insert("ServiceDetails".into(), json!(services));
    if let Some(next) = next {
        members.insert("NextToken".into(), json!(next));
    }
    Ok(members)
}

fn details(lab: &Lab<'_>) -> Vec<Value> {
    let topology = lab.topology;
    let zones = &lab.region.azs();
    let of_aws = AwsService::all().flat_map(|service| {
        let kinds = ["Interface"].into_iter().chain(service.has_gateway().then_some("Gateway"));
        kinds
            .map(move |kind| {
                json!({
                    "ServiceName": service.service_name(lab.region),
                    "ServiceType": [{ "ServiceType": kind }],
                    "ServiceRegion": lab.region,
                    "AvailabilityZones": zones,
                    "Owner": "amazon",
                    "VpcEndpointPolicySupported": true,
                    "AcceptanceRequired": false,
                    "ManagesVpcEndpoints": false,
                    "SupportedIpAddressTypes": ["ipv4"],
                })
            })
            .collect::<Vec<_>>()
    });
    let own = describe::resources(Kind::EndpointServices, topology, lab.health);
    let own = own.iter().filter(|resource| is_offered(lab, resource)).map(|resource| {
        let id = resource["ServiceId"].as_str().unwrap_or_default();
        json!({
            "ServiceName": resource["ServiceName"],
            "ServiceId": id,
            "ServiceType": resource["ServiceType"],
            "ServiceRegion": lab.region,
            "AvailabilityZones": resource["AvailabilityZones"],
            "Owner": owner(topology, id),
            "BaseEndpointDnsNames": resource["BaseEndpointDnsNames"],
            "VpcEndpointPolicySupported": false,
            "AcceptanceRequired": resource["AcceptanceRequired"],
            "ManagesVpcEndpoints": resource["ManagesVpcEndpoints"],
            "SupportedIpAddressTypes": resource["SupportedIpAddressTypes"],
            "Tags": resource["Tags"],
        })
    });
    of_aws.chain(own).collect()
}

/// `DescribeVpcEndpointServicePermissions`: who may connect to a service of one's own (SVC-05).
pub(super) fn describe_vpc_endpoint_service_permissions(
    lab: &Lab<'_>,
    parameters: &Parameters,
) -> Result<Map<String, Value>, Error> {
    only(parameters, &["Filter", "ServiceId", EC2.size, EC2.token])?;
    let id = parameters.get("ServiceId").ok_or_else(|| Error::missing("ServiceId"))?;
    let services = describe::resources(Kind::EndpointServices, lab.topology, lab.health);
    let own = |service: &&Value| service["ServiceId"] == id && lab.has(service);
    let Some(service) = services.iter().find(own) else {
        let message = format!("The VpcEndpointService Id '{id}' does not exist");
        return Err(Error::new("InvalidVpcEndpointServiceId.NotFound", message));
    };
    let principals = service["AllowedPrincipals"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut principals: Vec<_> = principals
        .map(|principal| {
            let kind = match principal {
                "*" => "All",
                arn if arn.ends_with(":root") => "Account",
                _ => "Service",
            };
            json!({ "PrincipalType": kind, "Principal": principal, "ServiceId": id, "Tags": [] })
        })
        .collect();
    let filters = filter::read(parameters, &["principal", "principal-type"])?;
    principals.retain(|principal| filters.iter().all(|filter| filter.admits(principal)));
    let (principals, next) = page::part(Service::Ec2, EC2, parameters, principals)?;
    Ok(super::listed("AllowedPrincipals", principals, next))
}

/// Whether the caller may connect to a service, and so sees it.
fn is_offered(lab: &Lab<'_>, resource: &Value) -> bool {
    let id = resource["ServiceId"].as_str().unwrap_or_default();
    let services = &lab.topology.endpoint_services;
    let Some(service) = services.values().find(|service| service.id.as_str() == id) else { return false };
    if lab.topology.region_of_service(service) != lab.region {
        return false;
    }
    account(lab.topology, service) == lab.caller.account
        || service.allowed_principals.iter().any(|principal| match principal {
            Principal::Everybody => true,
            Principal::Account(account) => *account == lab.caller.account,
            Principal::Service(_) => false,
        })
}
