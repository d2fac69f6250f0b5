//! What vpcns refuses, in clear words and with nothing touched.

use super::world::World;

#[test]
fn without_root_it_says_what_is_missing_and_how_to_get_it() {
    let world = World::new();
    let nobody = "setpriv --reuid 65534 --clear-groups";
    for command in ["exec private true", "down --all"] {
        let said = world.fails(1, &format!("{nobody} vpcns {command}"));
        assert!(said.contains("CAP_SYS_ADMIN") && said.contains("sudo"), "{said}");
    }
    // What only reads works.
    world.ok(&format!("{nobody} vpcns validate topologies/privatelink.yaml"));
    assert!(world.ok(&format!("{nobody} vpcns plan topologies/privatelink.yaml")).contains("privatelink.bastion"));
    world.ok(&format!("{nobody} vpcns ls"));
    world.finish();
}

#[test]
fn a_directory_to_which_no_way_is_seen_can_be_worked_in() {
    let world = World::new();
    world.ok("mkdir /run/away && mount -t tmpfs tmpfs /run/away && cp topologies/privatelink.yaml /run/away");
    world.ok("cd /run/away && umount -l . && ! /bin/pwd -P 2>/dev/null && vpcns validate privatelink.yaml");
    world.ok("rmdir /run/away");
    world.finish();
}

#[test]
fn without_nft_it_names_the_package() {
    let world = World::new();
    world.ok("mkdir /run/bin && ln -s $(command -v vpcns) /run/bin/");
    // Where there is no nft on the whole machine.
    let hide = "for nft in $(which -a nft) /usr/sbin/nft; do mount --bind /dev/null $nft; done";
    let said = world.fails(1, &format!("unshare -m sh -c '{hide}; PATH=/run/bin vpcns up'"));
    assert!(said.contains("nftables"), "{said}");
    world.ok("rm -r /run/bin");
    world.finish();
}

#[test]
fn a_namespace_that_is_not_ours_is_not_touched() {
    let world = World::new();
    world.ok("ip netns add privatelink.private && ip -n privatelink.private link set lo up");
    let said = world.fails(1, "vpcns up topologies/privatelink.yaml");
    assert!(said.contains("privatelink.private"), "{said}");
    assert_eq!(world.ok("ip netns list"), "privatelink.private");
    world.ok("vpcns down --all && ip -n privatelink.private link show lo | grep -q UP");
    world.ok("ip netns del privatelink.private");
    world.ok("vpcns up topologies/privatelink.yaml");
    world.ok("vpcns down");
}

#[test]
fn a_wrong_file_touches_nothing() {
    let world = World::new();
    world.write("/run/wrong.yaml", "vpcs:\n  a: { cidr: 10.0.0.0/8 }\n  b: { cidr: ten }\ninstance: {}\n");
    let said = world.fails(2, "vpcns up /run/wrong.yaml");
    for part in ["/run/wrong.yaml:2:", "/run/wrong.yaml:3:", "/run/wrong.yaml:4:", "hint: "] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    world.fails(2, "vpcns validate /run/wrong.yaml -o json | grep -q '\"line\": 2' && vpcns validate /run/wrong.yaml");
    world.fails(2, "vpcns up /run/missing.yaml");
    world.fails(2, "vpcns up /run");
    world.ok("rm /run/wrong.yaml");
    world.assert_untouched();
}

#[test]
fn a_lint_warns_and_if_denied_touches_nothing() {
    let world = World::new();
    world.write("/run/idle.yaml", "vpcs:\n  main: { cidr: 10.0.0.0/16, route_tables: { idle: {} } }\n");
    let found = "[unused-route-table]: no subnet uses the route table `main/idle`";
    for arguments in ["--deny warnings", "--deny unused-route-table"] {
        for command in ["up", "plan"] {
            let said = world.fails(2, &format!("vpcns {command} /run/idle.yaml {arguments}"));
            assert!(said.contains(&format!("error{found}")) && said.contains("/run/idle.yaml:2:"), "{said}");
        }
    }
    world.ok("vpcns ls | grep -c idle | grep -x 0");
    let said = world.ok("vpcns up /run/idle.yaml 2>&1");
    assert!(said.contains(&format!("warning{found}")) && said.contains("lab `idle` is up"), "{said}");
    let silent = world.ok("vpcns up /run/idle.yaml --allow unused-route-table --deny warnings 2>&1");
    assert!(!silent.contains("warning"), "{silent}");
    world.ok("rm /run/idle.yaml");
    world.finish();
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let world = World::new();
    for command in ["vpcns", "vpcns upp", "vpcns up --lab 'A B'", "vpcns show --output xml"] {
        world.fails(2, command);
    }
    world.fails(1, "vpcns show");
    world.assert_untouched();
}
