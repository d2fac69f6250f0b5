//! The one allocator of kernel names, marks, tables and link addresses.
//!
//! | what | form | where |
//! |---|---|---|
//! | instance, host on premises, `laptop`, `internet`, `aws` | `LAB.HOST` | namespace |
//! | VPC router | `LAB.vpc.VPC` | namespace |
//! | site's router | `LAB.site.SITE` | namespace |
//! | NAT gateway | `LAB.nat.NAME` | namespace |
//! | router's end of an interface | `eni-` + 11 hex of its id | link in the router |
//! | interface | `eth0` | link in the host |
//! | router's end of a NAT gateway | `nat-` + 11 hex of its id | link in the router |
//! | internet gateway | `igw`, and `vpc-` + 11 hex of the VPC's id on the other side | links in router and internet |
//! | PrivateLink connection | `vpce-` + 10 hex, and `svc-` + 11 hex, of the endpoint's id | links in consumer and provider |
//! | gateway endpoint | `aws-` and `gwe-` + 11 hex of its id | links in the router and in `aws` |
//! | AWS's services | `aws` and `internet` | links in `internet` and in `aws` |
//! | VPN connection, virtual interface | `vgw-` + 11 hex of its id | links in the VPC's and the site's router |
//! | host on premises | `host-` + 10 hex of its id | link in the site's router |
//! | site's way to the internet | `internet`, and `site-` + 10 hex of its id | links in the site's router and internet |
//! | peering connection | `pcx-` + 11 hex of its id | links in both VPCs' routers |
//! | route table | 65536 + 24 bits of its id | routing table and packet mark |
//! | its routes inside the VPC | 2²⁵ more | routing table |
//! | middlebox and another interface | 16 bits of both ids | zone of connection tracking |
//! | load balancer node, endpoint's interface | 31 bits of its interface's id; the top bit asks for its address as source | connection mark |
//! | load balancer node that sends with a client's address | 31 other bits of its interface's id | packet and connection mark |
//! | its answers | 65535 | routing table and packet mark |
//! | interfaces that do not track a connection | 1 the sender's, 2 the receiver's, 3 both | connection mark of all others |
//! | PrivateLink node | 240.0.0.0/9 | stands for a load balancer node, or a service of AWS's own, towards an endpoint |
//! | link between routers | a /31 of 240.128.0.0/9 | gateways, PrivateLink and peering connections, gateway endpoints, sites |
//! | PrivateLink clients | 241.0.0.0/8 to 253.0.0.0/8 | chosen in `model`, because they must stay |
//! | gateway endpoints' clients | 254.0.0.0/16 to 255.254.0.0/16 | likewise |
//!
//! 240.0.0.0/4 is forwarded by Linux and cannot be used in a VPC, so none of it can meet a user's address.
//! Numbers are hashes of ids: with the few thousand that one router holds, two equal ones are as good as
//! impossible for the wide ones, and the narrow ones move on to the next free number.

use crate::{
    model::{
        Endpoint, GatewayEndpoint, Id, Name, NatGateway, NetworkInterface, OnPremisesHost, PeeringConnection, Site,
        Topology, Vpc, assign::Pool, id::number,
    },
    spec::{LinkName, NetnsName},
};
use ipnet::Ipv4Net;
use std::{collections::BTreeMap, net::Ipv4Addr};

/// The bit of a connection mark that asks for the node's own address as the source.
pub(super) const SOURCE_IS_NODE: u32 = 1 << 31;

/// Routing rule priorities in a router: answers to what a load balancer sent with a client's address come before all.
pub(super) const RELAY_PRIORITY: u32 = 40;
/// The routing table that leads them to the router itself, and the packet mark that asks for it.
pub(super) const RELAY_TABLE: u32 = 65_535;

/// Routing rule priorities in a router: routes inside the VPC come before its interfaces (RT-07).
pub(super) const LOCAL_ROUTE_PRIORITY: u32 = 50;
/// Routing rule priorities in a router: interfaces and links first, then one rule per route table.
pub(super) const MAIN_PRIORITY: u32 = 100;
/// Then what AWS's Resolver endpoints send, by its source.
pub(super) const SOURCE_PRIORITY: u32 = 900;
/// See [`MAIN_PRIORITY`].
pub(super) const ROUTE_TABLE_PRIORITY: u32 = 1000;

/// The longest resource names in a chain's name; the kernel takes 255 bytes in all.
const LONGEST_CHAIN: usize = 200;

/// The namespace of an instance.
pub fn host_netns(lab: &str, instance: &Name) -> NetnsName {
    NetnsName::new(lab, instance.as_str())
}

/// The namespace of a VPC's router.
pub fn router_netns(lab: &str, vpc: &Name) -> NetnsName {
    NetnsName::new(lab, &format!("vpc.{vpc}"))
}

/// The namespace of a site's router.
pub fn site_netns(lab: &str, site: &Name) -> NetnsName {
    NetnsName::new(lab, &format!("site.{site}"))
}

/// The namespace of a NAT gateway.
pub fn nat_netns(lab: &str, gateway: &Name) -> NetnsName {
    NetnsName::new(lab, &format!("nat.{gateway}"))
}

/// The namespace of the public internet.
pub fn internet_netns(lab: &str) -> NetnsName {
    NetnsName::new(lab, "internet")
}

/// The namespace of AWS's own services.
pub fn aws_netns(lab: &str) -> NetnsName {
    NetnsName::new(lab, "aws")
}

/// The namespace of somebody on the internet.
pub fn laptop_netns(lab: &str) -> NetnsName {
    NetnsName::new(lab, "laptop")
}

/// The link of an interface in its instance.
pub(super) fn host_link() -> LinkName {
    LinkName::new("eth0")
}

/// The link of an interface in its instance, by its device index.
pub(super) fn device(index: u16) -> LinkName {
    LinkName::new(format!("eth{index}"))
}

/// The router's end of an instance's interface.
pub(super) fn interface_link(interface: &NetworkInterface) -> LinkName {
    LinkName::new(format!("eni-{}", hex(&interface.id, 11)))
}

/// The router's end of a NAT gateway.
pub(super) fn nat_link(gateway: &NatGateway) -> LinkName {
    LinkName::new(format!("nat-{}", hex(&gateway.id, 11)))
}

/// The router's end of its internet gateway.
pub(super) fn gateway_link() -> LinkName {
    LinkName::new("igw")
}

/// The internet's end of a VPC's internet gateway.
pub(super) fn vpc_link(vpc: &Vpc) -> LinkName {
    LinkName::new(format!("vpc-{}", hex(&vpc.id, 11)))
}

/// The consumer's end of a PrivateLink connection.
pub(super) fn endpoint_link(endpoint: &Endpoint) -> LinkName {
    LinkName::new(format!("vpce-{}", hex(&endpoint.id, 10)))
}

/// The provider's end of a PrivateLink connection.
pub(super) fn service_link(endpoint: &Endpoint) -> LinkName {
    LinkName::new(format!("svc-{}", hex(&endpoint.id, 11)))
}

/// The router's end of a gateway endpoint.
pub(super) fn gateway_endpoint_link(endpoint: &GatewayEndpoint) -> LinkName {
    LinkName::new(format!("aws-{}", hex(&endpoint.id, 11)))
}

/// The services' end of a gateway endpoint.
pub(super) fn gateway_front_link(endpoint: &GatewayEndpoint) -> LinkName {
    LinkName::new(format!("gwe-{}", hex(&endpoint.id, 11)))
}

/// The internet's end of the link to AWS's services.
pub(super) fn aws_link() -> LinkName {
    LinkName::new("aws")
}

/// Either end of a VPN connection or a virtual interface, in the VPC's router and in the site's.
pub(super) fn vpn_link(id: &Id) -> LinkName {
    LinkName::new(format!("vgw-{}", hex(id, 11)))
}

/// The router's end of a host on premises.
pub(super) fn on_premises_link(host: &OnPremisesHost) -> LinkName {
    LinkName::new(format!("host-{}", hex(&host.id, 10)))
}

/// A site's end of its way to the internet.
pub(super) fn internet_link() -> LinkName {
    LinkName::new("internet")
}

/// The internet's end of it.
pub(super) fn site_link(site: &Site) -> LinkName {
    LinkName::new(format!("site-{}", hex(&site.id, 10)))
}

/// Either end of a peering connection.
pub(super) fn peering_link(connection: &PeeringConnection) -> LinkName {
    LinkName::new(format!("pcx-{}", hex(&connection.id, 11)))
}

/// The name of a chain that belongs to some resources: their logical names, as long as the kernel takes them.
pub(super) fn chain<'a>(prefix: &str, names: impl IntoIterator<Item = &'a Name>) -> String {
    let names = names.into_iter().map(Name::as_str).collect::<Vec<_>>().join(".");
    if names.len() <= LONGEST_CHAIN {
        format!("{prefix}{names}")
    } else {
        format!("{prefix}{:016x}", number("", "chain", &names))
    }
}

/// The first digits of an id, without the zero with which all begin.
fn hex(id: &Id, digits: usize) -> &str {
    &id.digits()[1..=digits]
}

/// The number of each route table of a VPC: its routing table, and the mark of packets that use it.
pub(super) fn route_table_numbers<'a>(topology: &'a Topology, vpc: &Name) -> BTreeMap<&'a Name, u32> {
    let mut pool = Pool::new(1 << 24);
    let tables = topology.route_tables.iter().filter(|(_, table)| table.vpc == *vpc);
    tables
        .map(|(name, table)| {
            let chosen = pool.choose(number(&topology.lab, "table", table.id.as_str()));
            (name, 65_536 + chosen.expect("a VPC has fewer route tables than there are numbers"))
        })
        .collect()
}

/// The routing table of a route table's routes inside the VPC.
pub(super) fn local_table(number: u32) -> u32 {
    number + (1 << 25)
}

/// The highest connection mark that is not a node's: see `untracked`.
pub(super) const HIGHEST_OTHER_MARK: u16 = 3;

/// The connection mark of a load balancer node or an endpoint's interface.
pub(super) fn node_mark(lab: &str, interface: &NetworkInterface) -> u32 {
    let bits = number(lab, "node", interface.id.as_str()) & u64::from(SOURCE_IS_NODE - 1);
    u32::try_from(bits).expect("31 bits").max(u32::from(HIGHEST_OTHER_MARK) + 1)
}

/// The connection mark of what a load balancer node sends with a client's address.
pub(super) fn client_mark(lab: &str, interface: &NetworkInterface) -> u32 {
    let bits = number(lab, "node client", interface.id.as_str()) & u64::from(SOURCE_IS_NODE - 1);
    u32::try_from(bits).expect("31 bits").max(u32::from(HIGHEST_OTHER_MARK) + 1)
}

/// Stands for AWS's services among the ids that have a link.
const AWS: &str = "aws";

/// The addresses of 240.0.0.0/4 that a lab uses, chosen once for all its routers.
pub(super) struct LinkAddresses<'a> {
    links: BTreeMap<&'a str, Ipv4Net>,
    nodes: BTreeMap<&'a Name, Ipv4Addr>,
}

impl<'a> LinkAddresses<'a> {
    /// A /31 for each link between routers, an address for each endpoint interface.
    pub(super) fn new(topology: &'a Topology) -> Self {
        let gateways = topology.internet_gateways.values().map(|gateway| gateway.id.as_str());
        let endpoints = topology.endpoints.values().map(|endpoint| endpoint.id.as_str());
        let peerings = topology.peering_connections.values().map(|connection| connection.id.as_str());
        let connections = topology.vpn_connections.values().map(|connection| connection.id.as_str());
        let interfaces = topology.virtual_interfaces.values().map(|interface| interface.id.as_str());
        let sites = topology.sites.values().map(|site| site.id.as_str());
        let on_premises = connections.chain(interfaces).chain(sites);
        let mut pool = Pool::new(1 << 22);
        let gateway_endpoints = topology.gateway_endpoints.values().map(|endpoint| endpoint.id.as_str());
        let others = peerings.chain(on_premises).chain(gateway_endpoints).chain([AWS]);
        let links = gateways.chain(endpoints).chain(others).map(|key| {
            let number = pool.choose(number(&topology.lab, "link", key)).expect("a lab has fewer links than numbers");
            let base = Ipv4Addr::from(u32::from(Ipv4Addr::new(240, 128, 0, 0)) + 2 * number);
            (key, Ipv4Net::new(base, 31).expect("31 is at most 32"))
        });
        let links = links.collect();
        let interfaces = topology.endpoints.values().flat_map(|endpoint| endpoint.interfaces.values());
        let mut pool = Pool::new(1 << 23);
        let nodes = interfaces.map(|interface| {
            let chosen = pool.choose(number(&topology.lab, "link node", interface.as_str()));
            let number = chosen.expect("a lab has fewer endpoint interfaces than numbers");
            (interface, Ipv4Addr::from(u32::from(Ipv4Addr::new(240, 0, 0, 0)) + number))
        });
        Self { links, nodes: nodes.collect() }
    }

    /// The VPC's end of an internet gateway or of a way to a site, the consumer's of an endpoint, the requester's of a
    /// peering connection, a site's of its way to the internet.
    pub(super) fn near(&self, key: &Id) -> Ipv4Net {
        self.links[key.as_str()]
    }

    /// The other end.
    pub(super) fn far(&self, key: &Id) -> Ipv4Net {
        other(self.near(key))
    }

    /// Both ends of the link between AWS's services and the internet, the services' first.
    pub(super) fn aws(&self) -> [Ipv4Net; 2] {
        let near = self.links[AWS];
        [near, other(near)]
    }

    /// What stands for a load balancer node towards an endpoint's interface.
    pub(super) fn node(&self, interface: &Name) -> Ipv4Addr {
        self.nodes[interface]
    }
}

/// The other end of a link.
fn other(near: Ipv4Net) -> Ipv4Net {
    Ipv4Net::new(Ipv4Addr::from(u32::from(near.addr()) + 1), 31).expect("31 is at most 32")
}
