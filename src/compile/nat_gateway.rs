//! NAT gateways: a namespace each, which forwards what instances send it with its own private address as the source
//! (NAT-02), and so shows in `traceroute` (NAT-14). The internet gateway makes its elastic IP of that.
//!
//! ```text
//! ip route add default via 10.0.0.7 dev nat-0a1b2c3d4e5 table 74565        # in the router: its clients' table
//! map route_table { "nat-0a1b2c3d4e5" : 0x12346 }                          # and what it sends takes its own
//! chain source_nat { meta l4proto { tcp, udp } snat ip to 10.0.0.7:1024-56023 fully-random }
//! ```
//!
//! It forwards TCP, UDP and ICMP and nothing else (NAT-03), of TCP and ICMP no fragments (NAT-09), and answers nobody
//! (NAT-04). What it has not heard of for 350 seconds it forgets; whoever goes on then gets a reset (NAT-06).

use super::{
    instance, names,
    route_table::number_of,
    router::{Router, forwarding_sysctls},
    rules::{accept, any, base, closed, discard},
    untracked,
};
use crate::{
    model::{NatGateway, Topology},
    spec::{
        Hop, Namespace,
        nft::{Chain, Field, Filter, HookKind, HookPoint, Part, Rule, Statement, Table, Translation, Value},
    },
};
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

/// The MTU of a NAT gateway (NAT-14).
const NAT_MTU: u32 = 8500;

/// The ports from which it sends: of AWS's 1024 to 65535 the first 55,000, so that no more connections than that go to
/// one destination, and a further one is dropped (NAT-05).
const PORTS: (u16, u16) = (1024, 56_023);

/// Right before fragments are put together again, which tracking connections needs.
const BEFORE_DEFRAGMENTATION: i32 = -450;

/// Connection tracking: forgotten after 350 seconds; what is not known then does not become known again by its middle,
/// and what is known is never wrong by its numbers, for whatever is wrong is answered with a reset (NAT-06).
const TRACKING: [(&str, &str); 5] = [
    ("netfilter/nf_conntrack_tcp_be_liberal", "1"),
    ("netfilter/nf_conntrack_tcp_loose", "0"),
    ("netfilter/nf_conntrack_tcp_timeout_established", "350"),
    ("netfilter/nf_conntrack_udp_timeout", "350"),
    ("netfilter/nf_conntrack_udp_timeout_stream", "350"),
];

/// The router's ends of its VPC's NAT gateways.
pub(super) fn add(router: &mut Router<'_>) {
    let topology = router.topology;
    for (name, gateway) in topology.nat_gateways.iter().filter(|(_, gateway)| gateway.vpc == *router.name) {
        let link = names::nat_link(gateway);
        let peer = (names::nat_netns(&topology.lab, name), names::host_link());
        router.veth(link.clone(), NAT_MTU, peer, true);
        let address = topology.network_interfaces[&gateway.interface].private_ip;
        router.main_route(Ipv4Net::from(address), Hop::Link(link.clone()));
        let table = number_of(router, &gateway.subnet);
        untracked::always_track(router, link.as_str());
        router.map("route_table", vec![Part::Ifname(link)], table);
    }
}

/// How a route leads to it.
pub(super) fn hop(topology: &Topology, gateway: &NatGateway) -> Hop {
    Hop::Gateway(topology.network_interfaces[&gateway.interface].private_ip, names::nat_link(gateway))
}

/// The namespace of a NAT gateway.
pub(super) fn namespace(topology: &Topology, gateway: &NatGateway) -> Namespace {
    let interface = &topology.network_interfaces[&gateway.interface];
    let subnet = &topology.subnets[&gateway.subnet];
    let address = Ipv4Net::new(interface.private_ip, subnet.cidr.prefix_len()).expect("a subnet's prefix length");
    let peer = (names::router_netns(&topology.lab, &gateway.vpc), names::nat_link(gateway));
    let mut namespace = instance::host(interface.mac, NAT_MTU, address, subnet.router(), peer);
    namespace.sysctls = forwarding_sysctls();
    namespace.sysctls.extend(TRACKING.map(|(path, value)| (path.to_owned(), value.to_owned())));
    namespace.nft = Filter::Table(table(interface.private_ip));
    namespace
}

fn table(address: Ipv4Addr) -> Table {
    let fragments = Rule::new([any(Field::L4proto, &["tcp", "icmp"]), is_fragment(), discard()]);
    let unknown = || any(Field::CtState, &["invalid"]);
    let forward = vec![
        Rule::new([unknown(), any(Field::L4proto, &["tcp"]), Statement::RejectWithReset]),
        Rule::new([unknown(), discard()]),
        Rule::new([any(Field::L4proto, &["tcp", "udp", "icmp"]), accept()]),
    ];
    let (first, last) = PORTS;
    let source_nat = vec![
        Rule::new([any(Field::L4proto, &["tcp", "udp"]), Statement::Snat(Translation::Ports { address, first, last })]),
        Rule::new([Statement::Snat(Translation::Address(address))]),
    ];
    let chains: [(&str, Chain); 4] = [
        ("fragments", base(HookKind::Filter, HookPoint::Prerouting, BEFORE_DEFRAGMENTATION, vec![fragments])),
        ("input", closed(HookPoint::Input, Vec::new())),
        ("forward", closed(HookPoint::Forward, forward)),
        ("source_nat", base(HookKind::Nat, HookPoint::Postrouting, 100, source_nat)),
    ];
    Table { chains: chains.map(|(name, chain)| (name.to_owned(), chain)).into(), ..Table::default() }
}

fn is_fragment() -> Statement {
    Statement::Match { field: Field::IpFragment, not: true, value: Value::Number(0) }
}
