//! Interface endpoints to AWS's own services: names, gates and the way of the packets.

use super::world::World;

const REGION: &str = "ap-northeast-2.amazonaws.com";

fn dig(world: &World, host: &str, name: &str) -> Vec<String> {
    world.ok(&format!("vpcns exec {host} dig +short {name}")).lines().map(str::to_owned).collect()
}

/// Who reaches a service is answered, who does not hears nothing.
fn reaches(world: &World, host: &str, url: &str) -> bool {
    match world.run(&format!("vpcns exec {host} curl -sk -m 2 {url}")).code {
        0 => true,
        28 => false,
        other => panic!("{other}"),
    }
}

#[test]
fn private_dns_leads_the_whole_vpc_to_the_interfaces_vpce_15() {
    let world = World::up("interface-endpoint");
    let cfn = format!("cloudformation.{REGION}");
    let own_first = |host: &str, net: &str| {
        let found = dig(&world, host, &cfn);
        assert!(found.len() == 2 && found[0].starts_with(net), "{found:?}");
        let regional = world.ok("output endpoints.cfn.dns_name");
        assert_eq!(dig(&world, host, &regional), found);
    };
    own_first("public", "10.0.0.");
    own_first("private", "10.0.1.");
    assert_eq!(dig(&world, "client", &cfn).len(), 2);
    // VPCE-29: the name is there, and has no IPv6 address.
    let aaaa = world.ok(&format!("vpcns exec private dig {cfn} AAAA"));
    assert!(aaaa.contains("status: NOERROR") && aaaa.contains("ANSWER: 0"), "{aaaa}");
    // VPCE-17: only there. VPCE-13: names of the endpoint are public.
    assert!(dig(&world, "laptop", &cfn)[0].starts_with("52.95.193."));
    assert_eq!(dig(&world, "laptop", "$(output endpoints.cfn.dns_names.ap-northeast-2c)")[0][..7], *"10.0.1.");
    // Private DNS off.
    assert!(dig(&world, "private", &format!("sqs.{REGION}"))[0].starts_with("52.95.193."));
    assert!(dig(&world, "private", "$(output endpoints.sqs.dns_name)")[0].starts_with("10.0.1."));
    // VPCE-12
    let names = world.ok("vpcns show endpoints -o yaml | grep -A12 'LogicalId: cfn' | grep -c DnsName || true");
    assert!(names == "4" || names == "0", "{names}");
    let named = world.ok("vpcns show cfn -o yaml | grep DnsName | tail -n1");
    assert!(named.ends_with(&cfn), "{named}");
    world.finish();
}

#[test]
fn the_interface_lets_in_whom_its_group_lets_in_and_only_to_the_services_ports_vpce_21_vpce_24() {
    let world = World::up("interface-endpoint");
    let url = |name: &str| format!("https://{name}.{REGION}");
    for host in ["public", "private", "client"] {
        assert!(reaches(&world, host, &url("cloudformation")), "{host}");
        assert!(!reaches(&world, host, &url("kms")), "{host}: its group lets nobody in");
    }
    // VPCE-24: HTTPS only, though the group would let HTTP in; SQS is served by HTTP too.
    assert!(!reaches(&world, "private", &format!("http://cloudformation.{REGION}")));
    assert!(reaches(&world, "private", "http://$(output endpoints.sqs.dns_name)"));
    // By its public name SQS is out of reach without a way to the internet, and within with one.
    assert!(!reaches(&world, "private", &url("sqs")));
    assert!(reaches(&world, "public", &url("sqs")));
    // VPCE-25: answered from the public side before, never by the interface.
    let silence = world.fails(1, &format!("vpcns exec public ping -c1 -W1 cloudformation.{REGION}"));
    assert!(silence.contains(&format!("PING cloudformation.{REGION} (10.0.0.")), "{silence}");
    let answer =
        world.ok(&format!("vpcns exec public ping -c1 -W1 $(vpcns exec laptop dig +short cloudformation.{REGION})"));
    assert!(answer.contains("64 bytes from 52.95.193.") && answer.contains("ttl=248"), "{answer}");
    // VPCE-26: not from the internet; SVC-14: no way back that nobody asked for.
    world.fails(28, "vpcns exec laptop curl -sk -m 1 https://$(output endpoints.cfn.dns_name)");
    let clients =
        world.ok("ip -n interface-endpoint.aws route | grep 'dev svc-' | grep -v link | head -1 | cut -d/ -f1");
    let client = format!("{}.1.10", clients.rsplitn(3, '.').last().unwrap());
    world.fails(1, &format!("vpcns exec aws ping -c1 -W1 {client}"));
    world.finish();
}

#[test]
fn turning_private_dns_off_and_deleting_are_live_changes_vpce_18_vpce_37() {
    let world = World::new();
    let text = World::topology("interface-endpoint");
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up /run/lab.yaml");
    let cfn = format!("cloudformation.{REGION}");
    let before = dig(&world, "private", &cfn);
    let off = text
        .replace("security_groups: [https] }\n  sqs", "security_groups: [https], private_dns_enabled: false }\n  sqs");
    assert_ne!(off, text);
    world.write("/run/lab.yaml", &off);
    world.ok("vpcns up /run/lab.yaml");
    assert!(dig(&world, "private", &cfn)[0].starts_with("52.95.193."));
    assert_eq!(dig(&world, "private", "$(output endpoints.cfn.dns_name)"), before);
    // VPCE-23: a second endpoint with private DNS beside the one without.
    let again = "  again: { service: cloudformation, subnets: [main/private], security_groups: [https] }\n  sqs";
    let second = off.replace("  sqs", again);
    assert_ne!(second, off);
    world.write("/run/lab.yaml", &second);
    world.ok("vpcns up /run/lab.yaml");
    assert_eq!(dig(&world, "private", &cfn), dig(&world, "private", "$(output endpoints.again.dns_name)"));
    assert_eq!(dig(&world, "private", "$(output endpoints.cfn.dns_name)"), before);
    let name = world.ok("output endpoints.again.dns_name");
    world.write("/run/lab.yaml", &off);
    world.ok("vpcns up /run/lab.yaml");
    assert!(dig(&world, "private", &name).is_empty());
    assert!(dig(&world, "private", &cfn)[0].starts_with("52.95.193."));
    world.fails(2, "vpcns reject cfn");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

const PEERS: &str = "
name: peers
vpcs:
  here:
    cidr: 10.0.0.0/16
    enable_dns_hostnames: true
    subnets: { a: { cidr: 10.0.0.0/24, routes: { 10.1.0.0/16: peering_connection } } }
    security_groups: { https: { inbound: [{ type: HTTPS, source: 10.1.0.0/16 }] } }
  there:
    cidr: 10.1.0.0/16
    subnets:
      a: { cidr: 10.1.0.0/24, routes: { 10.0.0.0/16: peering_connection, 52.219.0.0/16: peering_connection } }
instances: { near: { subnet: here/a }, far: { subnet: there/a } }
peering_connections: { both: { requester: here, accepter: there, accepted: true } }
endpoints: { cfn: { service: cloudformation, subnets: [here/a], security_groups: [https] } }
gateway_endpoints: { s3: { service: s3, route_tables: [here/a] } }
";

#[test]
fn a_peer_reaches_the_interface_and_no_gateway_endpoint_vpce_26_gwe_05() {
    let world = World::new();
    world.write("/run/peers.yaml", PEERS);
    world.ok("vpcns up /run/peers.yaml");
    let s3 = format!("s3.{REGION}");
    world.ok(&format!("vpcns exec near ping -c1 -W1 {s3}"));
    world.fails(1, &format!("vpcns exec far ping -c1 -W1 {s3}"));
    // VPCE-17: the service's name is public there, the endpoint's own leads to the interface.
    assert!(!reaches(&world, "far", &format!("https://cloudformation.{REGION}")));
    assert!(reaches(&world, "far", "https://$(output endpoints.cfn.dns_name)"));
    // What `why` says is what packets do: it sends one beside its answer.
    for (from, to, yes) in [
        ("near", format!("{s3}/icmp"), true),
        ("near", format!("{s3}:443"), true),
        ("near", format!("{s3}:443/udp"), false),
        ("far", format!("{s3}:443"), false),
        ("far", "$(output endpoints.cfn.dns_name):443".to_owned(), true),
        ("near", format!("cloudformation.{REGION}:443"), false),
        ("laptop", format!("cloudformation.{REGION}/icmp"), true),
        ("laptop", format!("kms.{REGION}/icmp"), false),
    ] {
        let done = world.run(&format!("vpcns why {from} {to}"));
        let answer = if yes { "\nyes: " } else { "\nno: " };
        assert!(done.code == 0 && done.stdout.contains(answer), "{from} {to}: {done:?}");
    }
    world.ok("rm /run/peers.yaml");
    world.finish();
}
