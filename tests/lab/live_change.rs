//! `up` on a running lab: only what differs is touched.

use super::world::World;

/// The documents' lab with a directory to download from, and the file in it.
fn with_download(world: &World) -> String {
    world.ok("mkdir /run/www && head -c 40M /dev/zero > /run/www/large");
    let text = World::topology("privatelink");
    let changed = text.replace(
        "    httpd: THIS IS A SERVICE HOSTED BEHIND AWS PRIVATELINK",
        "    httpd: { 80: { directory: /run/www } }",
    );
    assert_ne!(text, changed);
    changed
}

#[test]
fn a_download_outlives_a_change_that_does_not_concern_it() {
    let world = World::new();
    let before = with_download(&world);
    world.write("/run/lab.yaml", &before);
    world.ok("vpcns up /run/lab.yaml");
    let get = "vpcns exec private curl -sS -m 60 --limit-rate 10M \
               http://$(output endpoints.customer.dns_name)/large > /run/got";
    let mut download = world.command(get).spawn().unwrap();
    world.eventually("test -s /run/got");

    let after = before.replace("  bastion:\n    tag: VPC-A-BastionHost", "  bastion:\n    tag: another name")
        + "\nelastic_ips:\n  second: { instance: private }\n";
    let after =
        after.replace("instances:\n", "instances:\n  added: { subnet: consumer/public, security_groups: [bastion] }\n");
    world.write("/run/lab.yaml", &after);
    assert!(world.ok("vpcns plan /run/lab.yaml").contains("privatelink.added"));
    world.ok("vpcns up /run/lab.yaml");
    world.ok("vpcns exec added ping -c1 -W5 $(output instances.bastion.private_ip)");

    assert!(download.wait().unwrap().success(), "the download broke");
    world.ok("cmp /run/got /run/www/large");
    world.ok("rm -r /run/got /run/www /run/lab.yaml");
    world.finish();
}

#[test]
fn an_up_without_a_change_changes_nothing() {
    let world = World::up("privatelink");
    let state = "for n in $(ip netns list | cut -d' ' -f1); do ip -n $n -d addr; ip netns exec $n nft -a list ruleset; done \
                 | sed 's/ state [A-Z]*//'"; // a link that was just made is UNKNOWN for a moment
    let before = world.ok(state);
    assert!(world.run("vpcns up topologies/privatelink.yaml").stderr.contains("unchanged"));
    assert_eq!(world.ok("vpcns plan topologies/privatelink.yaml"), "");
    let after = world.ok(state);
    let changed: Vec<_> = after.lines().zip(before.lines()).filter(|(after, before)| after != before).collect();
    assert!(after == before, "{changed:#?}");
    world.finish();
}

#[test]
fn what_is_taken_out_of_the_file_is_taken_out_of_the_lab() {
    let world = World::up("privatelink");
    let text = World::topology("privatelink");
    let without = text.replace("\nendpoints:\n", "\nx-endpoints:\n");
    let end = without.find("\nx-endpoints:\n").unwrap();
    world.write("/run/lab.yaml", &without[..end]);
    let refused = world.fails(1, "vpcns up /run/lab.yaml");
    assert!(refused.contains("--replace"), "{refused}");
    world.ok("vpcns up --replace /run/lab.yaml");
    assert_eq!(world.ok("vpcns show endpoints -o json"), "[]");
    world.fails(2, "vpcns show customer-endpoint");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn drift_is_seen_and_repaired() {
    let world = World::up("privatelink");
    world.ok("vpcns status");
    world.ok("ip -n privatelink.private route del default");
    world.ok("ip netns exec privatelink.vpc.provider nft flush ruleset");
    let drift = world.fails(3, "vpcns status");
    assert!(drift.contains("default") || drift.contains("0.0.0.0/0"), "{drift}");
    world.ok("vpcns up topologies/privatelink.yaml");
    world.ok("vpcns status");
    world.ok("vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)");
    world.finish();
}
