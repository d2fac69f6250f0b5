//! A user with odd habits: an empty variable, an umask, a directory that is gone, another path to the same file.

use crate::world::World;

const LAB: &str = "topologies/privatelink.yaml";

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let world = World::new();
    let nothing = "export VPCNS_LAB= VPCNS_ALL= VPCNS_REPLACE= VPCNS_FILE= VPCNS_OUTPUT=";
    world.ok(&format!("{nothing}; vpcns up && vpcns show && vpcns status && vpcns plan && vpcns down"));
    world.assert_untouched();
    world.ok(&format!("vpcns up {LAB} && vpcns up {LAB} --lab second"));
    world.fails(2, "VPCNS_ALL=0 vpcns down");
    world.ok("VPCNS_ALL=1 vpcns down");
    world.assert_untouched();
}

#[test]
fn the_umask_changes_nothing() {
    let world = World::new();
    for umask in ["000", "077"] {
        world.ok(&format!("umask {umask}; vpcns up {LAB}"));
        world.ok("vpcns exec private -- setpriv --reuid 65534 --clear-groups cat /etc/resolv.conf /etc/hosts");
        assert_eq!(world.ok("find /run/vpcns /etc/netns -perm /o+w ! -type l"), "");
        world.ok("setpriv --reuid 65534 --clear-groups vpcns show");
        world.ok(&format!("umask {umask}; vpcns down"));
        world.assert_untouched();
    }
}

#[test]
fn another_path_to_the_same_file() {
    let world = World::up("privatelink");
    world.ok("ln -s $PWD/topologies/privatelink.yaml /run/link.yaml");
    for path in ["/run/link.yaml", "tests/../topologies/privatelink.yaml", "./topologies/privatelink.yaml"] {
        world.ok(&format!("vpcns up {path} --lab privatelink"));
    }
    world.fails(1, "vpcns up - < topologies/privatelink.yaml");
    world.ok("rm /run/link.yaml");
    world.finish();
}

#[test]
fn a_command_to_try_can_be_pasted() {
    let world = World::new();
    world.ok(r#"cp topologies/security-groups.yaml "/run/it's a lab.yaml" && vpcns up "/run/it's a lab.yaml""#);
    world.ok("ip -n security-groups.another route del default");
    let said = world.fails(3, "vpcns status");
    let again = said.lines().find_map(|line| line.strip_prefix("hint: `sudo ")?.strip_suffix("` goes on")).unwrap();
    world.ok(again);
    world.ok("vpcns status && rm /run/it*");
    world.finish();
}

#[test]
fn a_directory_that_is_gone() {
    let world = World::new();
    let gone = "mkdir /run/gone && cd /run/gone && rmdir /run/gone";
    world.ok(&format!("exec 3<{LAB}; {gone}; vpcns up - <&3 && vpcns exec private true && vpcns status && vpcns down"));
    world.finish();
}
