//! What a machine may lack or forbid: each is said with a way out before anything is touched, or, where that cannot be known
//! before, is taken away by `down`; and after the repair `up` works.

use crate::world::World;

const LAB: &str = "topologies/privatelink.yaml";

/// Each capability that is needed, by what fails without it on a lab that is up; none where `up` itself could not do its work.
const CAPABILITIES: [(&str, Option<&str>); 14] = [
    ("sys_admin", None),
    ("net_admin", None),
    ("net_bind_service", None),
    ("net_raw", Some("vpcns exec bastion ping -c1 -W1 127.0.0.1")),
    ("sys_chroot", Some("vpcns exec bastion true")),
    ("mknod", Some("vpcns exec bastion true")),
    ("dac_override", Some("vpcns exec bastion true")),
    ("chown", Some("vpcns exec bastion true")),
    ("fowner", Some("vpcns exec bastion sh -c \"touch /tmp/theirs; chown 1000 /tmp/theirs; chmod 600 /tmp/theirs\"")),
    ("setuid", Some("vpcns exec -u ec2-user bastion true")),
    ("setgid", Some("vpcns exec -u ec2-user bastion true")),
    ("setpcap", None),
    ("sys_ptrace", Some("readlink /proc/$(cat /run/vpcns/pid)/ns/net")),
    ("kill", Some("vpcns exec bastion kill $(cat /run/vpcns/pid)")),
];

/// `up` refuses with these words and leaves nothing; so it is said by the doctor.
fn refused(world: &World, how: &str, words: &[&str]) {
    let said = world.fails(1, &format!("{how} vpcns up {LAB}"));
    for word in words {
        assert!(said.contains(word), "{how}: no `{word}` in\n{said}");
    }
    assert!(said.starts_with("error: ") && said.contains("hint: "), "{said}");
    world.assert_untouched();
}

/// The lab comes up, works, and goes.
fn works(world: &World, how: &str) {
    world.ok(&format!("{how} vpcns up {LAB} && {how} vpcns status"));
    world.ok(&format!("{how} vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)"));
    world.ok(&format!("{how} vpcns down"));
    world.assert_untouched();
}

#[test]
fn each_capability_that_is_missing() {
    let world = World::new();
    for (name, _) in CAPABILITIES {
        let long = format!("CAP_{}", name.to_uppercase());
        refused(&world, &format!("setpriv --bounding-set=-{name}"), &[&long, "vpcns doctor"]);
        let said = world.fails(1, &format!("setpriv --bounding-set=-{name} vpcns doctor"));
        assert!(said.contains(&long), "{said}");
    }
    // These are enough.
    let only = CAPABILITIES.map(|(name, _)| name).join(",+");
    works(&world, &format!("setpriv --bounding-set=-all,+{only}"));
}

#[test]
fn each_capability_is_needed() {
    for (name, script) in CAPABILITIES.iter().filter_map(|(name, script)| Some((name, (*script)?))) {
        let world = World::up("privatelink");
        world.ok("setpriv --reuid 65534 sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!' > /run/vpcns/pid");
        let done = world.run(&format!("setpriv --bounding-set=-{name} {script}"));
        assert_ne!(done.code, 0, "{name}: {script}\n{}", done.stderr);
        world.ok(script);
        world.run("kill $(cat /run/vpcns/pid) 2>/dev/null; rm /run/vpcns/pid");
        world.finish();
    }
}

#[test]
fn what_a_filter_or_a_profile_forbids() {
    let world = World::new();
    for call in ["unshare", "mount"] {
        let filter = format!("/usr/bin/python3 tests/hard/forbid.py {call}=EPERM --");
        refused(&world, &filter, &["Operation not permitted", "seccomp", "vpcns doctor"]);
        let said = world.fails(1, &format!("{filter} vpcns doctor"));
        assert!(said.contains("missing") && said.contains("seccomp"), "{said}");
        world.assert_untouched();
    }
    works(&world, "");
    // What is forbidden only on the way is taken away by `down`.
    for (call, words) in [("setns=EPERM", "seccomp"), ("sendto=ENOBUFS", "No buffer space")] {
        let filter = format!("/usr/bin/python3 tests/hard/forbid.py {call} --");
        let said = world.fails(1, &format!("{filter} vpcns up {LAB}"));
        assert!(said.contains(words) && said.contains("vpcns down"), "{said}");
        works(&world, "");
    }
}

#[test]
fn too_many_namespaces() {
    let world = World::new();
    // The limit is the machine's, which this test does not touch; so the filter says what the kernel says there.
    refused(
        &world,
        "/usr/bin/python3 tests/hard/forbid.py unshare=ENOSPC --",
        &["No space left on device", "vpcns doctor"],
    );
}

#[test]
fn settings_that_cannot_be_written() {
    let world = World::new();
    world.ok("mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys");
    let said = world.fails(1, &format!("vpcns up {LAB}"));
    assert!(said.contains("Read-only file system") && said.contains("hint: "), "{said}");
    assert!(world.fails(1, "vpcns doctor").contains("sysctls"));
    world.ok("umount /proc/sys");
    world.assert_untouched();
    works(&world, "");
}

#[test]
fn directories_that_cannot_be_written() {
    let world = World::new();
    for path in ["/etc", "/run"] {
        world.ok(&format!("mount --bind {path} {path} && mount -o remount,bind,ro {path}"));
        let said = world.fails(1, &format!("vpcns up {LAB}"));
        assert!(said.contains("Read-only file system") && said.contains("remount,rw"), "{said}");
        assert!(world.fails(1, "vpcns doctor").contains("Read-only file system"));
        world.ok(&format!("umount {path}"));
        world.assert_untouched();
    }
    works(&world, "");
}

#[test]
fn no_nft_or_one_that_is_too_old() {
    let world = World::on("mkdir /run/old /run/broken");
    world.write("/run/old/nft", "#!/bin/sh\necho 'nftables v0.9.3 (Topsy)'\n");
    world.write(
        "/run/broken/nft",
        "#!/bin/sh\n[ \"$1\" = --version ] && exec /usr/sbin/nft \"$@\"\ncat >/dev/null\necho 'Error: No such file or directory' >&2\nexit 1\n",
    );
    world.ok("chmod +x /run/old/nft /run/broken/nft");
    let old = "env PATH=/run/old:$PATH";
    for (how, words) in [(old, "0.9.3"), (old, "1.0.0")] {
        assert!(world.fails(1, &format!("{how} vpcns up {LAB}")).contains(words));
        assert!(world.fails(1, &format!("{how} vpcns doctor")).contains(words));
    }
    let broken = "env PATH=/run/broken:$PATH";
    let said = world.fails(1, &format!("{broken} vpcns up {LAB}"));
    assert!(said.contains("`nft` refused") && said.contains("vpcns doctor") && said.contains("vpcns down"), "{said}");
    let said = world.fails(1, &format!("{broken} vpcns doctor"));
    assert!(said.contains("address translation") && said.contains("nft_nat"), "{said}");
    world.ok("vpcns down --all");
    // No program of that name anywhere.
    world.ok("mount --bind /dev/null $(readlink -f /usr/sbin/nft)");
    let said = world.fails(1, &format!("vpcns up {LAB}"));
    assert!(said.contains("`nft` was not found") && said.contains("nftables"), "{said}");
    world.ok("umount $(readlink -f /usr/sbin/nft) && rm -r /run/old/nft /run/broken/nft");
    works(&world, "");
}

#[test]
fn no_ipv6() {
    let off = World::on("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
    works(&off, "");
    assert!(off.ok("vpcns doctor --all").contains("switched off"));
    // A kernel without it has neither its settings nor its sockets.
    let none = World::on("mount -t tmpfs none /proc/sys/net/ipv6");
    let without = "/usr/bin/python3 tests/hard/forbid.py socket6=EAFNOSUPPORT --";
    works(&none, without);
    assert!(none.ok(&format!("{without} vpcns doctor --all")).contains("the kernel has none"));
}

#[test]
fn the_doctor_leaves_nothing_and_finds_what_is_left() {
    let world = World::new();
    let said = world.ok("vpcns doctor --all");
    assert!(said.contains("overlayfs") && said.contains("leftovers"), "{said}");
    assert_eq!(world.ok("vpcns doctor -o json | grep -c '\"State\": \"Missing\"' || true"), "0");
    world.assert_untouched();
    world.run(&format!("VPCNS_DIE_AT_STEP=20 vpcns up {LAB}"));
    let said = world.ok("vpcns doctor");
    assert!(said.contains("not wholly there") && said.contains("vpcns down --lab privatelink"), "{said}");
    world.ok("vpcns down --all && mkdir -p /etc/netns/stranger");
    assert!(world.ok("vpcns doctor").contains("/etc/netns/stranger"));
    world.ok("rm -r /etc/netns");
    world.ok(&format!("vpcns up {LAB} && kill -9 $(cut -d' ' -f1 /run/vpcns/privatelink/daemon.pid)"));
    world.eventually("vpcns doctor | grep 'daemon of lab'");
    // For somebody without rights it looks at a machine of their own; who can have none is told which rights are missing.
    let said = world.ok("setpriv --reuid 65534 --clear-groups vpcns doctor -o json");
    assert!(said.contains("\"Ready\": true"), "{said}");
    world.ok("mount --bind /dev/null /proc/timer_list");
    let said = world.fails(1, "setpriv --reuid 65534 --clear-groups vpcns doctor");
    assert!(said.contains("CAP_NET_ADMIN") && said.contains("run with `sudo`"), "{said}");
    world.ok("umount /proc/timer_list");
    world.finish();
}
