//! What is wrong with checks whose form is right: names and references that lead nowhere, each at its place.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "page/mod.rs"]
mod page;

use std::path::PathBuf;
use vpcns::{
    check,
    input::{self, Options, Source},
    model::diagnostic::Lines,
    spec::service::Health,
};

const LAB: &str = "
vpcs: { main: { cidr: 10.0.0.0/16, subnets: { a: { cidr: 10.0.0.0/24, az: a } } } }
instances:
  one: { subnet: main/a, private_ip: 10.0.0.10 }
  two: { subnet: main/a, httpd: two }
load_balancers: { nlb: { subnets: [main/a], listeners: { TCP:80: [two] } } }
tests:
";

/// The names of the checks, or line, message and hint of each mistake.
fn prepared(checks: &str) -> Result<Vec<String>, Vec<(usize, String, String)>> {
    let text = format!("{LAB}{checks}");
    let source = Source { name: "test.yaml".into(), text: text.clone(), directory: PathBuf::new() };
    let options = Options::of_lab("lab");
    let checks = input::examine(&source, &options).checks;
    let topology =
        input::topology(&source, &options, None).unwrap_or_else(|it| panic!("{}", input::render(&source, it)));
    let prepared = check::prepare(&checks, &Lines::of(&text), &topology, &Health::default());
    let mistakes = |found| input::mistakes(&source, found).into_iter();
    prepared
        .map(|cases| cases.into_iter().map(|case| case.name).collect())
        .map_err(|it| mistakes(it).map(|it| (it.line, it.message, it.hint.unwrap_or_default())).collect())
}

#[test]
fn names_are_made_from_what_a_check_says() {
    let names = prepared(
        "
  - { from: [one, internet], reach: ['two:80', two/icmp] }
  - { name: my own, from: one, deny: 'two:81' }
  - { from: one, run: [echo, '${HOME}', '$${instances.one.private_ip}'] }
  - { health: nlb-80 }
  - { from: one, ping: two, after: { fail: [az/a, target/two] }, within: 5s }
  - { from: one, throughput: 'two:5001', at_least: 1.5 Gbit/s }
",
    );
    let expected = [
        "one, internet reaches two:80, two/icmp",
        "my own",
        "one runs echo ${HOME} $${instances.one.private_ip}",
        "health of nlb-80",
        "one pings two after az/a, target/two failed",
        "one sends enough to two:5001",
    ];
    assert_eq!(names.unwrap(), expected);
}

#[test]
fn every_reference_and_name_that_leads_nowhere_is_told_with_its_line() {
    let wrong = prepared(
        "  - { from: ony, reach: 'two:80' }
  - { from: one, reach: 'twoo:80' }
  - { from: one, reach: 'two:0' }
  - { from: one, curl: 'http://${instances.three.private_ip}' }
  - { from: one, curl: 'http://${instances.two.private_adress}' }
  - { from: one, curl: 'http://${outputs.load_balancers.nlb.dns}' }
  - { from: one, curl: 'http://${instance_s.two.x}', expect: { body: '/(/', status: 99 } }
  - { from: one, distribution: nlb, expect: { three: half }, connections: 0 }
  - { health: nlb-81, expect: well }
  - { from: one, source: 'two:80', expect: two }
  - { from: one, dns: two.internal, type: WHAT, expect: { status: GONE } }
  - { from: one, run: 'true', expect: { exit: 256 } }
  - { from: one, ping: two, after: { fail: [az/b, target/too, node/nlb, a, rain/one] } }
  - { from: one, throughput: 'two:5001', at_least: 0 Mbit/s }
  - { from: one, throughput: 'two:5001', at_least: fast }
",
    )
    .unwrap_err();
    let lines: Vec<_> = wrong.iter().map(|(line, _, _)| line - 7).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6, 7, 7, 7, 8, 8, 8, 9, 9, 10, 11, 11, 12, 13, 13, 13, 13, 14, 15], "{wrong:#?}");
    let hint = |at: usize| wrong[at].2.as_str();
    assert_eq!(hint(1), "did you mean `two`?");
    assert_eq!(hint(4), "did you mean `private_ip_address`?");
    assert_eq!(hint(5), "did you mean `load_balancers.nlb.dns_name`?");
    assert_eq!(hint(18), "there is `ap-northeast-2a`");
    assert_eq!(hint(19), "did you mean `two`?");
}

#[test]
fn a_question_about_policies_that_cannot_be_is_told_with_its_line() {
    let wrong = prepared(
        "  - { from: one, policy: GetObject, expect: allowed }
  - { from: one, policy: 's3:Get*', expect: allowed }
  - { from: one, policy: 's4:GetObject', expect: allowed }
  - { from: one, policy: 's3:GetObject', resource: bucket/key, expect: allowed }
  - { from: one, policy: 's3:GetObject', by: gateway, expect: allowed }
  - { from: one, policy: 's3:GetObject', expect: forbidden }
  - { from: one, policy: 's3:GetObject', expect: denied, reason: bucket }
  - { from: one, policy: 's3:GetObject', expect: allowed, reason: resource }
  - { from: one, policy: 's3:GetObject', resource: 'arn:aws:s3:::${vpcs.none.vpc_id}/x', expect: denied }
",
    )
    .unwrap_err();
    let lines: Vec<_> = wrong.iter().map(|(line, _, _)| line - 7).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6, 7, 8, 9], "{wrong:#?}");
    assert_eq!(wrong[2].2, "did you mean `s3`?");
    assert!(wrong[6].1.contains("`bucket` is no reason"), "{wrong:#?}");
    assert_eq!(wrong[7].1, "a call that is allowed has no reason to be denied");
}

#[test]
fn the_page_about_checks_is_the_schema() {
    page::assert_tables("checks.md", input::check_reference());
}
