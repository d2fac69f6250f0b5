//! Instances that behave like EC2: a view of their own, UserData, and what scripts rely on.

use super::world::World;

/// What a terminal shows when `typed` is typed into a command.
fn typed(world: &World, typed: &str, command: &str) -> String {
    world.run(&format!("printf '{typed}' | script -qec '{command}' /dev/null")).stdout
}

#[test]
fn prompts_are_those_of_the_documents_name_02() {
    let world = World::up("privatelink");
    let seen = typed(&world, "exit\\n", "vpcns exec private");
    assert!(seen.contains("[root@ip-10-10-1-49 ~]# "), "{seen}");
    let seen = typed(&world, "id -un\\ncd /tmp\\nexit\\n", "vpcns exec -u ec2-user private");
    assert!(seen.contains("[ec2-user@ip-10-10-1-49 ~]$ ") && seen.contains("\nec2-user\r"), "{seen}");
    assert!(seen.contains("[ec2-user@ip-10-10-1-49 tmp]$ "), "{seen}");
    assert_eq!(world.ok("vpcns exec private cat /etc/hostname"), "ip-10-10-1-49");
    assert_eq!(world.ok("vpcns exec -u ec2-user private -- sh -c 'id -u; cd; pwd'"), "1000\n/home/ec2-user");
    assert!(world.fails(1, "vpcns exec -u nobody-else private true").contains("there is no account `nobody-else`"));
    world.finish();
}

#[test]
fn nothing_an_instance_writes_reaches_the_host_or_another_instance() {
    let world = World::up("privatelink");
    let directories = "/root /home/ec2-user /etc /usr /usr/bin /var /var/www/html /tmp /run /dev /srv";
    let places = &format!("{}/of-the-instance", directories.replace(' ', "/of-the-instance "));
    world.ok(&format!("vpcns exec private -- sh -ec 'for f in {places}; do echo mine > $f; done; rm /etc/passwd'"));
    world.ok("vpcns exec private -- sh -ec 'hostname other; mount -t tmpfs x /mnt; echo hi > /mnt/x'");
    // The instance's commands share one view …
    world.ok(&format!("vpcns exec private -- sh -ec 'cat {places}; ! test -e /etc/passwd; cat /mnt/x'"));
    assert_eq!(world.ok("vpcns exec private hostname"), "other");
    // … and nobody else sees it.
    world.fails(1, &format!("for f in {places}; do test -e $f && exit 0; done; exit 1"));
    world.ok(&format!("vpcns exec bastion -- sh -ec 'for f in {places}; do ! test -e $f; done; test -e /etc/passwd'"));
    // What lies over the host's settings cannot be written to; the namespace's own can.
    world.fails(1, "vpcns exec private -- sh -c 'echo 1 > /proc/sys/vm/swappiness' 2>/dev/null || exit 1");
    world.ok("vpcns exec private -- sysctl -qw net.ipv4.ip_forward=0");
    world.finish();
}

#[test]
fn what_the_host_has_of_its_own_is_not_seen_inside() {
    let world = World::up("privatelink");
    world.ok("echo host > /run/secret; echo host > /etc/host-file");
    let seen = world
        .ok("vpcns exec private -- sh -c 'ls -A /run /tmp /home/ec2-user /var/www/html /run/netns 2>/dev/null; \
         cat /etc/host-file; grep -c : /etc/passwd >/dev/null; grep -v :!!: /etc/shadow; ls /sys/class/net'");
    assert_eq!(
        seen.replace('\n', " "),
        "/home/ec2-user: .bash_profile .bashrc  /run:  /tmp:  /var/www/html: host eth0 lo"
    );
    world.ok("rm /run/secret /etc/host-file");
    world.finish();
}

#[test]
fn commands_that_read_the_host_s_files_still_find_them() {
    let world = World::up("privatelink");
    // The working directory is kept, terminals and pipes are the caller's.
    assert_eq!(world.ok("vpcns exec private pwd"), env!("CARGO_MANIFEST_DIR"));
    world.ok("vpcns exec -u ec2-user private -- script -qc true /dev/null");
    assert_eq!(world.ok("echo piped | vpcns exec private -- sh -c 'cat /dev/stdin; echo err >&2' 2>&1"), "piped\nerr");
    assert!(world.ok("vpcns exec private cat /etc/resolv.conf").contains("nameserver 10.10.0.2"));
    // The old way in has the host's files.
    assert_eq!(world.ok("ip netns exec privatelink.private sh -c 'cat /etc/hostname'"), world.ok("cat /etc/hostname"));
    world.finish();
}

#[test]
fn two_commands_at_once_make_one_view() {
    let world = World::up("privatelink");
    world.ok("for n in 1 2 3 4; do vpcns exec private -- sh -c \"echo $n >> /root/n\" & done; wait");
    assert_eq!(world.ok("vpcns exec private sort /root/n"), "1\n2\n3\n4");
    world.finish();
}

#[test]
fn a_view_goes_with_its_lab_whatever_was_killed() {
    let world = World::up("privatelink");
    world.ok("vpcns exec private true && vpcns exec bastion true");
    // The keeper of one is killed: the next command makes a new view.
    world.ok("vpcns exec private -- touch /root/old");
    let keeper = world.ok("cut -d' ' -f1 /run/vpcns/privatelink/hosts/private/keeper");
    world.ok(&format!("kill -9 {keeper}"));
    world.eventually(&format!("! kill -0 {keeper} 2>/dev/null"));
    world.ok("vpcns exec private -- sh -c '! test -e /root/old'");
    // A namespace without its name keeps nothing alive either.
    world.ok("ip netns del privatelink.bastion");
    world.ok("kill -9 $(cut -d' ' -f1 /run/vpcns/privatelink/daemon.pid)");
    world.finish();
}

#[test]
fn a_command_that_is_killed_while_it_makes_a_view_leaves_nothing() {
    for milliseconds in [1, 3, 6, 10, 20] {
        let world = World::up("privatelink");
        world.run(&format!("timeout -s KILL 0.{milliseconds:03} vpcns exec private sleep 5"));
        world.ok("vpcns exec private true");
        world.finish();
    }
}
