//! Network Load Balancers with real targets: health moves traffic and names, groups judge, sources are AWS's.

use super::world::World;

/// Two zones with a target each, checked by HTTP as often as AWS allows; a client in the first zone.
const LAB: &str = r#"
name: lb
vpcs:
  v:
    cidr: 10.0.0.0/16
    subnets: { a: { cidr: 10.0.1.0/24, az: a }, c: { cidr: 10.0.2.0/24, az: c } }
    security_groups:
      web: { inbound: [{ type: HTTP, source: 10.0.0.0/16 }] }
instances:
  client: { subnet: v/a }
  a1: { subnet: v/a, private_ip: 10.0.1.11, security_groups: [web], httpd: a1 }
  a2: { subnet: v/a, private_ip: 10.0.1.12, security_groups: [web], httpd: a2 }
  c1: { subnet: v/c, private_ip: 10.0.2.11, security_groups: [web], httpd: c1 }
target_groups:
  web: { port: 80, targets: [a1, a2, c1], health_check: { protocol: HTTP, interval: 5, timeout: 2, healthy_threshold: 2 } }
load_balancers:
  nlb: { subnets: [v/a, v/c], listeners: { "TCP:80": web } }
"#;

fn up(text: &str) -> World {
    let world = World::new();
    world.write("/run/lab.yaml", text);
    world.ok("vpcns up /run/lab.yaml");
    world
}

fn change(world: &World, text: &str) {
    world.write("/run/lab.yaml", text);
    world.ok("vpcns up /run/lab.yaml");
}

fn finish(world: World) {
    world.ok("rm /run/lab.yaml");
    world.finish();
}

/// What twenty connections to the load balancer's name in a zone are answered with.
fn answers(world: &World, name: &str) -> String {
    world.ok(&format!("for i in $(seq 20); do vpcns exec client curl -sS -m 5 {name}; done | sort -u | tr '\\n' ' '"))
}

const REGIONAL: &str = "$(output load_balancers.nlb.dns_name)";

#[test]
fn connections_spread_over_the_targets_of_a_zone_nlb_10_nlb_14() {
    let world = up(LAB);
    assert_eq!(answers(&world, &format!("ap-northeast-2a.{REGIONAL}")), "a1 a2");
    assert_eq!(answers(&world, &format!("ap-northeast-2c.{REGIONAL}")), "c1");
    change(&world, &LAB.replace("{ subnets: [v/a, v/c],", "{ cross_zone: true, subnets: [v/a, v/c],"));
    world.eventually("test $(vpcns show target-health -o json | grep -c '\"State\": \"healthy\"') = 3");
    assert_eq!(answers(&world, &format!("ap-northeast-2c.{REGIONAL}")), "a1 a2 c1");
    finish(world);
}

#[test]
fn a_dead_target_is_left_out_and_a_dead_zone_leaves_the_name_nlb_07_nlb_25() {
    let world = up(LAB);
    world.eventually("test $(vpcns show target-health -o json | grep -c '\"State\": \"healthy\"') = 3");
    // Nobody listens on two of the three any more.
    change(&world, &LAB.replace(", httpd: a1 }", " }").replace(", httpd: c1 }", " }"));
    world.eventually("test $(vpcns show target-health -o json | grep -c '\"State\": \"unhealthy\"') = 2");
    world.eventually(&format!("test $(vpcns exec client dig +short {REGIONAL} | wc -l) = 1"));
    assert_eq!(answers(&world, REGIONAL), "a2");
    // OPEN-02: who still goes to the dead zone gets silence.
    world.fails(28, &format!("vpcns exec client curl -s -m 1 ap-northeast-2c.{REGIONAL}"));
    // NLB-29, NLB-31: when all are dead, all are tried, and the targets themselves refuse.
    change(&world, &LAB.replace(", httpd: a1 }", " }").replace(", httpd: a2 }", " }").replace(", httpd: c1 }", " }"));
    world.eventually("test $(vpcns show target-health -o json | grep -c '\"State\": \"unhealthy\"') = 3");
    world.eventually(&format!("test $(vpcns exec client dig +short {REGIONAL} | wc -l) = 2"));
    world.fails(7, &format!("vpcns exec client curl -s -m 5 {REGIONAL}"));
    finish(world);
}

#[test]
fn a_target_s_groups_judge_the_node_s_checks_nlb_26() {
    let world = up(&LAB.replace("source: 10.0.0.0/16 }", "source: 10.0.2.0/24 }"));
    // The node of zone c lies in 10.0.2.0/24 and gets through; that of zone a does not.
    world.eventually("test $(vpcns show target-health -o json | grep -c '\"State\": \"unhealthy\"') = 2");
    world.eventually("test $(vpcns show target-health -o json | grep -c '\"State\": \"healthy\"') = 1");
    assert_eq!(world.ok(&format!("vpcns exec client dig +short {REGIONAL} | wc -l")), "1");
    finish(world);
}

#[test]
fn a_target_that_is_taken_out_drains_nlb_27() {
    let world = up(LAB);
    change(&world, &LAB.replace("targets: [a1, a2, c1]", "targets: [a2, c1]"));
    let health = world.ok("vpcns show target-health -o json");
    assert!(health.contains("\"draining\"") && health.contains("Target.DeregistrationInProgress"), "{health}");
    assert_eq!(answers(&world, &format!("ap-northeast-2a.{REGIONAL}")), "a2");
    finish(world);
}

#[test]
fn a_target_outside_of_the_zones_is_unused_nlb_25() {
    let world = up(&LAB.replace("subnets: [v/a, v/c],", "subnets: [v/a],"));
    let health = world.ok("vpcns show target-health -o json");
    assert!(health.contains("\"unused\"") && health.contains("Target.NotInUse"), "{health}");
    finish(world);
}

#[test]
fn the_client_s_address_is_kept_or_not_nlb_32() {
    let world = up(LAB);
    let zone = format!("ap-northeast-2c.{REGIONAL}");
    let get = format!("vpcns exec client curl -sS -m 5 {zone}/seen >/dev/null");
    let source = "grep '/seen' /run/vpcns/lb/hosts/c1/access_log | tail -n1 | cut -d' ' -f1";
    world.ok(&get);
    assert_eq!(world.ok(source), world.ok("output instances.client.private_ip"));
    change(&world, &LAB.replace("port: 80, targets", "port: 80, preserve_client_ip: false, targets"));
    world.ok(&get);
    let node = world.ok(&format!("vpcns exec client dig +short {zone}"));
    assert_eq!(world.ok(source), node);
    finish(world);
}

#[test]
fn a_load_balancer_s_groups_judge_privatelink_clients_by_their_own_addresses_nlb_41() {
    let lab = |source: &str, enforce: bool| {
        format!(
            "
name: lb
vpcs:
  consumer: {{ cidr: 10.0.0.0/16, subnets: {{ s: {{ cidr: 10.0.1.0/24 }} }} }}
  provider:
    cidr: 10.0.0.0/16
    subnets: {{ s: {{ cidr: 10.0.1.0/24 }} }}
    security_groups: {{ nlb: {{ inbound: [{{ type: HTTP, source: {source} }}] }}, web: {{ inbound: [{{ type: HTTP, source: nlb }}] }} }}
instances:
  client: {{ subnet: consumer/s, private_ip: 10.0.1.20 }}
  web: {{ subnet: provider/s, security_groups: [web], httpd: hello }}
load_balancers:
  nlb:
    subnets: [provider/s]
    security_groups: [nlb]
    enforce_security_groups_on_private_link: {enforce}
    listeners: {{ 'TCP:80': [web] }}
endpoint_services: {{ s: {{ load_balancer: nlb, acceptance_required: false }} }}
endpoints: {{ e: {{ service: s, subnets: [consumer/s], security_groups: [consumer/default] }} }}
"
        )
    };
    let get = "vpcns exec client curl -s -m 2 $(output endpoints.e.dns_name)";
    let world = up(&lab("10.0.1.20/32", true));
    assert_eq!(world.ok(get), "hello");
    change(&world, &lab("10.0.1.21/32", true));
    world.fails(28, get);
    change(&world, &lab("10.0.1.21/32", false));
    assert_eq!(world.ok(get), "hello");
    finish(world);
}
