//! Flow logs from outside: the records of real packets, and what has none.

use super::world::World;

/// The records of a flow log up to now.
fn records(world: &World, name: &str) -> Vec<String> {
    world.ok(&format!("vpcns logs --flow {name} --now")).lines().map(str::to_owned).collect()
}

/// The id of an interface by its name.
fn eni(world: &World, name: &str) -> String {
    world.ok(&format!(
        "vpcns show network-interfaces -o json | tr -d ' \\n' | grep -o '\"LogicalId\":\"{name}\",\"NetworkInterfaceId\":\"[^\"]*' | sed 's/.*\"//'"
    ))
}

/// The records that have all of these in them, in this order, each as a field of its own.
fn with<'a>(records: &'a [String], fields: &str) -> Vec<&'a String> {
    let has = |record: &&String| {
        let mut rest = record.split(' ');
        fields.split(' ').all(|field| rest.any(|word| word == field))
    };
    records.iter().filter(has).collect()
}

#[test]
fn a_connection_is_two_flows_at_each_of_its_interfaces_fl_01_fl_02() {
    let world = World::up("flow-logs");
    world.ok("vpcns exec client curl -sS -m 5 --local-port 40111 10.0.1.20");
    world.fails(28, "vpcns exec client curl -s -m 1 --local-port 40112 10.0.1.20:81");
    world.fails(28, "vpcns exec client curl -s -m 1 --local-port 40113 10.0.2.20");
    world.ok("vpcns exec client ping -qc2 -W2 -i 0.2 10.0.1.20");
    let records = records(&world, "all");
    let [client, web, deaf] = ["client/eth0", "web/eth0", "deaf/eth0"].map(|name| eni(&world, name));
    for at in [&client, &web] {
        for way in ["10.0.0.10 10.0.1.20 40111 80 6", "10.0.1.20 10.0.0.10 80 40111 6"] {
            assert_eq!(with(&records, &format!("2 111122223333 {at} {way} ACCEPT OK")).len(), 1, "{records:#?}");
        }
        assert_eq!(with(&records, &format!("{at} 10.0.0.10 10.0.1.20 0 0 1 2 168 ACCEPT OK")).len(), 1, "{records:#?}");
    }
    // What the receiver's group refuses has passed the sender's.
    assert_eq!(with(&records, &format!("{client} 10.0.0.10 10.0.1.20 40112 81 ACCEPT")).len(), 1, "{records:#?}");
    assert_eq!(with(&records, &format!("{web} 10.0.0.10 10.0.1.20 40112 81 REJECT")).len(), 1, "{records:#?}");
    // The network ACL lets the request in and not the answer out (NACL-06).
    assert_eq!(with(&records, &format!("{deaf} 10.0.0.10 10.0.2.20 40113 80 ACCEPT")).len(), 1, "{records:#?}");
    assert_eq!(with(&records, &format!("{deaf} 10.0.2.20 10.0.0.10 80 40113 REJECT")).len(), 1, "{records:#?}");
    assert!(with(&records, &format!("{client} 10.0.2.20 10.0.0.10")).is_empty(), "{records:#?}");
    // Numbers are those of the packets: SYN, ACK, request, ACK, FIN, ACK at least.
    let sent = with(&records, &format!("{web} 10.0.0.10 10.0.1.20 40111 80 6"))[0].clone();
    let numbers: Vec<u64> = sent.split(' ').skip(8).take(4).map(|number| number.parse().unwrap()).collect();
    assert!(numbers[0] >= 4 && numbers[1] > 40 * numbers[0] && numbers[2] <= numbers[3], "{sent}");
    world.finish();
}

#[test]
fn formats_traffic_types_and_resources_are_each_log_s_own_fl_05_fl_09() {
    let world = World::up("flow-logs");
    world.ok("vpcns exec client curl -sS -m 5 10.0.1.20");
    world.ok("vpcns exec client curl -sS -m 5 $(output load_balancers.nlb.dns_name)");
    world.ok("vpcns exec client curl -sS -m 5 203.0.113.80");
    world.fails(28, "vpcns exec client curl -s -m 1 10.0.1.20:81");
    let [vpc, subnet] = ["vpcs main VpcId", "subnets main/web SubnetId"].map(|wanted| {
        let [kind, name, key] = wanted.split(' ').collect::<Vec<_>>()[..] else { panic!() };
        world.ok(&format!(
            "vpcns show {kind} -o json | tr -d ' \\n' | grep -o '\"LogicalId\":\"{name}\".*' | grep -o '\"{key}\":\"[^\"]*' | head -n1 | sed 's/.*\"//'"
        ))
    });
    let refused = records(&world, "refused");
    assert_eq!(refused.len(), 1, "{refused:#?}");
    assert_eq!(
        with(&refused, &format!("5 {vpc} {subnet} 10.0.0.10 10.0.1.20 81 6 2 ingress REJECT")).len(),
        1,
        "{refused:#?}"
    );
    let client = records(&world, "client");
    // `records` ended the first interval of this log too; all are in the file.
    assert!(
        !with(&client, "10.0.0.10 10.0.1.20 10.0.0.10 10.0.1.20 6 egress 1 apne2-az1 - OK").is_empty(),
        "{client:#?}"
    );
    assert!(!with(&client, "10.0.0.10 203.0.113.80 6 egress 8 apne2-az1 - OK").is_empty(), "{client:#?}");
    assert!(
        !with(&client, "203.0.113.80 10.0.0.10 203.0.113.80 10.0.0.10 6 ingress - apne2-az1").is_empty(),
        "{client:#?}"
    );
    // The load balancer's own interface: from the client, to the target, and back (FL-10).
    let all = records(&world, "all");
    let node = world.ok("vpcns show network-interfaces -o json | tr -d ' \\n' | grep -o '[^{]*network_load_balancer' | grep -o 'eni-[0-9a-f]*'");
    let address = world.ok(&format!("vpcns show network-interfaces -o json | tr -d ' \\n' | grep -o '{node}.*' | grep -o '\"PrivateIpAddress\":\"[^\"]*' | head -n1 | sed 's/.*\"//'"));
    for way in [
        format!("10.0.0.10 {address} 80 6"), // to the node
        format!("{address} 10.0.1.20 80 6"), // and on, with its own address as the interface's
        format!("10.0.1.20 {address} 80"),   // the answer
        format!("{address} 10.0.0.10 80"),
    ] {
        assert!(!with(&all, &format!("{node} {way} ACCEPT OK")).is_empty(), "{way}: {all:#?}");
    }
    world.finish();
}

#[test]
fn what_aws_does_not_log_is_not_logged_and_silence_is_fl_03_fl_07() {
    let world = World::up("flow-logs");
    world.ok("vpcns exec client nslookup amazon.com || true");
    world.ok("vpcns exec client curl -sS -m 5 -o /dev/null http://169.254.169.254/latest/meta-data/ || true");
    world.fails(1, "vpcns exec client ping -qc1 -W1 10.0.0.1");
    let client = records(&world, "client");
    assert_eq!(client.len(), 1, "{client:#?}");
    assert!(client[0].ends_with("- NODATA"), "{client:#?}");
    // A log of refused traffic has nothing of what passes.
    world.ok("vpcns exec client curl -sS -m 5 10.0.1.20");
    let refused = records(&world, "refused");
    assert!(refused.iter().all(|record| !record.contains("10.0.0.10")), "{refused:#?}");
    world.finish();
}

#[test]
fn a_log_that_comes_with_a_change_takes_new_interfaces_in_and_goes_again_fl_05() {
    let world = World::new();
    let text = World::topology("flow-logs");
    let without = text[..text.find("flow_logs:").unwrap()].to_owned();
    world.write("/run/lab.yaml", &without);
    world.ok("vpcns up /run/lab.yaml");
    let rules = "ip netns exec flow-logs.vpc.main nft list ruleset | grep -c flow_ || true";
    assert_eq!(world.ok(rules), "0", "a lab without flow logs has nothing of them");
    world.fails(1, "vpcns logs --flow");
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up /run/lab.yaml");
    assert_ne!(world.ok(rules), "0");
    let text = text.replace(
        "instances:\n",
        "instances:\n  new: { subnet: main/web, private_ip: 10.0.1.30, security_groups: [web], httpd: new }\n",
    );
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up /run/lab.yaml");
    world.ok("vpcns exec client curl -sS -m 5 10.0.1.30");
    let records = records(&world, "all");
    let new = eni(&world, "new/eth0");
    assert!(!with(&records, &format!("{new} 10.0.0.10 10.0.1.30 80 6 ACCEPT OK")).is_empty(), "{records:#?}");
    // Records survive the daemon, which goes on with the same file.
    world.ok("kill -9 $(cut -d' ' -f1 /run/vpcns/flow-logs/daemon.pid) && vpcns up /run/lab.yaml");
    world.ok("vpcns exec client curl -sS -m 5 --local-port 40222 10.0.1.30");
    let after = world.ok("vpcns logs --flow all --now");
    assert!(after.starts_with(&records.join("\n")) && after.contains(" 40222 "), "{after}");
    world.write("/run/lab.yaml", &without);
    world.ok("vpcns up /run/lab.yaml");
    assert_eq!(world.ok(rules), "0");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

/// Brings up a topology with these flow logs.
fn up_with(topology: &str, flow_logs: &str) -> World {
    let world = World::new();
    world.write("/run/lab.yaml", &format!("{}\nflow_logs:\n{flow_logs}", World::topology(topology)));
    world.ok("vpcns up /run/lab.yaml");
    world
}

#[test]
fn records_of_private_link_stop_where_aws_s_network_begins_fl_07_fl_10() {
    let world =
        up_with("privatelink", "  consumer: { resource: vpc/consumer }\n  provider: { resource: vpc/provider }\n");
    let answer = "vpcns exec private curl -sS -m 5 $(output endpoints.customer.dns_name)";
    world.ok(answer);
    let address = world
        .ok("vpcns exec private nslookup $(output endpoints.customer.dns_name) | sed -n 's/^Address: //p' | tail -n1");
    let client = world.ok("output instances.private.private_ip");
    let consumer = records(&world, "consumer");
    for way in [format!("{client} {address}"), format!("{address} {client}")] {
        let both = with(&consumer, &format!("{way} 6 ACCEPT OK"));
        assert_eq!(both.len(), 2, "at the client's interface and at the endpoint's: {consumer:#?}");
    }
    let provider = records(&world, "provider");
    let node = world.ok(
        "vpcns show network-interfaces -o json | tr -d ' \\n' | grep -o 'network_load_balancer.*' | grep -o '\"PrivateIpAddress\":\"[^\"]*' | head -n1 | sed 's/.*\"//'",
    );
    // What the node sends to its target is what the target gets: no packet counts twice.
    let flows = with(&provider, &format!("{node} 10.20.1.10 80 6 ACCEPT OK"));
    let numbers = |record: &&String| record.split(' ').skip(5).take(5).map(str::to_owned).collect::<Vec<_>>();
    assert!(flows.len() >= 2, "{provider:#?}");
    for flow in flows.iter().map(numbers) {
        assert_eq!(flows.iter().filter(|other| numbers(other) == flow).count(), 2, "{provider:#?}");
    }
    let stands_for = |record: &String| record.split(' ').any(|word| word.starts_with("24") && word.contains('.'));
    assert!(!consumer.iter().chain(&provider).any(stands_for), "{consumer:#?}{provider:#?}");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn a_nat_gateway_s_records_have_its_own_address_and_the_packets_beside_it_fl_06() {
    let fields = ["interface-id", "srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr", "flow-direction", "action"];
    let format = fields.map(|field| format!("${{{field}}}")).join(" ");
    let world = up_with(
        "nat-gateway",
        &format!("  nat: {{ resource: network_interface/out/nat, log_format: \"{format}\" }}\n"),
    );
    world.ok("vpcns exec app curl -sS -m 5 203.0.113.80");
    let records = records(&world, "nat");
    for way in [
        "10.0.1.11 10.0.0.10 10.0.1.11 203.0.113.80 ingress ACCEPT",
        "10.0.0.10 203.0.113.80 10.0.0.10 203.0.113.80 egress ACCEPT",
        "203.0.113.80 10.0.0.10 203.0.113.80 10.0.0.10 ingress ACCEPT",
        "10.0.0.10 10.0.1.11 203.0.113.80 10.0.1.11 egress ACCEPT",
    ] {
        assert_eq!(with(&records, way).len(), 1, "{way}: {records:#?}");
    }
    assert_eq!(records.len(), 4, "{records:#?}");
    world.ok("rm /run/lab.yaml");
    world.finish();
}
