//! Instances: a namespace each, which sees its subnet as any EC2 instance does (GEN-04), and the
//! responders that answer HTTP in it.
//!
//! ```text
//! ip address add 10.10.0.49/24 dev eth0
//! ip route add default via 10.10.0.1 dev eth0
//! ```

use super::{internet, names, network_interface::VPC_MTU, on_premises, router::loopback};
use crate::{
    model::{Instance, Name, NameServer, NetworkInterface, Topology, Vpc, dns_name},
    spec::{
        Address, Hop, Link, LinkKind, LinkName, MAIN_TABLE, MacAddress, Machine, Namespace, NetnsName, Route, Rule,
        service::{At, Responder, port_of},
    },
};
use ipnet::Ipv4Net;
use std::{collections::BTreeMap, net::Ipv4Addr};

/// The namespace of an instance.
pub(super) fn namespace(topology: &Topology, instance: &Instance) -> Namespace {
    let interface = &topology.network_interfaces[&instance.interface];
    let subnet = &topology.subnets[&interface.subnet];
    let peer = (names::router_netns(&topology.lab, &interface.vpc), names::interface_link(interface));
    let address = on_link(topology, interface, interface.private_ip);
    let mut namespace = host(interface.mac, VPC_MTU, address, subnet.router(), peer);
    for (index, name) in instance.interfaces() {
        add_interface(&mut namespace, topology, (index, &topology.network_interfaces[name]));
    }
    if !instance.further_interfaces.is_empty() {
        for (index, name) in instance.interfaces() {
            add_own_table(&mut namespace, topology, (index, &topology.network_interfaces[name]));
        }
    }
    let mut interfaces = instance.interfaces().map(|(_, name)| &topology.network_interfaces[name]);
    if !instance.further_interfaces.is_empty() || interfaces.any(|interface| !interface.source_dest_check) {
        // The host's own settings must not decide what it forwards, or by which interface it hears from whom.
        for which in ["all", "default"] {
            namespace.sysctls.insert(format!("ipv4/conf/{which}/rp_filter"), "0".to_owned());
        }
    }
    let vpc = &topology.vpcs[&interface.vpc];
    namespace.files.insert("resolv.conf".to_owned(), resolv_conf(topology, vpc));
    namespace
}

/// An address with the prefix length of its subnet.
fn on_link(topology: &Topology, interface: &NetworkInterface, address: Ipv4Addr) -> Ipv4Net {
    let subnet = &topology.subnets[&interface.subnet];
    Ipv4Net::new(address, subnet.cidr.prefix_len()).expect("a subnet's prefix length")
}

/// The addresses of an interface; and the link itself, but for the first one, which is there.
fn add_interface(namespace: &mut Namespace, topology: &Topology, (index, interface): (u16, &NetworkInterface)) {
    let device = names::device(index);
    let router = (names::router_netns(&topology.lab, &interface.vpc), names::interface_link(interface));
    let (peer_namespace, peer) = router;
    let kind = LinkKind::Veth { mac: interface.mac, peer_namespace, peer, proxy_arp: false };
    namespace.links.entry(device.clone()).or_insert(Link { kind, mtu: VPC_MTU });
    let addresses = interface.private_ips().map(|address| on_link(topology, interface, address));
    namespace.addresses.extend(addresses.map(|net| Address { link: device.clone(), net }));
}

/// With several interfaces, what is sent from an address leaves by its interface, as Amazon Linux sets it up.
fn add_own_table(namespace: &mut Namespace, topology: &Topology, (index, interface): (u16, &NetworkInterface)) {
    let (device, subnet) = (names::device(index), &topology.subnets[&interface.subnet]);
    let table = OWN_TABLES + u32::from(index);
    let routes =
        [(subnet.cidr, Hop::Link(device.clone())), (Ipv4Net::default(), Hop::Gateway(subnet.router(), device))];
    namespace.routes.extend(routes.map(|(destination, hop)| Route { table, destination, hop }));
    let rules = interface.private_ips().map(|address| {
        let from = Some(Ipv4Net::from(address));
        Rule { priority: table, from, to: None, fwmark: None, table }
    });
    namespace.rules.extend(rules);
}

/// The routing table of `eth0` in an instance with several interfaces, and the priority of its rules.
const OWN_TABLES: u32 = 10_000;

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

/// As the DHCP client writes it (DNS-01): what the options do not say is not there.
fn resolv_conf(topology: &Topology, vpc: &Vpc) -> String {
    let options = topology.dhcp_options_of(vpc);
    // Where the domain does not say it, who installs packages finds the region here.
    let origin = vpc.dhcp_options.as_ref().map(|_| format!("; generated by dhclient in {}\n", vpc.region));
    let search = options.domain_name.map(|domain| format!("search {domain}\n"));
    let servers = options.domain_name_servers.iter().map(|server| match server {
        NameServer::AmazonProvided => format!("nameserver {}\n", vpc.resolver()),
        NameServer::Address(address) => format!("nameserver {address}\n"),
    });
    let tuning = "options timeout:2 attempts:5\n".to_owned();
    origin.into_iter().chain([tuning]).chain(search).chain(servers).collect()
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
    responders.chain(on_premises::responders(topology)).chain([internet::responder(&topology.lab)]).collect()
}

/// What the view of an instance is made for (NAME-02, NAME-09), or that of a host on premises.
pub fn machine(topology: &Topology, name: &Name) -> Machine {
    let Some(instance) = topology.instances.get(name) else { return on_premises::machine(topology, name) };
    let pair = instance.key_pair.as_ref().map(|pair| &topology.key_pairs[pair]);
    Machine {
        host: name.to_string(),
        netns: names::host_netns(&topology.lab, name),
        host_name: dns_name::host_name(topology.network_interfaces[&instance.interface].private_ip),
        region: Some(topology.region_of(&topology.network_interfaces[&instance.interface].vpc).to_string()),
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
