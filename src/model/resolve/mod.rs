//! From a [`Draft`] to a [`Topology`]: names are looked up, defaults filled in, ids and addresses chosen,
//! and everything that AWS would refuse is reported with AWS's error code, all at once.
//!
//! One file per noun, in the order in which they depend on each other. A resource that is wrong is left
//! out but remembered, so that one mistake is not reported again wherever its name is used.

mod account;
mod aws_endpoint;
mod bucket;
mod certificate;
mod client_network;
mod default_vpc;
mod deletion;
mod dhcp_options;
mod edge;
mod endpoint;
mod endpoint_service;
mod flow_log;
mod gateway_endpoint;
mod hosted_zone;
mod image;
mod instance;
mod interface;
mod internet_gateway;
mod key_pair;
mod known;
mod listener;
mod load_balancer;
mod nat_gateway;
mod network_acl;
mod network_interface;
mod on_premises;
mod peering_connection;
mod prefix_list;
mod public_address;
mod record_set;
mod resolver;
mod role;
mod route_table;
mod secondary_cidr;
mod security_group;
mod service;
mod site_address;
mod site_dns;
mod subnet;
mod target_group;
mod text;
mod user_data;
mod vpc;
mod vpn_gateway;

use super::{
    AwsService, Bucket, Certificate, CustomerGateway, DhcpOptions, Endpoint, EndpointService, FlowLog, GatewayEndpoint,
    HostedZone, Instance, InternetGateway, KeyPair, LoadBalancer, Name, NatGateway, NetworkAcl, NetworkInterface,
    OnPremisesHost, PeeringConnection, PrefixList, Region, ResolverEndpoint, ResolverRule, Role, RouteTable,
    SecurityGroup, Site, Subnet, TargetGroup, Topology, Upstream, VirtualInterface, Vpc, VpnConnection, VpnGateway,
    diagnostic::{Diagnostics, Lines, Spanned, did_you_mean},
    draft::{Draft, Label},
};
use interface::Wish;
use known::Known;
use network_interface::ElasticInterface;
use std::collections::{BTreeMap, BTreeSet};

pub use role::managed_name;

/// The account of VPCs for which the file names none.
pub const FIRST_ACCOUNT: &str = "111122223333";

impl Topology {
    /// Resolves what a file says for the lab `lab`. What runs already, `previous`, keeps its addresses,
    /// its endpoint connections keep what `accept` and `reject` decided, and what failed of it is not healed.
    pub fn resolve(draft: &Draft, lab: &str, previous: Option<&Topology>) -> Result<Topology, Diagnostics> {
        let (topology, found) = Self::examine(draft, lab, previous);
        if found.is_empty() { Ok(topology) } else { Err(found) }
    }

    /// The same of a file in which something is wrong, with what is right in it.
    pub fn as_far_as_it_goes(draft: &Draft, lab: &str, previous: Option<&Topology>) -> Topology {
        Self::examine(draft, lab, previous).0
    }

    fn examine(draft: &Draft, lab: &str, previous: Option<&Topology>) -> (Topology, Diagnostics) {
        let mut found = Diagnostics::default();
        let region = region(draft.region.as_ref(), &mut found);
        let draft = &*default_vpc::filled(draft, &region, &mut found);
        let previous = previous.filter(|previous| previous.lab == lab);
        let mut resolver = Resolver::new(lab, region, previous, &draft.lines, found);
        resolver.accounts(draft);
        resolver.vpcs(draft);
        resolver.internet_gateways(draft);
        resolver.on_premises(draft);
        resolver.vpn_gateways(draft);
        resolver.peering_connections(draft);
        resolver.peers_bear_new_cidrs(draft);
        resolver.prefix_lists(draft);
        resolver.route_tables(draft);
        resolver.network_acls(draft);
        resolver.subnets(draft);
        resolver.nat_gateways(draft);
        resolver.security_groups(draft);
        resolver.key_pairs(draft);
        resolver.roles(draft);
        resolver.instances(draft);
        resolver.network_interfaces(draft);
        resolver.routes(draft);
        resolver.gateway_route_tables(draft);
        resolver.certificates(draft);
        resolver.target_groups(draft);
        resolver.load_balancers(draft);
        resolver.endpoint_services(draft);
        resolver.endpoints(draft);
        resolver.gateway_endpoints(draft);
        resolver.buckets(draft);
        resolver.services(draft);
        resolver.resolver_endpoints(draft);
        resolver.interfaces(draft);
        resolver.flow_logs(draft);
        resolver.site_addresses_are_their_own(draft);
        resolver.target_addresses();
        resolver.hosted_zones(draft);
        resolver.resolver_rules(draft);
        resolver.site_dns(draft);
        resolver.dhcp_options(draft);
        resolver.no_gateway_leaves_addresses(draft);
        resolver.finish()
    }
}

/// What is resolved so far.
#[expect(clippy::struct_field_names, reason = "AWS has a Resolver too")]
struct Resolver<'a> {
    lab: &'a str,
    region: Region,
    previous: Option<&'a Topology>,
    lines: &'a Lines,
    found: Diagnostics,
    zone_ids: account::ZoneIds,
    vpcs: Known<Vpc>,
    dhcp_options: Known<DhcpOptions>,
    internet_gateways: Known<InternetGateway>,
    sites: Known<Site>,
    on_premises_hosts: Known<OnPremisesHost>,
    vpn_gateways: Known<VpnGateway>,
    customer_gateways: Known<CustomerGateway>,
    vpn_connections: Known<VpnConnection>,
    virtual_interfaces: Known<VirtualInterface>,
    peering_connections: Known<PeeringConnection>,
    route_tables: Known<RouteTable>,
    network_acls: Known<NetworkAcl>,
    subnets: Known<Subnet>,
    prefix_lists: Known<PrefixList>,
    nat_gateways: Known<NatGateway>,
    security_groups: Known<SecurityGroup>,
    key_pairs: Known<KeyPair>,
    roles: Known<Role>,
    instances: Known<Instance>,
    /// Those of instances, and those that are resources of their own, before they have addresses.
    elastic_interfaces: Known<ElasticInterface>,
    certificates: Known<Certificate>,
    target_groups: Known<TargetGroup>,
    load_balancers: Known<LoadBalancer>,
    endpoint_services: Known<EndpointService>,
    endpoints: Known<Endpoint>,
    gateway_endpoints: Known<GatewayEndpoint>,
    buckets: Known<Bucket>,
    services: BTreeMap<AwsService, Upstream>,
    hosted_zones: Known<HostedZone>,
    resolver_endpoints: Known<ResolverEndpoint>,
    resolver_rules: Known<ResolverRule>,
    flow_logs: Known<FlowLog>,
    /// Interfaces that were asked for and have no address yet.
    wishes: Vec<Wish>,
    network_interfaces: BTreeMap<Name, NetworkInterface>,
}

impl<'a> Resolver<'a> {
    fn new(lab: &'a str, region: Region, previous: Option<&'a Topology>, lines: &'a Lines, found: Diagnostics) -> Self {
        Self {
            lab,
            region,
            previous,
            lines,
            found,
            zone_ids: account::ZoneIds::new(),
            vpcs: Known::new("VPC", previous.map(|lab| &lab.vpcs)),
            dhcp_options: Known::new("set of DHCP options", previous.map(|lab| &lab.dhcp_options)),
            internet_gateways: Known::new("internet gateway", previous.map(|lab| &lab.internet_gateways)),
            sites: Known::new("site", previous.map(|lab| &lab.sites)),
            on_premises_hosts: Known::new("host", previous.map(|lab| &lab.on_premises_hosts)),
            vpn_gateways: Known::new("virtual private gateway", previous.map(|lab| &lab.vpn_gateways)),
            customer_gateways: Known::new("customer gateway", previous.map(|lab| &lab.customer_gateways)),
            vpn_connections: Known::new("VPN connection", previous.map(|lab| &lab.vpn_connections)),
            virtual_interfaces: Known::new("private virtual interface", previous.map(|lab| &lab.virtual_interfaces)),
            peering_connections: Known::new("peering connection", previous.map(|lab| &lab.peering_connections)),
            route_tables: Known::new("route table", previous.map(|lab| &lab.route_tables)),
            network_acls: Known::new("network ACL", previous.map(|lab| &lab.network_acls)),
            subnets: Known::new("subnet", previous.map(|lab| &lab.subnets)),
            prefix_lists: Known::new("prefix list", previous.map(|lab| &lab.prefix_lists)),
            nat_gateways: Known::new("NAT gateway", previous.map(|lab| &lab.nat_gateways)),
            security_groups: Known::new("security group", previous.map(|lab| &lab.security_groups)),
            key_pairs: Known::new("key pair", previous.map(|lab| &lab.key_pairs)),
            roles: Known::new("role", previous.map(|lab| &lab.roles)),
            instances: Known::new("instance", previous.map(|lab| &lab.instances)),
            elastic_interfaces: Known::new("network interface", None),
            certificates: Known::new("certificate", previous.map(|lab| &lab.certificates)),
            target_groups: Known::new("target group", previous.map(|lab| &lab.target_groups)),
            load_balancers: Known::new("load balancer", previous.map(|lab| &lab.load_balancers)),
            endpoint_services: Known::new("endpoint service", previous.map(|lab| &lab.endpoint_services)),
            endpoints: Known::new("endpoint", previous.map(|lab| &lab.endpoints)),
            gateway_endpoints: Known::new("gateway endpoint", previous.map(|lab| &lab.gateway_endpoints)),
            buckets: Known::new("bucket", previous.map(|lab| &lab.buckets)),
            services: BTreeMap::new(),
            hosted_zones: Known::new("hosted zone", previous.map(|lab| &lab.hosted_zones)),
            resolver_endpoints: Known::new("Resolver endpoint", previous.map(|lab| &lab.resolver_endpoints)),
            resolver_rules: Known::new("Resolver rule", previous.map(|lab| &lab.resolver_rules)),
            flow_logs: Known::new("flow log", previous.map(|lab| &lab.flow_logs)),
            wishes: Vec::new(),
            network_interfaces: BTreeMap::new(),
        }
    }

    /// The region of a VPC.
    fn region_of(&self, vpc: &Name) -> Region {
        self.vpcs.get(vpc).map_or_else(|| self.region.clone(), |vpc| vpc.region.clone())
    }

    /// The region of a subnet's VPC.
    fn region_of_subnet(&self, subnet: &Name) -> Region {
        self.subnets.get(subnet).map_or_else(|| self.region.clone(), |subnet| self.region_of(&subnet.vpc))
    }

    fn finish(mut self) -> (Topology, Diagnostics) {
        let mut topology = Topology {
            lab: self.lab.to_owned(),
            region: self.region,
            vpcs: self.vpcs.into_map(),
            dhcp_options: self.dhcp_options.into_map(),
            subnets: self.subnets.into_map(),
            route_tables: self.route_tables.into_map(),
            internet_gateways: self.internet_gateways.into_map(),
            sites: self.sites.into_map(),
            on_premises_hosts: self.on_premises_hosts.into_map(),
            vpn_gateways: self.vpn_gateways.into_map(),
            customer_gateways: self.customer_gateways.into_map(),
            vpn_connections: self.vpn_connections.into_map(),
            virtual_interfaces: self.virtual_interfaces.into_map(),
            peering_connections: self.peering_connections.into_map(),
            prefix_lists: self.prefix_lists.into_map(),
            nat_gateways: self.nat_gateways.into_map(),
            security_groups: self.security_groups.into_map(),
            network_acls: self.network_acls.into_map(),
            network_interfaces: self.network_interfaces,
            key_pairs: self.key_pairs.into_map(),
            roles: self.roles.into_map(),
            instances: self.instances.into_map(),
            certificates: self.certificates.into_map(),
            target_groups: self.target_groups.into_map(),
            load_balancers: self.load_balancers.into_map(),
            endpoint_services: self.endpoint_services.into_map(),
            endpoints: self.endpoints.into_map(),
            gateway_endpoints: self.gateway_endpoints.into_map(),
            buckets: self.buckets.into_map(),
            services: self.services,
            hosted_zones: self.hosted_zones.into_map(),
            resolver_endpoints: self.resolver_endpoints.into_map(),
            resolver_rules: self.resolver_rules.into_map(),
            flow_logs: self.flow_logs.into_map(),
            images: self.previous.map(|previous| previous.images.clone()).unwrap_or_default(),
            created: BTreeMap::new(), // `up` knows the time
            failures: BTreeSet::new(),
            is_counted: false,
            outputs: Vec::new(), // a template's are known once this is
        };
        // It needs a topology of which each part is there.
        if !self.found.is_empty() {
            return (topology, self.found);
        }
        client_network::choose(&mut topology, self.previous, &mut self.found);
        // What failed stays so, as long as it is there.
        let failed = self.previous.iter().flat_map(|previous| &previous.failures);
        topology.failures = failed.filter(|failed| failed.is_in(&topology)).cloned().collect();
        (topology, self.found)
    }
}

/// The `Name` tag of a resource.
fn tag(label: &Label) -> String {
    label.tag.clone().unwrap_or_else(|| label.name.value.last().to_owned())
}

/// The region by name, or the first one.
fn region(text: Option<&Spanned<String>>, found: &mut Diagnostics) -> Region {
    let Some(text) = text else { return Region::default() };
    Region::parse(&text.value).unwrap_or_else(|| {
        let hint = did_you_mean(&text.value, Region::names());
        let hint = hint.unwrap_or_else(|| format!("known: {}", Region::names().collect::<Vec<_>>().join(", ")));
        found.push_with_hint(text.span, format!("there is no region `{}`", text.value), hint);
        Region::default()
    })
}
