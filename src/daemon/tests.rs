//! The daemon in labs that were really brought up, seen from inside with `dig` and `curl`.

mod lab;

use crate::spec::service::{CheckId, Draining, Health};
use lab::{Scratch, eventually};
use std::{fs, net::Ipv4Addr};

/// Two targets of which `second` listens only where `PORTS` says, behind a node.
const LAB: &str = "
name: x
region: ap-northeast-2
vpcs:
  main:
    cidr: 10.0.0.0/16
    subnets: { a: { cidr: 10.0.0.0/24, az: a } }
    security_groups:
      web: { inbound: [{ protocol: tcp, ports: [1-65535], source: 10.0.0.0/16 }] }
instances:
  client: { subnet: main/a, private_ip: 10.0.0.9 }
  first: { subnet: main/a, private_ip: 10.0.0.10, security_groups: [web], httpd: { FIRST } }
  second: { subnet: main/a, private_ip: 10.0.0.11, security_groups: [web], httpd: { SECOND } }
target_groups:
  web:
    vpc: main
    port: 80
    targets: [TARGETS]
    deregistration_delay: 100s
    health_check: { protocol: HTTP, path: /, matcher: 200-299, interval: 5s, timeout: 2s }
load_balancers:
  nlb: { scheme: internal, subnets: [{ subnet: main/a, private_ip: 10.0.0.100 }], listeners: { TCP:80: web } }
";

fn text(first: &str, second: &str, targets: &str) -> String {
    LAB.replace("FIRST", first).replace("SECOND", second).replace("TARGETS", targets)
}

fn both(second: &str) -> String {
    text("80: one", second, "first, second")
}

fn check(last: u8) -> CheckId {
    let address = |last| Ipv4Addr::new(10, 0, 0, last);
    CheckId { target_group: "web".into(), target: address(last), port: 80, node: address(100) }
}

#[test]
fn names_are_answered_and_pages_served() {
    let lab = Scratch::up("serve", &both("8080: two"));
    let dig = |words: &[&str]| lab.run("client", &[&["dig", "+tries=1", "+time=5"], words].concat());
    for way in [["@10.0.0.2", "+notcp"], ["@10.0.0.2", "+tcp"], ["@169.254.169.253", "+notcp"]] {
        let name = "ip-10-0-0-11.ap-northeast-2.compute.internal";
        assert_eq!(dig(&["+short", way[0], way[1], name]), "10.0.0.11", "DNS-01, DNS-02 {way:?}");
    }
    assert_eq!(dig(&["+short", "@10.0.0.2", "-x", "10.0.0.10"]), "ip-10-0-0-10.ap-northeast-2.compute.internal.");
    let nobody = dig(&["@10.0.0.2", "vpce-1.ap-south-q.vpce.amazonaws.com"]);
    assert!(
        nobody.contains("status: NXDOMAIN") && !nobody.contains("recursion requested but not available"),
        "{nobody}"
    );

    let curl = |words: &[&str]| lab.run("client", &[&["curl", "-s", "--max-time", "10"], words].concat());
    assert_eq!(curl(&["http://10.0.0.10/any/path?at=all"]), "one");
    assert_eq!(curl(&["http://10.0.0.11:8080"]), "two");
    let log = lab.lab.access_log("first");
    let line = |text: String| {
        text.lines().any(|line| {
            line.starts_with("10.0.0.9 - - [") && line.ends_with("] \"GET /any/path?at=all HTTP/1.1\" 200 4")
        })
    };
    eventually("the access log says who came", || fs::read_to_string(&log).is_ok_and(line));
}

#[test]
fn health_reaches_the_commands_the_data_plane_and_the_disk() {
    let lab = Scratch::up("health", &both("8080: two"));
    eventually("the first target is healthy", || lab.health().healthy == [check(10)].into());
    assert!(lab.health().unhealthy.is_empty(), "one failure is not enough (NLB-23)");
    eventually("the data plane follows", || lab.lab.health().healthy == [check(10)].into());
    for _ in 0..20 {
        assert_eq!(lab.run("client", &["curl", "-s", "--max-time", "5", "http://10.0.0.100"]), "one", "NLB-24");
    }
    eventually("the second target is unhealthy", || lab.health().unhealthy == [check(11)].into());

    let lock = lab.change(&both("80: two"));
    lab.reload().unwrap();
    drop(lock);
    assert_eq!(lab.health().healthy, [check(10)].into(), "the states are kept");
}

#[test]
fn a_reload_does_not_wait_for_the_lock_but_the_data_plane_does() {
    let lab = Scratch::up("reload", &both("80: two, 8080: more"));
    eventually("both are healthy", || lab.lab.health().healthy == [check(10), check(11)].into());
    let lock = lab.change(&text("80: uno", "80: two", "first"));
    lab.reload().unwrap();
    let health = lab.health();
    assert_eq!(health.healthy, [check(10)].into());
    let draining: Vec<_> = health.draining.iter().map(|Draining { target, port, .. }| (*target, *port)).collect();
    assert_eq!(draining, [(Ipv4Addr::new(10, 0, 0, 11), 80)], "NLB-27");
    let curl = |url| lab.run("client", &["curl", "-s", "--max-time", "5", "-w", "%{exitcode}", url]);
    assert_eq!(curl("http://10.0.0.11:8080"), "7", "the socket is closed");
    assert_eq!(curl("http://10.0.0.10"), "uno\n0", "the body is new, the socket is not");
    assert_eq!(lab.lab.health().draining, Health::default().draining, "the lock is held");
    drop(lock);
    eventually("the disk follows", || lab.lab.health() == health);
}

#[test]
fn a_port_that_is_taken_is_named_and_the_rest_is_served() {
    let lab = Scratch::up("taken", &both("80: two"));
    let taken = lab.netns("second").tcp_listener(([0, 0, 0, 0], 81).into()).unwrap();
    let lock = lab.change(&text("80: one, 81: new", "80: two, 81: never", "first"));
    let refusal = lab.reload().unwrap_err();
    let host = format!("{}.second", lab.lab.name());
    let reason = format!("cannot serve HTTP at `0.0.0.0:81` in namespace `{host}`: Address already in use");
    assert!(refusal.contains(&reason), "{refusal}");
    assert_eq!(lab.run("client", &["curl", "-s", "--max-time", "5", "http://10.0.0.10:81"]), "new");
    drop(taken);
    lab.reload().unwrap();
    drop(lock);
    assert_eq!(lab.run("client", &["curl", "-s", "--max-time", "5", "http://10.0.0.11:81"]), "never");
}
