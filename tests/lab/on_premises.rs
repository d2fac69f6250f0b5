//! Sites on premises: what reaches a VPC by VPN and Direct Connect, what reaches them, and what does not.

use super::world::World;

/// A VPC and an office, joined by a VPN connection.
const LAB: &str = "
name: o
on_premises:
  office:
    cidr: 192.168.0.0/16
    hosts:
      desk: { address: 192.168.1.20 }
      server: { address: 192.168.1.10, httpd: files }
vpn_gateways: { v: { vpc: v } }
customer_gateways: { office: { site: office, ip_address: 203.0.113.77 } }
vpn_connections: { office: { vpn_gateway: v, customer_gateway: office, static_routes: [192.168.0.0/16] } }
vpcs:
  v:
    cidr: 10.0.0.0/16
    internet_gateway: true
    subnets:
      s: { cidr: 10.0.1.0/24, propagating_vgws: [v] }
      public: { cidr: 10.0.2.0/24, routes: { 0.0.0.0/0: internet_gateway, 192.168.0.0/16: vpn_gateway } }
    security_groups:
      web: { inbound: [{ type: HTTP, source: 192.168.0.0/16 }, { type: ICMP, source: 192.168.0.0/16 }] }
instances:
  web: { subnet: v/s, private_ip: 10.0.1.20, security_groups: [web], httpd: web }
  public: { subnet: v/public, private_ip: 10.0.2.20, public_ip: true, security_groups: [web], httpd: public }
";

fn up(text: &str) -> World {
    let world = World::new();
    change(&world, text);
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

/// The lab with something else in it.
fn with(what: &str, instead: &str) -> String {
    assert!(LAB.contains(what), "{what}");
    LAB.replace(what, instead)
}

const CURL: &str = "curl -sS -m 5";
const NOTHING: &str = "curl -s -m 1";

#[test]
fn a_vpn_connection_carries_both_directions_vgw_04_vgw_06() {
    let world = up(LAB);
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} 10.0.1.20")), "web");
    assert_eq!(world.ok(&format!("vpcns exec web {CURL} 192.168.1.10")), "files");
    world.ok("vpcns exec desk ping -qc1 -W5 10.0.1.20");
    world.ok("vpcns exec web ping -qc1 -W5 192.168.1.20");
    // No address is translated.
    assert!(world.ok("cat /run/vpcns/o/hosts/web/access_log").starts_with("192.168.1.20 "));
    assert!(world.ok("cat /run/vpcns/o/hosts/server/access_log").starts_with("10.0.1.20 "));
    finish(world);
}

#[test]
fn a_security_group_judges_the_address_on_premises_vgw_06() {
    let world = up(&with("{ type: HTTP, source: 192.168.0.0/16 }", "{ type: HTTP, source: 192.168.1.20/32 }"));
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} 10.0.1.20")), "web");
    world.fails(28, &format!("vpcns exec server {NOTHING} 10.0.1.20"));
    world.ok("vpcns exec server ping -qc1 -W5 10.0.1.20");
    finish(world);
}

#[test]
fn a_network_acl_judges_the_address_on_premises_vgw_06() {
    let acl = "    network_acls:
      strict:
        inbound:
          90: { type: All traffic, cidr: 192.168.1.20/32, action: deny }
          100: { type: All traffic, cidr: 0.0.0.0/0, action: allow }
        outbound: { 100: { type: All traffic, cidr: 0.0.0.0/0, action: allow } }
    security_groups:
";
    let text = with("    security_groups:\n", acl)
        .replace("propagating_vgws: [v] }", "propagating_vgws: [v], network_acl: strict }");
    let world = up(&text);
    world.fails(28, &format!("vpcns exec desk {NOTHING} 10.0.1.20"));
    assert_eq!(world.ok(&format!("vpcns exec server {CURL} 10.0.1.20")), "web");
    world.ok("vpcns why desk web:80 | grep '^no:'");
    finish(world);
}

#[test]
fn without_a_route_back_nothing_answers_rt_23() {
    let world = up(&with(", propagating_vgws: [v]", ""));
    world.fails(28, &format!("vpcns exec desk {NOTHING} 10.0.1.20"));
    world.fails(28, &format!("vpcns exec web {NOTHING} 192.168.1.10"));
    // The other subnet has a static route to the gateway.
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} 10.0.2.20")), "public");
    change(&world, LAB);
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} 10.0.1.20")), "web");
    finish(world);
}

#[test]
fn only_what_the_connection_knows_leads_to_it() {
    let world = up(&with("static_routes: [192.168.0.0/16]", "static_routes: [192.168.1.0/28]"));
    assert_eq!(world.ok(&format!("vpcns exec web {CURL} 192.168.1.10")), "files");
    world.fails(1, "vpcns exec web ping -qc1 -W1 192.168.1.20");
    // A static route of the table to all of the office changes nothing in that.
    assert_eq!(world.ok(&format!("vpcns exec public {CURL} 192.168.1.10")), "files");
    world.fails(1, "vpcns exec public ping -qc1 -W1 192.168.1.20");
    finish(world);
}

#[test]
fn static_routes_come_before_propagated_ones_and_longer_before_both_rt_03() {
    let static_route =
        |route: &str| with("propagating_vgws: [v] }", &format!("propagating_vgws: [v], routes: {{ {route} }} }}"));
    let world = up(&static_route("192.168.0.0/16: blackhole"));
    world.fails(28, &format!("vpcns exec web {NOTHING} 192.168.1.10"));
    let routes = world.ok("vpcns show route-tables -o json");
    assert!(routes.contains("blackhole") && !routes.contains("EnableVgwRoutePropagation"), "{routes}");
    change(&world, &static_route("192.168.0.0/15: blackhole"));
    assert_eq!(world.ok(&format!("vpcns exec web {CURL} 192.168.1.10")), "files");
    assert!(world.ok("vpcns show route-tables -o json").contains("EnableVgwRoutePropagation"));
    change(&world, &static_route("192.168.1.10/32: blackhole"));
    world.fails(28, &format!("vpcns exec web {NOTHING} 192.168.1.10"));
    world.ok("vpcns exec web ping -qc1 -W5 192.168.1.20");
    finish(world);
}

#[test]
fn the_local_route_wins_over_propagated_ones_inside_it_rt_06() {
    let text = with("static_routes: [192.168.0.0/16]", "static_routes: [192.168.0.0/16, 10.0.2.0/24, 10.0.1.20/32]");
    let world = up(&text);
    assert!(!world.ok("vpcns show route-tables -o json").contains("10.0.2.0/24"));
    assert_eq!(world.ok(&format!("vpcns exec web {CURL} 192.168.1.10")), "files");
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} 10.0.1.20")), "web");
    world.fails(28, &format!("vpcns exec web {NOTHING} 10.0.2.20")); // its group is for the office
    finish(world);
}

#[test]
fn on_premises_does_not_get_through_the_vpc_to_the_internet_vgw_03() {
    let world = up(&with("    cidr: 192.168.0.0/16\n", "    cidr: 192.168.0.0/16\n    internet: true\n"));
    // Its own way is there.
    world.ok("vpcns exec desk ping -qc1 -W5 203.0.113.10");
    // The way through the VPC is not, even if the office's router sends everything there.
    let link = "$(ip -n o.site.office -br link | grep -o '^vgw-[0-9a-f]*')";
    let peer = "$(ip -n o.vpc.v -br addr | awk '/^vgw-/ {split($3, a, \"/\"); print a[1]}')";
    world.ok(&format!("ip -n o.site.office route replace default via {peer} dev {link}"));
    world.fails(1, "vpcns exec desk ping -qc1 -W1 203.0.113.10");
    world.fails(28, &format!("vpcns exec desk {NOTHING} $(output instances.public.public_ip)"));
    // Nor are the VPC's resolver and its metadata.
    world.fails(9, "vpcns exec desk dig +time=1 +tries=1 @10.0.0.2 example.com");
    world.fails(28, &format!("vpcns exec desk {NOTHING} 169.254.169.254/latest/meta-data/"));
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} 10.0.1.20")), "web");
    world.ok("vpcns up /run/lab.yaml");
    finish(world);
}

#[test]
fn a_gateway_endpoint_is_not_for_those_on_premises_gwe_05_vgw_03() {
    let world = up(&format!("{LAB}gateway_endpoints: {{ s3: {{ service: s3, route_tables: [v/s] }} }}\n"));
    let s3 = world.ok("vpcns exec web dig +short s3.ap-northeast-2.amazonaws.com");
    world.ok(&format!("vpcns exec web ping -qc1 -W5 {s3}"));
    // Even if the office's router sends there what is for S3.
    let link = "$(ip -n o.site.office -br link | grep -o '^vgw-[0-9a-f]*')";
    let peer = "$(ip -n o.vpc.v -br addr | awk '/^vgw-/ {split($3, a, \"/\"); print a[1]}')";
    world.ok(&format!("ip -n o.site.office route add {s3} via {peer} dev {link}"));
    world.fails(1, &format!("vpcns exec desk ping -qc1 -W1 {s3}"));
    world.fails(1, &format!("vpcns exec desk nc -zw1 {s3} 443"));
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} 10.0.1.20")), "web");
    world.ok("vpcns up /run/lab.yaml");
    finish(world);
}

#[test]
fn nobody_comes_in_with_an_address_that_is_not_the_sites() {
    let world = up(LAB);
    world.ok("vpcns exec desk ip addr add 172.31.0.1/32 dev eth0");
    world.ok("vpcns exec desk ping -qc1 -W5 10.0.1.20");
    world.fails(1, "vpcns exec desk ping -qc1 -W1 -I 172.31.0.1 10.0.1.20");
    let dropped = "ip netns exec o.vpc.v nft list chain inet vpcns outbound | grep -c 'saddr != @on_premises drop'";
    assert_eq!(world.ok(dropped), "1");
    finish(world);
}

#[test]
fn a_site_is_seen_on_the_internet_by_its_customer_gateways_address() {
    let world = up(LAB);
    let address = world.ok("vpcns show customer-gateways -o json | grep -o '\"IpAddress\": \"[0-9.]*\"'");
    assert_eq!(address, "\"IpAddress\": \"203.0.113.77\"");
    let capture = "timeout 5 ip netns exec o.laptop tcpdump -nc1 -i eth0 icmp 2>/dev/null";
    let script = format!(
        "({capture}) & sleep 0.1; for i in 1 2 3 4 5 6; do vpcns exec desk ping -qc1 -W1 203.0.113.10; done; wait"
    );
    assert!(world.ok(&script).contains("IP 203.0.113.77 > 203.0.113.10: ICMP echo request"));
    world.fails(1, "vpcns exec laptop ping -qc1 -W1 192.168.1.20");
    finish(world);
}

#[test]
fn a_site_without_a_way_to_the_internet_has_none() {
    let text = with("    cidr: 192.168.0.0/16\n", "    cidr: 192.168.0.0/16\n    internet: false\n");
    let text = text.replace(
        "vpn_connections: { office: { vpn_gateway: v, customer_gateway: office, static_routes: [192.168.0.0/16] } }",
        "private_virtual_interfaces: { office: { vpn_gateway: v, site: office } }",
    );
    let world = up(&text);
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} 10.0.1.20")), "web");
    assert_ne!(world.run("vpcns exec desk ping -qc1 -W1 203.0.113.10").code, 0);
    assert_ne!(world.run("vpcns exec desk getent hosts archive.ubuntu.com").code, 0);
    finish(world);
}

#[test]
fn a_vpc_gets_to_the_internet_through_a_site_by_a_default_route() {
    let world = up(&with("static_routes: [192.168.0.0/16]", "static_routes: [0.0.0.0/0]"));
    world.ok("vpcns exec web ping -qc1 -W5 203.0.113.10");
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} 10.0.1.20")), "web");
    finish(world);
}

#[test]
fn frames_are_as_large_as_the_way_vgw_04() {
    let world = up(LAB);
    // 28 bytes of headers. The VPC's router says what is too much, as it drops nothing in silence here.
    world.ok("vpcns exec web ping -qc1 -W5 -M do -s 1418 192.168.1.20");
    let said = world.fails(1, "vpcns exec web ping -c1 -W1 -M do -s 1419 192.168.1.20");
    assert!(said.contains("mtu = 1446") || said.contains("mtu=1446"), "{said}");
    world.ok("vpcns exec desk ping -qc1 -W5 -M do -s 1418 10.0.1.20");
    world.fails(1, "vpcns exec desk ping -qc1 -W1 -M do -s 1419 10.0.1.20");
    finish(world);
}

#[test]
fn a_sites_router_shows_in_traceroute_and_the_vpcs_does_not() {
    let world = up(LAB);
    let hops = world.ok("vpcns exec desk traceroute -nI -q1 -w1 10.0.1.20");
    let hops: Vec<_> = hops.lines().skip(1).map(|line| line.split_whitespace().nth(1).unwrap_or_default()).collect();
    assert_eq!((hops[0], *hops.last().unwrap()), ("192.168.0.1", "10.0.1.20"), "{hops:?}");
    world.ok("vpcns exec desk ping -qc1 -W5 192.168.0.1");
    world.fails(1, "vpcns exec web ping -qc1 -W1 10.0.1.1");
    finish(world);
}

#[test]
fn a_connection_comes_and_goes_while_the_lab_runs() {
    let world = up(LAB);
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} 10.0.1.20")), "web");
    let connection =
        "vpn_connections: { office: { vpn_gateway: v, customer_gateway: office, static_routes: [192.168.0.0/16] } }";
    change(&world, &with(connection, ""));
    world.fails(28, &format!("vpcns exec web {NOTHING} 192.168.1.10"));
    world.fails(28, &format!("vpcns exec desk {NOTHING} 10.0.1.20"));
    assert!(!world.ok("vpcns show route-tables -o json").contains("EnableVgwRoutePropagation"));
    change(&world, LAB);
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} 10.0.1.20")), "web");
    // A host that goes is gone.
    change(&world, &with("      desk: { address: 192.168.1.20 }\n", ""));
    world.fails(1, "ip netns list | grep desk");
    world.fails(2, "vpcns exec desk true");
    world.ok("vpcns status");
    finish(world);
}

#[test]
fn a_host_on_premises_is_a_machine_of_its_own() {
    let world = up(LAB);
    assert_eq!(world.ok("vpcns exec desk hostname"), "desk");
    assert_eq!(world.ok("vpcns exec 192.168.1.20 hostname"), "desk");
    assert_eq!(world.ok("vpcns exec desk getent hosts server | tr -s ' '"), "192.168.1.10 server");
    world.ok("vpcns exec desk touch /etc/mark");
    world.fails(1, "test -e /etc/mark");
    world.ok("vpcns exec site.office ping -qc1 -W5 192.168.1.20");
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} server")), "files");
    // An address that nobody has answers nobody.
    assert_ne!(world.run("vpcns exec desk ping -qc1 -W1 192.168.1.99").code, 0);
    finish(world);
}

#[test]
fn endpoints_and_load_balancers_can_be_used_from_on_premises_vgw_03_svc_26() {
    let world = World::up("on-premises");
    let name = "$(output endpoints.office.dns_name)";
    // The endpoint's own names are public (DNS-12): the office needs no resolver of the VPC.
    assert_eq!(world.eventually(&format!("vpcns exec desk {CURL} {name}")), "service");
    assert_eq!(world.ok(&format!("vpcns exec fileserver {CURL} {name}")), "service");
    // The endpoint's group judges the host's own address.
    world.fails(28, &format!("vpcns exec printer {NOTHING} {name}"));
    // The load balancer's does so too, behind PrivateLink (NLB-41).
    let text = World::topology("on-premises");
    let narrow = text.replace("source: 192.168.0.0/16 }] }", "source: 192.168.1.20/32 }] }");
    assert_ne!(text, narrow);
    world.write("/run/lab.yaml", &narrow);
    world.ok("vpcns up --replace /run/lab.yaml");
    assert_eq!(world.ok(&format!("vpcns exec desk {CURL} {name}")), "service");
    world.fails(28, &format!("vpcns exec fileserver {NOTHING} {name}"));
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn a_load_balancer_of_the_vpc_serves_on_premises_with_its_own_addresses() {
    let balancer = "load_balancers:\n  nlb: { scheme: internal, subnets: [v/s], listeners: { TCP:80: [web] } }\n";
    let world = up(&format!("{LAB}{balancer}"));
    let node = "$(vpcns exec desk dig +short $(output load_balancers.nlb.dns_name))";
    // Health checks come from the node, which the target's group does not know: all fail, and so all serve (NLB-29).
    assert_eq!(world.eventually(&format!("vpcns exec desk {CURL} {node}")), "web");
    assert!(world.ok("tail -n1 /run/vpcns/o/hosts/web/access_log").starts_with("192.168.1.20 "));
    finish(world);
}

#[test]
fn for_the_same_prefix_direct_connect_comes_before_static_and_that_before_bgp_rt_03() {
    // Two sites with the same network: each has its own host at the same address.
    let two = LAB.replace(
        "vpn_gateways:",
        "  other:
    cidr: 192.168.0.0/16
    hosts: { other: { address: 192.168.1.10, httpd: other } }
vpn_gateways:",
    );
    let joined =
        |more: &str| two.replace("customer_gateways: { office:", &format!("{more}\ncustomer_gateways: {{ office:"));
    let world = up(&joined("private_virtual_interfaces: { other: { vpn_gateway: v, site: other } }"));
    assert_eq!(world.ok(&format!("vpcns exec web {CURL} 192.168.1.10")), "other");
    let bgp = two
        .replace("customer_gateways: { ", "customer_gateways: { other: { site: other }, ")
        .replace("vpn_connections: { ", "vpn_connections: { other: { vpn_gateway: v, customer_gateway: other }, ");
    change(&world, &bgp);
    assert_eq!(world.ok(&format!("vpcns exec web {CURL} 192.168.1.10")), "files");
    change(
        &world,
        &bgp.replace(
            "customer_gateway: office, static_routes: [192.168.0.0/16]",
            "customer_gateway: office, static_routes: []",
        ),
    );
    assert_eq!(world.ok(&format!("vpcns exec web {CURL} 192.168.1.10")), "other");
    finish(world);
}

#[test]
fn on_premises_reaches_neither_a_nat_gateway_nor_a_peer_vgw_03_nat_08_pcx_07() {
    let more = "
  peer: { cidr: 10.5.0.0/16, subnets: { s: { cidr: 10.5.1.0/24, routes: { 10.0.0.0/16: peering_connection, 192.168.0.0/16: peering_connection } } } }
nat_gateways: { nat: { subnet: v/public } }
peering_connections: { p: { requester: v, accepter: peer, accepted: true } }
instances:
  there: { subnet: peer/s, private_ip: 10.5.1.20, httpd: there, security_groups: [open] }
";
    let text = with("\ninstances:\n", more)
        .replace("subnets: { s: { cidr: 10.5.1.0/24", "security_groups: { open: { inbound: [{ type: All traffic, source: 0.0.0.0/0 }] } }, subnets: { s: { cidr: 10.5.1.0/24")
        // The VPC's own instances get everywhere: to the internet and to the office's files by the NAT gateway.
        .replace("propagating_vgws: [v] }", "routes: { 0.0.0.0/0: nat_gateway, 10.5.0.0/16: peering_connection } }");
    let world = up(&text);
    world.ok("vpcns exec web ping -qc1 -W5 203.0.113.10");
    assert_eq!(world.ok(&format!("vpcns exec web {CURL} 10.5.1.20")), "there");
    assert_eq!(world.ok(&format!("vpcns exec web {CURL} 192.168.1.10")), "files");
    let nat = world.ok("output nat_gateways.nat.private_ip");
    assert!(world.ok("tail -n1 /run/vpcns/o/hosts/server/access_log").starts_with(&format!("{nat} ")));
    // The office's router sends everything into the VPC: the peer is not behind it, nor the internet.
    let link = "$(ip -n o.site.office -br link | grep -o '^vgw-[0-9a-f]*')";
    let peer = "$(ip -n o.vpc.v -br addr | awk '/^vgw-/ {split($3, a, \"/\"); print a[1]}')";
    world.ok(&format!("ip -n o.site.office route replace default via {peer} dev {link}"));
    world.ok("vpcns exec desk ping -qc1 -W5 10.0.2.20");
    world.fails(28, &format!("vpcns exec desk {NOTHING} 10.5.1.20"));
    world.fails(28, &format!("vpcns exec there {NOTHING} 192.168.1.10"));
    world.fails(1, "vpcns exec desk ping -qc1 -W1 203.0.113.10");
    world.fails(1, &format!("vpcns exec desk ping -qc1 -W1 {nat}"));
    world.ok("vpcns up /run/lab.yaml");
    finish(world);
}
