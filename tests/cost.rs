//! What labs would cost: prices, hours and bytes put together, without a lab.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod topology;

use std::collections::BTreeMap;
use topology::resolve;
use vpcns::{
    compile::meters,
    cost::{Estimate, Usage, estimate},
    model::{ConnectionState, Id, Name, Topology},
};

/// Two VPCs of two zones; the endpoint waits to be accepted.
const LAB: &str = r"
region: us-east-1
vpcs:
  consumer:
    cidr: 10.10.0.0/16
    internet_gateway: true
    subnets:
      public: { cidr: 10.10.0.0/24, az: a, routes: { 0.0.0.0/0: internet_gateway } }
      near: { cidr: 10.10.1.0/24, az: a, routes: { 10.20.0.0/16: peering_connection/both } }
      far: { cidr: 10.10.2.0/24, az: b, routes: { 0.0.0.0/0: nat_gateway/out } }
  provider:
    cidr: 10.20.0.0/16
    subnets:
      s: { cidr: 10.20.0.0/24, az: b, routes: { 10.10.0.0/16: peering_connection/both } }
      t: { cidr: 10.20.1.0/24, az: a }
peering_connections: { both: { requester: consumer, accepter: provider, accepted: true } }
elastic_ips: { out: {} }
nat_gateways: { out: { subnet: consumer/public, elastic_ip: out } }
instances:
  web: { subnet: consumer/public, public_ip: true }
  near: { subnet: consumer/near }
  far: { subnet: consumer/far }
  service: { subnet: provider/s }
load_balancers: { nlb: { subnets: [provider/s, provider/t], listeners: { TCP:80: [service] } } }
endpoint_services: { s: { load_balancer: nlb, acceptance_required: true } }
endpoints:
  service: { service: s, subnets: [consumer/near, consumer/far] }
  queue: { service: sqs, subnets: [consumer/near], private_dns_enabled: false }
gateway_endpoints: { s3: { service: s3, vpc: consumer } }
";

fn name(text: &str) -> Name {
    Name::new(text)
}

fn priced(topology: &Topology, bytes: &BTreeMap<Id, u64>, hours: u64) -> Estimate {
    estimate(topology, &Usage { bytes, hours: &|_| hours })
}

/// Resource, charge, by the hour, total.
fn rows(estimate: &Estimate) -> Vec<String> {
    let row = |item: &vpcns::cost::Item| {
        let resource = item.resource.replace(|letter: char| letter.is_ascii_digit(), "9");
        format!("{resource}: {} {} {} ({})", item.charge, item.hourly(), item.total(), item.rule)
    };
    estimate.items.iter().map(row).collect()
}

#[test]
fn each_resource_has_its_price_cost_01_to_cost_06() {
    let topology = resolve(LAB);
    let ids = [
        (&topology.endpoints[&name("service")].id, 2_000_000_000), // by the load balancer too
        (&topology.nat_gateways[&name("out")].id, 3_000_000_000),
        (&topology.peering_connections[&name("both")].id, 500_000_000),
    ];
    let bytes = ids.map(|(id, bytes)| (id.clone(), bytes)).into();
    let estimate = priced(&topology, &bytes, 10);
    let found: Vec<_> = rows(&estimate).into_iter().filter(|row| !row.starts_with("address")).collect();
    assert_eq!(
        found,
        [
            "endpoint/queue: interface endpoint 0.01 0.10 (COST-01)",
            "endpoint/service: interface endpoint 0.02 0.22 (COST-01)",
            "gateway_endpoint/s9: gateway endpoint 0.00 0.00 (COST-02)",
            "nat_gateway/out: NAT gateway 0.045 0.585 (COST-03)",
            "nat_gateway/out: between zones 0.00 0.06 (COST-06)",
            "load_balancer/nlb: Network Load Balancer 0.0225 0.237 (COST-04)",
            "peering_connection/both: between zones 0.00 0.01 (COST-06)",
        ]
    );
    // That of the instance and the elastic one.
    let addresses: Vec<_> = estimate.items.iter().filter(|item| item.rule == "COST-05").collect();
    assert_eq!(addresses.len(), 2);
    assert!(addresses.iter().all(|item| item.total().to_string() == "0.05"));
    let sum: f64 = estimate.items.iter().map(|item| item.total().as_f64()).sum();
    assert!((estimate.total().as_f64() - sum).abs() < 1e-9);
}

#[test]
fn an_endpoint_that_idles_in_two_zones_costs_half_a_dollar_a_day_in_any_state_cost_01_cost_07() {
    let topology = resolve(LAB);
    assert_eq!(topology.endpoints[&name("service")].state, ConnectionState::PendingAcceptance);
    let estimate = priced(&topology, &BTreeMap::new(), 24);
    let endpoint = estimate.items.iter().find(|item| item.resource == "endpoint/service").unwrap();
    assert_eq!(endpoint.total().to_string(), "0.48");
    assert_eq!((endpoint.count, endpoint.bytes), (2, None));
}

#[test]
fn each_resource_is_billed_since_it_is_there_cost_01() {
    let topology = resolve(LAB);
    let endpoint = &topology.endpoints[&name("queue")].id;
    let hours = |id: &str| if id == endpoint.as_str() { 3 } else { 1 };
    let estimate = estimate(&topology, &Usage { bytes: &BTreeMap::new(), hours: &hours });
    let hours: Vec<_> = estimate.items.iter().filter(|item| item.hours != 1).map(|item| &item.resource).collect();
    assert_eq!(hours, ["endpoint/queue"]);
}

#[test]
fn what_has_no_price_or_no_counter_is_said() {
    let notes = priced(&resolve(LAB), &BTreeMap::new(), 1).notes;
    assert_eq!(notes.len(), 2, "{notes:#?}");
    assert!(notes[0].starts_with("of load balancers (nlb), only the bytes of clients that come by PrivateLink"));
    assert_eq!(notes[1], "not priced: instances, bytes to the internet");
    // Another region, an endpoint beside its own service, and a gateway for both zones.
    let other = LAB
        .replace("us-east-1", "ap-northeast-2")
        .replace("az: b", "az: c")
        .replace("[consumer/near, consumer/far]", "[provider/s]")
        .replace(
            "az: a, routes: { 10.20.0.0/16: peering_connection/both }",
            "az: a, routes: { 0.0.0.0/0: nat_gateway/out }",
        );
    let notes = priced(&resolve(&other), &BTreeMap::new(), 1).notes.join("\n");
    for said in [
        "the lab is in ap-northeast-2, where prices differ from those of us-east-1",
        "endpoints in the VPC of their own service (service) have no link whose bytes could count",
        "some of what these carry may go from one zone to another, which is not counted: out",
    ] {
        assert!(notes.contains(said), "{said}:\n{notes}");
    }
    let empty = resolve("region: us-east-1\nvpcs: { a: { cidr: 10.0.0.0/16 } }\n");
    let nothing = priced(&empty, &BTreeMap::new(), 1);
    assert_eq!((nothing.items, nothing.notes), (Vec::new(), Vec::new()));
}

#[test]
fn what_has_a_link_of_its_own_has_a_meter() {
    let ids = |text: &str| meters(&resolve(text)).into_keys().collect::<Vec<_>>();
    let topology = resolve(LAB);
    let [queue, service] = ["queue", "service"].map(|endpoint| topology.endpoints[&name(endpoint)].id.clone());
    let nat = topology.nat_gateways[&name("out")].id.clone();
    let peering = topology.peering_connections[&name("both")].id.clone();
    let metered = ids(LAB);
    assert!([&queue, &nat, &peering].into_iter().all(|id| metered.contains(id)), "{metered:?}");
    assert!(!metered.contains(&service), "nothing passes before it is accepted");
    assert!(ids(&LAB.replace("acceptance_required: true", "acceptance_required: false")).contains(&service));
    assert!(!ids(&LAB.replace(", accepted: true", "")).contains(&peering));
}
