//! `vpcns test`: checks that must pass, checks that must fail, in labs that run and in labs that are made for them.

use super::world::World;
use quick_xml::{Reader, events::Event};
use serde_json::Value;
use std::process::{Child, Stdio};

/// A lab in which `open` reaches `web`, and `shut` does not; nothing listens on `mute`.
const LAB: &str = "
name: checked
vpcs:
  main:
    cidr: 10.0.0.0/16
    subnets: { a: { cidr: 10.0.0.0/24, az: a } }
    security_groups:
      clients: {}
      web: { inbound: [{ type: HTTP, source: 10.0.0.10/32 }, { protocol: udp, ports: 53, source: 10.0.0.10/32 }] }
      mute: {}
instances:
  open: { subnet: main/a, private_ip: 10.0.0.10, security_groups: [clients] }
  shut: { subnet: main/a, private_ip: 10.0.0.20, security_groups: [clients] }
  web: { subnet: main/a, private_ip: 10.0.0.30, security_groups: [web], httpd: { 80: hello, 8080: hidden } }
  mute: { subnet: main/a, private_ip: 10.0.0.40, security_groups: [mute] }
load_balancers:
  nlb: { subnets: [main/a], listeners: { TCP:80: { targets: [web], health_check: { interval: 5s, timeout: 2s } } } }
";

fn with_tests(tests: &str) -> String {
    format!("{LAB}tests:\n{tests}")
}

#[test]
fn topologies_hold_what_they_promise_and_nothing_is_left() {
    let world = World::new();
    for name in [
        "privatelink",
        "listeners",
        "load-balancer",
        "security-groups",
        "internet-gateway",
        "nat-gateway",
        "flow-logs",
        "document-003",
        "whole-document-002",
    ] {
        world.ok(&format!("vpcns test topologies/{name}.yaml"));
        world.assert_untouched();
    }
    for name in ["network-acls", "peering", "gateway-endpoint", "interface-endpoint", "key-pair", "policies"] {
        world.ok(&format!("vpcns test topologies/{name}.yaml --coverage"));
        world.assert_untouched();
    }
    // without a file and without a lab: the one that comes with vpcns
    let said = world.ok("vpcns test --only ping --only health");
    assert!(said.contains("✓ bastion pings private") && said.lines().count() == 2, "{said}");
    world.assert_untouched();
    world.finish();
}

#[test]
fn what_is_so_passes() {
    let world = World::new();
    world.write(
        "/run/lab.yaml",
        &with_tests(
            r#"
  - { from: open, reach: ["web:80", "web:53/udp", "10.0.0.30:80"] }
  - { from: shut, deny: ["web:80", "web:53/udp"], reason: ENI_SG_RULES_MISMATCH }
  - { from: open, deny: "web:8080", reason: ENI_SG_RULES_MISMATCH }
  - { from: shut, deny: mute/icmp }
  - { from: open, deny: "10.0.0.99:80", reason: NO_POSSIBLE_DESTINATION }
  - { from: open, curl: "http://${instances.web.private_ip}/x?y", expect: { status: [201, 200], body: /^hello$/, headers: { content-TYPE: text/plain } } }
  - { from: open, curl: [-sS, -I, "http://${instances.web.private_ip_address}"], expect: { body: "200 OK" } }
  - { from: shut, curl: "http://10.0.0.30", timeout: 1s, expect: { exit: 28, stderr: timed out } }
  - { from: open, dns: "${instances.web.private_dns_name}", expect: { answers: [10.0.0.30] } }
  - { from: open, dns: 30.0.0.10.in-addr.arpa, type: PTR, expect: { answers: "${instances.web.private_dns_name}" } }
  - { from: open, dns: nobody.ap-northeast-2.compute.internal, expect: { status: NXDOMAIN, answers: [] } }
  - { from: open, source: "web:80", expect: [10.9.9.9, "${instances.open.private_ip}"] }
  - { from: open, distribution: nlb, connections: 5, expect: { web: all } }
  - { health: nlb-80, expect: unhealthy, retry: 20s }
  - { from: open, run: 'echo "$0 ${HOME} \$${x.y}"; echo oops >&2; exit 7', expect: { exit: 7, stdout: [/^sh .root/, "$${x.y}"], stderr: oops } }
  - { from: open, run: [printf, "%s", "a b"], expect: { stdout: "/^a b$/" } }
  # no signal is blocked in a command, and what it leaves behind is not waited for
  - { from: open, run: timeout 1 sleep 60, expect: { exit: 124 } }
  - { from: open, run: "sleep 60 & echo left", expect: { stdout: left } }
  # it is not yet so, but soon
  - { from: open, run: "test -e /tmp/now || { touch /tmp/now; false; }", retry: 10s }
"#

        ),
    );
    let said = world.ok("vpcns test /run/lab.yaml");
    assert_eq!(said.matches('✓').count(), 19, "{said}");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

/// Nothing of this is so.
const FALSE: &str = r#"
tests:
  - { from: shut, reach: "web:80" }
  - { from: open, reach: "web:8080" }
  - { from: shut, reach: "web:53/udp" }
  - { from: open, deny: "web:80" }
  - { from: open, deny: "web:53/udp" }
  - { name: wrong reason, from: shut, deny: "web:80", reason: NO_ROUTE_TO_DESTINATION }
  - { name: nobody listens, from: open, deny: "mute:80", reason: SG_HAS_NO_RULES }
  - { name: nobody at all, from: open, deny: "10.0.0.99:80" }
  - { from: open, ping: mute }
  - { from: open, curl: http://10.0.0.30, expect: { status: 404 } }
  - { from: open, curl: http://10.0.0.30, expect: { body: goodbye } }
  - { from: open, curl: http://10.0.0.30, expect: { headers: { content-type: json } } }
  - { from: shut, curl: http://10.0.0.30, timeout: 1s }
  - { from: open, dns: "${instances.web.private_dns_name}", expect: { answers: [10.0.0.31] } }
  - { from: open, dns: "${instances.web.private_dns_name}", expect: { status: NXDOMAIN } }
  - { from: open, source: "web:80", expect: 10.0.0.20 }
  - { from: shut, source: "web:80", expect: 10.0.0.20, timeout: 1s }
  - { from: open, distribution: nlb, connections: 5, expect: { mute: all } }
  - { health: nlb-80 }
  - { from: open, traceroute: mute, expect: [10.0.0.40], timeout: 200ms }
  - { from: open, run: "false" }
  - { from: open, run: sleep 60, timeout: 500ms }
  - { from: open, run: echo yes, expect: { stdout: no } }
"#;

#[test]
fn what_is_not_so_fails_and_says_why() {
    let world = World::new();
    world.write("/run/lab.yaml", LAB);
    world.write("/run/false.yaml", FALSE);
    world.ok("vpcns up /run/lab.yaml");
    let done = world.run("vpcns test /run/false.yaml");
    assert_eq!(done.code, 3, "{done:?}");
    assert!(
        !done.stdout.lines().any(|line| line.starts_with('✓')) && done.stderr.contains("23 failed"),
        "{}{}",
        done.stdout,
        done.stderr
    );
    for words in [
        "✗ security group main/web",
        "no: nothing comes back (ENI_SG_RULES_MISMATCH)",
        "it is denied, but not by NO_ROUTE_TO_DESTINATION: by ENI_SG_RULES_MISMATCH",
        "nothing listens on mute (10.0.0.40:80)",
        "nobody has this address",
        "expected status 404, not 200",
        "expected `goodbye` in the body, which is `hello`",
        "expected `json` in header `content-type`, which is `text/plain; charset=utf-8`",
        "expected the answers 10.0.0.31, not 10.0.0.30",
        "expected NXDOMAIN from 10.0.0.2, not NOERROR",
        "expected that web sees 10.0.0.20, not 10.0.0.10",
        "web got 5 of 5, and is not expected to",
        "expected the way 10.0.0.40, not *",
        "it had not ended after 0.5 s",
    ] {
        assert!(done.stdout.contains(words), "{words}\n{}", done.stdout);
    }
    // a lab that was up stays so
    world.ok("vpcns status");
    world.ok("rm /run/lab.yaml /run/false.yaml");
    world.finish();
}

#[test]
fn a_wrong_file_touches_nothing() {
    let world = World::new();
    let wrong = |tests: &str, words: &str| {
        world.write("/run/lab.yaml", &with_tests(tests));
        for command in ["test", "validate"] {
            let said = world.fails(2, &format!("vpcns {command} /run/lab.yaml"));
            assert!(said.contains(words), "{command}: {said}");
        }
        world.ok("rm /run/lab.yaml");
        world.assert_untouched();
    };
    wrong("  - { from: open, reach: nowhere }\n", "there is nothing called `nowhere`");
    wrong("  - { from: open, curl: 'http://${endpoints.x.dns_name}' }\n", "/run/lab.yaml:19:25");
    wrong("  - { from: open, failover: x }\n", "`failover` is no kind of its own");
    world.write("/run/lab.yaml", LAB);
    assert!(world.fails(2, "vpcns test /run/lab.yaml").contains("there are no checks"));
    assert!(world.fails(2, "vpcns test topologies/privatelink.yaml --only nothing").contains("the tags are"));
    world.write("/run/checks.yaml", "tests: [{ from: open, ping: mute }]\n");
    assert!(world.fails(1, "vpcns test /run/checks.yaml").contains("no lab is up"));
    world.ok("rm /run/lab.yaml /run/checks.yaml");
    world.finish();
}

#[test]
fn the_lab_that_is_up_is_tested_and_stays() {
    let world = World::new();
    world.write("/run/lab.yaml", &with_tests("  - { from: open, reach: 'web:80', tags: [web] }\n"));
    world.ok("vpcns up /run/lab.yaml");
    for command in ["vpcns test", "vpcns test /run/lab.yaml", "vpcns test --only web", "vpcns test --lab checked"] {
        assert!(world.ok(command).contains("✓ open reaches web:80"), "{command}");
    }
    // as the file was, not as it is now: the lab is neither changed nor tested
    world.ok("sed -i s/10.0.0.40/10.0.0.41/ /run/lab.yaml");
    let said = world.fails(1, "vpcns test /run/lab.yaml");
    assert!(said.contains("is up, but not as `/run/lab.yaml` says"), "{said}");
    world.ok("vpcns test /run/lab.yaml --lab beside && vpcns ls | grep -v beside | grep checked");
    world.ok("vpcns status --lab checked && vpcns exec mute ip address | grep 10.0.0.40");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn templates_have_checks_too() {
    const TEMPLATE: &str = "
Metadata: { vpcns: { tests: [{ from: Host, run: 'ip address', expect: { stdout: '${outputs.Address}' } }] } }
Parameters: { Cidr: { Type: String } }
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: !Ref Cidr } }
  Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: !Select [0, !Cidr [!Ref Cidr, 4, 8]] } }
  Host: { Type: AWS::EC2::Instance, Properties: { ImageId: ami-1, SubnetId: !Ref Subnet } }
Outputs: { Address: { Value: !GetAtt Host.PrivateIp } }
";
    let world = World::new();
    world.write("/run/network.yaml", TEMPLATE);
    world.write("/run/checks.yaml", "tests: [{ from: Host, deny: internet/icmp, reason: NO_ROUTE_TO_DESTINATION }]\n");
    let own = world.ok("vpcns test /run/network.yaml --param Cidr=10.7.0.0/16");
    assert!(own.contains("✓ Host runs ip address"), "{own}");
    let other = world.ok("vpcns test /run/network.yaml --checks /run/checks.yaml --param Cidr=10.7.0.0/16");
    assert!(other.contains("✓ Host cannot reach internet/icmp") && !other.contains("runs"), "{other}");
    world.write("/run/wrong.yaml", "tests: [{ from: Ghost, ping: Host }]\n");
    world.fails(2, "vpcns test /run/network.yaml --checks /run/wrong.yaml --param Cidr=10.7.0.0/16");
    world.ok("rm /run/network.yaml /run/checks.yaml /run/wrong.yaml");
    world.assert_untouched();
    world.finish();
}

#[test]
fn results_are_for_machines_too() {
    let world = World::new();
    world.write(
        "/run/lab.yaml",
        &with_tests(
            "  - { name: \"good <&> #1\", from: open, reach: 'web:80' }
  - { name: bad, from: open, run: \"printf '\\\\033<&>%%\\\\n' >&2; false\" }\n",
        ),
    );
    world.ok("vpcns up /run/lab.yaml");
    let done = world.run("GITHUB_ACTIONS=true vpcns test --junit /run/junit.xml --tap");
    assert_eq!(done.code, 3, "{done:?}");
    let tap: Vec<_> = done.stdout.lines().collect();
    assert_eq!(tap[..4], ["TAP version 14", "1..2", "ok 1 - good <&> \\#1", "not ok 2 - bad"], "{tap:?}");
    assert!(tap[4] == "  ---" && tap[5] == "  message: |" && tap.last() == Some(&"  ..."), "{tap:?}");
    let annotation = done.stderr.lines().find(|line| line.starts_with("::error ")).unwrap();
    assert!(
        annotation.starts_with("::error file=/run/lab.yaml,line=20,title=bad::expected exit code 0"),
        "{annotation}"
    );

    let xml = world.ok("cat /run/junit.xml");
    let mut reader = Reader::from_str(&xml);
    reader.config_mut().check_end_names = true;
    let (mut cases, mut failures) = (Vec::new(), 0);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "testcase" => {
                let name = tag.try_get_attribute("name").unwrap().unwrap();
                cases.push(name.value.into_owned());
            }
            Event::Start(tag) if tag.name().as_ref() == "failure" => failures += 1,
            _ => {}
        }
    }
    assert_eq!(cases, ["good &lt;&amp;&gt; #1", "bad"]);
    assert!(failures == 1 && xml.contains("failures=\"1\"") && !xml.contains('\u{1b}'), "{xml}");

    let done = world.run("vpcns test -o json --coverage");
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(json["Checks"][1]["State"], "failed");
    let unused = json["Coverage"]["Unused"].as_array().unwrap();
    let says: Vec<_> = unused.iter().map(|it| (it["Kind"].as_str().unwrap(), it["Says"].as_str().unwrap())).collect();
    assert_eq!(says, [("inbound rule", "udp 53 from 10.0.0.10/32"), ("listener", "tcp 80 → nlb-80")]);
    world.ok("rm /run/lab.yaml /run/junit.xml");
    world.finish();
}

#[test]
fn ctrl_c_leaves_nothing() {
    // while the checks run; the second time all at once, the third time the terminal is closed
    for signals in ["INT", "INT TERM INT", "HUP"] {
        let world = World::new();
        world.write("/run/lab.yaml", &with_tests("  - { from: open, run: sleep 300, timeout: 5m }\n"));
        let test = begin(&world);
        world.eventually("pgrep -x sleep");
        // It may be gone before the last one.
        world.ok(&format!("for signal in {signals}; do pkill -$signal -f '^vpcns test' || break; done"));
        ends(&world, test);
    }
    // while the lab comes up
    let world = World::new();
    let many: Vec<_> = (0..150).map(|n| format!("  i{n}: {{ subnet: main/a }}\n")).collect();
    let lab = with_tests("  - { from: open, ping: open }\n")
        .replace("instances:\n", &format!("instances:\n{}", many.concat()));
    world.write("/run/lab.yaml", &lab);
    let test = begin(&world);
    world.eventually("test -e /run/netns/checked.i1");
    world.ok("pkill -INT -f '^vpcns test'");
    ends(&world, test);
}

fn begin(world: &World) -> Child {
    world.command("exec vpcns test /run/lab.yaml").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn ends(world: &World, mut test: Child) {
    assert_eq!(test.wait().unwrap().code(), Some(130));
    world.ok("rm /run/lab.yaml");
    world.assert_untouched();
}
