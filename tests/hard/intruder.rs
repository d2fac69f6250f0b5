//! Who is not root on the machine, and who is root in an instance: what neither can do. What root in an instance can do
//! all the same stands in `docs/security.md`.

use crate::world::World;

const LAB: &str = "topologies/privatelink.yaml";
const NOBODY: &str = "setpriv --reuid 65534 --regid 65534 --clear-groups";

#[test]
fn what_somebody_made_before_is_not_used() {
    let world = World::on("mkdir -m 777 /run/theirs");
    let traps = [
        // `/run` of this machine is as open as `/tmp`.
        (format!("{NOBODY} mkdir /run/vpcns"), "/run/vpcns"),
        (format!("{NOBODY} ln -s /run/theirs /run/vpcns"), "/run/vpcns"),
        (format!("{NOBODY} ln -s /etc /run/vpcns"), "/run/vpcns"),
        (format!("{NOBODY} touch /run/vpcns"), "/run/vpcns"),
        ("mkdir -m 777 /run/vpcns".into(), "/run/vpcns"),
        (format!("{NOBODY} mkdir /run/netns"), "/run/netns"),
        (format!("{NOBODY} ln -s /run/theirs /run/netns"), "/run/netns"),
        ("ln -s /run/theirs /etc/netns".into(), "/etc/netns"),
        ("mkdir -m 777 /etc/netns".into(), "/etc/netns"),
        ("mkdir /run/vpcns && ln -s /run/theirs /run/vpcns/privatelink".into(), "/run/vpcns/privatelink"),
        ("mkdir /run/vpcns && mkdir -m 777 /run/vpcns/privatelink".into(), "/run/vpcns/privatelink"),
        (
            "mkdir -p /etc/netns && ln -s /run/theirs /etc/netns/privatelink.private".into(),
            "/etc/netns/privatelink.private",
        ),
        ("mkdir -p /run/netns && ln -s /run/theirs /run/netns/privatelink.private".into(), "privatelink.private"),
    ];
    for (trap, path) in traps {
        world.ok(&trap);
        let before = world.ok("find /run /etc/netns -ls 2>/dev/null | sed 's/[A-Z][a-z][a-z] .*:[0-9]*//'");
        let said = world.fails(1, &format!("vpcns up {LAB}"));
        assert!(said.contains(path) && said.contains("hint: "), "{trap}\n{said}");
        assert_eq!(world.ok("find /run/theirs -mindepth 1"), "", "{trap}");
        let after = world.ok("find /run /etc/netns -ls 2>/dev/null | sed 's/[A-Z][a-z][a-z] .*:[0-9]*//'");
        assert_eq!(after, before, "{trap}");
        world.ok("rm -rf /run/vpcns /run/netns /etc/netns");
    }
    world.ok(&format!("vpcns up {LAB} && vpcns status"));
    world.finish();
}

#[test]
fn secrets_are_roots_alone_and_new_for_each_lab() {
    let world = World::new();
    let file = "topologies/key-pair.yaml";
    world.ok(&format!("vpcns up {file} --lab one && vpcns up {file} --lab two"));
    for secret in ["secret", "authority.pem", "daemon.sock", "daemon.log", "daemon.pid", "laptop/operator.pem"] {
        let [one, two] = ["one", "two"].map(|lab| format!("/run/vpcns/{lab}/{secret}"));
        let mode = world.ok(&format!("stat -c '%U %a' {one}"));
        assert!(["root 600", "root 400"].contains(&&*mode), "{one}: {mode}");
        if world.run(&format!("test -f {one}")).code == 0 {
            assert_ne!(world.run(&format!("cmp -s {one} {two}")).code, 0, "{secret} is the same in two labs");
        }
        assert_ne!(world.run(&format!("{NOBODY} cat {one}")).code, 0);
    }
    // Of all that a lab keeps, what holds a private key is nobody else's to read, and nothing is anybody's to write.
    let open = "find /run/vpcns /etc/netns -type f -perm /o+r -exec grep -l 'PRIVATE KEY' {} +";
    assert_eq!(world.run(open).stdout, "");
    assert_eq!(world.ok("find /run/vpcns /run/netns /etc/netns ! -type l -perm /go+w"), "");
    let ask = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/vpcns/one/daemon.sock')";
    assert!(world.fails(1, &format!("{NOBODY} /usr/bin/python3 -c \"{ask}\"")).contains("Permission denied"));
    // Who may open it all the same is known by the kernel, and gets no answer.
    world.ok("chmod 666 /run/vpcns/one/daemon.sock");
    let ask = format!("{ask}; s.sendall(b'\\\"stop\\\"\\n'); print(s.recv(100))");
    assert!(!world.run(&format!("{NOBODY} /usr/bin/python3 -c \"{ask}\"")).stdout.contains("done"));
    world.ok("vpcns status --lab one");
    world.finish();
}

#[test]
fn root_in_an_instance_sees_its_own_network_and_its_own_files() {
    let world = World::on(
        "ip link add host0 type veth peer name host1 && ip address add 192.0.2.9/24 dev host0 && ip link set host0 up",
    );
    world.write("/run/answer.py", "import http.server; http.server.HTTPServer(('', 8000), http.server.SimpleHTTPRequestHandler).serve_forever()\n");
    let server = "/usr/bin/python3 /run/answer.py >/dev/null 2>&1 & echo $! > /run/answer.pid";
    world.ok(server);
    world.eventually("curl -sS -m 5 -o /dev/null http://192.0.2.9:8000");
    world.ok(&format!("vpcns up {LAB} --lab one && vpcns up {LAB} --lab two"));
    let inside = |script: &str| world.run(&format!("vpcns exec --lab one bastion -- sh -c \"{script}\""));
    assert_eq!(inside("ls /sys/class/net | tr '\\n' ' '").stdout.trim(), "eth0 lo");
    for gone in ["/run/vpcns", "/run/netns"] {
        assert_ne!(inside(&format!("ls {gone}/*")).code, 0, "{gone}");
    }
    inside("echo nameserver 192.0.2.66 > /etc/netns/two.private/resolv.conf; echo x > /etc/passwd");
    assert!(!world.ok("cat /etc/netns/two.private/resolv.conf /etc/passwd").contains("192.0.2.66"));
    world.ok("grep -q root /etc/passwd");
    assert_eq!(inside("nft list ruleset").stdout.trim(), "", "the router's rules are elsewhere");
    for host in ["192.0.2.9:8000", "127.0.0.1:8000"] {
        assert_ne!(inside(&format!("curl -sS -m 1 http://{host}")).code, 0, "{host}");
    }
    // Its own rules, routes and addresses change nothing but itself.
    let twin =
        "vpcns exec --lab two private -- curl -sS -m 10 http://$(VPCNS_LAB=two output endpoints.customer.dns_name)";
    world.ok(twin);
    inside(
        "ip route replace default dev eth0; ip address add 10.10.1.49/16 dev eth0; nft add table inet vpcns; ip link set eth0 address 02:00:00:00:00:01",
    );
    world.ok("vpcns status --lab two");
    world.ok(twin);
    world.ok(
        "vpcns exec --lab one private -- curl -sS -m 10 http://$(VPCNS_LAB=one output endpoints.customer.dns_name)",
    );
    world.ok("kill $(cat /run/answer.pid) && rm /run/answer.p*");
    world.finish();
}

#[test]
fn names_on_the_command_line_lead_nowhere() {
    let world = World::up("privatelink");
    let long = "a".repeat(300);
    for name in
        ["../privatelink", "..", ".", "", "/", "a/b", "-rf", "a b", "a;b", "$(id)", "\u{1b}[31m", "a\nb", "прив", &long]
    {
        for command in
            ["up topologies/privatelink.yaml --lab", "down --lab", "status --lab", "exec", "show", "logs", "accept"]
        {
            let quoted = name.replace('\'', "'\\''");
            let end = if command == "exec" { " -- true" } else { "" };
            let said = world.run(&format!("vpcns {command} '{quoted}'{end}"));
            // Nothing is as good as no name.
            if !name.is_empty() {
                assert!([1, 2].contains(&said.code), "{command} {name:?}: {}\n{}", said.code, said.stderr);
            }
            assert!(
                !said.stderr.contains('\u{1b}') && !said.stdout.contains('\u{1b}'),
                "{command} {name:?}\n{}",
                said.stderr
            );
            if name.is_empty() && command == "down --lab" {
                world.ok(&format!("vpcns up {LAB}"));
            }
        }
    }
    world.ok("vpcns status");
    world.finish();
}
