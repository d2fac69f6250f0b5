//! What a file says, in AWS's nouns, before anything is resolved: names are not yet looked up, CIDRs
//! are still text, defaults are not filled in. Both front ends write this; `resolve` reads it.
//!
//! Names are whole already: inside a VPC of the native format, `private` stands here as `consumer/private`.

mod bucket;
mod dns;
mod endpoint;
mod flow_log;
mod instance;
mod load_balancer;
mod network_interface;
mod on_premises;
mod prefix_list;
mod role;

pub use bucket::Bucket;
pub use dns::{HostedZone, RecordContent, RecordSet, ResolverEndpoint, ResolverRule, ResolverTarget, SiteDns, Value};
pub use endpoint::{Endpoint, EndpointService, GatewayEndpoint};
pub use flow_log::{FlowLog, FlowLogResource};
pub use instance::{ElasticIp, ImageRef, Instance, KeyPair};
pub use load_balancer::{HealthCheck, Listener, LoadBalancer, NodeSubnet, Share, Target, TargetGroup};
pub use network_interface::{Attachment, NetworkInterface};
pub use on_premises::{CustomerGateway, OnPremisesHost, Site, VirtualInterface, VpnConnection, VpnGateway};
pub use prefix_list::{PrefixList, PrefixListEntry};
pub use role::{Role, RolePolicy};

use super::{
    Name,
    diagnostic::{Lines, Span, Spanned},
};
use std::collections::BTreeSet;

/// A reference to another resource of the file.
pub type Ref = Spanned<Name>;

/// Text that `resolve` will parse.
pub type Text = Spanned<String>;

/// A whole file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The lines of the file, for those who tell people where a rule stands.
    pub lines: Lines,
    /// The lab's name.
    pub name: Option<Text>,
    /// The region.
    pub region: Option<Text>,
    /// Lints that the file silences.
    pub allowed_lints: Vec<Text>,
    /// What is named by something of the file that is not in the lab, such as a function's security group.
    pub named_elsewhere: BTreeSet<Name>,
    /// Accounts with names of their own for zones.
    pub accounts: Vec<Account>,
    /// Whether something is in the account's default VPC (VPC-17).
    pub default_vpc: bool,
    /// VPCs.
    pub vpcs: Vec<Vpc>,
    /// DHCP option sets.
    pub dhcp_options: Vec<DhcpOptions>,
    /// Internet gateways.
    pub internet_gateways: Vec<InternetGateway>,
    /// Sites on premises.
    pub on_premises: Vec<Site>,
    /// Virtual private gateways.
    pub vpn_gateways: Vec<VpnGateway>,
    /// Customer gateways.
    pub customer_gateways: Vec<CustomerGateway>,
    /// VPN connections.
    pub vpn_connections: Vec<VpnConnection>,
    /// Private virtual interfaces of Direct Connect.
    pub private_virtual_interfaces: Vec<VirtualInterface>,
    /// VPC peering connections.
    pub peering_connections: Vec<PeeringConnection>,
    /// Subnets.
    pub subnets: Vec<Subnet>,
    /// Route tables other than the main ones that AWS makes.
    pub route_tables: Vec<RouteTable>,
    /// Gateways' route tables (RT-20).
    pub gateway_route_tables: Vec<GatewayRouteTable>,
    /// Routes, each in a table.
    pub routes: Vec<Route>,
    /// Customer-managed prefix lists.
    pub prefix_lists: Vec<PrefixList>,
    /// NAT gateways.
    pub nat_gateways: Vec<NatGateway>,
    /// Security groups other than the default ones.
    pub security_groups: Vec<SecurityGroup>,
    /// Network ACLs other than the default ones.
    pub network_acls: Vec<NetworkAcl>,
    /// Elastic IPs.
    pub elastic_ips: Vec<ElasticIp>,
    /// Key pairs.
    pub key_pairs: Vec<KeyPair>,
    /// Network interfaces that are resources of their own, other than instances' first ones.
    pub network_interfaces: Vec<NetworkInterface>,
    /// IAM roles.
    pub roles: Vec<Role>,
    /// Instances.
    pub instances: Vec<Instance>,
    /// Target groups.
    pub target_groups: Vec<TargetGroup>,
    /// Load balancers.
    pub load_balancers: Vec<LoadBalancer>,
    /// Endpoint services.
    pub endpoint_services: Vec<EndpointService>,
    /// Interface endpoints.
    pub endpoints: Vec<Endpoint>,
    /// Gateway endpoints.
    pub gateway_endpoints: Vec<GatewayEndpoint>,
    /// S3 buckets.
    pub buckets: Vec<Bucket>,
    /// AWS's own services that somebody else serves.
    pub services: Vec<Service>,
    /// Hosted zones.
    pub hosted_zones: Vec<HostedZone>,
    /// Resolver endpoints.
    pub resolver_endpoints: Vec<ResolverEndpoint>,
    /// Resolver rules.
    pub resolver_rules: Vec<ResolverRule>,
    /// Flow logs.
    pub flow_logs: Vec<FlowLog>,
}

/// A service of AWS's own that somebody else serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name, such as `sqs`.
    pub name: Text,
    /// Who serves it: `http://HOST:PORT`.
    pub upstream: Text,
}

/// The name of a resource and its `Name` tag, if it differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its logical name, where it is defined.
    pub name: Ref,
    /// Its `Name` tag; none means the last part of the logical name.
    pub tag: Option<String>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its twelve digits.
    pub id: Text,
    /// Names of zones, and the zone ids that they mean.
    pub zones: Vec<(Text, Text)>,
}

/// A VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    /// Its name.
    pub label: Label,
    /// Its CIDR.
    pub cidr: Text,
    /// Its secondary CIDRs.
    pub secondary_cidrs: Vec<Text>,
    /// Its account; none means the lab's first account.
    pub account: Option<Text>,
    /// Its region, if it is not the lab's.
    pub region: Option<Text>,
    /// Default true.
    pub enable_dns_support: Option<bool>,
    /// Its DHCP options; none means the account's default set.
    pub dhcp_options: Option<Ref>,
    /// Its main route table; none means the one that AWS makes with it, `VPC/main`.
    pub main_route_table: Option<Ref>,
    /// Default false, as for VPCs made by API and CloudFormation (VPC-08).
    pub enable_dns_hostnames: Option<bool>,
}

/// A set of DHCP options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DhcpOptions {
    /// Its name.
    pub label: Label,
    /// A domain, or several with spaces between them.
    pub domain_name: Option<Text>,
    /// `AmazonProvidedDNS`, or addresses.
    pub domain_name_servers: Vec<Spanned<Value>>,
    /// Addresses.
    pub ntp_servers: Vec<Spanned<Value>>,
}

/// An internet gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternetGateway {
    /// Its name.
    pub label: Label,
    /// The VPC to which it is attached.
    pub vpc: Option<Ref>,
}

/// A VPC peering connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeeringConnection {
    /// Its name.
    pub label: Label,
    /// The VPC that asks.
    pub requester: PeeringSide,
    /// The VPC that is asked.
    pub accepter: PeeringSide,
    /// Whether the accepter has accepted; default false.
    pub accepted: Option<bool>,
}

/// One side of a peering connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeeringSide {
    /// Its VPC.
    pub vpc: Ref,
    /// Default false.
    pub allow_dns_resolution_from_remote_vpc: Option<Spanned<bool>>,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// Its name.
    pub label: Label,
    /// Its VPC.
    pub vpc: Ref,
    /// Its CIDR.
    pub cidr: Text,
    /// Its zone: a letter or a whole name; none means the region's first.
    pub az: Option<Text>,
    /// The table associated with it; none means the VPC's main one.
    pub route_table: Option<Ref>,
    /// The network ACL associated with it; none means the VPC's default one.
    pub network_acl: Option<Ref>,
    /// Default false.
    pub map_public_ip_on_launch: Option<bool>,
}

/// A route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTable {
    /// Its name.
    pub label: Label,
    /// Its VPC.
    pub vpc: Ref,
    /// Whether it is the VPC's main table, in place of the one that AWS makes.
    pub main: bool,
    /// The virtual private gateways that propagate their routes into it (VGW-02).
    pub propagating_vgws: Vec<Ref>,
}

/// What gives a gateway the route table of what comes in by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayRouteTable {
    /// An internet gateway or a virtual private gateway.
    pub gateway: Spanned<RouteTarget>,
    /// The table.
    pub route_table: Ref,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its table.
    pub route_table: Ref,
    /// Its destination: a CIDR, or a prefix list as [`Peer::PrefixList`] has it.
    pub destination: Text,
    /// Its target.
    pub target: Spanned<RouteTarget>,
}

/// The target of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteTarget {
    /// The internet gateway of the table's own VPC, whatever its name.
    OwnInternetGateway,
    /// An internet gateway by name.
    InternetGateway(Name),
    /// The virtual private gateway of the table's own VPC, whatever its name.
    OwnVpnGateway,
    /// A virtual private gateway by name.
    VpnGateway(Name),
    /// A peering connection by name.
    PeeringConnection(Name),
    /// The only peering connection of the table's own VPC.
    OwnPeeringConnection,
    /// A NAT gateway by name.
    NatGateway(Name),
    /// The only NAT gateway of the table's own VPC.
    OwnNatGateway,
    /// A network interface by name.
    NetworkInterface(Name),
    /// The only network interface of an instance.
    Instance(Name),
    /// Nothing any more.
    Blackhole,
}

/// A NAT gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatGateway {
    /// Its name.
    pub label: Label,
    /// Its subnet.
    pub subnet: Ref,
    /// `public` (default) or `private`.
    pub connectivity: Option<Text>,
    /// The elastic IP of a public one.
    pub elastic_ip: Option<Ref>,
    /// Its private address; none lets the subnet choose.
    pub private_ip: Option<Text>,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Its name. The native format's `VPC/default` changes the rules of the VPC's default group.
    pub label: Label,
    /// Its `GroupName`; none means the last part of the logical name.
    pub group_name: Option<Text>,
    /// What it is for.
    pub description: Option<String>,
    /// Its VPC.
    pub vpc: Ref,
    /// None means AWS's default: nothing, but for the default group all from itself (SG-02, SG-03).
    pub inbound: Option<Vec<SecurityGroupRule>>,
    /// None means AWS's default: everything.
    pub outbound: Option<Vec<SecurityGroupRule>>,
}

/// A rule of a security group, shaped as AWS's `IpPermission` (SG-15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityGroupRule {
    /// The whole rule.
    pub span: Span,
    /// `tcp`, `udp`, `icmp`, `-1` or a number.
    pub protocol: Text,
    /// The first port, or the ICMP type; -1 is any.
    pub from_port: Option<Spanned<i64>>,
    /// The last port, or the ICMP code; -1 is any.
    pub to_port: Option<Spanned<i64>>,
    /// The other side.
    pub peer: Spanned<Peer>,
    /// What it is for.
    pub description: Option<String>,
}

/// The other side of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// A CIDR.
    Cidr(String),
    /// A security group.
    Group(Name),
    /// A prefix list by id (`pl-…`) or AWS's name (`com.amazonaws.…`), one of the lab as `prefix_list/NAME`.
    PrefixList(String),
}

/// A network ACL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkAcl {
    /// Its name. The native format's `VPC/default` changes the entries of the VPC's default one.
    pub label: Label,
    /// Its VPC.
    pub vpc: Ref,
    /// None means AWS's default: nothing, but for the default one everything (NACL-03).
    pub inbound: Option<Vec<NetworkAclEntry>>,
    /// See `inbound`.
    pub outbound: Option<Vec<NetworkAclEntry>>,
}

/// An entry of a network ACL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkAclEntry {
    /// The whole entry.
    pub span: Span,
    /// Its number.
    pub number: Spanned<i64>,
    /// `tcp`, `udp`, `icmp`, `-1` or a number.
    pub protocol: Text,
    /// The first port, or the ICMP type; -1 is any.
    pub from_port: Option<Spanned<i64>>,
    /// The last port, or the ICMP code; -1 is any.
    pub to_port: Option<Spanned<i64>>,
    /// The other side's addresses, a CIDR.
    pub cidr: Text,
    /// `allow` or `deny`.
    pub action: Text,
}
