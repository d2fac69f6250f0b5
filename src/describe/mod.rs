//! Resources as AWS's `describe-*` calls name them, for `show`: a [`Topology`] and the [`Health`] of its
//! targets go in, JSON objects with AWS's field names in a fixed order come out.
//!
//! Each object begins with `Name` (the `Name` tag) and `LogicalId` (the name in the file), which AWS's
//! own answers do not have. One file per noun makes the objects; [`Kind`] is the table of nouns, with the
//! columns that `show` prints of each and the fields by which a resource can be named. Nothing here acts
//! or prints.

mod addition;
mod address;
mod bucket;
mod created;
mod dhcp_options;
mod endpoint;
mod endpoint_connection;
mod endpoint_service;
mod failure;
mod find;
mod flow_log;
mod hosted_zone;
mod image;
mod instance;
mod internet_gateway;
mod key_pair;
mod kind;
mod listener;
mod load_balancer;
mod nat_gateway;
mod network_acl;
mod network_interface;
mod on_premises;
mod output;
mod peering_connection;
mod prefix_list;
mod reference;
mod resolver;
mod route_table;
mod security_group;
mod security_group_rule;
mod subnet;
mod table;
mod target_group;
mod target_health;
mod vpc;
mod vpn_connection;
mod vpn_gateway;
mod zone;

pub use created::stamp;
pub use failure::{failed, failures, takes};
pub use find::{Found, NotFound, find};
pub use kind::Kind;
pub use output::{Outputs, outputs};
pub use reference::{Unknown, value};
pub use table::{Table, table, values_at};
pub use target_health::is_settled;
pub use zone::{availability_zones, regions};

use crate::{
    model::{Id, Name, Region, Topology},
    spec::service::Health,
};
use serde_json::{Value, json};

/// All resources of a kind, sorted by logical name.
pub fn resources(kind: Kind, topology: &Topology, health: &Health) -> Vec<Value> {
    let mut objects = described(kind, topology, health);
    addition::add(kind, topology, &mut objects);
    objects
}

/// The account that has a resource.
pub fn owner(topology: &Topology, resource: &Value) -> String {
    resource.as_object().map_or_else(String::new, |object| addition::owner(topology, object))
}

/// The region in which a resource is.
pub fn region<'a>(topology: &'a Topology, resource: &Value) -> &'a Region {
    resource.as_object().map_or(&topology.region, |object| addition::region(topology, object))
}

/// What each noun's file says of its resources.
fn described(kind: Kind, topology: &Topology, health: &Health) -> Vec<Value> {
    match kind {
        Kind::Vpcs => vpc::describe(topology),
        Kind::DhcpOptions => dhcp_options::describe(topology),
        Kind::Subnets => subnet::describe(topology),
        Kind::RouteTables => route_table::describe(topology),
        Kind::InternetGateways => internet_gateway::describe(topology),
        Kind::VpnGateways => vpn_gateway::describe(topology),
        Kind::CustomerGateways => vpn_gateway::describe_customer_gateways(topology),
        Kind::VpnConnections => vpn_connection::describe(topology),
        Kind::VirtualInterfaces => vpn_connection::describe_virtual_interfaces(topology),
        Kind::OnPremisesHosts => on_premises::describe(topology),
        Kind::PeeringConnections => peering_connection::describe(topology),
        Kind::NatGateways => nat_gateway::describe(topology),
        Kind::SecurityGroups => security_group::describe(topology),
        Kind::SecurityGroupRules => security_group_rule::describe(topology),
        Kind::NetworkAcls => network_acl::describe(topology),
        Kind::NetworkInterfaces => network_interface::describe(topology),
        Kind::Instances => instance::describe(topology),
        Kind::KeyPairs => key_pair::describe(topology),
        Kind::Images => image::describe(topology),
        Kind::Addresses => address::describe(topology),
        Kind::LoadBalancers => load_balancer::describe(topology),
        Kind::Listeners => listener::describe(topology),
        Kind::TargetGroups => target_group::describe(topology),
        Kind::TargetHealth => target_health::describe(topology, health),
        Kind::EndpointServices => endpoint_service::describe(topology),
        Kind::Endpoints => endpoint::describe(topology),
        Kind::EndpointConnections => endpoint_connection::describe(topology),
        Kind::PrefixLists => prefix_list::describe(topology),
        Kind::Buckets => bucket::describe(topology),
        Kind::HostedZones => hosted_zone::describe(topology),
        Kind::ResolverEndpoints => resolver::describe_endpoints(topology),
        Kind::ResolverRules => resolver::describe_rules(topology),
        Kind::FlowLogs => flow_log::describe(topology),
    }
}

/// `[{GroupId, GroupName}]`, as instances, interfaces and endpoints list their groups.
fn groups(topology: &Topology, names: &[Name]) -> Vec<Value> {
    let group = |name: &Name| {
        let group = &topology.security_groups[name];
        json!({ "GroupId": group.id, "GroupName": group.group_name })
    };
    names.iter().map(group).collect()
}

/// The id of a hosted zone, in AWS's shape, that stands for `domain`.
fn hosted_zone(topology: &Topology, domain: &str) -> String {
    let id = Id::derive(topology.region.as_str(), "zone", domain);
    format!("Z{}", id.digits()[1..14].to_uppercase())
}
