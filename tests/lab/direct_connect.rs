//! Sites of the labs in `topologies/` and of templates: Direct Connect, which of several ways is taken, and whether
//! `why` says what packets do.

use super::world::World;

const CURL: &str = "curl -sS -m 5";
const NOTHING: &str = "curl -s -m 1";

#[test]
fn direct_connect_wins_over_vpn_and_joins_several_vpcs_rt_03() {
    let world = World::up("direct-connect");
    for (from, to, answer) in [
        ("rack", "10.1.0.10", "first"),
        ("rack", "10.2.0.10", "second"),
        ("mainframe", "10.2.0.10", "second"),
        ("app-1", "172.16.0.20", "rack"),
        ("app-2", "172.16.0.20", "rack"),
        ("app-2", "192.168.7.7", "mainframe"),
        // The branch advertises a more specific network, by VPN.
        ("app-1", "172.16.64.20", "branch"),
        ("fixed", "172.16.64.20", "branch"),
    ] {
        assert_eq!(world.ok(&format!("vpcns exec {from} {CURL} {to}")), answer, "{from} → {to}");
    }
    // The static route of `fixed` wins, and the data centre leads nothing from one VPC, or site, to another.
    world.fails(28, &format!("vpcns exec fixed {NOTHING} 172.16.0.20"));
    world.fails(28, &format!("vpcns exec app-1 {NOTHING} 10.2.0.10"));
    world.fails(28, &format!("vpcns exec branch {NOTHING} 192.168.7.7"));
    world.finish();
}

#[test]
fn why_says_what_packets_do_on_premises() {
    for topology in ["on-premises", "direct-connect"] {
        let world = World::up(topology);
        let hosts = world.ok("vpcns show on-premises-hosts -o json | sed -n 's/.*\"LogicalId\": \"\\(.*\\)\".*/\\1/p'");
        let instances = world.ok("vpcns show instances -o json | sed -n 's/.*\"LogicalId\": \"\\(.*\\)\".*/\\1/p'");
        let all: Vec<_> = hosts.lines().chain(instances.lines()).chain(["laptop"]).collect();
        assert!(all.len() > 5, "{all:?}");
        let (mut yes, mut no) = (0, 0);
        for from in &all {
            let others = all.iter().filter(|to| *to != from).copied().collect::<Vec<_>>().join(" ");
            // `why` ends with 1 if a real packet does not do as it says.
            let said = world.ok(&format!(
                "for to in {others}; do (vpcns why {from} $to:80 > /run/why-$to 2>&1; echo \"$to: $?\") & done; wait; \
                 cat /run/why-*; rm /run/why-*"
            ));
            assert_eq!(said.matches(": 0\n").count(), all.len() - 1, "{topology}, from {from}: {said}");
            yes += said.matches("\nyes:").count();
            no += said.matches("\nno:").count();
        }
        assert!(yes > 5 && no > 5, "{topology}: {yes} yes, {no} no");
        world.finish();
    }
}

#[test]
fn a_templates_customer_gateway_is_a_site_with_one_host() {
    let world = World::new();
    world.ok("vpcns up tests/cloudformation/vpn.yaml --lab t");
    let host = "$(output instances.Host.private_ip)";
    world.ok(&format!("vpcns exec Office ping -qc1 -W5 {host}"));
    world.ok("vpcns exec Host ping -qc1 -W5 192.168.1.2");
    // By a static route to the gateway, which knows 192.168.1.0/24 only.
    world.ok("vpcns exec ByHandHost ping -qc1 -W5 192.168.1.2");
    world.fails(1, "vpcns exec ByHandHost ping -qc1 -W1 192.168.2.2");
    assert!(world.ok("output Connection").starts_with("vpn-0"));
    assert!(world.ok("output Gateway").starts_with("vgw-0"));
    assert!(world.ok("output Customer").starts_with("cgw-0"));
    world.finish();
}

#[test]
fn frames_of_a_virtual_interface_are_as_large_as_it_says() {
    let world = World::up("direct-connect");
    world.ok("vpcns exec rack ping -qc1 -W5 -M do -s 8973 10.1.0.10");
    world.ok("vpcns exec app-1 ping -qc1 -W5 -M do -s 8973 172.16.0.20");
    world.fails(1, "vpcns exec rack ping -qc1 -W1 -M do -s 1473 10.2.0.10");
    world.finish();
}

#[test]
fn an_endpoint_can_be_used_over_direct_connect_vpce_26() {
    let text = World::topology("on-premises");
    let vpn = "vpn_connections:\n  office: { vpn_gateway: consumer, customer_gateway: office, static_routes: [192.168.0.0/16] }\n";
    let direct = "private_virtual_interfaces:\n  office: { vpn_gateway: consumer, site: office }\n";
    assert!(text.contains(vpn));
    let world = World::new();
    world.write("/run/lab.yaml", &text.replace(vpn, direct));
    world.ok("vpcns up /run/lab.yaml");
    let name = "$(output endpoints.office.dns_name)";
    assert_eq!(world.eventually(&format!("vpcns exec desk {CURL} {name}")), "service");
    world.fails(28, &format!("vpcns exec printer {NOTHING} {name}"));
    world.ok("rm /run/lab.yaml");
    world.finish();
}
