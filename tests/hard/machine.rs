//! A machine that refuses: no space, no files, nothing to write to, and state that somebody else has touched. Each is
//! said in clear words, and `down` takes away what there is.

use crate::world::World;

const LAB: &str = "topologies/privatelink.yaml";
const DAEMON: &str = "/run/vpcns/privatelink/daemon.pid";

/// `up` either works or says (be it in the daemon's log) what the machine refused and how to go on; then `down` leaves nothing.
fn up_or_reason(world: &World, up: &str, reason: &str) -> bool {
    let done = world.run(up);
    match done.code {
        0 => {}
        // What cannot even be read is as good as wrong.
        1 | 2 => {
            let log = world.run("cat /run/vpcns/privatelink/daemon.log").stdout;
            let said = if done.stderr.contains("daemon.log") { log } else { done.stderr.clone() };
            assert!(said.contains(reason) && done.stderr.starts_with("error: "), "{up}\n{}{said}", done.stderr);
        }
        other => panic!("{up}: {other}\n{}", done.stderr),
    }
    done.code == 0
}

#[test]
fn a_full_disk() {
    let mut ends = [0, 0];
    // The kernel counts in pages: from one that holds nothing to one that holds everything.
    for limit in ["size=4k", "size=16k", "size=28k", "size=40k", "size=64k", "size=1m", "nr_inodes=6", "nr_inodes=14"] {
        let world = World::on(&format!("mount -t tmpfs -o {limit} tmpfs /run"));
        let up = up_or_reason(&world, &format!("vpcns up {LAB}"), "No space left on device");
        ends[usize::from(up)] += 1;
        // And what was left is taken too.
        world.run("head -c 1M /dev/zero > /run/filler");
        let down = world.run("vpcns down --all");
        assert_eq!(down.code, 0, "{limit}: {}", down.stderr);
        world.ok("rm -f /run/filler");
        world.assert_untouched();
    }
    assert!(ends.iter().all(|end| *end > 0), "{ends:?}");
}

#[test]
fn too_few_open_files() {
    let world = World::new();
    let mut ends = [0, 0];
    for files in [4, 6, 8, 10, 12, 14, 16, 20, 24, 32, 64, 128] {
        let up = up_or_reason(&world, &format!("ulimit -n {files}; vpcns up {LAB}"), "open files");
        ends[usize::from(up)] += 1;
        world.ok("vpcns down --all");
        world.assert_untouched();
    }
    let up = world.fails(1, &format!("ulimit -n 64; vpcns up {LAB}"));
    assert!(up.contains("needs") && up.contains("may have 64") && up.contains("ulimit -Hn"), "{up}");
    world.assert_untouched();
    // The lower limit, which a program may raise itself, is none.
    assert!(up_or_reason(&world, &format!("ulimit -Sn 24; vpcns up {LAB}"), "open files"));
    world.ok("ulimit -Sn 24; vpcns status && vpcns down");
    world.assert_untouched();
    assert!(ends.iter().all(|end| *end > 0), "{ends:?}");
}

#[test]
fn etc_that_cannot_be_written() {
    let world = World::new();
    world.ok("mount -o remount,bind,ro /etc");
    assert!(!up_or_reason(&world, &format!("vpcns up {LAB}"), "Read-only file system"));
    world.ok("mount -o remount,bind,rw /etc");
    world.assert_untouched();

    world.ok(&format!("vpcns up {LAB} && mount -o remount,bind,ro /etc"));
    let said = world.fails(1, "vpcns down");
    assert!(said.contains("Read-only file system") && said.contains("goes on"), "{said}");
    world.ok("mount -o remount,bind,rw /etc");
    world.finish();
}

#[test]
fn a_record_that_cannot_be_understood() {
    for nonsense in ["", "{", "null", "{\"source\": \"x\"}", "\\377\\377"] {
        let world = World::up("privatelink");
        world.ok(&format!("printf '{nonsense}' > /run/vpcns/privatelink/record.json"));
        for command in [format!("up {LAB}"), "status".into(), "show".into(), "exec private true".into()] {
            let said = world.fails(1, &format!("vpcns {command}"));
            assert!(said.contains("/run/vpcns/privatelink/record.json"), "{said}");
            assert!(said.contains("vpcns down --lab privatelink"), "{said}");
        }
        assert!(world.ok("vpcns ls").contains("unreadable"));
        world.finish();
    }
}

#[test]
fn other_state_that_cannot_be_understood() {
    let world = World::up("privatelink");
    for file in ["filters.json", "health.json", "daemon.pid", "lock"] {
        world.ok(&format!("echo nonsense > /run/vpcns/privatelink/{file}"));
        world.ok(&format!("vpcns up {LAB} && vpcns status"));
        world.ok("vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)");
    }
    world.ok("pkill -9 -f '^vpcns daemon'");
    world.ok(&format!("vpcns up {LAB} && vpcns status"));
    world.ok("echo nonsense > /run/vpcns/privatelink/daemon.pid");
    world.finish();
}

#[test]
fn a_process_id_that_was_given_to_another_process() {
    let world = World::up("privatelink");
    world.ok(&format!("kill -9 $(cut -d' ' -f1 {DAEMON})"));
    world.ok(&format!("sleep 1000 >/dev/null 2>&1 & echo $! $(cut -d' ' -f2 {DAEMON}) > {DAEMON}"));
    assert!(world.fails(3, "vpcns status").contains("daemon"));
    world.ok("vpcns down");
    world.ok("pkill sleep");
    world.assert_untouched();
}

#[test]
fn a_daemon_that_does_not_listen() {
    let world = World::up("privatelink");
    world.ok(&format!("kill -STOP $(cut -d' ' -f1 {DAEMON})"));
    world.finish();
}

#[test]
fn down_that_is_interrupted() {
    for signal in ["INT", "TERM", "HUP"] {
        for after in ["0.01", "0.05", "0.15", "0.3"] {
            let world = World::up("privatelink");
            world.run(&format!("timeout --foreground -s {signal} {after} vpcns down"));
            world.finish();
        }
    }
}
