//! VPC peering: who reaches whom, and who does not.

use super::world::World;

/// A hub, which peers with `near` and with `far`. Nobody peers with `other`, whose CIDR is that of `near`, and
/// whose service is used by an endpoint in the hub.
const LAB: &str = "
name: p
vpcs:
  near:
    cidr: 10.1.0.0/16
    routes:
      10.2.0.0/16: peering_connection
      10.3.0.0/16: peering_connection
      0.0.0.0/0: peering_connection
    subnets: { s: { cidr: 10.1.1.0/24 } }
    security_groups: { web: { inbound: [{ type: All traffic, source: 10.0.0.0/8 }] } }
  hub:
    cidr: 10.2.0.0/16
    internet_gateway: true
    routes:
      10.1.0.0/16: peering_connection/near-hub
      10.3.0.0/16: peering_connection/hub-far
      0.0.0.0/0: internet_gateway
    subnets:
      s: { cidr: 10.2.1.0/24 }
      back: { cidr: 10.2.2.0/24, routes: { 10.1.0.0/16: peering_connection/near-hub } }
      lost: { cidr: 10.2.3.0/24, routes: {} }
    security_groups:
      web: { inbound: [{ type: HTTP, source: 10.1.1.10/32 }, { type: All ICMP - IPv4, source: 10.1.1.10/32 }] }
      friends: { inbound: [{ type: HTTP, source: near/web }] }
  far:
    cidr: 10.3.0.0/16
    routes: { 10.1.0.0/16: peering_connection, 10.2.0.0/16: peering_connection }
    subnets: { s: { cidr: 10.3.1.0/24 } }
    security_groups: { web: { inbound: [{ type: All traffic, source: 10.0.0.0/8 }] } }
  other:
    cidr: 10.1.0.0/16
    subnets: { s: { cidr: 10.1.1.0/24 } }
    security_groups:
      balancer: { inbound: [{ type: HTTP, source: 10.1.1.10/32 }] }
      target: { inbound: [{ type: HTTP, source: balancer }] }
peering_connections:
  near-hub: { requester: near, accepter: hub, accepted: true }
  hub-far: { requester: hub, accepter: far, accepted: true }
instances:
  near-web: { subnet: near/s, private_ip: 10.1.1.10, security_groups: [web], httpd: near }
  stranger: { subnet: near/s, private_ip: 10.1.1.11 }
  hub-web: { subnet: hub/s, private_ip: 10.2.1.10, public_ip: true, security_groups: [web], httpd: hub }
  friendly: { subnet: hub/s, private_ip: 10.2.1.11, security_groups: [friends], httpd: friendly }
  lost: { subnet: hub/lost, private_ip: 10.2.3.10, security_groups: [web], httpd: lost }
  far-web: { subnet: far/s, private_ip: 10.3.1.10, security_groups: [web], httpd: far }
  other-web: { subnet: other/s, private_ip: 10.1.1.10, httpd: other, security_groups: [target] }
load_balancers:
  inner: { subnets: [{ subnet: hub/back, private_ip: 10.2.2.80 }], listeners: { 'TCP:80': [lost] } }
  service:
    subnets: [other/s]
    security_groups: [other/balancer]
    listeners: { 'TCP:80': [other-web] }
endpoint_services: { service: { load_balancer: service, acceptance_required: false } }
endpoints:
  endpoint: { service: service, subnets: [hub/back], security_groups: [friends] }
";

fn up(text: &str) -> World {
    let world = World::new();
    again(&world, text);
    world
}

fn again(world: &World, text: &str) {
    world.write("/run/lab.yaml", text);
    world.ok("vpcns up /run/lab.yaml");
}

fn finish(world: World) {
    world.ok("rm -f /run/lab.yaml /run/large /run/said");
    world.finish();
}

/// The lab with one piece of its text changed.
fn with(before: &str, after: &str) -> String {
    assert!(LAB.contains(before), "{before}");
    LAB.replacen(before, after, 1)
}

/// Whether `from` gets a page, and what is in it.
fn get(world: &World, from: &str, at: &str) -> Option<String> {
    let done = world.run(&format!("vpcns exec {from} curl -sS -m 1 {at}"));
    match done.code {
        0 => Some(done.stdout.trim_end().to_owned()),
        28 => None,
        code => panic!("curl from {from} to {at} ended with {code}: {}", done.stderr),
    }
}

#[test]
fn peers_reach_each_other_both_ways_pcx_05() {
    let world = up(LAB);
    // The hub's group admits this one address: it is the sender's own that is judged.
    assert_eq!(get(&world, "near-web", "10.2.1.10").as_deref(), Some("hub"));
    assert_eq!(get(&world, "stranger", "10.2.1.10").as_deref(), None);
    assert_eq!(get(&world, "hub-web", "10.1.1.10").as_deref(), Some("near"));
    assert_eq!(get(&world, "hub-web", "10.3.1.10").as_deref(), Some("far"));
    world.ok("vpcns exec near-web ping -c1 -W2 10.2.1.10");
    // The MTU inside a region is the VPC's own, 9001 (PCX-11).
    world.ok("vpcns exec near-web ping -c1 -W2 -M do -s 8973 10.2.1.10");
    // An address that nobody has, and the peer's resolver, are silent (DNS-04).
    assert_eq!(get(&world, "near-web", "10.2.1.99").as_deref(), None);
    world.fails(9, "vpcns exec near-web dig +time=1 +tries=1 @10.2.0.2 example.com");
    finish(world);
}

#[test]
fn the_senders_own_group_judges_too_sg_14() {
    let near = "web: { inbound: [{ type: All traffic, source: 10.0.0.0/8 }]";
    let world = up(&with(near, &format!("{near}, outbound: [{{ type: HTTP, destination: 10.2.1.11/32 }}]")));
    assert_eq!(get(&world, "near-web", "10.2.1.10").as_deref(), None);
    assert_eq!(get(&world, "near-web", "10.2.1.11").as_deref(), Some("friendly"));
    finish(world);
}

#[test]
fn peering_is_not_transitive_pcx_06() {
    let world = up(LAB);
    assert_eq!(get(&world, "near-web", "10.3.1.10").as_deref(), None);
    assert_eq!(get(&world, "far-web", "10.1.1.10").as_deref(), None);
    let why = world.ok("vpcns why near-web 10.3.1.10:80");
    assert!(why.contains("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"), "{why}");
    finish(world);
}

#[test]
fn a_peers_gateway_is_not_used_pcx_07() {
    let world = up(LAB);
    world.ok("vpcns exec hub-web curl -sS -m 5 http://archive.ubuntu.com");
    world.fails(28, "vpcns exec near-web curl -sS -m 1 http://archive.ubuntu.com");
    // Nor is a public address a way in.
    let public = world.ok("vpcns show instances -o json | sed -n 's/.*\"PublicIpAddress\": \"\\([0-9.]*\\)\".*/\\1/p'");
    assert_eq!(get(&world, "near-web", &public).as_deref(), None);
    finish(world);
}

#[test]
fn without_a_route_back_there_is_no_answer_pcx_04() {
    let world = up(LAB);
    // A subnet of the hub whose table does not know the peer.
    assert_eq!(get(&world, "near-web", "10.2.3.10").as_deref(), None);
    let without = with("      10.1.0.0/16: peering_connection/near-hub\n", "");
    again(&world, &without);
    assert_eq!(get(&world, "near-web", "10.2.1.10").as_deref(), None);
    assert_eq!(get(&world, "hub-web", "10.1.1.10").as_deref(), None);
    assert_eq!(get(&world, "hub-web", "10.3.1.10").as_deref(), Some("far"));
    again(&world, LAB);
    assert_eq!(get(&world, "near-web", "10.2.1.10").as_deref(), Some("hub"));
    finish(world);
}

#[test]
fn a_request_is_accepted_once_and_deleted_live_pcx_12() {
    let pending = with("accepter: hub, accepted: true", "accepter: hub")
        .replace("friends: { inbound: [{ type: HTTP, source: near/web }] }", "friends: {}");
    let world = up(&pending);
    let states = "vpcns show peering-connections -o json | grep -o 'pending-acceptance\\|\"active\\|rejected'";
    assert_eq!(world.ok(states), "\"active\npending-acceptance");
    assert!(world.ok("vpcns show near/main").contains("State: blackhole"));
    assert_eq!(get(&world, "near-web", "10.2.1.10").as_deref(), None);
    assert_eq!(world.ok("ip -n p.vpc.near link | grep -c pcx- || true"), "0");

    assert!(world.run("vpcns accept near-hub").stderr.contains("was pending-acceptance, is active"));
    assert_eq!(get(&world, "near-web", "10.2.1.10").as_deref(), Some("hub"));
    assert!(!world.ok("vpcns show near/main").contains("blackhole"));
    assert!(world.run("vpcns accept near-hub").stderr.contains("active already"));
    // The decision holds as long as the file says the same; an active connection cannot be rejected.
    assert!(world.run("vpcns up /run/lab.yaml").stderr.contains("unchanged"));
    assert!(world.fails(2, "vpcns reject near-hub").contains("InvalidStateTransition"));
    assert_eq!(get(&world, "near-web", "10.2.1.10").as_deref(), Some("hub"));
    world.ok("vpcns status");

    // Deleted, with the routes to it.
    let gone = pending
        .replace("  near-hub: { requester: near, accepter: hub }\n", "")
        .replace("peering_connection/near-hub", "blackhole")
        .replacen(": peering_connection\n", ": blackhole\n", 3);
    again(&world, &gone);
    assert_eq!(get(&world, "near-web", "10.2.1.10").as_deref(), None);
    assert_eq!(get(&world, "hub-web", "10.1.1.10").as_deref(), None);
    assert_eq!(get(&world, "hub-web", "10.3.1.10").as_deref(), Some("far"));

    // Asked for again, and rejected for good.
    again(&world, &pending);
    world.ok("vpcns reject near-hub");
    assert_eq!(world.ok(states), "\"active\nrejected");
    assert!(world.fails(2, "vpcns accept near-hub").contains("InvalidStateTransition"));
    assert_eq!(get(&world, "near-web", "10.2.1.10").as_deref(), None);
    finish(world);
}

#[test]
fn an_open_connection_ends_with_the_peering_pcx_13() {
    let world = up(&LAB.replace("source: near/web", "source: 10.1.1.0/24"));
    world.ok("mkfifo /run/second");
    let script = "{ printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'; cat /run/second; } \
                  | vpcns exec near-web nc -w 3 10.2.1.10 80 >/run/answers";
    let mut client = world.command(script).spawn().unwrap();
    world.eventually("grep -q hub /run/answers");
    let pending =
        with("accepter: hub, accepted: true", "accepter: hub").replace("source: near/web", "source: 10.1.1.0/24");
    again(&world, &pending);
    world.ok("printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' > /run/second");
    client.wait().unwrap();
    assert_eq!(world.ok("grep -c hub /run/answers"), "1");
    world.ok("rm /run/second /run/answers");
    finish(world);
}

#[test]
fn a_name_of_two_things_is_asked_about() {
    let world = up(&LAB.replace("near-hub", "endpoint"));
    let said = world.fails(2, "vpcns accept endpoint");
    assert!(said.contains("may be endpoint `endpoint` or peering-connection `endpoint`"), "{said}");
    let id = world.ok("vpcns show peering-connections -o json | grep -o 'pcx-[0-9a-f]*' | tail -1");
    assert!(world.run(&format!("vpcns accept {id}")).stderr.contains("active already"));
    finish(world);
}

#[test]
fn a_peers_group_means_its_members_pcx_08() {
    let world = up(LAB);
    assert_eq!(get(&world, "near-web", "10.2.1.11").as_deref(), Some("friendly"));
    assert_eq!(get(&world, "stranger", "10.2.1.11").as_deref(), None);
    assert_eq!(get(&world, "far-web", "10.2.1.11").as_deref(), None);
    // A member that comes later counts at once.
    again(&world, &with("private_ip: 10.1.1.11 }", "private_ip: 10.1.1.11, security_groups: [web] }"));
    assert_eq!(get(&world, "stranger", "10.2.1.11").as_deref(), Some("friendly"));
    finish(world);
}

#[test]
fn a_peers_load_balancer_is_used_pcx_07() {
    let world = up(LAB);
    // The target has no route back, and needs none: its answers leave by the node, whose subnet has one. It sees
    // the client's own address, and its group admits one (NLB-32).
    assert_eq!(get(&world, "near-web", "10.2.2.80").as_deref(), Some("lost"));
    assert_eq!(get(&world, "stranger", "10.2.2.80").as_deref(), None);
    // The node's subnet has no route to this peer.
    assert_eq!(get(&world, "far-web", "10.2.2.80").as_deref(), None);
    // Other ports, and pings, are nobody's.
    assert_eq!(get(&world, "near-web", "10.2.2.80:81").as_deref(), None);
    world.fails(1, "vpcns exec near-web ping -c1 -W1 10.2.2.80");
    finish(world);
}

#[test]
fn a_peers_endpoint_is_used_vpce_26() {
    let world = up(LAB);
    // A client whose address is also the target's: the consumer's networks never meet the provider's. Both the
    // endpoint's group and the load balancer's judge the client itself (NLB-41).
    let name = world.ok("output endpoints.endpoint.dns_name");
    assert_eq!(get(&world, "near-web", &name).as_deref(), Some("other"));
    assert_eq!(get(&world, "stranger", &name).as_deref(), None);
    assert_eq!(
        get(&world, "hub-web", &name).as_deref(),
        None,
        "the endpoint's group admits members of a peer's group only"
    );
    // Its MTU is less than the peering's, and the sender is told so (VPCE-27).
    world.ok("head -c 200000 /dev/zero > /run/large");
    world.ok(&format!("vpcns exec near-web nc -w 5 {name} 80 < /run/large > /run/said"));
    let address = world.ok(&format!("vpcns exec near-web dig +short {name}"));
    let learned = world.ok(&format!("vpcns exec near-web ip route get {address}"));
    assert!(learned.contains("mtu 8500"), "{learned}");
    let by_balancer = with("private_ip: 10.1.1.11 }", "private_ip: 10.1.1.11, security_groups: [web] }");
    again(&world, &by_balancer);
    assert_eq!(get(&world, "stranger", &name).as_deref(), None, "the load balancer's group admits one address");
    again(
        &world,
        &by_balancer.replace("source: 10.1.1.10/32 }] }\n      target", "source: 10.1.0.0/16 }] }\n      target"),
    );
    assert_eq!(get(&world, "stranger", &name).as_deref(), Some("other"));
    // Without a route back from the endpoint's subnet there is no answer (RT-23).
    again(
        &world,
        &with(
            "back: { cidr: 10.2.2.0/24, routes: { 10.1.0.0/16: peering_connection/near-hub } }",
            "back: { cidr: 10.2.2.0/24, routes: {} }",
        ),
    );
    assert_eq!(get(&world, "near-web", &name).as_deref(), None);
    finish(world);
}

#[test]
fn names_lead_to_private_addresses_if_the_peering_allows_it_pcx_09() {
    let text = World::topology("peering");
    let world = up(&text);
    let name =
        world.ok("vpcns show middle-web -o json | sed -n 's/.*\"PublicDnsName\": \"\\(.*\\)\".*/\\1/p' | sort -u");
    let public = world.ok("vpcns show middle-web -o json | sed -n 's/.*\"PublicIpAddress\": \"\\(.*\\)\".*/\\1/p'");
    assert!(name.starts_with("ec2-"), "{name}");
    let ask = |host: &str, name: &str| world.ok(&format!("vpcns exec {host} dig +short {name}"));
    assert_eq!(ask("left-web", &name), "10.20.1.10");
    assert_eq!(ask("right-web", &name), public, "this peering does not allow it");
    again(&world, &text.replace("    accepter_options: { allow_dns_resolution_from_remote_vpc: true }\n", ""));
    assert_eq!(ask("left-web", &name), public);
    finish(world);
}

#[test]
fn private_names_of_a_peer_lead_there_if_its_addresses_are_private_pcx_15() {
    let text = World::topology("peering");
    let world = up(&text);
    let ask = |host: &str, name: &str| {
        world.ok(&format!("vpcns exec {host} dig +short {name}.ap-northeast-2.compute.internal"))
    };
    assert_eq!(ask("middle-web", "ip-10-10-1-10"), "10.10.1.10");
    assert_eq!(ask("left-web", "ip-10-30-1-10"), "", "they do not peer yet");
    let option = "    accepter_options: { allow_dns_resolution_from_remote_vpc: true }\n";
    let public = text.replace("10.20.", "20.20.");
    again(&world, &public.replace(option, ""));
    assert_eq!(ask("left-web", "ip-20-20-1-10"), "");
    again(&world, &public);
    assert_eq!(ask("left-web", "ip-20-20-1-10"), "20.20.1.10");
    finish(world);
}

#[test]
fn a_template_peers_as_a_file_does() {
    let vpc = |name: &str, number: u8, other: u8| {
        format!(
            "
  {name}: {{ Type: 'AWS::EC2::VPC', Properties: {{ CidrBlock: 10.{number}.0.0/16 }} }}
  {name}Subnet: {{ Type: 'AWS::EC2::Subnet', Properties: {{ VpcId: !Ref {name}, CidrBlock: 10.{number}.1.0/24 }} }}
  {name}Table: {{ Type: 'AWS::EC2::RouteTable', Properties: {{ VpcId: !Ref {name} }} }}
  {name}Association:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {{ SubnetId: !Ref {name}Subnet, RouteTableId: !Ref {name}Table }}
  {name}Route:
    Type: AWS::EC2::Route
    Properties:
      RouteTableId: !Ref {name}Table
      DestinationCidrBlock: 10.{other}.0.0/16
      VpcPeeringConnectionId: !Ref Peering
  {name}Instance:
    Type: AWS::EC2::Instance
    Properties: {{ SubnetId: !Ref {name}Subnet, SecurityGroupIds: [!Ref {name}Group] }}
"
        )
    };
    let template = format!(
        "Resources:
  Peering:
    Type: AWS::EC2::VPCPeeringConnection
    Properties: {{ VpcId: !Ref A, PeerVpcId: !Ref B, PeerOwnerId: !Ref AWS::AccountId, PeerRegion: !Ref AWS::Region }}
  AGroup: {{ Type: 'AWS::EC2::SecurityGroup', Properties: {{ GroupDescription: a, VpcId: !Ref A }} }}
  BGroup:
    Type: AWS::EC2::SecurityGroup
    DependsOn: Peering
    Properties:
      GroupDescription: b
      VpcId: !Ref B
      SecurityGroupIngress:
        - {{ IpProtocol: icmp, FromPort: -1, ToPort: -1, SourceSecurityGroupId: !GetAtt AGroup.GroupId }}
{}{}
Outputs:
  Peering: {{ Value: !GetAtt Peering.Id }}
  A: {{ Value: !GetAtt AInstance.PrivateIp }}
  B: {{ Value: !GetAtt BInstance.PrivateIp }}
",
        vpc("A", 1, 2),
        vpc("B", 2, 1)
    );
    let world = up(&template);
    assert!(world.ok("output Peering").starts_with("pcx-0"));
    world.ok("vpcns exec AInstance ping -c1 -W2 $(output B)");
    world.fails(1, "vpcns exec BInstance ping -c1 -W1 $(output A)"); // whose group admits nobody
    finish(world);
}
