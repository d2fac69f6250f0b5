//! The native format: AWS's nouns in `snake_case`, references by name, AWS's defaults, nothing said twice.
//!
//! Each file here holds the schema of a section and how it is lowered into the draft. The schema's doc
//! comments are the tables of `docs/native-format.md`. Names inside a VPC are made whole here, and no
//! more: whether a reference leads anywhere, and whether a CIDR is one, is for `model::resolve` to say.

mod account;
mod bucket;
mod command;
mod default_vpc;
mod dhcp_options;
mod endpoint;
mod flow_log;
mod gateway_endpoint;
mod hosted_zone;
mod instance;
mod key_pair;
mod load_balancer;
mod lower;
mod name;
mod nat_gateway;
mod network_acl;
mod network_interface;
mod on_premises;
mod peering_connection;
mod prefix_list;
mod reference;
mod resolver;
mod role;
mod security_group;
mod service;
mod service_type;
mod target_group;
mod unmirrored;
mod vpc;
mod vpn_gateway;

use super::{
    check::{self, Written},
    decode::{Decode, Pairs},
    lints::Lints,
    together,
    tree::Node,
};
use crate::model::{
    check::Check,
    diagnostic::{Diagnostics, Spanned},
    draft::{Draft, Text},
};
use lower::Lowering;
use name::Named;
use std::path::Path;

pub use reference::reference;

/// A mapping of this format: what AWS has beyond it is refused by name.
macro_rules! mapping {
    ($($declaration:tt)*) => {
        crate::input::mapping::mapping! {
            pub(in crate::input::native),
            $($declaration)*
            unmirrored crate::input::native::unmirrored::KEYS;
            refusal crate::input::native::unmirrored::key;
        }
    };
}
use mapping;

mapping! {
    /// A file.
    struct File = "a mapping of sections, such as `vpcs:`" {
        /// The lab's name. Default: the file's name without its ending.
        name: Option<Text>,
        /// The region. Default `ap-northeast-2`.
        region: Option<Text>,
        /// Which lints are silent.
        lints: Option<Lints>,
        /// Accounts whose names for zones differ from the others'. VPCs say with `account` whose they are.
        accounts: Named<account::Account>,
        /// VPCs, with their subnets, route tables and security groups.
        vpcs: Named<vpc::Vpc>,
        /// What is in the account's default VPC. The lab has that VPC if this key is there, or an instance without `subnet`.
        default_vpc: Option<Spanned<default_vpc::DefaultVpc>>,
        /// Key pairs.
        key_pairs: Named<key_pair::KeyPair>,
        /// Sites on premises, with their hosts.
        on_premises: Named<on_premises::Site>,
        /// Virtual private gateways: the VPCs' ends of VPN connections and virtual interfaces.
        vpn_gateways: Named<vpn_gateway::VpnGateway>,
        /// Customer gateways: the sites' ends of VPN connections.
        customer_gateways: Named<vpn_gateway::CustomerGateway>,
        /// Site-to-Site VPN connections.
        vpn_connections: Named<vpn_gateway::VpnConnection>,
        /// Private virtual interfaces of Direct Connect.
        private_virtual_interfaces: Named<vpn_gateway::VirtualInterface>,
        /// VPC peering connections.
        peering_connections: Named<peering_connection::PeeringConnection>,
        /// Prefix lists that rules and routes name as `prefix_list/NAME`.
        prefix_lists: Named<prefix_list::PrefixList>,
        /// Network interfaces, which instances name with `network_interfaces`.
        network_interfaces: Named<network_interface::NetworkInterface>,
        /// IAM roles, as which instances call AWS's services. Without this section every role may do everything.
        roles: Named<role::Role>,
        /// Instances.
        instances: Named<instance::Instance>,
        /// Elastic IPs.
        elastic_ips: Named<instance::ElasticIp>,
        /// NAT gateways.
        nat_gateways: Named<nat_gateway::NatGateway>,
        /// Target groups that have a name of their own.
        target_groups: Named<target_group::TargetGroup>,
        /// Network Load Balancers.
        load_balancers: Named<load_balancer::LoadBalancer>,
        /// Endpoint services: what PrivateLink offers.
        endpoint_services: Named<endpoint::EndpointService>,
        /// Interface endpoints: where PrivateLink is used.
        endpoints: Named<endpoint::Endpoint>,
        /// Gateway endpoints: ways to S3 and `DynamoDB`.
        gateway_endpoints: Named<gateway_endpoint::GatewayEndpoint>,
        /// S3 buckets. What is in them lives as long as the lab.
        buckets: Named<bucket::S3Bucket>,
        /// AWS's own services that somebody else serves, by their names: `sqs`.
        services: Pairs<service::Service>,
        /// Hosted zones of Route 53.
        hosted_zones: Named<hosted_zone::HostedZone>,
        /// Resolver endpoints: ways into and out of VPCs' resolvers.
        resolver_endpoints: Named<resolver::ResolverEndpoint>,
        /// Resolver rules: which names other DNS servers are asked for.
        resolver_rules: Named<resolver::ResolverRule>,
        /// Flow logs.
        flow_logs: Named<flow_log::FlowLog>,
        /// Checks of the lab, which `vpcns test` runs; see [checks.md](checks.md). They change nothing in it.
        tests: Option<Vec<Spanned<Written>>>,
    }
}

/// What a tree says.
pub(super) struct Reading {
    /// The draft, complete as far as the tree is right.
    pub(super) draft: Draft,
    /// What is wrong.
    pub(super) mistakes: Diagnostics,
    /// Checks of what it describes.
    pub(super) checks: Vec<Check>,
}

/// Reads a tree. `directory` is where relative paths begin.
pub(super) fn read(root: &Node, directory: &Path) -> Reading {
    let mut notes = Diagnostics::default();
    let file = File::decode(root, &mut notes);
    let mut lowering = Lowering { draft: Draft::default(), notes: Diagnostics::default(), directory };
    lowering.draft.name = file.name.map(|text| name::checked(text, &mut lowering.notes).map(|name| name.to_string()));
    lowering.draft.region = file.region;
    lowering.draft.allowed_lints = file.lints.map(Lints::names).unwrap_or_default();
    file.accounts.0.into_iter().for_each(|(name, account)| account.lower(&name, &mut lowering));
    file.vpcs.0.into_iter().for_each(|(name, vpc)| vpc.lower(name, &mut lowering));
    if let Some(vpc) = file.default_vpc {
        vpc.value.lower(vpc.span, &mut lowering);
    }
    file.key_pairs.0.into_iter().for_each(|(name, pair)| pair.lower(name, &mut lowering));
    file.on_premises.0.into_iter().for_each(|(name, site)| site.lower(name, &mut lowering));
    file.vpn_gateways.0.into_iter().for_each(|(name, gateway)| gateway.lower(name, &mut lowering));
    file.customer_gateways.0.into_iter().for_each(|(name, gateway)| gateway.lower(name, &mut lowering));
    file.vpn_connections.0.into_iter().for_each(|(name, connection)| connection.lower(name, &mut lowering));
    file.private_virtual_interfaces.0.into_iter().for_each(|(name, interface)| interface.lower(name, &mut lowering));
    file.peering_connections.0.into_iter().for_each(|(name, connection)| connection.lower(name, &mut lowering));
    file.prefix_lists.0.into_iter().for_each(|(name, list)| list.lower(name, &mut lowering));
    file.network_interfaces.0.into_iter().for_each(|(name, interface)| interface.lower(name, &mut lowering));
    file.roles.0.into_iter().for_each(|(name, role)| role.lower(name, &mut lowering));
    file.instances.0.into_iter().for_each(|(name, instance)| instance.lower(name, &mut lowering));
    file.elastic_ips.0.into_iter().for_each(|(name, address)| address.lower(name, &mut lowering));
    file.nat_gateways.0.into_iter().for_each(|(name, gateway)| gateway.lower(name, &mut lowering));
    file.target_groups.0.into_iter().for_each(|(name, group)| group.lower(name, &mut lowering));
    file.load_balancers.0.into_iter().for_each(|(name, balancer)| balancer.lower(name, &mut lowering));
    file.endpoint_services.0.into_iter().for_each(|(name, service)| service.lower(name, &mut lowering));
    file.endpoints.0.into_iter().for_each(|(name, endpoint)| endpoint.lower(name, &mut lowering));
    file.gateway_endpoints.0.into_iter().for_each(|(name, endpoint)| endpoint.lower(name, &mut lowering));
    file.buckets.0.into_iter().for_each(|(name, bucket)| bucket.lower(name, &mut lowering));
    file.services.0.into_iter().for_each(|(name, service)| service.lower(name, &mut lowering));
    file.hosted_zones.0.into_iter().for_each(|(name, zone)| zone.lower(name, &mut lowering));
    file.resolver_endpoints.0.into_iter().for_each(|(name, endpoint)| endpoint.lower(name, &mut lowering));
    file.resolver_rules.0.into_iter().for_each(|(name, rule)| rule.lower(name, &mut lowering));
    role::are_declared(&mut lowering);
    file.flow_logs.0.into_iter().for_each(|(name, log)| log.lower(name, &mut lowering));
    let checks = check::lower(file.tests, &mut lowering.notes);
    Reading { draft: lowering.draft, mistakes: together(notes, lowering.notes), checks }
}
