//! Commands of instances: what a user's own server needs to live in one.

use super::world::World;

/// A lab whose instance runs these, `lines` being below its name.
fn lab(lines: &str) -> String {
    format!(
        "name: c\nvpcs:\n  a: {{ cidr: 10.0.0.0/16, subnets: {{ s: {{ cidr: 10.0.0.0/24 }} }}, \
         security_groups: {{ web: {{ inbound: [{{ type: Custom TCP, ports: 8080, source: 0.0.0.0/0 }}] }} }} }}\n\
         instances:\n  asker: {{ subnet: a/s }}\n  server:\n    subnet: a/s\n    private_ip: 10.0.0.9\n    \
         security_groups: [web]\n{lines}"
    )
}

fn up(world: &World, lines: &str) -> String {
    world.write("/run/lab.yaml", &lab(lines));
    world.run("vpcns up /run/lab.yaml").stderr
}

fn finish(world: World) {
    world.ok("rm -f /run/lab.yaml");
    world.finish();
}

/// A server that answers with a word.
fn server(word: &str) -> String {
    format!(
        "import http.server as h\\nclass A(h.BaseHTTPRequestHandler):\\n  def do_GET(s):\\n    s.send_response(200); \
         s.end_headers(); s.wfile.write(b'{word}')\\nprint('begun', flush=True)\\nh.HTTPServer(('', 8080), A).serve_forever()"
    )
}

const ASK: &str = "vpcns exec asker curl -sS -m 5 http://10.0.0.9:8080/";

#[test]
fn a_server_of_one_s_own_answers_and_ends_with_the_file_or_the_lab() {
    let world = World::new();
    up(&world, &format!("    command: [python3, -c, \"{}\"]\n", server("one")));
    assert_eq!(world.eventually(ASK), "one");
    assert_eq!(world.ok("vpcns logs server | head -1"), "begun");
    assert!(world.ok("vpcns status").contains("command `command` of `server`: running"));
    let pid = |world: &World| world.ok("cut -d' ' -f1 /run/vpcns/c/hosts/server/commands/*.pid");
    // Unchanged, it goes on; changed, it is another.
    let first = pid(&world);
    up(&world, &format!("    command: [python3, -c, \"{}\"]\n    tag: other\n", server("one")));
    assert_eq!(pid(&world), first);
    up(&world, &format!("    command: [python3, -c, \"{}\"]\n", server("two")));
    assert_ne!(pid(&world), first);
    assert_eq!(world.eventually(ASK), "two");
    // Whoever kills the process that minds it: `status` says so, `up` repairs it.
    world.ok(&format!("kill -9 {}", pid(&world)));
    world.eventually("vpcns status >/dev/null; test $? = 3");
    assert!(world.fails(3, "vpcns status").contains("`server`: dead"));
    world.ok("vpcns up /run/lab.yaml");
    assert_eq!(world.eventually(ASK), "two");
    // Dropped by the file, it ends, with its session.
    up(&world, "");
    world.fails(7, ASK);
    assert!(!world.ok("ps -e -o args=").contains("HTTPServer"));
    up(&world, &format!("    command: [python3, -c, \"{}\"]\n", server("three")));
    world.eventually(ASK);
    finish(world);
}

#[test]
fn what_fails_is_started_again_and_what_ends_well_is_not() {
    let world = World::new();
    let lines = "    commands:\n      once: echo done\n      twice: 'test -e /root/been && sleep 1000; touch /root/been; exit 3'\n      \
                 absent: [/no/such/program]\n      as-user: { run: 'id -un; pwd; sleep 1000', user: ec2-user }\n";
    up(&world, lines);
    world.eventually("vpcns status | grep -q '`once` of `server`: ended, last exit code 0'");
    world.eventually("vpcns status | grep -q '`twice` of `server`: running, 1 restarts, last exit code 3'");
    world.eventually("vpcns status | grep -q '`absent` of `server`: restarting.*exit code 126'");
    world.eventually("vpcns logs server -c as-user | grep -q /home/ec2-user");
    assert_eq!(world.ok("vpcns logs server -c as-user"), "ec2-user\n/home/ec2-user");
    assert!(world.ok("vpcns logs server -c absent").contains("vpcns: it cannot be run: No such file or directory"));
    assert!(world.fails(2, "vpcns logs server -c other").contains("it has `absent`, `as-user`, `once`, `twice`"));
    assert!(world.ok("vpcns status -o json").contains("\"State\": \"ended\""));
    // What does not listen is ended too.
    up(&world, "    command: 'trap \"\" TERM; sleep 1000 & while :; do wait; done'\n");
    world.eventually("vpcns status | grep -q running");
    up(&world, "");
    world.ok("! ps -e -o args= | grep -q '^[s]leep 1000'");
    finish(world);
}

#[test]
fn a_command_waits_for_user_data_and_has_no_rights_over_the_machine() {
    let world = World::new();
    let rights = "grep -h -e CapEff -e NoNewPrivs /proc/self/status; readlink /proc/1/ns/net || echo hidden; \
                  mount -t tmpfs x /mnt 2>/dev/null && echo mounted; mknod /root/disk b 8 0 2>/dev/null && echo made; \
                  ip link set lo up && echo link; test -e /root/brought && echo brought; sleep 1000";
    let lines = format!(
        "    user_data: |\n      #!/bin/sh\n      grep CapEff /proc/self/status\n      \
         readlink /proc/1/ns/net || echo hidden\n      mknod /root/disk b 8 0 || echo no disk\n      hostname chosen\n      \
         sleep 1\n      touch /root/brought\n    command: '{rights}'\n"
    );
    up(&world, &lines);
    let said = world.eventually("vpcns logs server -c command | grep -q brought && vpcns logs server -c command");
    assert!(said.contains("NoNewPrivs:\t1") && said.contains("hidden") && said.contains("link\n"), "{said}");
    assert!(!said.contains("mounted") && !said.contains("made") && !said.contains("CapEff:\t000001ff"), "{said}");
    let log = world.ok("vpcns exec server cat /var/log/cloud-init-output.log");
    assert!(log.contains("hidden") && log.contains("no disk"), "{log}");
    assert_eq!(world.ok("vpcns exec server hostname"), "chosen");
    // What a person does by `exec` has root's rights.
    world.ok("vpcns exec server -- sh -c 'mount -t tmpfs x /mnt'");
    finish(world);
}

#[test]
fn commands_that_cannot_be_are_refused() {
    let world = World::new();
    for (lines, said) in [
        ("    command: ''\n", "there is no command here"),
        ("    command: []\n", "there is no command here"),
        ("    command: { user: root }\n", "missing key `run`"),
        ("    command: { run: x, user: 'a b' }\n", "cannot be the name of an account"),
        ("    commands: { 'a/b': x }\n", "`a/b` cannot be a name"),
        ("    command: x\n    commands: { command: y }\n", "there are two commands called `command`"),
    ] {
        world.write("/run/lab.yaml", &lab(lines));
        let found = world.fails(2, "vpcns validate /run/lab.yaml");
        assert!(found.contains(said), "{lines}{found}");
    }
    // An account that there is not is the command's own failure, and said in its log.
    up(&world, "    command: { run: x, user: nobody-there }\n");
    world.eventually("vpcns logs server | grep -q 'there is no account `nobody-there`'");
    finish(world);
}
