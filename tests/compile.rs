//! From topologies to Linux: what a lab's routers hold and its services know, without a kernel.

#![allow(clippy::unwrap_used, clippy::format_collect, reason = "a test may panic and be short")]

mod topology;

use topology::resolve;
use vpcns::{
    compile::{self, compile, names},
    model::{ConnectionState, Name, Topology},
    spec::{
        Hop, Namespace, Spec,
        nft::{Filter, Part, Statement, Table, Translation},
        service::{Health, Services},
    },
};

fn name(text: &str) -> Name {
    Name::new(text)
}

fn spec(topology: &Topology) -> Spec {
    compile(topology, &Health::default())
}

fn services(topology: &Topology) -> Services {
    compile::services(topology, &Health::default())
}

fn router<'a>(spec: &'a Spec, vpc: &str) -> &'a Namespace {
    &spec.namespaces[&names::router_netns("lab", &name(vpc))]
}

fn table(namespace: &Namespace) -> &Table {
    match &namespace.nft {
        Filter::Table(table) => table,
        other => panic!("a router has a table, not {other:?}"),
    }
}

/// The targets to which a listener's chain sends connections.
fn targets(spec: &Spec, vpc: &str, chain: &str) -> Vec<String> {
    let rules = &table(router(spec, vpc)).chains[chain].rules;
    let statements = rules.iter().flat_map(|rule| &rule.statements);
    let balance = statements.filter_map(|statement| match statement {
        Statement::Dnat(Translation::Balance { targets, .. }) => Some(targets),
        _ => None,
    });
    balance.flatten().map(|(_, (address, _))| address.to_string()).collect()
}

/// Two zones, two targets in each of them, one load balancer.
const TWO_ZONES: &str = "
vpcs:
  v:
    cidr: 10.0.0.0/16
    subnets: { a: { cidr: 10.0.1.0/24, az: a }, b: { cidr: 10.0.2.0/24, az: b } }
instances:
  a1: { subnet: v/a, private_ip: 10.0.1.11 }
  a2: { subnet: v/a, private_ip: 10.0.1.12 }
  b1: { subnet: v/b, private_ip: 10.0.2.11 }
  b2: { subnet: v/b, private_ip: 10.0.2.12 }
load_balancers: { nlb: { subnets: [v/a, v/b], listeners: { 'TCP:80': [a1, a2, b1, b2] } } }
";

/// The health in which exactly the checks of these targets have passed.
fn healthy(topology: &Topology, targets: &[&str]) -> Health {
    let is_healthy = |target: &std::net::Ipv4Addr| targets.contains(&target.to_string().as_str());
    let (healthy, unhealthy) = services(topology).checks.into_keys().partition(|check| is_healthy(&check.target));
    Health { healthy, unhealthy, ..Health::default() }
}

fn regional(health: &Health, topology: &Topology) -> Vec<String> {
    let services = compile::services(topology, health);
    let dns_name = topology.load_balancers[&name("nlb")].dns_name.to_lowercase();
    let zones = services.public_dns.a[&dns_name].iter().filter_map(|address| address.zone.clone());
    zones.map(|zone| zone[zone.len() - 1..].to_owned()).collect()
}

#[test]
fn a_node_keeps_to_its_zone() {
    // NLB-10, NLB-26: two nodes, each checks and uses the two targets of its zone
    let topology = resolve(TWO_ZONES);
    let spec = spec(&topology);
    assert_eq!(services(&topology).checks.len(), 4);
    assert_eq!(targets(&spec, "v", "nlb_80_a_nlb"), ["10.0.1.11", "10.0.1.12"]);
    assert_eq!(targets(&spec, "v", "nlb_80_b_nlb"), ["10.0.2.11", "10.0.2.12"]);
}

#[test]
fn a_node_uses_all_zones_if_it_may() {
    // NLB-11: the load balancer's setting, which the group overrides
    let crossing = TWO_ZONES.replace("subnets: [v/a, v/b],", "cross_zone: true, subnets: [v/a, v/b],");
    let topology = resolve(&crossing);
    let crossed = spec(&topology);
    assert_eq!(services(&topology).checks.len(), 8);
    assert_eq!(targets(&crossed, "v", "nlb_80_a_nlb").len(), 4);
    let overridden = crossing.replace("[a1, a2, b1, b2]", "{ targets: [a1, a2, b1, b2], cross_zone: false }");
    assert_eq!(targets(&spec(&resolve(&overridden)), "v", "nlb_80_a_nlb").len(), 2);
}

#[test]
fn only_healthy_targets_get_connections_and_dead_zones_leave_dns() {
    // NLB-07, NLB-10
    let topology = resolve(TWO_ZONES);
    let health = healthy(&topology, &["10.0.1.12"]);
    let one = compile(&topology, &health);
    assert_eq!(targets(&one, "v", "nlb_80_a_nlb"), ["10.0.1.12"]);
    assert!(targets(&one, "v", "nlb_80_b_nlb").is_empty(), "zone b has no healthy target: its connections vanish");
    assert_eq!(regional(&health, &topology), ["1"]);
}

#[test]
fn nobody_healthy_means_everybody_is_tried() {
    // NLB-29
    let topology = resolve(TWO_ZONES);
    let health = healthy(&topology, &[]);
    let none = compile(&topology, &health);
    assert_eq!(targets(&none, "v", "nlb_80_a_nlb").len(), 2);
    assert_eq!(targets(&none, "v", "nlb_80_b_nlb").len(), 2);
    assert_eq!(regional(&health, &topology), ["1", "2"]);
}

const PRIVATE_LINK: &str = "
vpcs:
  consumer: { cidr: 10.0.0.0/16, subnets: { s: { cidr: 10.0.1.0/24 } } }
  provider: { cidr: 10.0.0.0/16, subnets: { s: { cidr: 10.0.1.0/24 } } }
instances: { web: { subnet: provider/s, httpd: hello }, client: { subnet: consumer/s } }
load_balancers: { nlb: { subnets: [provider/s], listeners: { 'TCP:80': [web] } } }
endpoint_services: { service: { load_balancer: nlb } }
endpoints: { e: { service: service, subnets: [consumer/s] } }
";

#[test]
fn no_acceptance_no_link() {
    // SVC-10: interface and names are there, the way is not
    let mut topology = resolve(PRIVATE_LINK);
    let pending = spec(&topology);
    let links =
        |spec: &Spec| router(spec, "consumer").links.keys().filter(|link| link.as_str().starts_with("vpce-")).count();
    assert_eq!(links(&pending), 0);
    let leads = |spec: &Spec| table(router(spec, "consumer")).maps.contains_key("endpoints");
    assert!(!leads(&pending));
    assert!(services(&topology).public_dns.a.keys().any(|name| name.starts_with("vpce-")));
    topology.endpoints.get_mut(&name("e")).unwrap().state = ConnectionState::Available;
    assert_eq!(links(&spec(&topology)), 1);
    assert!(leads(&spec(&topology)));
    topology.endpoints.get_mut(&name("e")).unwrap().state = ConnectionState::Rejected;
    assert_eq!(spec(&topology), pending);
}

#[test]
fn a_client_network_stands_for_the_consumer() {
    // SVC-15: nothing of the provider's router leads to the consumer's own addresses
    let mut topology = resolve(PRIVATE_LINK);
    topology.endpoints.get_mut(&name("e")).unwrap().state = ConnectionState::Available;
    let spec = spec(&topology);
    let clients = topology.endpoints[&name("e")].client_networks[&"10.0.0.0/16".parse().unwrap()];
    assert_eq!(clients.prefix_len(), 16);
    let back = router(&spec, "provider").routes.iter().find(|route| route.destination == clients).expect("a way back");
    assert!(matches!(&back.hop, Hop::Gateway(_, link) if link.as_str().starts_with("svc-")));
}

#[test]
fn link_networks_differ_and_lie_outside_of_vpcs() {
    let consumers: String = (0..50)
        .map(|i| format!("  c{i}: {{ cidr: 10.0.0.0/16, subnets: {{ s: {{ cidr: 10.0.1.0/24 }} }} }}\n"))
        .collect();
    let endpoints: String =
        (0..50).map(|i| format!("  e{i}: {{ service: service, subnets: [c{i}/s], accepted: true }}\n")).collect();
    let head = PRIVATE_LINK.split("instances").next().unwrap();
    let rest = PRIVATE_LINK.split("endpoints:").next().unwrap().split("instances").nth(1).unwrap();
    let topology = resolve(&format!("{head}{consumers}instances{rest}endpoints:\n{endpoints}"));
    let mut networks: Vec<_> =
        topology.endpoints.values().flat_map(|endpoint| endpoint.client_networks.values().copied()).collect();
    networks.sort();
    networks.dedup();
    assert_eq!(networks.len(), 50);
    assert!(networks.iter().all(|network| network.network().octets()[0] > 240));
    let links = router(&spec(&topology), "provider").links.len();
    assert_eq!(links, 1 + 1 + 50, "loopback, one instance, one link a consumer");
}

#[test]
fn without_dns_support_nobody_answers() {
    // DNS-03
    let mut topology = resolve("vpcs: { v: { cidr: 10.0.0.0/16, enable_dns_support: false } }\n");
    let answers = |topology: &Topology| {
        let server = services(topology).dns.contains_key(&names::router_netns("lab", &name("v")));
        (server, table(router(&spec(topology), "v")).sets.contains_key("resolvers"))
    };
    assert_eq!(answers(&topology), (false, false));
    topology.vpcs.get_mut(&name("v")).unwrap().enable_dns_support = true;
    assert_eq!(answers(&topology), (true, true));
}

#[test]
fn public_names_have_a_split_horizon() {
    // NAME-03, NAME-04
    let text = "
vpcs:
  v:
    cidr: 10.0.0.0/16
    enable_dns_hostnames: true
    subnets: { s: { cidr: 10.0.1.0/24 } }
instances: { i: { subnet: v/s, public_ip: true } }
";
    let topology = resolve(text);
    let services = services(&topology);
    let interface = &topology.network_interfaces[&name("i/eth0")];
    let public = interface.public.as_ref().unwrap().ip;
    let public_name = format!("ec2-{}.ap-northeast-2.compute.amazonaws.com", public.to_string().replace('.', "-"));
    let inside = &services.dns[&names::router_netns("lab", &name("v"))].private;
    assert_eq!(inside.a[&public_name][0].address, interface.private_ip);
    assert_eq!(services.public_dns.a[&public_name][0].address, public);
    assert_eq!(services.public_dns.ptr[&public], public_name);
}

#[test]
fn a_group_named_as_source_means_its_members_addresses() {
    // SG-10
    let text = "
vpcs:
  v:
    cidr: 10.0.0.0/16
    subnets: { s: { cidr: 10.0.1.0/24 } }
    security_groups:
      web: {}
      db: { inbound: [{ protocol: tcp, ports: 5432, source: web }] }
instances:
  w1: { subnet: v/s, private_ip: 10.0.1.11, security_groups: [web] }
  w2: { subnet: v/s, private_ip: 10.0.1.12, security_groups: [web, db] }
  d: { subnet: v/s, private_ip: 10.0.1.13, security_groups: [db] }
";
    let spec = spec(&resolve(text));
    let elements = &table(router(&spec, "v")).sets["in_v/db_ports"].elements;
    let sources: Vec<_> = elements.iter().map(|element| element[0].to_string()).collect();
    assert_eq!(sources, ["10.0.1.11", "10.0.1.12"]);
    assert!(elements.iter().all(|element| element[2] == Part::port(5432)));
}

const GATEWAY_ENDPOINT: &str = "
vpcs:
  v:
    cidr: 10.0.0.0/16
    internet_gateway: true
    routes: { 0.0.0.0/0: internet_gateway }
    route_tables:
      static: { routes: { 52.219.56.0/22: internet_gateway } }
      chosen: {}
      other: {}
    subnets: { s: { cidr: 10.0.1.0/24, route_table: chosen } }
gateway_endpoints: { s3: { service: s3, vpc: v, route_tables: [chosen, static] } }
";

#[test]
fn a_gateway_endpoint_is_a_route_in_the_chosen_tables() {
    // GWE-02, GWE-03; RT-02: a static route to the very same network comes first
    let topology = resolve(GATEWAY_ENDPOINT);
    let spec = spec(&topology);
    let routes = router(&spec, "v").routes.iter();
    let to_s3: Vec<_> = routes.filter(|route| route.destination == "52.219.56.0/22".parse().unwrap()).collect();
    let links: Vec<_> = to_s3
        .iter()
        .map(|route| match &route.hop {
            Hop::Gateway(_, link) => &link.as_str()[..3],
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(to_s3.len(), 2);
    assert!(links.contains(&"igw") && links.contains(&"aws"), "{links:?}");
}

#[test]
fn a_gateway_endpoint_takes_tcp_and_echo_requests_of_the_vpc_and_nothing_else() {
    // GWE-05, GWE-11, GWE-19
    let spec = spec(&resolve(GATEWAY_ENDPOINT));
    let forward = table(router(&spec, "v")).chains["forward"].rules.iter().map(ToString::to_string);
    let through: Vec<_> = forward.filter(|rule| rule.contains("\"aws-")).collect();
    let to = |from: &str, what: &str| format!("iifname \"{from}-*\" oifname \"aws-LINK\" {what} accept");
    let link = through[0].split("\"aws-").nth(1).unwrap().split('"').next().unwrap();
    let expected = ["eni", "nat"].map(|from| ["meta l4proto tcp", "icmp type echo-request"].map(|what| to(from, what)));
    assert_eq!(through, expected.concat().iter().map(|rule| rule.replace("LINK", link)).collect::<Vec<_>>());
}
