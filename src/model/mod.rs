//! AWS's side of a lab: what a file means once every name is resolved and every default filled in.
//!
//! A front end (`input`) writes a [`draft::Draft`], which says in AWS's nouns what the file said;
//! [`Topology::resolve`] checks it and makes the [`Topology`], in which nothing is missing, every
//! reference leads somewhere, and every id and address is chosen. `compile` turns that into Linux.
//! Nothing here knows Linux, file syntax, or the state of the machine.

pub mod assign;
pub mod aws_address;
mod aws_service;
pub mod bucket;
pub mod check;
pub mod cloud_config;
mod default_vpc;
mod dhcp_options;
pub mod diagnostic;
pub mod dns_name;
pub mod draft;
mod endpoint;
mod endpoint_service;
mod failure;
mod flow_log;
mod gateway_endpoint;
mod hosted_zone;
pub mod id;
mod image;
mod instance;
pub mod internet;
mod internet_gateway;
mod key_pair;
mod load_balancer;
mod metadata_options;
mod name;
mod nat_gateway;
mod network_acl;
mod network_interface;
mod on_premises;
mod output;
mod peering_connection;
pub mod policy;
mod prefix_list;
mod region;
mod resolve;
mod resolver;
mod role;
mod route_table;
mod security_group;
mod service;
mod subnet;
mod target_group;
mod target_health;
mod topology;
mod vpc;
mod vpn_gateway;

pub use aws_service::{AwsService, PrivateDns};
pub use bucket::Bucket;
pub use default_vpc::{
    DEFAULT_VPC, DEFAULT_VPC_CIDR, default_group, default_ids, default_subnet, default_subnet_id, default_subnets,
};
pub use dhcp_options::{DhcpOptions, NameServer};
pub use diagnostic::Line;
pub use endpoint::{ConnectionState, Endpoint, Provider};
pub use endpoint_service::{EndpointService, Principal};
pub use failure::Failed;
pub use flow_log::{FlowLog, FlowLogDestination, FlowLogDestinationType, FlowLogResource};
pub use gateway_endpoint::GatewayEndpoint;
pub use hosted_zone::{HostedZone, RecordSets};
pub use id::Id;
pub use image::Image;
pub use instance::{Command, Instance};
pub use internet_gateway::InternetGateway;
pub use key_pair::KeyPair;
pub use load_balancer::{Listener, ListenerProtocol, LoadBalancer, Node, Scheme, Share};
pub use metadata_options::MetadataOptions;
pub use name::Name;
pub use nat_gateway::{Connectivity, NatGateway};
pub use network_acl::{Action, NetworkAcl, NetworkAclEntry};
pub use network_interface::{NetworkInterface, Owner, PublicAddress, SecondaryAddress};
pub use on_premises::{OnPremisesHost, Site, router_of};
pub use output::Output;
pub use peering_connection::{PeeringConnection, PeeringSide, PeeringState};
pub use prefix_list::{PrefixList, PrefixListEntry, PrefixListRef};
pub use region::{Az, Region};
pub use resolve::{FIRST_ACCOUNT, managed_name};
pub use resolver::{ResolverAction, ResolverDirection, ResolverEndpoint, ResolverRule, SiteDns};
pub use role::Role;
pub use route_table::{PrefixListRoute, Route, RouteTable, Target as RouteTarget};
pub use security_group::{Peer, Protocol, SecurityGroup, SecurityGroupRule};
pub use service::Upstream;
pub use subnet::Subnet;
pub use target_group::{HealthCheck, HealthProtocol, Target, TargetGroup, TargetType};
pub use topology::Topology;
pub use vpc::Vpc;
pub use vpn_gateway::{CustomerGateway, Learned, SiteLink, VirtualInterface, VpnConnection, VpnGateway};
