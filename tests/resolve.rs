//! From files to topologies: what AWS makes by itself, what stays when a file changes, what a decision outlives.

#![allow(clippy::unwrap_used, clippy::format_collect, reason = "a test may panic and be short")]

mod topology;

use proptest::prelude::*;
use std::collections::BTreeSet;
use topology::{resolve, resolve_after};
use vpcns::model::{Az, ConnectionState, Failed, Name, Peer, PeeringState, Protocol, Topology};

const ONE_VPC: &str = "vpcs: { a: { cidr: 10.0.0.0/16, subnets: { s: { cidr: 10.0.1.0/24, az: a } } } }\n";

fn name(text: &str) -> Name {
    Name::new(text)
}

#[test]
fn a_vpc_comes_with_a_main_table_and_a_default_group() {
    // VPC-06, VPC-08, SG-03
    let topology = resolve(ONE_VPC);
    let vpc = &topology.vpcs[&name("a")];
    assert!(topology.route_tables[&vpc.main_route_table].routes.is_empty());
    assert!(vpc.enable_dns_support);
    assert!(!vpc.enable_dns_hostnames);
    let group = &topology.security_groups[&vpc.default_security_group];
    assert_eq!(group.group_name, "default");
    assert_eq!((&group.inbound[0].protocol, &group.inbound[0].peer), (&Protocol::All, &Peer::Group(name("a/default"))));
    assert_eq!(group.outbound[0].peer, Peer::Cidr("0.0.0.0/0".parse().unwrap()));
}

#[test]
fn host_bits_of_a_cidr_are_dropped() {
    // VPC-02
    let topology = resolve("vpcs: { a: { cidr: 100.68.0.18/18 } }\n");
    assert_eq!(topology.vpcs[&name("a")].cidr.to_string(), "100.68.0.0/18");
}

#[test]
fn the_same_file_gives_the_same_lab() {
    let text = format!("{ONE_VPC}instances: {{ x: {{ subnet: a/s }}, y: {{ subnet: a/s }} }}\n");
    assert_eq!(resolve(&text), resolve(&text));
}

#[test]
fn ids_have_the_shapes_of_aws() {
    // GEN-08
    let topology = resolve(ONE_VPC);
    let id = topology.vpcs[&name("a")].id.as_str();
    let digits = id.strip_prefix("vpc-").expect("a VPC's prefix");
    assert_eq!(digits.len(), 17);
    assert!(digits.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()));
}

#[test]
fn zones_and_their_ids_are_the_region_s() {
    // SUB-06, SUB-10
    let topology = resolve(ONE_VPC);
    let azs = topology.region.azs();
    assert_eq!(
        azs.iter().map(Az::as_str).collect::<Vec<_>>()[..3],
        ["ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2c"]
    );
    assert_eq!(topology.region.az_id(&azs[0]), "apne2-az1");
}

#[test]
fn a_full_subnet_is_refused() {
    // SUB-14: a /28 has eleven addresses to give
    let text = |count: usize| {
        let instances: String = (0..count).map(|i| format!("  i{i}: {{ subnet: a/s }}\n")).collect();
        format!(
            "vpcs: {{ a: {{ cidr: 10.0.0.0/16, subnets: {{ s: {{ cidr: 10.0.1.0/28 }} }} }} }}\ninstances:\n{instances}"
        )
    };
    assert_eq!(resolve(&text(11)).network_interfaces.len(), 11);
    let mistakes = topology::mistakes(&text(12));
    assert!(mistakes[0].contains("InsufficientFreeAddressesInSubnet"), "{mistakes:?}");
}

const PRIVATE_LINK: &str = "
vpcs:
  consumer: { cidr: 10.0.0.0/16, subnets: { s: { cidr: 10.0.1.0/24 } } }
  provider: { cidr: 10.0.0.0/16, subnets: { s: { cidr: 10.0.1.0/24 } } }
instances: { web: { subnet: provider/s, httpd: hello } }
load_balancers: { nlb: { subnets: [provider/s], listeners: { 'TCP:80': [web] } } }
endpoint_services: { service: { load_balancer: nlb } }
";

fn endpoint(accepted: &str) -> String {
    format!("{PRIVATE_LINK}endpoints: {{ e: {{ service: service, subnets: [consumer/s]{accepted} }} }}\n")
}

fn decide(mut topology: Topology, state: ConnectionState) -> Topology {
    topology.endpoints.get_mut(&name("e")).unwrap().state = state;
    topology
}

#[test]
fn a_connection_waits_for_acceptance_unless_none_is_required() {
    // SVC-04, SVC-08
    let state = |text: &str| resolve(text).endpoints[&name("e")].state;
    assert_eq!(state(&endpoint("")), ConnectionState::PendingAcceptance);
    assert_eq!(state(&endpoint(", accepted: true")), ConnectionState::Available);
    let open = endpoint("").replace("load_balancer: nlb", "load_balancer: nlb, acceptance_required: false");
    assert_eq!(state(&open), ConnectionState::Available);
}

#[test]
fn a_decision_outlives_the_file_s_other_changes() {
    let running = decide(resolve(&endpoint("")), ConnectionState::Available);
    let changed = endpoint("").replace("httpd: hello", "httpd: good bye");
    assert_eq!(resolve_after(&changed, &running).endpoints[&name("e")].state, ConnectionState::Available);
    let rejected = decide(resolve(&endpoint(", accepted: true")), ConnectionState::Rejected);
    let same = resolve_after(&endpoint(", accepted: true"), &rejected);
    assert_eq!(same.endpoints[&name("e")].state, ConnectionState::Rejected);
    let reversed = resolve_after(&endpoint(""), &rejected);
    assert_eq!(reversed.endpoints[&name("e")].state, ConnectionState::PendingAcceptance);
}

#[test]
fn another_account_needs_to_be_allowed() {
    // SVC-05, SVC-06
    let other =
        endpoint("").replace("consumer: { cidr: 10.0.0.0/16,", "consumer: { cidr: 10.0.0.0/16, account: 222233334444,");
    assert!(topology::mistakes(&other)[0].contains("InvalidServiceName"));
    for principal in ["'*'", "222233334444", "arn:aws:iam::222233334444:root"] {
        let principals = format!("load_balancer: nlb, allowed_principals: [{principal}]");
        resolve(&other.replace("load_balancer: nlb", &principals));
    }
    let stranger = other.replace("load_balancer: nlb", "load_balancer: nlb, allowed_principals: [333344445555]");
    assert!(topology::mistakes(&stranger)[0].contains("InvalidServiceName"));
}

#[test]
fn who_is_no_longer_allowed_keeps_what_was_accepted_svc_07() {
    let other =
        endpoint("").replace("consumer: { cidr: 10.0.0.0/16,", "consumer: { cidr: 10.0.0.0/16, account: 222233334444,");
    let allowed = other.replace("load_balancer: nlb", "load_balancer: nlb, allowed_principals: [222233334444]");
    let running = decide(resolve(&allowed), ConnectionState::Available);
    assert_eq!(resolve_after(&other, &running).endpoints[&name("e")].state, ConnectionState::Available);
}

#[test]
fn a_zone_is_added_and_addresses_of_the_others_stay_nlb_12_vpce_06() {
    let two = endpoint("").replace("subnets: { s:", "subnets: { t: { cidr: 10.0.2.0/24, az: c }, s:");
    let addresses = |topology: &Topology| -> BTreeSet<_> {
        topology.network_interfaces.values().map(|interface| (interface.vpc.clone(), interface.private_ip)).collect()
    };
    let before = resolve(&two);
    // NLB-12
    let more_nodes = two.replace("subnets: [provider/s]", "subnets: [provider/s, provider/t]");
    let with_node = resolve_after(&more_nodes, &before);
    assert_eq!(with_node.load_balancers[&name("nlb")].nodes.len(), 2);
    assert!(addresses(&with_node).is_superset(&addresses(&before)));
    // VPCE-06
    let more_interfaces = more_nodes.replace("subnets: [consumer/s]", "subnets: [consumer/s, consumer/t]");
    let with_both = resolve_after(&more_interfaces, &with_node);
    assert!(addresses(&with_both).is_superset(&addresses(&with_node)));
    assert_eq!(addresses(&with_both).len(), addresses(&with_node).len() + 1);
    // SVC-11: not without a node in its zone. NLB-12: so no zone goes that a connection uses.
    let gone = more_interfaces.replace("subnets: [provider/s, provider/t]", "subnets: [provider/s]");
    let said = topology::mistakes_after(&gone, Some(&with_both)).join("; ");
    assert!(said.contains("does not support the availability zone of the subnet (InvalidParameter)"), "{said}");
}

#[test]
fn public_and_other_ranges_are_as_good_as_private_ones_vpc_04_vpc_05() {
    for cidr in ["11.0.0.0/16", "100.64.0.0/16", "172.17.0.0/16", "198.51.100.0/24", "223.255.255.0/28"] {
        assert_eq!(resolve(&format!("vpcs: {{ a: {{ cidr: {cidr} }} }}\n")).vpcs[&name("a")].cidr.to_string(), cidr);
    }
    for cidr in ["0.0.0.0/16", "127.1.0.0/16", "169.254.0.0/16", "224.0.0.0/16"] {
        let said = topology::mistakes(&format!("vpcs: {{ a: {{ cidr: {cidr} }} }}\n")).join("; ");
        assert!(said.contains("(InvalidVpc.Range)"), "{cidr}: {said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_runs_keeps_its_addresses(old in names(), new in names()) {
        // ENI-08
        let before = resolve(&instances(&old));
        let both: BTreeSet<_> = old.union(&new).cloned().collect();
        let after = resolve_after(&instances(&both), &before);
        for (interface, was) in &before.network_interfaces {
            prop_assert_eq!(was, &after.network_interfaces[interface]);
        }
        let addresses: BTreeSet<_> = after.network_interfaces.values().map(|interface| interface.private_ip).collect();
        prop_assert_eq!(addresses.len(), both.len());
    }
}

fn names() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set("[a-z]{1,3}", 0..60)
}

/// A lab of a /25 with an instance of each name, half of them public.
fn instances(names: &BTreeSet<String>) -> String {
    let head = "vpcs: { a: { cidr: 10.0.0.0/16, subnets: { s: { cidr: 10.0.1.0/25, az: a } } } }\n";
    let lines = names.iter().map(|name| format!("  i-{name}: {{ subnet: a/s, public_ip: {} }}\n", name.len() == 2));
    if names.is_empty() { head.to_owned() } else { format!("{head}instances:\n{}", lines.collect::<String>()) }
}

/// A VPC that peers with `others` others.
fn star(others: u32) -> String {
    let vpcs: String = (1..=others).map(|i| format!("  v{i}: {{ cidr: 10.{i}.0.0/16 }}\n")).collect();
    let peerings: String =
        (1..=others).map(|i| format!("  p{i}: {{ requester: hub, accepter: v{i}, accepted: true }}\n")).collect();
    format!("vpcs:\n  hub: {{ cidr: 10.0.0.0/16 }}\n{vpcs}peering_connections:\n{peerings}")
}

#[test]
fn a_pair_peers_once_and_a_vpc_with_many() {
    // PCX-03, PCX-10
    assert_eq!(resolve(&star(125)).peering_connections.len(), 125);
    let said = topology::mistakes(&star(126)).join("; ");
    assert!(said.contains("ActiveVpcPeeringConnectionPerVpcLimitExceeded"), "{said}");
    let said = topology::mistakes(&(star(2) + "  again: { requester: v2, accepter: hub }\n")).join("; ");
    assert!(said.contains("VpcPeeringConnectionAlreadyExists"), "{said}");
}

#[test]
fn a_peering_of_other_vpcs_is_another_request() {
    // PCX-12: what was decided of one pair says nothing of another
    let text = "vpcs: { a: { cidr: 10.1.0.0/16 }, b: { cidr: 10.2.0.0/16 }, c: { cidr: 10.3.0.0/16 } }
peering_connections: { p: { requester: a, accepter: b } }\n";
    let mut running = resolve(text);
    running.peering_connections.get_mut(&name("p")).unwrap().state = PeeringState::Active;
    let state = |text: &str| resolve_after(text, &running).peering_connections[&name("p")].state;
    assert_eq!(state(text), PeeringState::Active);
    assert_eq!(state(&text.replace("accepter: b", "accepter: c")), PeeringState::PendingAcceptance);
}

#[test]
fn clients_from_a_peer_have_a_network_of_their_own_which_stays() {
    let text = endpoint("") + "peering_connections: { p: { requester: consumer, accepter: peer, accepted: true } }\n";
    let with_peer =
        |text: &str, cidr: &str| text.replacen("vpcs:\n", &format!("vpcs:\n  peer: {{ cidr: {cidr} }}\n"), 1);
    let networks = |topology: &Topology| topology.endpoints[&name("e")].client_networks.clone();
    let alone = resolve(&endpoint(""));
    let both = resolve_after(&with_peer(&text, "10.77.0.0/16"), &alone);
    let (own, peer) = ("10.0.0.0/16".parse().unwrap(), "10.77.0.0/16".parse().unwrap());
    assert_eq!(networks(&both)[&own], networks(&alone)[&own]);
    assert_ne!(networks(&both)[&own], networks(&both)[&peer]);
    let changed = resolve_after(&with_peer(&text, "10.78.0.0/16"), &both);
    assert_eq!(networks(&changed)[&own], networks(&both)[&own]);
    assert!(!networks(&changed).contains_key(&peer));
}

#[test]
fn a_load_balancer_and_an_endpoint_of_the_same_name_have_interfaces_of_their_own() {
    // Each VPC has its own, in the same zone.
    let topology = resolve(
        "vpcs:\n  a: { cidr: 10.0.0.0/16, subnets: { s: { cidr: 10.0.1.0/24, az: a } } }\n  \
         b: { cidr: 10.1.0.0/16, subnets: { s: { cidr: 10.1.1.0/24, az: a } } }\n\
         load_balancers: { same: { scheme: internal, subnets: [a/s] } }\n\
         endpoint_services: { service: { load_balancers: [same], acceptance_required: false } }\n\
         endpoints: { same: { service: service, subnets: [b/s] } }\n",
    );
    let vpcs: BTreeSet<_> = topology.network_interfaces.values().map(|interface| interface.vpc.as_str()).collect();
    assert_eq!(vpcs, BTreeSet::from(["a", "b"]));
    vpcns::compile::compile(&topology, &vpcns::spec::service::Health::default());
}

#[test]
fn a_lab_that_needs_it_has_the_default_vpc_vpc_17() {
    assert!(resolve(ONE_VPC).vpcs.len() == 1);
    let topology = resolve("instances: { i: {}, j: { subnet: default-vpc/d } }\n");
    let vpc = &topology.vpcs[&name("default-vpc")];
    assert_eq!((vpc.cidr.to_string().as_str(), vpc.tag.as_str()), ("172.31.0.0/16", ""));
    assert!(vpc.enable_dns_support && vpc.enable_dns_hostnames);
    let subnets: Vec<_> = topology.subnets.values().map(|subnet| subnet.cidr.to_string()).collect();
    assert_eq!(subnets, ["172.31.0.0/20", "172.31.16.0/20", "172.31.32.0/20", "172.31.48.0/20"]);
    assert!(topology.subnets.values().all(|subnet| subnet.map_public_ip_on_launch));
    assert_eq!(topology.route_tables[&vpc.main_route_table].routes.len(), 1);
    assert!(topology.network_interfaces.values().all(|interface| interface.public.is_some()));
    let subnet = |instance: &str| topology.network_interfaces[&name(instance)].subnet.as_str();
    assert_eq!((subnet("i/eth0"), subnet("j/eth0")), ("default-vpc/a", "default-vpc/d"));
}

#[test]
fn s3_has_both_kinds_of_endpoint_vpce_19() {
    for service in ["s3", "dynamodb"] {
        let both = format!(
            "{ONE_VPC}gateway_endpoints: {{ g: {{ service: {service}, vpc: a, route_tables: [a/main] }} }}\n\
             endpoints: {{ i: {{ service: {service}, subnets: [a/s], private_dns_enabled: false }} }}\n"
        );
        let topology = resolve(&both);
        assert_eq!((topology.gateway_endpoints.len(), topology.endpoints.len()), (1, 1), "{service}");
    }
    let mistakes = topology::mistakes(&format!(
        "{ONE_VPC}gateway_endpoints: {{ g: {{ service: cloudformation, vpc: a, route_tables: [a/main] }} }}\n"
    ));
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
}

#[test]
fn a_zone_fails_by_its_id_whatever_accounts_call_it() {
    // SUB-06
    let text = "accounts: { '444455556666': { zones: { a: apne2-az3, c: apne2-az1 } } }
vpcs:
  one: { cidr: 10.0.0.0/16, subnets: { a: { cidr: 10.0.1.0/24, az: a } } }
  two: { cidr: 10.1.0.0/16, account: '444455556666', subnets: { c: { cidr: 10.1.1.0/24, az: c } } }
  three: { cidr: 10.2.0.0/16, account: '444455556666', subnets: { a: { cidr: 10.2.1.0/24, az: a } } }
instances: { x: { subnet: one/a }, y: { subnet: two/c }, z: { subnet: three/a } }
";
    let mut topology = resolve(text);
    let failed = vpcns::describe::failed(&topology, "az", "c").unwrap();
    assert_eq!((&failed, failed.name(&topology)), (&Failed::Az("apne2-az1".into()), "apne2-az1".into()));
    let ambiguous = vpcns::describe::failed(&topology, "az", "a").unwrap_err().to_string();
    assert_eq!(ambiguous, "`a` may be apne2-az1 or apne2-az3");
    topology.failures.insert(failed);
    let is_hit = |host: &str| topology.failure_of(&topology.instances[&name(host)].interface).is_some();
    assert_eq!(["x", "y", "z"].map(is_hit), [true, true, false]);
    // it stays as long as something lies there
    assert_eq!(resolve_after(text, &topology).failures, topology.failures);
    let without = text.replace("  one: { cidr: 10.0.0.0/16, subnets: { a: { cidr: 10.0.1.0/24, az: a } } }\n", "");
    let without = without.replace(
        "  two: { cidr: 10.1.0.0/16, account: '444455556666', subnets: { c: { cidr: 10.1.1.0/24, az: c } } }\n",
        "",
    );
    let without = without.replace("x: { subnet: one/a }, y: { subnet: two/c }, ", "");
    assert!(resolve_after(&without, &topology).failures.is_empty());
}
