//! Several regions and accounts in one lab: names, addresses and zones are each one's own.

use super::world::World;

#[test]
fn vpcs_of_two_regions_peer_with_smaller_frames_pcx_11() {
    let world = World::up("regions");
    assert_eq!(world.ok("vpcns exec web-seoul curl -sS -m 3 10.20.1.10").trim(), "virginia");
    assert_eq!(world.ok("vpcns exec web-virginia curl -sS -m 3 10.10.1.10").trim(), "seoul");
    world.ok("vpcns exec web-virginia ping -qc1 -W5 -M do -s 8472 10.10.1.10");
    world.fails(1, "vpcns exec web-virginia ping -qc1 -W1 -M do -s 8473 10.10.1.10");
    world.ok("vpcns down");
    world.finish();
}

#[test]
fn each_region_has_names_and_addresses_of_its_own_name_01_gen_05() {
    let world = World::up("regions");
    let seoul = |command: &str| world.ok(&format!("vpcns exec web-seoul {command}")).trim().to_owned();
    let virginia = |command: &str| world.ok(&format!("vpcns exec web-virginia {command}")).trim().to_owned();
    // Private names: of the own VPC, and of the peer, whose addresses are private (PCX-15).
    assert_eq!(seoul("dig +short ip-10-20-1-10.ec2.internal"), "10.20.1.10");
    assert_eq!(seoul("dig +short -x 10.20.1.10"), "ip-10-20-1-10.ec2.internal.");
    assert_eq!(virginia("dig +short -x 10.10.1.10"), "ip-10-10-1-10.ap-northeast-2.compute.internal.");
    assert_eq!(seoul("dig +short ip-10-20-1-10.ap-northeast-2.compute.internal"), "");
    assert!(virginia("cat /etc/resolv.conf").contains("search ec2.internal"));
    assert_eq!(virginia("curl -s http://169.254.169.254/latest/meta-data/placement/region"), "us-east-1");
    // Public addresses are the region's.
    let public = virginia("curl -s http://169.254.169.254/latest/meta-data/public-ipv4");
    assert!(public.starts_with("54.145."), "{public}");
    // Both regions' services are known; an endpoint could be had to the own region's only.
    for service in ["ec2.us-east-1", "ec2.ap-northeast-2"] {
        assert_ne!(seoul(&format!("dig +short {service}.amazonaws.com")), "");
    }
    world.ok("vpcns down");
    world.finish();
}

#[test]
fn zones_of_two_accounts_are_compared_by_their_ids_sub_06_svc_11() {
    let world = World::up("regions");
    let zones = world.ok("vpcns show subnets -o json");
    for zone in ["apne2-az1", "use1-az6"] {
        assert!(zones.contains(zone), "{zones}");
    }
    let outputs: serde_json::Value = serde_json::from_str(&world.ok("vpcns show outputs -o json")).unwrap();
    let name = outputs["endpoints.service.dns_names.ap-northeast-2a"].as_str().unwrap();
    let page = world.ok(&format!("vpcns exec web-seoul curl -sS -m 3 {name}"));
    assert_eq!(page.trim(), "the zone that the provider calls c");
    // Without the account's own names, zone `a` would not be the provider's `c`.
    let same = World::topology("regions").replace("zones: { c: apne2-az1, a: apne2-az3 }", "zones: {}");
    world.write("/run/lab.yaml", &same);
    let said = world.run("vpcns validate /run/lab.yaml");
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("does not support the availability zone of the subnet"), "{}", said.stderr);
    world.ok("rm /run/lab.yaml && vpcns down");
    world.finish();
}
