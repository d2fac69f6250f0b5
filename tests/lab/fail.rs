//! `vpcns fail` and `heal`: what failed is silent and nothing else is; names follow health; all comes back.

use super::world::World;
use std::process::Stdio;

const SERVICE: &str = "$(output endpoints.service.dns_name)";
const NLB: &str = "$(output load_balancers.nlb.dns_name)";
/// Both targets are healthy.
const ALL_HEALTHY: &str = "test $(vpcns show target-health -o json | grep -c '\"State\": \"healthy\"') = 2";

fn up() -> World {
    let world = World::up("availability");
    world.eventually(ALL_HEALTHY);
    world
}

/// What a host's resolver says of a name, sorted.
fn answers(host: &str, name: &str) -> String {
    format!("vpcns exec {host} getent ahostsv4 {name} | awk '{{print $1}}' | sort -u | tr '\\n' ' '")
}

#[test]
fn a_zone_fails_the_other_goes_on_and_all_comes_back_nlb_07_vpce_20() {
    let world = up();
    let before = world.ok(&answers("app-a", SERVICE));
    assert_eq!(before.split(' ').count(), 2, "{before}");
    let said = world.run("vpcns fail az c").stderr;
    for what in ["az ap-northeast-2c has failed", "instance app-c", "NAT gateway c", "node nlb/", "endpoint interface"]
    {
        assert!(said.contains(what), "{said}");
    }
    // at once, and in silence
    world.fails(28, "vpcns exec client curl -sS -m 1 10.0.1.10");
    world.fails(28, &format!("vpcns exec client curl -sS -m 1 ap-northeast-2c.{NLB}"));
    world.fails(1, "vpcns exec app-a ping -c 1 -W 1 10.0.11.10");
    world.fails(1, "vpcns exec app-c ping -c 1 -W 1 10.0.10.10");
    world.fails(1, "vpcns exec app-c ping -c 1 -W 1 203.0.113.10");
    // the other zone goes on all the while
    assert_eq!(world.ok(&format!("vpcns exec client curl -sS -m 5 ap-northeast-2a.{NLB}")), "web-a");
    world.ok("vpcns exec app-a ping -c 1 192.168.1.10");
    world.ok("vpcns exec app-a ping -c 1 203.0.113.10");
    // health checks find out, and the names follow
    world.eventually(&format!("test \"$({})\" = '10.0.0.100 '", answers("client", NLB)));
    let left = world.ok(&answers("app-a", SERVICE));
    assert!(before.contains(&left) && left.split(' ').count() == 1, "{before}, then {left}");
    let twenty = format!("for i in $(seq 20); do vpcns exec app-a curl -sS -m 2 {SERVICE} || exit; done | sort -u");
    assert_eq!(world.ok(&twenty), "web-a");
    // what is said of it
    let why = world.ok("vpcns why app-a app-c");
    assert!(why.contains("BAD_STATE") && why.contains("vpcns heal az ap-northeast-2c"), "{why}");
    assert!(why.contains("as it says"), "{why}");
    world.ok("vpcns matrix --probe");
    let status = world.run("vpcns status");
    assert_eq!(status.code, 0, "{}", status.stderr);
    assert!(status.stderr.contains("az ap-northeast-2c has failed"), "{}", status.stderr);
    assert!(world.ok("vpcns show failures").contains("instance web-c"));
    // and back
    world.ok("vpcns heal az apne2-az3");
    world.ok("vpcns exec client curl -sS -m 1 10.0.1.10");
    world.eventually(&format!("test \"$({})\" = '{before} '", answers("app-a", SERVICE)));
    world.ok("vpcns matrix --probe");
    world.finish();
}

#[test]
fn a_node_fails_and_endpoints_of_its_zone_end_nowhere_svc_12() {
    let world = up();
    let [a, c] = ["a", "c"].map(|az| format!("$(output endpoints.service.dns_names.ap-northeast-2{az})"));
    world.ok("vpcns fail node nlb/c");
    world.fails(28, &format!("vpcns exec app-c curl -sS -m 1 {c}"));
    world.fails(28, "vpcns exec client curl -sS -m 1 10.0.1.100");
    // the zone itself works
    assert_eq!(world.ok("vpcns exec client curl -sS -m 5 10.0.1.10"), "web-c");
    assert_eq!(world.ok(&format!("vpcns exec app-c curl -sS -m 5 {a}")), "web-a");
    world.ok("vpcns matrix --probe");
    world.eventually(&format!("test \"$({})\" = '10.0.0.100 '", answers("client", NLB)));
    assert_eq!(world.ok(&format!("vpcns exec app-c curl -sS -m 5 {SERVICE}")), "web-a");
    world.ok("vpcns heal --all");
    // the node takes connections again once it has found its target healthy
    world.eventually(&format!("vpcns exec app-c curl -sS -m 1 {c}"));
    world.finish();
}

#[test]
fn a_target_falls_silent_and_its_health_follows_nlb_10() {
    let world = up();
    // by the name it has in its group
    world.ok("vpcns fail target nlb-80/web-c");
    world.fails(28, "vpcns exec client curl -sS -m 1 10.0.1.10"); // not refused: nobody is there to refuse
    assert_eq!(world.ok("vpcns exec web-c curl -sS -m 5 10.0.1.10"), "web-c", "to itself it still talks");
    world.eventually("vpcns show target-health -o json | grep -q '\"State\": \"unhealthy\"'");
    world.eventually(&format!("test \"$({})\" = '10.0.0.100 '", answers("client", NLB)));
    world.ok("vpcns heal target web-c");
    world.eventually(ALL_HEALTHY);
    world.finish();
}

#[test]
fn a_nat_gateway_fails_and_routes_still_point_to_it() {
    let world = up();
    let ping = |host| format!("vpcns exec {host} ping -c 1 -W 1 $(vpcns exec laptop hostname -I)");
    world.ok(&ping("app-a"));
    let routes = "vpcns show route-tables -o json";
    let before = world.ok(routes);
    world.ok("vpcns fail nat a");
    world.fails(1, &ping("app-a"));
    world.ok(&ping("app-c"));
    assert_eq!(world.ok(routes), before);
    let why = world.ok("vpcns why app-a internet");
    assert!(why.contains("nat a has failed") && why.contains("BAD_STATE"), "{why}");
    world.ok("vpcns heal nat a");
    world.ok(&ping("app-a"));
    world.finish();
}

#[test]
fn endpoints_to_aws_leave_a_failed_zone_at_once_vpce_20() {
    let world = World::new();
    let lab = "
name: aws
vpcs:
  v:
    cidr: 10.0.0.0/16
    enable_dns_hostnames: true
    subnets: { a: { cidr: 10.0.1.0/24, az: a }, c: { cidr: 10.0.2.0/24, az: c } }
    security_groups: { open: { inbound: [{ type: HTTPS, source: 10.0.0.0/16 }] } }
instances: { app: { subnet: v/a } }
endpoints: { cfn: { service: cloudformation, subnets: [v/a, v/c], security_groups: [open] } }
";
    world.write("/run/lab.yaml", lab);
    world.ok("vpcns up /run/lab.yaml; vpcns fail az c");
    let name = "cloudformation.ap-northeast-2.amazonaws.com";
    let left = world.ok(&answers("app", "$(output endpoints.cfn.dns_name)"));
    assert!(left.starts_with("10.0.1.") && !left.contains("10.0.2."), "{left}");
    assert_eq!(world.ok(&answers("app", name)), left, "private DNS too");
    let zonal = world.ok(&answers("app", "$(output endpoints.cfn.dns_names.ap-northeast-2c)"));
    assert!(zonal.starts_with("10.0.2."), "{zonal}");
    world.fails(28, &format!("vpcns exec app curl -sS -k -m 1 https://{zonal}"));
    world.ok("vpcns heal az c");
    let both = world.ok(&answers("app", name));
    assert!(both.contains("10.0.1.") && both.contains("10.0.2."), "{both}");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn a_tunnel_goes_down_its_routes_are_withdrawn_and_another_takes_over_vgw_02() {
    let world = up();
    let rack = "vpcns exec app-a curl -sS -m 2 192.168.1.10";
    let back = "vpcns exec rack ping -c 1 -W 1 10.0.10.10";
    world.ok("vpcns fail tunnel direct");
    world.ok(rack);
    world.ok(back);
    assert!(world.ok("vpcns show virtual-interfaces").contains("down"));
    let said = world.run("vpcns fail tunnel backup").stderr;
    assert!(said.contains("route 192.168.0.0/16"), "{said}");
    let done = world.run(rack);
    assert_eq!(done.code, 28, "{}", done.stderr);
    world.fails(1, back);
    assert!(!world.ok("vpcns show route-tables -o json").contains("192.168.0.0/16"));
    let why = world.ok("vpcns why app-a rack:80");
    assert!(why.contains("its route 192.168.0.0/16 is withdrawn") && why.contains("NAT gateway a"), "{why}");
    let why = world.ok("vpcns why rack app-a");
    assert!(why.contains("BAD_STATE"), "{why}");
    world.ok("vpcns matrix --probe");
    world.ok("vpcns heal tunnel backup");
    world.ok(rack);
    world.ok("vpcns heal tunnel direct");
    world.ok(back);
    world.finish();
}

#[test]
fn without_another_route_the_gateway_says_that_its_tunnel_is_down() {
    let world = World::up("on-premises");
    world.ok("vpcns exec desk curl -sS -m 2 10.10.1.10; vpcns fail tunnel office");
    world.fails(28, "vpcns exec desk curl -sS -m 1 10.10.1.10");
    world.run("vpcns exec application curl -sS -m 1 192.168.1.10");
    for (from, to) in [("application", "fileserver:80"), ("desk", "application:80")] {
        let why = world.ok(&format!("vpcns why {from} {to}"));
        assert!(why.contains("BAD_STATE") && why.contains("vpcns heal tunnel office"), "{why}");
    }
    world.ok("vpcns matrix --probe");
    // a static route to the gateway stays, and leads nowhere
    world.write(
        "/run/lab.yaml",
        &World::topology("on-premises").replace(
            "office: { propagating_vgws: [consumer] }",
            "office: { routes: { 192.168.0.0/16: vpn_gateway/consumer } }",
        ),
    );
    world.ok("vpcns up --replace --lab on-premises /run/lab.yaml");
    assert!(world.ok("vpcns show route-tables -o json").contains("192.168.0.0/16"));
    world.fails(28, "vpcns exec application curl -sS -m 1 192.168.1.10");
    let why = world.ok("vpcns why application fileserver:80");
    assert!(why.contains("BAD_STATE"), "{why}");
    world.ok("vpcns heal --all; vpcns exec application curl -sS -m 2 192.168.1.10; rm /run/lab.yaml");
    world.finish();
}

#[test]
fn what_failed_stays_so_over_up_and_ends_with_down() {
    let world = World::new();
    let lab = World::topology("availability");
    world.write("/run/lab.yaml", &lab);
    world.ok("vpcns up /run/lab.yaml; vpcns fail az c; vpcns fail tunnel backup");
    // the same file, and one with somebody new in the zone, and without the tunnel
    assert!(world.run("vpcns up /run/lab.yaml").stderr.contains("note: az ap-northeast-2c has failed"));
    let changed = lab
        .replace("  client:", "  new: { subnet: provider/c, private_ip: 10.0.1.20 }\n  client:")
        .replace("  backup: { vpn_gateway: consumer, customer_gateway: backup, static_routes: [192.168.0.0/16] }\n", "")
        .replace("vpn_connections:\n", "");
    world.write("/run/lab.yaml", &changed);
    let said = world.run("vpcns up /run/lab.yaml").stderr;
    assert!(said.contains("az ap-northeast-2c has failed"), "{said}");
    assert!(said.contains("tunnel backup, which had failed, is not in the lab any more"), "{said}");
    world.fails(28, "vpcns exec new curl -sS -m 1 10.0.0.10");
    world.ok("vpcns down; vpcns up /run/lab.yaml");
    assert_eq!(world.ok("vpcns exec new curl -sS -m 1 10.0.0.10"), "web-a");
    assert_eq!(world.ok("vpcns show failures -o json"), "[]");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn what_cannot_fail_is_said_and_twice_is_once() {
    let world = up();
    let said = world.fails(2, "vpcns fail nat app-a");
    assert!(said.contains("there is no nat-gateway called `app-a`"), "{said}");
    let said = world.fails(2, "vpcns fail target web-d");
    assert!(said.contains("did you mean `web-"), "{said}");
    let said = world.fails(2, "vpcns fail az b");
    assert!(said.contains("there is no availability zone called `b`") && said.contains("ap-northeast-2a"), "{said}");
    let said = world.fails(2, "vpcns fail node nlb");
    assert!(said.contains("`nlb` may be nlb/ap-northeast-2a or nlb/ap-northeast-2c"), "{said}");
    world.fails(2, "vpcns fail volcano a");
    world.fails(2, "vpcns heal");
    world.fails(2, "vpcns heal az");
    world.ok("vpcns fail target web-a");
    assert!(world.run("vpcns fail target web-a").stderr.contains("target web-a has failed already"));
    assert!(world.run("vpcns heal target web-c").stderr.contains("target web-c works already"));
    world.ok("vpcns heal --all");
    assert!(world.run("vpcns heal --all").stderr.contains("nothing has failed"));
    world.finish();
}

#[test]
fn checks_after_a_failure_hold_and_leave_the_lab_healed() {
    let world = World::new();
    world.ok("vpcns test topologies/availability.yaml");
    world.assert_untouched();
    let world = up();
    world.write(
        "/run/checks.yaml",
        "tests:\n  - { from: app-a, reach: app-c/icmp, after: { fail: az/c } }\n  \
         - { from: app-a, deny: app-c/icmp, reason: NO_ROUTE_TO_DESTINATION, after: { fail: target/app-c } }\n  \
         - { from: app-a, reach: app-c/icmp }\n",
    );
    let done = world.run("vpcns test /run/checks.yaml");
    assert_eq!(done.code, 3, "{}", done.stderr);
    assert!(done.stdout.contains("✗ app-a reaches app-c/icmp after az/c failed"), "{}", done.stdout);
    assert!(done.stdout.contains("it is denied, but not by NO_ROUTE_TO_DESTINATION: by BAD_STATE"), "{}", done.stdout);
    assert!(done.stdout.contains("\n✓ app-a reaches app-c/icmp "), "{}", done.stdout);
    assert_eq!(world.ok("vpcns show failures -o json"), "[]");
    // what had failed before stays so
    world.ok("vpcns fail nat a");
    world.run("vpcns test /run/checks.yaml");
    assert!(world.ok("vpcns show failures").contains("nat"));
    world.ok("vpcns heal --all; rm /run/checks.yaml");
    world.finish();
}

#[test]
fn ctrl_c_heals() {
    let world = up();
    let check = "tests: [{ from: app-a, reach: app-c/icmp, after: { fail: az/c }, within: 10m }]\n";
    world.write("/run/checks.yaml", check);
    let mut test = world.command("exec vpcns test /run/checks.yaml");
    let mut test = test.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    world.eventually("vpcns show failures -o json | grep -q az");
    world.ok("pkill -INT -f '^vpcns test'");
    assert_eq!(test.wait().unwrap().code(), Some(130));
    assert_eq!(world.ok("vpcns show failures -o json"), "[]");
    world.ok("vpcns exec app-a ping -c 1 -W 1 10.0.11.10; rm /run/checks.yaml");
    world.finish();
}

#[test]
fn a_rate_is_measured_and_can_be_too_low() {
    let world = up();
    world.write(
        "/run/checks.yaml",
        "tests:\n  - { name: enough, from: app-a, throughput: \"app-c:5001\", at_least: 1 Mbit/s }\n  \
         - { name: more than there is, from: app-a, throughput: \"app-c:5002\", at_least: 1000 Gbit/s }\n  \
         - { name: shut, from: app-a, throughput: \"app-c:4000\", at_least: 1 Mbit/s }\n  \
         - { name: taken, from: client, throughput: \"web-a:80\", at_least: 1 Mbit/s }\n  \
         - { name: several, from: app-a, throughput: \"service:80\", at_least: 1 Mbit/s }\n",
    );
    let done = world.run("vpcns test /run/checks.yaml");
    assert_eq!(done.code, 3, "{}", done.stderr);
    for words in [
        "✓ enough",
        "✗ more than there is",
        "arrived, not at least 1000 Gbit/s",
        "no byte arrived at 10.0.11.10:4000 of app-c",
        "ENI_SG_RULES_MISMATCH",
        "something listens on 10.0.0.10:80 of web-a already",
        "2 hosts answer at",
    ] {
        assert!(done.stdout.contains(words), "{words}\n{}", done.stdout);
    }
    // a slow way is seen to be slow
    world.ok("ip netns exec availability.app-a tc qdisc add dev eth0 root tbf rate 5mbit burst 32kb latency 50ms");
    world.write(
        "/run/checks.yaml",
        "tests:\n  - { from: app-a, throughput: \"app-c:5001\", at_least: 50 Mbit/s }\n  \
         - { name: slow, from: app-a, throughput: \"app-c:5001\", at_least: 1 Mbit/s }\n",
    );
    let done = world.run("vpcns test /run/checks.yaml");
    assert_eq!(done.code, 3, "{}", done.stdout);
    assert!(done.stdout.contains("Mbit/s arrived, not at least 50 Mbit/s") && done.stdout.contains("✓ slow"));
    world.ok("rm /run/checks.yaml");
    world.finish();
}
