//! Instances: a namespace each, which sees its subnet as any EC2 instance does (GEN-04), and the
//! responders that answer HTTP in it.
//!
//! ```text
//! ip address add 10.10.0.49/24 dev eth0
//! ip route add default via 10.10.0.1 dev eth0
//! ```

use super::{aws, internet, names, network_interface::VPC_MTU, on_premises, router::loopback};
use crate::{
    model::{Instance, Name, Topology, Vpc, dns_name},
    spec::{
        Address, Hop, Link, LinkKind, LinkName, MAIN_TABLE, MacAddress, Machine, Namespace, NetnsName, Route,
        service::{At, Responder, port_of},
    },
};
use ipnet::Ipv4Net;
use std::{collections::BTreeMap, net::Ipv4Addr};

/// The namespace of an instance.
pub(super) fn namespace(topology: &Topology, instance: &Instance) -> Namespace {
    let interface = &topology.network_interfaces[&instance.interface];
    let subnet = &topology.subnets[&interface.subnet];
    let address = Ipv4Net::new(interface.private_ip, subnet.cidr.prefix_len()).expect("a subnet's prefix length");
    let peer = (names::router_netns(&topology.lab, &interface.vpc), names::interface_link(interface));
    let mut namespace = host(interface.mac, VPC_MTU, address, subnet.router(), peer);
    let vpc = &topology.vpcs[&interface.vpc];
    namespace.files.insert("resolv.conf".to_owned(), resolv_conf(vpc));
    namespace
}

/// A machine with one interface, `eth0`, and a default route.
pub(super) fn host(
    mac: MacAddress,
    mtu: u32,
    net: Ipv4Net,
    gateway: Ipv4Addr,
    peer: (NetnsName, LinkName),
) -> Namespace {
    let eth0 = names::host_link();
    let (peer_namespace, peer) = peer;
    let veth = Link { kind: LinkKind::Veth { mac, peer_namespace, peer, proxy_arp: false }, mtu };
    let default =
        Route { table: MAIN_TABLE, destination: Ipv4Net::default(), hop: Hop::Gateway(gateway, eth0.clone()) };
    let files = [
        ("hosts", "127.0.0.1 localhost localhost.localdomain\n::1 localhost6 localhost6.localdomain6\n"),
        // A host that asks systemd-resolved or a cache would get its answers from outside of the lab.
        ("nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n"),
    ];
    Namespace {
        sysctls: BTreeMap::from([("ipv6/conf/default/disable_ipv6".to_owned(), "1".to_owned())]),
        links: BTreeMap::from([(LinkName::lo(), loopback()), (eth0.clone(), veth)]),
        addresses: [Address { link: eth0, net }].into(),
        routes: [default].into(),
        files: files.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
        ..Namespace::default()
    }
}

/// As the DHCP client writes it (DNS-01).
fn resolv_conf(vpc: &Vpc) -> String {
    format!("options timeout:2 attempts:5\nsearch {}\nnameserver {}\n", vpc.region.internal_domain(), vpc.resolver())
}

/// What answers HTTP, by namespace and port.
pub(super) fn responders(topology: &Topology) -> BTreeMap<At, Responder> {
    let instances = topology.instances.iter();
    let responders = instances.flat_map(|(name, instance)| {
        instance.httpd.iter().map(|(port, content)| {
            let responder = Responder { host: name.to_string(), content: content.clone() };
            (port_of(names::host_netns(&topology.lab, name), *port), responder)
        })
    });
    responders
        .chain(on_premises::responders(topology))
        .chain([internet::responder(&topology.lab)])
        .chain(aws::responders(topology))
        .collect()
}

/// What the view of an instance is made for (NAME-02, NAME-09), or that of a host on premises.
pub fn machine(topology: &Topology, name: &Name) -> Machine {
    let Some(instance) = topology.instances.get(name) else { return on_premises::machine(topology, name) };
    let pair = instance.key_pair.as_ref().map(|pair| &topology.key_pairs[pair]);
    Machine {
        host: name.to_string(),
        netns: names::host_netns(&topology.lab, name),
        host_name: dns_name::host_name(topology.network_interfaces[&instance.interface].private_ip),
        user_data: instance.user_data.clone(),
        public_key: pair.and_then(|pair| Some(format!("{} {}", pair.public_key.as_ref()?, pair.key_name))),
        layers: topology.layers_of(instance.image.as_ref()).into_iter().map(ToString::to_string).collect(),
    }
}

/// The instances into which one can log in: all but those on whose port something else answers.
pub(super) fn logins(topology: &Topology) -> BTreeMap<NetnsName, Machine> {
    let instances = topology.instances.iter().filter(|(_, instance)| !instance.httpd.contains_key(&SSH));
    instances.map(|(name, _)| (names::host_netns(&topology.lab, name), machine(topology, name))).collect()
}

/// The port of SSH.
const SSH: u16 = 22;
