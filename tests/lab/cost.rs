//! `vpcns cost` from outside: bytes that a test sent, priced by the kernel's counters, and bytes that have no price.

use super::world::World;
use serde_json::Value;

/// An endpoint, a NAT gateway in another zone than its client, and a peering connection.
const LAB: &str = r"
name: cost
region: us-east-1
vpcs:
  consumer:
    cidr: 10.10.0.0/16
    internet_gateway: true
    security_groups: { all: { inbound: [{ type: All traffic, source: 0.0.0.0/0 }] } }
    subnets:
      public: { cidr: 10.10.0.0/24, az: a, routes: { 0.0.0.0/0: internet_gateway } }
      app:
        cidr: 10.10.1.0/24
        az: b
        routes: { 0.0.0.0/0: nat_gateway/out, 10.20.0.0/16: peering_connection/both }
  provider:
    cidr: 10.20.0.0/16
    security_groups: { all: { inbound: [{ type: All traffic, source: 0.0.0.0/0 }] } }
    subnets: { s: { cidr: 10.20.0.0/24, az: b, routes: { 10.10.0.0/16: peering_connection/both } } }
peering_connections: { both: { requester: consumer, accepter: provider, accepted: true } }
elastic_ips: { out: {} }
nat_gateways: { out: { subnet: consumer/public, elastic_ip: out } }
instances:
  app: { subnet: consumer/app, security_groups: [all] }
  web: { subnet: consumer/public, private_ip: 10.10.0.20, public_ip: true, security_groups: [all] }
  service: { subnet: provider/s, private_ip: 10.20.0.20, security_groups: [all] }
load_balancers: { nlb: { subnets: [provider/s], listeners: { TCP:9000: [service] } } }
endpoint_services: { s: { load_balancer: nlb, acceptance_required: false } }
endpoints: { service: { service: s, subnets: [consumer/app], security_groups: [consumer/all] } }
";

/// What a test sends at once.
const SENT: u64 = 3_000_000;

fn cost(world: &World, arguments: &str) -> Value {
    serde_json::from_str(&world.ok(&format!("vpcns cost -o json {arguments}"))).unwrap()
}

/// A charge of a resource.
fn item<'a>(cost: &'a Value, resource: &str, charge: &str) -> &'a Value {
    let is = |item: &&Value| item["Resource"] == resource && item["Charge"] == charge;
    cost["Items"].as_array().unwrap().iter().find(is).unwrap_or_else(|| panic!("no {charge} of {resource}: {cost:#}"))
}

fn bytes(cost: &Value, resource: &str, charge: &str) -> u64 {
    item(cost, resource, charge)["Bytes"].as_u64().unwrap_or_else(|| panic!("{resource}: {cost:#}"))
}

/// The charges for bytes of this lab.
const CHARGES: [(&str, &str); 5] = [
    ("endpoint/service", "interface endpoint"),
    ("load_balancer/nlb", "Network Load Balancer"),
    ("nat_gateway/out", "NAT gateway"),
    ("nat_gateway/out", "between zones"),
    ("peering_connection/both", "peering connection"),
];

/// How much each charge's bytes grew while `app` sent [`SENT`] bytes to an address.
fn grown(world: &World, to: &str) -> [u64; 5] {
    let before = cost(world, "");
    world.ok(&format!("timeout 20 vpcns exec app nc -N {to} 9000 </run/sent"));
    let after = cost(world, "");
    CHARGES.map(|(resource, charge)| bytes(&after, resource, charge) - bytes(&before, resource, charge))
}

fn up() -> World {
    let world = World::new();
    world.write("/run/lab.yaml", LAB);
    world.ok("vpcns up /run/lab.yaml");
    world.ok(&format!("head -c {SENT} /dev/zero >/run/sent"));
    for host in ["service", "web", "laptop"] {
        world.ok(&format!("ip netns exec cost.{host} nc -lk 9000 >/dev/null 2>&1 & echo $! >>/run/pids"));
    }
    world.eventually("vpcns show target-health -o json | grep -q '\"State\": \"healthy\"'");
    world
}

fn finish(world: World) {
    world.ok("kill $(cat /run/pids); rm /run/pids /run/sent /run/lab.yaml");
    world.finish();
}

/// The bytes and what goes with them: headers, and what acknowledges them.
fn is_about(grown: u64) -> bool {
    (SENT..SENT + SENT / 10).contains(&grown)
}

#[test]
fn bytes_are_counted_where_they_have_a_price_and_nowhere_else_cost_01_cost_03_cost_04_cost_06() {
    let world = up();
    let name = world.ok("output endpoints.service.dns_name");
    let [endpoint, balancer, nat, zones, peering] = grown(&world, &name);
    assert!(is_about(endpoint) && balancer == endpoint, "{endpoint} {balancer}");
    assert_eq!([nat, zones, peering], [0; 3]);
    // Out by the NAT gateway, which stands in another zone.
    let [endpoint, balancer, nat, zones, peering] = grown(&world, "203.0.113.10");
    assert!(is_about(nat) && zones == nat, "{nat} {zones}");
    assert_eq!([endpoint, balancer, peering], [0; 3]);
    // By the peering connection inside a zone: counted, and free.
    let [endpoint, balancer, nat, zones, peering] = grown(&world, "10.20.0.20");
    assert!(is_about(peering), "{peering}");
    assert_eq!([endpoint, balancer, nat, zones], [0; 4]);
    // Inside the VPC there is no counter, and the load balancer's own does not see who comes by peering.
    assert_eq!(grown(&world, "10.10.0.20"), [0; 5]);
    let node = world.ok("vpcns exec app dig +short $(output load_balancers.nlb.dns_name)");
    let [endpoint, balancer, nat, zones, peering] = grown(&world, &node);
    assert!(is_about(peering), "{peering}");
    assert_eq!([endpoint, balancer, nat, zones], [0; 4]);
    let cost = cost(&world, "");
    assert!(cost["Notes"][0].as_str().unwrap().contains("only the bytes of clients that come by PrivateLink"));
    // Prices of these bytes.
    let processed = |resource, charge| item(&cost, resource, charge)["Processed"].as_f64().unwrap();
    let rows = [("endpoint/service", "interface endpoint", 1e-11), ("nat_gateway/out", "NAT gateway", 4.5e-11)];
    for (resource, charge, price) in rows {
        #[expect(clippy::cast_precision_loss, reason = "a few million are exact")]
        let expected = bytes(&cost, resource, charge) as f64 * price;
        assert!((processed(resource, charge) - expected).abs() < 1e-12, "{resource}: {cost:#}");
    }
    assert!(processed("peering_connection/both", "peering connection").abs() < 1e-12, "{cost:#}");
    finish(world);
}

#[test]
fn hours_are_those_since_up_or_as_asked_for_cost_01_cost_07() {
    let world = World::new();
    world.write("/run/lab.yaml", LAB);
    world.ok("vpcns up /run/lab.yaml");
    let now = cost(&world, "");
    assert!(now["Items"].as_array().unwrap().iter().all(|item| item["Hours"] == 1), "{now:#}");
    assert_eq!((&now["Lab"], &now["Currency"], &now["Estimate"]), (&"cost".into(), &"USD".into(), &true.into()));
    let day = cost(&world, "--hours 24");
    assert_eq!(item(&day, "endpoint/service", "interface endpoint")["Total"], 0.24);
    assert_eq!(now["PerDay"], day["PerDay"]);
    // An hour and a bit ago.
    let record = "/run/vpcns/cost/record.json";
    let then = world.ok("date -u -d '-61 minutes' +%Y-%m-%dT%H:%M:%SZ");
    world.ok(&format!(r#"sed -i 's/"20[0-9-]*T[0-9:.]*Z"/"{then}"/g' {record} && grep -q {then} {record}"#));
    assert_eq!(item(&cost(&world, ""), "nat_gateway/out", "NAT gateway")["Hours"], 2);
    let table = world.ok("vpcns cost --hours 24");
    assert!(table.contains("endpoint/service") && table.contains("an estimate by the prices of us-east-1"), "{table}");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn a_file_has_a_price_without_root_and_wrong_questions_have_none() {
    let world = World::new();
    assert!(world.fails(1, "vpcns cost").contains("no lab is up"));
    world.write("/run/lab.yaml", LAB);
    world.write("/run/wrong.yaml", "vpcs: { a: { cidr: 10.0.0.0/8 } }\n");
    assert!(world.fails(2, "vpcns cost /run/wrong.yaml").contains("/run/wrong.yaml:1:20"));
    assert!(world.fails(2, "vpcns cost /run/absent.yaml").contains("/run/absent.yaml"));
    for hours in ["0", "-1", "many", "1.5"] {
        world.fails(2, &format!("vpcns cost --hours {hours} /run/lab.yaml"));
    }
    let file = world.ok("setpriv --reuid 65534 --clear-groups vpcns cost --hours 730 -o json /run/lab.yaml");
    let file: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(file["PerMonth"], file["Total"], "a file has no bytes");
    assert_eq!(item(&file, "nat_gateway/out", "NAT gateway")["Bytes"], Value::Null);
    world.ok("vpcns up /run/lab.yaml");
    assert!(world.fails(1, "vpcns cost --lab other").contains("lab `other` is not up"));
    let refused = world.fails(1, "setpriv --reuid 65534 --clear-groups vpcns cost");
    assert!(refused.contains("run with `sudo`"), "{refused}");
    // Without its namespaces a lab has no counters, and no price that is made up.
    world.ok("ip netns delete cost.nat.out");
    assert!(world.fails(1, "vpcns cost").contains("cannot read the counters of `cost.nat.out`"));
    world.ok("rm /run/lab.yaml /run/wrong.yaml");
    world.finish();
}
