//! The whole of a lab, resolved.

use super::{
    AwsService, Bucket, Certificate, CustomerGateway, DhcpOptions, Endpoint, EndpointService, Failed, FlowLog,
    GatewayEndpoint, HostedZone, Id, Image, Instance, InternetGateway, KeyPair, Listener, LoadBalancer, Name,
    NatGateway, NetworkAcl, NetworkInterface, OnPremisesHost, Output, PeeringConnection, PeeringSide, PrefixList,
    Region, ResolverEndpoint, ResolverRule, Role, RouteTable, SecurityGroup, Site, Subnet, TargetGroup, Upstream,
    VirtualInterface, Vpc, VpnConnection, VpnGateway,
};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A lab: every resource by its logical name. Each name held by a resource is a key of one of these maps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// The lab's name.
    pub lab: String,
    /// Its region.
    pub region: Region,
    /// VPCs.
    pub vpcs: BTreeMap<Name, Vpc>,
    /// DHCP option sets other than the account's default one.
    #[serde(default)]
    pub dhcp_options: BTreeMap<Name, DhcpOptions>,
    /// Subnets.
    pub subnets: BTreeMap<Name, Subnet>,
    /// Route tables, main ones among them.
    pub route_tables: BTreeMap<Name, RouteTable>,
    /// Internet gateways.
    pub internet_gateways: BTreeMap<Name, InternetGateway>,
    /// Sites on premises.
    pub sites: BTreeMap<Name, Site>,
    /// Their hosts.
    pub on_premises_hosts: BTreeMap<Name, OnPremisesHost>,
    /// Virtual private gateways.
    pub vpn_gateways: BTreeMap<Name, VpnGateway>,
    /// Customer gateways.
    pub customer_gateways: BTreeMap<Name, CustomerGateway>,
    /// VPN connections.
    pub vpn_connections: BTreeMap<Name, VpnConnection>,
    /// Private virtual interfaces of Direct Connect.
    pub virtual_interfaces: BTreeMap<Name, VirtualInterface>,
    /// VPC peering connections.
    pub peering_connections: BTreeMap<Name, PeeringConnection>,
    /// Customer-managed prefix lists.
    #[serde(default)]
    pub prefix_lists: BTreeMap<Name, PrefixList>,
    /// NAT gateways.
    #[serde(default)]
    pub nat_gateways: BTreeMap<Name, NatGateway>,
    /// Security groups, default ones among them.
    pub security_groups: BTreeMap<Name, SecurityGroup>,
    /// Network ACLs, default ones among them.
    #[serde(default)]
    pub network_acls: BTreeMap<Name, NetworkAcl>,
    /// Network interfaces, those that AWS runs among them.
    pub network_interfaces: BTreeMap<Name, NetworkInterface>,
    /// Key pairs.
    #[serde(default)]
    pub key_pairs: BTreeMap<Name, KeyPair>,
    /// IAM roles that the file declares.
    #[serde(default)]
    pub roles: BTreeMap<Name, Role>,
    /// Instances.
    pub instances: BTreeMap<Name, Instance>,
    /// Certificates of load balancers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub certificates: BTreeMap<Name, Certificate>,
    /// Target groups.
    pub target_groups: BTreeMap<Name, TargetGroup>,
    /// Load balancers.
    pub load_balancers: BTreeMap<Name, LoadBalancer>,
    /// Endpoint services.
    pub endpoint_services: BTreeMap<Name, EndpointService>,
    /// Interface endpoints.
    pub endpoints: BTreeMap<Name, Endpoint>,
    /// Gateway endpoints.
    pub gateway_endpoints: BTreeMap<Name, GatewayEndpoint>,
    /// S3 buckets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub buckets: BTreeMap<Name, Bucket>,
    /// Who serves AWS's own services, but for those that the lab serves itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<AwsService, Upstream>,
    /// Hosted zones.
    #[serde(default)]
    pub hosted_zones: BTreeMap<Name, HostedZone>,
    /// Resolver endpoints.
    #[serde(default)]
    pub resolver_endpoints: BTreeMap<Name, ResolverEndpoint>,
    /// Resolver rules.
    #[serde(default)]
    pub resolver_rules: BTreeMap<Name, ResolverRule>,
    /// Flow logs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub flow_logs: BTreeMap<Name, FlowLog>,
    /// Images that were made of the lab's instances.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<Name, Image>,
    /// When resources came into the lab, by their ids, and the lab itself, by its name: in ISO 8601.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub created: BTreeMap<String, String>,
    /// What has failed of it and is not healed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub failures: BTreeSet<Failed>,
    /// Whether its packets are counted by what they use: as long as somebody measures what checks cover. No file says
    /// so, and an `up` ends it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_counted: bool,
    /// What the file says that the lab is to tell.
    pub outputs: Vec<Output>,
}

impl Topology {
    /// The region of a VPC.
    pub fn region_of(&self, vpc: &Name) -> &Region {
        &self.vpcs[vpc].region
    }

    /// The region of an endpoint service: of its load balancers' VPC.
    pub fn region_of_service(&self, service: &EndpointService) -> &Region {
        let balancer = service.load_balancers.first().expect("a service has a load balancer");
        self.region_of(&self.load_balancers[balancer].vpc)
    }

    /// The id of the zone in which an interface lies: to compare zones of different accounts (SUB-06).
    pub fn zone_id(&self, interface: &Name) -> &str {
        &self.subnets[&self.network_interfaces[interface].subnet].az_id
    }

    /// The lab's own region, and those of its VPCs.
    pub fn regions(&self) -> BTreeSet<&Region> {
        self.vpcs.values().map(|vpc| &vpc.region).chain([&self.region]).collect()
    }

    /// The internet gateway that is attached to a VPC.
    pub fn gateway_of(&self, vpc: &Name) -> Option<(&Name, &InternetGateway)> {
        self.internet_gateways.iter().find(|(_, gateway)| gateway.vpc.as_ref() == Some(vpc))
    }

    /// The images of which a machine that is launched from this one is made, the uppermost first.
    pub fn layers_of<'a>(&'a self, image: Option<&'a Name>) -> Vec<&'a Name> {
        std::iter::successors(image, |name| self.images.get(*name)?.base.as_ref()).collect()
    }

    /// The id of an instance's image: one of the lab's, the one that the file names, or the lab's own.
    pub fn image_id(&self, instance: &Instance) -> String {
        let of_lab = instance.image.as_ref().and_then(|name| self.images.get(name)).map(|image| image.id.to_string());
        of_lab.or_else(|| instance.ami.clone()).unwrap_or_else(|| Id::derive(&self.lab, "ami", "amzn2").to_string())
    }

    /// The active peering connections of a VPC, each with the VPC's own side and the other one.
    pub fn active_peerings<'a>(
        &'a self,
        vpc: &'a Name,
    ) -> impl Iterator<Item = (&'a PeeringConnection, &'a PeeringSide, &'a PeeringSide)> {
        let active = self.peering_connections.values().filter(|connection| connection.is_active());
        active.filter_map(move |connection| connection.sides(vpc).map(|(own, other)| (connection, own, other)))
    }

    /// The networks outside of a VPC's CIDRs from which packets come to it by private ways: now, or once a
    /// connection that waits is accepted.
    pub fn networks_behind(&self, vpc: &Name) -> Vec<Ipv4Net> {
        let peers = self.peering_connections.values().filter_map(|connection| connection.sides(vpc));
        peers.flat_map(|(_, other)| self.vpcs[&other.vpc].cidrs()).chain(self.sites_behind(vpc)).collect()
    }

    /// The zone of an interface.
    pub fn az_of(&self, interface: &NetworkInterface) -> &super::Az {
        &self.subnets[&interface.subnet].az
    }

    /// The interfaces of a VPC.
    pub fn interfaces_of<'a>(&'a self, vpc: &'a Name) -> impl Iterator<Item = (&'a Name, &'a NetworkInterface)> {
        self.network_interfaces.iter().filter(move |(_, interface)| interface.vpc == *vpc)
    }

    /// Whether the nodes of a load balancer use a group's targets in other zones (NLB-10, NLB-11).
    pub fn crosses_zones(&self, balancer: &LoadBalancer, group: &TargetGroup) -> bool {
        group.cross_zone.unwrap_or(balancer.cross_zone)
    }

    /// Whether a load balancer itself ends a listener's connections and opens its own to the targets: to end TLS, or to
    /// say who the client is (NLB-36).
    pub fn is_relayed(&self, listener: &Listener) -> bool {
        listener.tls.is_some() || listener.groups().any(|group| self.target_groups[group].proxy_protocol)
    }
}
