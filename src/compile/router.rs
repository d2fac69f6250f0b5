//! A VPC's router: its namespace, and the frame of its nftables table into which each noun puts its part.
//!
//! Every gate is a base chain of its own, so that `accept` means "passes this gate" and a sender's
//! outbound and a receiver's inbound rules judge independently of each other. A VPC has those of them that it needs:
//! see `prune`.
//!
//! | hook, priority | chain | judges or does |
//! |---|---|---|
//! | prerouting −310 | `failed` | drops what comes from what has failed, and what goes to it: see `failure` |
//! | prerouting −300 | `zones` | where something forwards for others: what is tracked apart: see `middlebox` |
//! | prerouting −160 | `invisible` | what the router forwards arrives as old as it was sent (GEN-03): see `time_to_live` |
//! | prerouting −153 | `peering` | what comes from a peer is from there, and to here (PCX-06) |
//! | prerouting −152 | `marking` | source check (ENI-02); the route table of the sender's subnet, or of what answers for AWS (RT-02) |
//! | prerouting −151 | `outbound` | the sender's security groups |
//! | prerouting −150 | `managed_inbound` | the security groups of interfaces that AWS runs (VPCE-03, NLB-40) |
//! | prerouting −149 | `acl_prerouting` | network ACLs, where some subnet's denies something: see `network_acl` |
//! | prerouting −100 | `destination_nat` | load balancers, endpoints, public → private addresses |
//! | prerouting −99 | `to_targets` | where routes lead inside the VPC: load balancers' connections know none |
//! | prerouting −98, output 0 | `count_routes`, `count_own_routes` | nothing: counts, while somebody measures: see `counter` |
//! | input 0 | `input` | what AWS runs answers DNS and metadata, nothing else (VPCE-25, NLB-17) |
//! | forward 0 | `forward` | inside the VPC, through a translation, to a NAT gateway, or out with a public address (IGW-02) |
//! | output −150 | `relay_marks` | what load balancers send by themselves, where one does: see `load_balancer::relay` |
//! | output 0 | `output` | the router is invisible (GEN-01, GEN-03) |
//! | postrouting 100 | `source_nat` | node addresses (NLB-33), PrivateLink clients, private → public addresses |
//! | postrouting 108 | `acl_postrouting` | network ACLs again |
//! | postrouting 109 | `balancer_outbound` | the load balancer's security groups towards its targets (NLB-40) |
//! | postrouting 110 | `inbound` | the receiver's security groups, by the translated source |
//! | postrouting 300 | `failed_out` | the same as `failed`, by what addresses were translated to |

mod gate;
mod prune;

pub(super) use gate::OTHER_TABLES;

use super::{
    counter::{self, Counted},
    flow_log, middlebox,
    names::{self, LinkAddresses},
    overview::Overview,
    rules::{base, closed},
    untracked,
};
use crate::{
    model::{Endpoint, Name, NetworkInterface, Subnet, Topology, Vpc, id::mac},
    spec::{
        Address, Hop, Link, LinkKind, LinkName, MAIN_TABLE, Namespace, NetnsName, Route, Rule as RoutingRule,
        nft::{Chain, Field, Filter, HookKind, HookPoint, Map, Part, Rule, Set, Statement, Table, Type},
    },
};
use ipnet::Ipv4Net;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// The key of a listener: destination address, protocol, port.
pub(super) const LISTENER: [Field; 3] = [Field::IpDaddr, Field::L4proto, Field::ThDport];

/// Where instances ask for metadata (IMDS-01).
pub(super) const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

/// The resolver's link-local address (DNS-01).
const LINK_LOCAL_RESOLVER: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 253);

/// A router while it is being put together.
pub(super) struct Router<'a> {
    pub(super) topology: &'a Topology,
    pub(super) name: &'a Name,
    pub(super) vpc: &'a Vpc,
    /// The number of each route table.
    pub(super) tables: BTreeMap<&'a Name, u32>,
    pub(super) links: &'a LinkAddresses<'a>,
    /// The interfaces in the VPC.
    pub(super) interfaces: &'a [(&'a Name, &'a NetworkInterface)],
    /// The endpoints in the VPC, and those whose load balancer is.
    pub(super) endpoints: &'a [&'a Endpoint],
    namespace: Namespace,
    table: Table,
}

impl<'a> Router<'a> {
    pub(super) fn new(overview: &'a Overview<'a>, name: &'a Name) -> Self {
        let topology = overview.topology;
        let vpc = &topology.vpcs[name];
        let mut router = Self {
            topology,
            name,
            vpc,
            tables: names::route_table_numbers(topology, name),
            links: &overview.links,
            interfaces: overview.interfaces_of(name),
            endpoints: overview.endpoints_of(name),
            namespace: Namespace { sysctls: forwarding_sysctls(), ..Namespace::default() },
            table: Table::default(),
        };
        // What the router says of a packet finds its way back as the packet came: "fragmentation needed" to a peer.
        router.sysctl("ipv4/fwmark_reflect", "1");
        // Who may send from which address is judged by rules; so the kernel need not ask its own routes the way back.
        router.sysctl("ipv4/conf/all/accept_local", "1");
        router.namespace.links.insert(LinkName::lo(), loopback());
        router.sets();
        router.chains();
        router.own_addresses();
        router
    }

    pub(super) fn finish(mut self) -> Namespace {
        prune::prune(&mut self.table);
        self.namespace.nft = Filter::Table(self.table);
        self.namespace
    }

    /// The namespace's name.
    pub(super) fn netns(&self) -> NetnsName {
        names::router_netns(&self.topology.lab, self.name)
    }

    /// Adds a /32 address of the router itself: of what AWS runs in the VPC.
    pub(super) fn own_address(&mut self, address: Ipv4Addr) {
        self.namespace.addresses.insert(Address { link: LinkName::lo(), net: Ipv4Net::from(address) });
    }

    /// A setting of the kernel's, by its path below `net`.
    pub(super) fn sysctl(&mut self, path: &str, value: &str) {
        self.namespace.sysctls.insert(path.to_owned(), value.to_owned());
    }

    /// Adds one end of a veth pair whose other end is `peer`, which has its namespace.
    pub(super) fn veth(
        &mut self,
        link: LinkName,
        mtu: u32,
        (peer_namespace, peer): (NetnsName, LinkName),
        proxy_arp: bool,
    ) {
        let mac = mac(&self.topology.lab, self.netns().as_str(), link.as_str());
        let kind = LinkKind::Veth { mac, peer_namespace, peer, proxy_arp };
        self.namespace.links.insert(link, Link { kind, mtu });
    }

    /// Adds an address to a link.
    pub(super) fn address(&mut self, link: LinkName, net: Ipv4Net) {
        self.namespace.addresses.insert(Address { link, net });
    }

    /// Adds a route to the table that all packets ask first.
    pub(super) fn main_route(&mut self, destination: Ipv4Net, hop: Hop) {
        self.route(MAIN_TABLE, destination, hop);
    }

    pub(super) fn route(&mut self, table: u32, destination: Ipv4Net, hop: Hop) {
        self.namespace.routes.insert(Route { table, destination, hop });
    }

    pub(super) fn routing_rule(&mut self, rule: RoutingRule) {
        self.namespace.rules.insert(rule);
    }

    /// Adds an element to a set.
    pub(super) fn put(&mut self, set: &str, element: Vec<Part>) {
        self.table.sets.get_mut(set).expect("the frame has this set").elements.insert(element);
    }

    /// Adds an element to a map.
    pub(super) fn map(&mut self, map: &str, key: Vec<Part>, value: Part) {
        self.table.maps.get_mut(map).expect("the frame has this map").elements.insert(key, value);
    }

    /// Whether a chain is there already.
    pub(super) fn has_chain(&self, name: &str) -> bool {
        self.table.chains.contains_key(name)
    }

    /// Whether a set is there already.
    pub(super) fn has_set(&self, name: &str) -> bool {
        self.table.sets.contains_key(name)
    }

    /// Adds a set that is not in the frame.
    pub(super) fn set(&mut self, name: String, key: Vec<Type>, elements: BTreeSet<Vec<Part>>) {
        self.table.sets.insert(name, Set { key, interval: true, elements });
    }

    /// Adds a set that is not in the frame, without networks and ranges.
    pub(super) fn exact_set(&mut self, name: String, key: Vec<Type>, elements: BTreeSet<Vec<Part>>) {
        self.table.sets.insert(name, Set { key, interval: false, elements });
    }

    /// Adds a chain that is not in the frame.
    pub(super) fn chain(&mut self, name: String, rules: Vec<Rule>) {
        self.table.chains.insert(name, Chain { hook: None, rules });
    }

    /// Adds a base chain that is not in the frame.
    pub(super) fn base_chain(&mut self, name: &str, chain: Chain) {
        self.table.chains.insert(name.to_owned(), chain);
    }

    /// Adds a map that is not in the frame.
    pub(super) fn new_map(&mut self, name: &str, key: Vec<Type>, value: Type) {
        self.table.maps.insert(name.to_owned(), Map { key, value, interval: false, elements: BTreeMap::new() });
    }

    /// Adds a rule at the end of a chain.
    pub(super) fn rule(&mut self, chain: &str, rule: Rule) {
        self.table.chains.get_mut(chain).expect("the frame has this chain").rules.push(rule);
    }

    /// Adds a rule at the beginning of a chain.
    pub(super) fn first_rule(&mut self, chain: &str, rule: Rule) {
        self.table.chains.get_mut(chain).expect("the frame has this chain").rules.insert(0, rule);
    }

    /// What counts a packet for this.
    pub(super) fn count(&mut self, counted: &Counted<'_>) -> Statement {
        let counter = counted.counter();
        self.table.counters.insert(counter.clone());
        Statement::Count(counter)
    }

    /// The addresses of the router's own that have a routing table, and which.
    pub(super) fn own_tables(&self) -> Vec<(Ipv4Addr, u32)> {
        let rules = self.namespace.rules.iter();
        rules.filter_map(|rule| Some((rule.from?.addr(), rule.table))).collect()
    }

    /// Adds a rule at the end of `source_nat`.
    pub(super) fn source_nat(&mut self, statements: impl IntoIterator<Item = Statement>) {
        self.rule("source_nat", Rule::new(statements));
    }

    fn sets(&mut self) {
        let sets = [
            ("unfiltered", vec![Type::Ipv4Addr], true),
            ("resolvers", vec![Type::Ipv4Addr], false),
            ("public_sources", vec![Type::Ipv4Addr], false),
            ("endpoint_ports", vec![Type::Ipv4Addr, Type::InetProto, Type::InetService], false),
        ];
        for (name, key, interval) in sets {
            self.table.sets.insert(name.to_owned(), Set { key, interval, elements: BTreeSet::new() });
        }
        let listener = vec![Type::Ipv4Addr, Type::InetProto, Type::InetService];
        let maps = [
            ("senders", vec![Type::Ifname, Type::Ipv4Addr], Type::Mark),
            ("route_table", vec![Type::Ifname], Type::Mark),
            ("node_route_table", vec![Type::Mark], Type::Mark),
            ("node_source", vec![Type::Mark], Type::Ipv4Addr),
            ("node_outbound", vec![Type::Mark], Type::Verdict),
            ("check_outbound", vec![Type::Ipv4Addr], Type::Verdict),
            ("outbound", vec![Type::Ifname], Type::Verdict),
            ("inbound", vec![Type::Ifname], Type::Verdict),
            ("managed_inbound", vec![Type::Ipv4Addr], Type::Verdict),
            ("public_managed_inbound", vec![Type::Ipv4Addr], Type::Verdict),
            ("listeners", listener.clone(), Type::Verdict),
            ("public_listeners", listener, Type::Verdict),
            ("endpoints", vec![Type::Ipv4Addr], Type::Ipv4Addr),
            ("endpoint_marks", vec![Type::Ipv4Addr], Type::Mark),
            ("public_to_private", vec![Type::Ipv4Addr], Type::Ipv4Addr),
            ("private_to_public", vec![Type::Ipv4Addr], Type::Ipv4Addr),
        ];
        for (name, key, value) in maps {
            self.table.maps.insert(name.to_owned(), Map { key, value, interval: false, elements: BTreeMap::new() });
        }
        untracked::frame(self);
        flow_log::frame(self);
        counter::frame(self);
    }

    fn chains(&mut self) {
        let marking = gate::mark_rules(middlebox::source_check(self));
        let frame = [
            ("peering", base(HookKind::Filter, HookPoint::Prerouting, -153, Vec::new())),
            ("marking", base(HookKind::Filter, HookPoint::Prerouting, -152, marking)),
            (OTHER_TABLES, Chain { hook: None, rules: gate::other_tables() }),
            ("outbound", base(HookKind::Filter, HookPoint::Prerouting, -151, gate::outbound_rules())),
            ("managed_inbound", base(HookKind::Filter, HookPoint::Prerouting, -150, gate::managed_inbound_rules())),
            ("destination_nat", base(HookKind::Nat, HookPoint::Prerouting, -100, gate::destination_nat_rules())),
            ("input", closed(HookPoint::Input, gate::input_rules())),
            ("forward", closed(HookPoint::Forward, gate::forward_rules())),
            ("output", base(HookKind::Filter, HookPoint::Output, 0, gate::output_rules())),
            ("source_nat", base(HookKind::Nat, HookPoint::Postrouting, 100, gate::source_nat_rules())),
            ("balancer_outbound", base(HookKind::Filter, HookPoint::Postrouting, 109, gate::balancer_outbound_rules())),
            ("inbound", base(HookKind::Filter, HookPoint::Postrouting, 110, gate::inbound_rules())),
        ];
        self.table.chains.extend(frame.map(|(name, chain)| (name.to_owned(), chain)));
    }

    /// What the router is itself: the subnets' base+1, the resolver (SUB-05, DNS-01), and what no filter
    /// touches (SG-13).
    fn own_addresses(&mut self) {
        let unfiltered = "169.254.169.0/24".parse().expect("a CIDR");
        self.put("unfiltered", vec![Part::Net(unfiltered)]);
        let resolver = self.vpc.resolver();
        let routers = self.topology.subnets.values().filter(|subnet| subnet.vpc == *self.name).map(Subnet::router);
        for address in routers.chain([resolver]) {
            self.own_address(address);
            self.put("unfiltered", vec![Part::address(address)]);
        }
        self.own_address(LINK_LOCAL_RESOLVER);
        self.own_address(METADATA);
        if self.vpc.enable_dns_support {
            self.put("resolvers", vec![Part::address(resolver)]);
            self.put("resolvers", vec![Part::address(LINK_LOCAL_RESOLVER)]);
        }
        self.routing_rule(RoutingRule {
            priority: names::MAIN_PRIORITY,
            from: None,
            to: None,
            fwmark: None,
            table: MAIN_TABLE,
        });
        self.main_route(link_network(), Hop::Blackhole);
    }
}

/// Addresses for PrivateLink's and the gateways' links; never a VPC's.
pub(super) fn link_network() -> Ipv4Net {
    "240.0.0.0/4".parse().expect("a CIDR")
}

/// `lo`, as the kernel makes it.
pub(super) fn loopback() -> Link {
    Link { kind: LinkKind::Loopback, mtu: 65536 }
}

/// Forwarding, and nothing of what a host's settings could spoil: namespaces begin with a copy of them.
pub(super) fn forwarding_sysctls() -> BTreeMap<String, String> {
    let mut sysctls = BTreeMap::from([("ipv4/ip_forward".to_owned(), "1".to_owned())]);
    for which in ["all", "default"] {
        for name in ["rp_filter", "arp_ignore", "arp_filter", "send_redirects"] {
            sysctls.insert(format!("ipv4/conf/{which}/{name}"), "0".to_owned());
        }
    }
    sysctls.insert("ipv6/conf/default/disable_ipv6".to_owned(), "1".to_owned());
    sysctls
}
