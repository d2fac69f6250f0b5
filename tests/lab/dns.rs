//! Hosted zones, Resolver endpoints and rules, and DNS servers on premises: what is answered to whom, and what is not.

use super::world::World;

fn finish(world: World) {
    world.ok("rm -f /run/lab.yaml");
    world.finish();
}

/// What `dig +short` prints on a host.
fn short(world: &World, host: &str, query: &str) -> String {
    world.ok(&format!("vpcns exec {host} dig +short {query}"))
}

/// The status that `dig` prints on a host.
fn status(world: &World, host: &str, query: &str) -> String {
    let text = world.ok(&format!("vpcns exec {host} dig {query}"));
    let (_, rest) = text.split_once("status: ").unwrap_or_else(|| panic!("{text}"));
    rest.split(',').next().unwrap().to_owned()
}

/// Nothing answers.
fn silent(world: &World, host: &str, query: &str) {
    let said = world.fails(9, &format!("vpcns exec {host} dig +time=1 +tries=1 {query}"));
    assert!(said.contains("no servers could be reached"), "{said}");
}

#[test]
fn a_private_zone_answers_in_its_vpcs_alone_dns_07_dns_08() {
    let world = World::up("hosted-zone");
    assert_eq!(short(&world, "client", "db.example.com"), "10.10.0.20");
    assert_eq!(short(&world, "web-a", "db.example.com"), "10.10.0.20");
    // DNS-07: never a fall-back to public DNS.
    assert_eq!(status(&world, "client", "shop.example.com"), "NXDOMAIN");
    assert_eq!(short(&world, "laptop", "shop.example.com"), "203.0.113.80");
    // DNS-05: `other` has no DNS host names, and so is as anybody on the internet.
    assert_eq!(short(&world, "outsider", "shop.example.com"), "203.0.113.80");
    assert_eq!(status(&world, "outsider", "db.example.com"), "NXDOMAIN");
    // NODATA, names with nothing of their own, wildcards.
    assert_eq!(status(&world, "client", "db.example.com AAAA"), "NOERROR");
    assert_eq!(short(&world, "client", "db.example.com AAAA"), "");
    assert_eq!(status(&world, "client", "_tcp.example.com"), "NOERROR");
    assert_eq!(short(&world, "client", "any.thing.dev.example.com"), "10.10.0.99");
    assert_eq!(status(&world, "client", "dev.example.com"), "NOERROR");
    // A more specific zone answers alone, where it is associated.
    assert_eq!(short(&world, "client", "build.team.example.com"), "10.10.0.30");
    assert_eq!(status(&world, "client", "x.team.example.com"), "NXDOMAIN");
    assert_eq!(status(&world, "web-a", "build.team.example.com"), "NXDOMAIN");
    finish(world);
}

#[test]
fn a_zone_has_records_of_all_types_and_its_own() {
    let world = World::up("hosted-zone");
    assert_eq!(short(&world, "client", "example.com MX"), "10 mail.example.com.");
    assert_eq!(short(&world, "client", "example.com TXT"), "\"v=spf1 -all\"");
    assert_eq!(short(&world, "client", "_http._tcp.example.com SRV"), "1 10 80 db.example.com.");
    assert_eq!(short(&world, "client", "-x 192.168.7.10"), "printer.example.com.");
    assert_eq!(status(&world, "web-a", "-x 192.168.7.10"), "NXDOMAIN");
    let servers = short(&world, "client", "example.com NS");
    assert_eq!(servers.lines().count(), 4, "{servers}");
    assert!(short(&world, "client", "example.com SOA").starts_with("ns-1536.awsdns-00.co.uk. awsdns-hostmaster"));
    // Times to live, and several values in turn (DNS-11).
    let answer = world.ok("vpcns exec client dig +noall +answer example.com");
    assert_eq!(answer.split_whitespace().collect::<Vec<_>>()[1], "3600", "{answer}");
    let firsts: std::collections::BTreeSet<_> = (0..12)
        .map(|_| short(&world, "client", "pool.example.com"))
        .map(|all| {
            assert_eq!(all.lines().count(), 3, "{all}");
            all.lines().next().unwrap().to_owned()
        })
        .collect();
    assert_eq!(firsts.len(), 3, "{firsts:?}");
    finish(world);
}

#[test]
fn an_alias_has_the_addresses_of_what_it_leads_to_dns_09() {
    let world = World::up("hosted-zone");
    let own_first = short(&world, "client", "api.example.com");
    let zones: Vec<_> = own_first.lines().map(|line| line.rsplit_once('.').unwrap().0.to_owned()).collect();
    assert_eq!(zones, ["10.10.1", "10.10.0"], "VPCE-22: no CNAME, the own zone first");
    let chain = short(&world, "client", "www.example.com");
    assert_eq!(chain.lines().next(), Some("api.example.com."), "{chain}");
    assert_eq!(chain.lines().count(), 3, "{chain}");
    assert_eq!(world.ok("vpcns exec client curl -sS -m 5 http://www.example.com"), "web");
    // A load balancer's zone without a healthy target leaves.
    assert_eq!(short(&world, "web-a", "web.example.com").lines().count(), 2);
    world.ok("vpcns exec web-c ip link set eth0 down");
    world.eventually("test $(vpcns exec web-a dig +short web.example.com | wc -l) = 1");
    assert!(short(&world, "web-a", "web.example.com").starts_with("10.20.0."));
    world.ok("vpcns exec web-c ip link set eth0 up");
    world.ok("vpcns exec web-c ip route replace default via 10.20.1.1");
    world.eventually("test $(vpcns exec web-a dig +short web.example.com | wc -l) = 2");
    finish(world);
}

#[test]
fn a_change_of_records_and_associations_is_live() {
    let world = World::new();
    let text = World::topology("hosted-zone");
    let change = |what: &str, instead: &str| {
        assert!(text.contains(what), "{what}");
        world.write("/run/lab.yaml", &text.replace(what, instead));
        world.ok("vpcns up /run/lab.yaml");
    };
    change("domain", "domain");
    assert_eq!(short(&world, "client", "db.example.com"), "10.10.0.20");
    change("db: instance/db", "db: 10.10.0.21");
    assert_eq!(short(&world, "client", "db.example.com"), "10.10.0.21");
    change("vpcs: [consumer, provider, other]", "vpcs: [provider]");
    assert_eq!(status(&world, "client", "db.example.com"), "NXDOMAIN");
    assert_eq!(short(&world, "client", "shop.example.com"), "203.0.113.80");
    assert_eq!(short(&world, "web-a", "db.example.com"), "10.10.0.20");
    finish(world);
}

#[test]
fn an_office_asks_the_inbound_endpoint_and_nothing_else_dns_14_dns_16_vgw_05() {
    let world = World::up("resolver");
    assert_eq!(short(&world, "desk", "api.aws.example.net"), "10.10.0.20");
    assert_eq!(world.ok("vpcns exec desk curl -sS -m 5 http://api.aws.example.net"), "app");
    // The service's own name: private by the inbound endpoint, public where nobody forwards it (DNS-16).
    let sqs = short(&world, "desk", "sqs.ap-northeast-2.amazonaws.com");
    assert!(sqs.lines().count() == 2 && sqs.lines().all(|line| line.starts_with("10.10.")), "{sqs}");
    assert!(!short(&world, "desk", "kms.ap-northeast-2.amazonaws.com").starts_with("10."));
    assert_eq!(status(&world, "desk", "nothing.aws.example.net"), "NXDOMAIN");
    // DNS-04, VGW-05: the VPC's own resolver does not answer, nor the endpoint whom its group does not let in.
    silent(&world, "desk", "@10.10.0.2 api.aws.example.net");
    let inbound = world.ok("vpcns show resolver-endpoints -o json | grep -o '\"Ip\": \"10[^\"]*' | head -1");
    let inbound = inbound.rsplit('"').next().unwrap().to_owned();
    silent(&world, "desk", &format!("@{inbound} api.aws.example.net"));
    assert_eq!(short(&world, "ns", &format!("@{inbound} api.aws.example.net")), "10.10.0.20");
    assert_eq!(short(&world, "ns", &format!("+tcp @{inbound} api.aws.example.net")), "10.10.0.20");
    world.fails(1, &format!("vpcns exec ns ping -qc1 -W1 {inbound}"));
    finish(world);
}

#[test]
fn a_rule_asks_an_office_from_the_outbound_endpoint_dns_15() {
    let world = World::up("resolver");
    assert_eq!(short(&world, "app", "files.corp.example.net"), "192.168.1.10");
    assert_eq!(short(&world, "app", "printer.corp.example.net"), "files.corp.example.net.\n192.168.1.10");
    assert_eq!(short(&world, "app", "+tcp files.corp.example.net"), "192.168.1.10");
    assert_eq!(status(&world, "app", "nobody.corp.example.net"), "NXDOMAIN");
    assert_eq!(world.ok("vpcns exec app curl -sS -m 5 http://files.corp.example.net"), "files");
    // DNS-06: a zone that is more specific than the rule; other names are the resolver's own.
    assert_eq!(short(&world, "app", "test.lab.corp.example.net"), "10.10.0.77");
    assert_eq!(short(&world, "app", "api.aws.example.net"), "10.10.0.20");
    // The queries come from the endpoint's addresses: its group decides.
    let from = world
        .ok("vpcns exec ns timeout 20 tcpdump -nlc 1 -i eth0 udp dst port 53 and src net 10.10.0.0/16 2>/dev/null & \
         for i in $(seq 40); do vpcns exec app dig +short files.corp.example.net >/dev/null; done; wait");
    let addresses = world.ok("vpcns show outbound -o json");
    let source = from.split_whitespace().nth(2).unwrap().rsplit_once('.').unwrap().0;
    assert!(addresses.contains(&format!("\"{source}\"")), "{from}\n{addresses}");
    finish(world);
}

#[test]
fn an_unreachable_server_is_servfail_and_holds_nobody_up() {
    let world = World::new();
    let text = World::topology("resolver").replace("destination: 192.168.0.0/16", "destination: 10.99.0.0/16");
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up /run/lab.yaml");
    assert_eq!(status(&world, "app", "files.corp.example.net"), "SERVFAIL");
    // Meanwhile others are answered at once: forty queries that wait, and one that must not.
    world.ok(
        "for i in $(seq 40); do vpcns exec app dig +time=5 +tries=1 +short x$i.corp.example.net >/dev/null & done; \
         vpcns exec app dig +time=1 +tries=1 +short api.aws.example.net | grep -qx 10.10.0.20; wait",
    );
    finish(world);
}

#[test]
fn a_system_rule_makes_an_exception_and_a_root_rule_leaves_amazons_names_dns_15() {
    let world = World::new();
    let rules = "
  root: { domain: ., resolver_endpoint: outbound, target_ips: 192.168.0.53, vpcs: [main] }
  exception: { domain: public.corp.example.net, type: system, vpcs: [main] }
";
    let text = World::topology("resolver") + rules;
    let public = "hosted_zones:\n  public: { domain: public.corp.example.net, records: { www: 203.0.113.9 } }";
    world.write("/run/lab.yaml", &text.replace("hosted_zones:", public));
    world.ok("vpcns up /run/lab.yaml");
    assert_eq!(short(&world, "app", "files.corp.example.net"), "192.168.1.10");
    assert_eq!(short(&world, "app", "www.public.corp.example.net"), "203.0.113.9", "SYSTEM");
    // The office's server knows public names by public DNS.
    assert!(!short(&world, "app", "kms.ap-northeast-2.amazonaws.com").is_empty());
    // What AWS defines by itself stays with the resolver.
    let own = "ip-10-10-0-20.ap-northeast-2.compute.internal";
    assert_eq!(short(&world, "app", own), "10.10.0.20");
    assert_eq!(short(&world, "app", "-x 10.10.0.20"), format!("{own}."));
    assert!(short(&world, "app", "sqs.ap-northeast-2.amazonaws.com").starts_with("10.10."));
    finish(world);
}
