//! Gateway endpoints, and the public side of AWS's services: what passes and what must not.

use super::world::World;

const S3: &str = "s3.ap-northeast-2.amazonaws.com";

fn ping(host: &str, to: &str) -> String {
    format!("vpcns exec {host} ping -c1 -W1 {to}")
}

#[test]
fn s3_answers_where_a_table_leads_to_it_and_nowhere_else_gwe_12() {
    let world = World::up("gateway-endpoint");
    for host in ["public", "private"] {
        let answer = world.ok(&ping(host, S3));
        assert!(
            answer.contains("from s3.ap-northeast-2.amazonaws.com (52.219.") && answer.contains(" ttl=57 "),
            "{answer}"
        );
    }
    let silence = world.fails(1, &ping("isolated", S3));
    assert!(silence.contains(&format!("PING {S3} (52.219.")) && !silence.contains("nreachable"), "{silence}");
    // GWE-06: another region's service, and one for which there is no endpoint.
    for to in ["s3.us-east-1.amazonaws.com", "dynamodb.ap-northeast-2.amazonaws.com"] {
        world.fails(1, &ping("private", to));
        world.ok(&ping("public", to));
    }
    // GWE-07: names are as before.
    let names = "s3.ap-northeast-2.amazonaws.com any.bucket.s3.ap-northeast-2.amazonaws.com b.s3.dualstack.ap-northeast-2.amazonaws.com";
    for host in ["private", "laptop"] {
        assert_eq!(world.ok(&format!("vpcns exec {host} dig +short {names} | sort -u | wc -l")), "1");
    }
    // GWE-08: the group judges by the prefix list.
    world.fails(1, &ping("limited", S3));
    let connect = |host: &str, port: u16| format!("vpcns exec {host} nc -zw2 {S3} {port}");
    assert!(world.fails(1, &connect("limited", 443)).is_empty());
    let list = world.ok("vpcns show prefix-lists -o yaml | grep -A5 's3$'");
    assert!(list.contains("PrefixListId: pl-78a54011") && list.contains("- 52.219.56.0/22"), "{list}");
    let routes = world.ok("vpcns show route-tables -o json | grep -c pl-78a54011");
    assert_eq!(routes, "3");
    world.finish();
}

/// What the services see of a ping, by capturing there.
fn seen(world: &World, pinger: &str) -> String {
    let capture =
        "vpcns exec aws -- timeout 20 tcpdump -lnni any -c 1 'icmp[icmptype] == icmp-echo' >/tmp/packet 2>/tmp/ready";
    let mut tcpdump = world.command(capture).spawn().unwrap();
    world.eventually("grep -q listening /tmp/ready");
    world.ok(&ping(pinger, S3));
    assert!(tcpdump.wait().unwrap().success());
    let packet = world.ok("cat /tmp/packet; rm /tmp/packet /tmp/ready");
    let source = packet.split(" IP ").nth(1).and_then(|rest| rest.split(' ').next());
    source.unwrap_or_else(|| panic!("{packet}")).to_owned()
}

#[test]
fn s3_sees_private_addresses_each_vpc_s_apart_gwe_09() {
    let world = World::up("gateway-endpoint");
    let (private, twin, public) = (seen(&world, "private"), seen(&world, "other"), seen(&world, "public"));
    // Both are 10.0.1.10; what stands for each tells the endpoint and the address.
    assert!(private.ends_with(".1.10") && twin.ends_with(".1.10") && private != twin, "{private} {twin}");
    assert!(public.starts_with("25"), "by the endpoint too, not by the internet gateway: {public}");
    // GWE-19: and from there no way leads back that nobody asked for.
    world.fails(1, &ping("aws", &private));
    let link = world.ok("ip -n gateway-endpoint.aws -o link | grep -o 'gwe-[0-9a-f]*' | head -1");
    world.fails(1, &format!("vpcns exec aws ping -c1 -W1 -I {link} 10.0.1.10"));
    world.finish();
}

#[test]
fn tables_come_and_go_and_open_connections_break_gwe_10_gwe_20() {
    let world = World::new();
    let text = World::topology("gateway-endpoint");
    let without = text.replace("route_tables: [public, private]", "route_tables: []");
    assert_ne!(text, without);
    world.write("/run/lab.yaml", &without);
    world.ok("vpcns up /run/lab.yaml");
    world.fails(1, &ping("private", S3));
    let by_gateway = seen(&world, "public");
    assert_eq!(by_gateway, world.ok("output instances.public.public_ip"));
    // A connection by the internet gateway, open and idle: it goes on as long as the way is the same.
    let get = "printf 'GET / HTTP/1.1\\r\\nHost: s3.ap-northeast-2.amazonaws.com\\r\\n\\r\\n'";
    let logged = || world.run("vpcns logs s3").stdout.lines().count();
    let answers = |between: &str| {
        let before = logged();
        world.ok("rm -f /tmp/more; mkfifo /tmp/more");
        let client = format!("{{ {get}; cat /tmp/more; }} | vpcns exec public nc -w 8 {S3} 80 >/dev/null");
        let mut client = world.command(&client).spawn().unwrap();
        world.eventually(&format!("test $(vpcns logs s3 2>/dev/null | wc -l) -gt {before}"));
        world.ok(between);
        world.ok(&format!("{get} > /tmp/more"));
        client.wait().unwrap();
        logged() - before
    };
    assert_eq!(answers("true"), 2);
    world.write("/run/lab.yaml", &text);
    assert_eq!(answers("vpcns up /run/lab.yaml"), 1);
    world.ok(&ping("private", S3));
    assert!(seen(&world, "public").starts_with("25"));
    // Removed: at once.
    world.write("/run/lab.yaml", &without);
    world.ok("vpcns up /run/lab.yaml");
    world.fails(1, &ping("private", S3));
    assert_eq!(seen(&world, "public"), by_gateway);
    world.ok("rm /tmp/more /run/lab.yaml");
    world.finish();
}

#[test]
fn a_network_acl_judges_what_goes_to_the_service_and_what_comes_back_gwe_08() {
    let world = World::new();
    let text = World::topology("gateway-endpoint");
    let with = |entries: &str| {
        let subnet = "private: { cidr: 10.0.1.0/24, az: c, routes: {} }\n      isolated";
        let acl = format!("    network_acls: {{ strict: {entries} }}\n    subnets:\n      public");
        let changed = text.replacen("    subnets:\n      public", &acl, 1);
        let guarded = subnet.replacen("routes: {}", "routes: {}, network_acl: strict", 1);
        assert!(changed.contains(subnet), "the topology is another one");
        changed.replacen(subnet, &guarded, 1)
    };
    let all = |cidr: &str| format!("{{ 100: {{ type: All traffic, cidr: {cidr}, action: allow }} }}");
    let [everyone, s3, inside] = ["0.0.0.0/0", "52.219.56.0/22", "10.0.0.0/8"].map(all);
    for (inbound, outbound, passes) in [(&s3, &s3, true), (&s3, &inside, false), (&inside, &everyone, false)] {
        world.write("/run/lab.yaml", &with(&format!("{{ inbound: {inbound}, outbound: {outbound} }}")));
        world.ok("vpcns up /run/lab.yaml");
        assert_eq!(world.run(&ping("private", S3)).code == 0, passes, "{inbound} {outbound}");
        let why = world.ok(&format!("vpcns why private {S3}/icmp"));
        assert!(why.contains(if passes { "\nyes: " } else { "\nno: " }), "{why}");
    }
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn packages_are_installed_from_s3_without_a_way_to_the_internet_nat_16() {
    let world = World::up("gateway-endpoint");
    world.ok("vpcns exec private yum install -y httpd");
    world.ok("vpcns exec private systemctl start httpd");
    let stuck = world.fails(1, "vpcns exec isolated timeout 60 yum install -y httpd 2>&1");
    assert!(stuck.contains("amazonlinux-2-repos-ap-northeast-2.s3.dualstack"), "{stuck}");
    // apt's packages are not in S3.
    world.fails(100, "vpcns exec private timeout 60 apt-get install -y apache2");
    // At S3's own address it is S3 that answers.
    let s3 = world.ok(&format!("vpcns exec private curl -s -m 5 http://{S3}"));
    assert!(!s3.contains("packages"), "{s3}");
    world.finish();
}
