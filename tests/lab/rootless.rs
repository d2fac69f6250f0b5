//! Labs of a user who has not root's rights: in a machine of the user's own, which nothing outlives.

use super::{
    typist::Typist,
    world::{Done, World},
};

/// A user with the number 1000, with this program and the topologies in places that the user may look into, wherever the
/// project lies; without further ids. `/tmp` is nobody else's, but for the project if it lies there.
const USER: &str = "
    sed -i '/^[^:]*:[^:]*:1000:/d' /etc/passwd
    echo 'someone:x:1000:1000::/run/home:/bin/sh' >> /etc/passwd
    : > /etc/subuid; : > /etc/subgid
    mkdir -p /run/user/1000 /run/bin /run/home
    touch /run/bin/vpcns && mount --bind $(command -v vpcns) /run/bin/vpcns
    cp -a topologies /run/home
    mount -t tmpfs -o mode=1777 tmpfs /mnt
    case $PWD in /tmp/*) mkdir -p /mnt/${PWD#/tmp/} && mount --bind . /mnt/${PWD#/tmp/} ;; esac
    mount --move /mnt /tmp
    chown -R 1000:1000 /run/user/1000 /run/home
    chmod 700 /run/user/1000";

/// The same with a range of ids.
const IDS: &str = "
    echo someone:200000:65536 > /etc/subuid; echo someone:200000:65536 > /etc/subgid
    test -x $(command -v newuidmap) || exit 1";

const OUTPUT: &str = r#"output() { vpcns show outputs -o json | sed -n "s/^ *\"$1\": \"\([^\"]*\)\".*/\1/p"; }"#;
const LAB: &str = "topologies/privatelink.yaml";
/// Where the keeper is named.
const KEEPER: &str = "/run/user/1000/vpcns/keeper";

/// The user's machine and what they run on it.
struct User(World);

impl User {
    fn new(more: &str) -> Self {
        Self(World::on(&format!("{USER}{more}")))
    }

    /// A shell command as a command of root's that runs it as the user, without any rights.
    fn line(script: &str) -> String {
        format!(
            "export SCRIPT=$(cat <<'END'\n{OUTPUT}\n{script}\nEND\n); cd /run/home && exec setpriv --reuid 1000 --regid 1000 \
             --clear-groups --inh-caps=-all env HOME=/run/home XDG_RUNTIME_DIR=/run/user/1000 PATH=/run/bin:$PATH sh -c \
             \"$SCRIPT\""
        )
    }

    fn run(&self, script: &str) -> Done {
        self.0.run(&Self::line(script))
    }

    fn ok(&self, script: &str) -> String {
        self.0.ok(&Self::line(script))
    }

    fn fails(&self, code: i32, script: &str) -> String {
        self.0.fails(code, &Self::line(script))
    }

    /// Nothing of the user's is left, nor of anybody else's.
    fn assert_untouched(&self) {
        assert_eq!(self.0.ok("find /tmp /run/user/1000 -mindepth 1 ! -uid 0"), "");
        self.0.assert_untouched();
    }

    /// The lab is as it should be, and its service answers.
    fn assert_works(&self) {
        self.ok("vpcns status");
        let said = self.ok("vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)");
        assert!(said.contains("PRIVATELINK"), "{said}");
    }
}

#[test]
fn a_lab_is_brought_up_used_changed_and_taken_down_without_root() {
    let user = User::new("");
    let said = user.ok(&format!("vpcns up {LAB} 2>&1"));
    assert!(said.contains("lab `privatelink` is up") && !said.contains("sudo vpcns"), "{said}");
    user.assert_works();
    assert!(user.ok("vpcns ls").contains("privatelink  up     running"));
    assert!(user.ok("vpcns show endpoints").contains("available"));
    user.ok("vpcns exec bastion ping -c1 -W2 $(output instances.private.private_ip)");
    user.ok("vpcns exec private dig +short $(output endpoints.customer.dns_name) | grep '^10[.]10[.]1[.]'");
    user.fails(28, "vpcns exec private curl -sS -m 1 $(output instances.service.private_ip)");
    user.fails(42, "vpcns exec private sh -c 'exit 42'");
    assert_eq!(user.ok("echo through | vpcns exec private cat"), "through");
    user.ok("vpcns why bastion private/icmp && vpcns matrix >/dev/null");
    user.ok("vpcns logs service --access | grep -F 'GET /'");
    // What works: the instance is its root's, in all places that root has.
    user.ok(
        "vpcns exec private sh -c 'echo x > /usr/local/bin/x && echo y > /var/log/y && echo z >> /etc/hosts && rm /bin/true'",
    );
    user.ok("vpcns exec bastion sh -c 'test -x /bin/true && ! test -e /var/log/y && ! grep -x z /etc/hosts'");
    user.ok("vpcns exec private sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward && nft list ruleset && ip link add type veth'");
    // A live change.
    user.ok(&format!("sed 's/^instances:/instances:\\n  added: {{ subnet: consumer\\/public }}/' {LAB} > more.yaml"));
    user.ok("vpcns up --replace more.yaml --lab privatelink && vpcns exec added hostname && rm more.yaml");
    user.ok("vpcns fail az a && vpcns heal az a");
    // To root, and to the machine, nothing of it is there.
    assert!(user.0.ok("vpcns ls 2>&1; ip netns list").contains("no lab is up"));
    user.ok("vpcns down");
    user.assert_untouched();
}

#[test]
fn checks_in_one_command_without_root() {
    let user = User::new("");
    for topology in ["privatelink", "security-groups", "aws-services", "flow-logs", "tls-and-proxy-protocol"] {
        user.ok(&format!("vpcns test topologies/{topology}.yaml"));
        user.assert_untouched();
    }
    user.ok(&format!("vpcns test - < {LAB}"));
    user.0.write("/run/home/wrong.yaml", &World::topology("privatelink").replace("body: BEHIND", "body: BEFORE"));
    user.fails(3, "vpcns test wrong.yaml");
    user.fails(2, "vpcns test missing.yaml");
    user.0.ok("rm /run/home/wrong.yaml");
    user.assert_untouched();
    user.ok(&format!("vpcns test --keep {LAB}"));
    user.assert_works();
    user.ok("vpcns down --all");
    user.assert_untouched();
}

#[test]
fn accounts_and_ssh_with_ids_of_the_user_s_own() {
    let user = User::new(IDS);
    let said = user.ok("vpcns up topologies/key-pair.yaml 2>&1");
    assert!(!said.contains("no account"), "{said}");
    assert_eq!(
        user.ok("vpcns exec -u ec2-user bastion -- sh -c 'id -u; id -g; cd; touch x; pwd'"),
        "1000\n1000\n/home/ec2-user"
    );
    user.fails(1, "vpcns exec -u ec2-user bastion cat /etc/shadow");
    let ssh = "timeout 30 vpcns exec laptop ssh -q -o BatchMode=yes -i operator.pem";
    let bastion = user.ok("output instances.bastion.public_ip");
    assert_eq!(user.ok(&format!("{ssh} ec2-user@{bastion} 'id -un; hostname'")), "ec2-user\nip-10-10-0-10");
    // With a terminal of the machine's own.
    assert!(user.ok(&format!("{ssh} -tt ec2-user@{bastion} tty </dev/null")).starts_with("/dev/pts/"));
    user.fails(255, &format!("{ssh} ec2-user@$(output instances.keyless.public_ip) true"));
    user.ok("vpcns test && vpcns down");
    user.assert_untouched();
}

#[test]
fn user_data_runs_and_an_image_has_what_it_wrote() {
    let user = User::new(IDS);
    let first = "
name: images
vpcs:
  main: { cidr: 10.0.0.0/16, subnets: { one: { cidr: 10.0.0.0/24 } }, security_groups: { web: { inbound: [{ type: HTTP, source: 0.0.0.0/0 }] } } }
instances:
  maker:
    subnet: main/one
    user_data: |
      #!/bin/bash
      useradd -m someone && echo hello > /home/someone/page && chown someone /home/someone/page
      echo one > /usr/local/bin/one && echo two > /etc/two && rm -rf /usr/share/man && mkdir /usr/share/man
      echo three > /var/www/html/three
";
    let second = "  copy: { subnet: main/one, image: golden, command: [sleep, '1000'] }\n";
    user.0.write("/run/home/images.yaml", first);
    user.ok("vpcns up images.yaml && vpcns create-image maker golden");
    user.0.write("/run/home/images.yaml", &format!("{first}{second}"));
    user.ok("vpcns up images.yaml && vpcns status");
    let look = "cat /usr/local/bin/one /etc/two /var/www/html/three; ls /usr/share/man; stat -c %U /home/someone/page; hostname";
    let seen = user.ok(&format!("vpcns exec copy sh -c '{look}'"));
    assert!(seen.starts_with("one\ntwo\nthree\nsomeone\nip-10-0-0-"), "{seen}");
    user.ok("vpcns exec copy pgrep -x sleep");
    user.ok("vpcns down");
    user.0.ok("rm /run/home/images.yaml");
    user.assert_untouched();
}

#[test]
fn a_shell_in_an_instance_is_one_of_the_user_s_terminal() {
    let user = User::new("");
    user.ok(&format!("vpcns up {LAB}"));
    user.0.write("/run/shell", &User::line("vpcns exec bastion; echo code $?"));
    let prompt = "[root@ip-10-10-0-141 ~]# ";
    let mut typist = Typist::at(&user.0, "sh /run/shell");
    typist.sees(prompt, 1, "sleep 4712; echo slept\n");
    // Ctrl-C ends the command and not the session; Ctrl-Z stops it.
    typist.interrupts("sleep 4712", "\x03").sees(prompt, 2, "sleep 4713\n");
    typist.interrupts("sleep 4713", "\x1a").sees(prompt, 3, "fg\n").interrupts("sleep 4713", "\x03");
    typist.sees(prompt, 4, "echo still $((40+2)); exit 3\n");
    let seen = typist.ends();
    assert!(seen.contains("still 42") && seen.contains("code 3") && !seen.contains("\nslept"), "{seen}");
    user.ok("vpcns down");
    user.0.ok("rm -f /run/shell /run/seen");
    user.assert_untouched();
}

#[test]
fn without_further_ids_root_is_the_only_account_and_that_is_said() {
    let user = User::new("");
    let said = user.ok("vpcns up topologies/key-pair.yaml 2>&1");
    assert!(said.contains("no account but root") && said.contains("/etc/subuid"), "{said}");
    assert_eq!(user.ok("vpcns exec bastion id -u"), "0");
    let said = user.fails(1, "vpcns exec -u ec2-user bastion true");
    assert!(said.contains("no id for the account `ec2-user`") && said.contains("newuidmap"), "{said}");
    let bastion = user.ok("output instances.bastion.public_ip");
    let ssh = "timeout 30 vpcns exec laptop ssh -o BatchMode=yes -i operator.pem";
    let said = user.run(&format!("{ssh} ec2-user@{bastion} true"));
    assert!(said.code != 0 && said.stderr.contains("no id for the account"), "{said:?}");
    user.ok("vpcns down");
    user.assert_untouched();
}

#[test]
fn the_end_of_the_keeper_is_the_end_of_all() {
    let user = User::new("");
    user.ok(&format!("vpcns up {LAB} && vpcns exec private true"));
    user.0.ok(&format!("kill -9 $(cut -d' ' -f1 {KEEPER})"));
    user.0.eventually("! pgrep vpcns");
    assert!(user.ok("vpcns ls 2>&1").contains("no lab is up"));
    assert_eq!(user.0.ok("find /tmp /run/user/1000 -mindepth 1 ! -uid 0"), "");
    user.ok(&format!("vpcns up {LAB}"));
    user.assert_works();
    user.ok("vpcns down");
    user.assert_untouched();
}

#[test]
fn who_is_killed_while_it_makes_or_uses_a_machine_leaves_nothing_that_down_does_not_take() {
    let user = User::new("");
    for (case, signal) in ["KILL", "TERM", "INT"].into_iter().cycle().take(24).enumerate() {
        user.run(&format!("timeout --foreground -s {signal} 0.{:03} vpcns up {LAB}", 15 + case * 23));
        // What ends with its parent has a moment for it.
        let said = user.run("vpcns down --all");
        let gone = said.stderr.contains("CAP_SYS_ADMIN");
        assert!(said.code == 0 || gone, "{said:?}");
        user.0.eventually("! pgrep vpcns");
    }
    user.ok(&format!("vpcns test {LAB}"));
    user.assert_untouched();
}

#[test]
fn labs_at_once_are_in_one_machine_and_the_last_one_ends_it() {
    let user = User::new("");
    for _ in 0..3 {
        let each = |command: &str| {
            let one = |lab| format!("vpcns {command} --lab lab-{lab} & a{lab}=$!");
            let all = [1, 2, 3].map(one).join("; ");
            user.ok(&format!("{all}; wait $a1 && wait $a2 && wait $a3"));
        };
        each("up topologies/security-groups.yaml");
        assert_eq!(user.ok("vpcns ls | grep -c ' up '"), "3");
        assert_eq!(user.0.ok("pgrep -c -f '^vpcns own-machine'"), "1");
        each("down");
        user.assert_untouched();
    }
}

#[test]
fn root_s_labs_and_a_user_s_do_not_meet() {
    let user = User::new("");
    // As long as the user has none, root's can be looked at.
    user.0.ok(&format!("vpcns up {LAB} --lab root && vpcns up {LAB}"));
    assert!(user.ok("vpcns ls").contains("root "));
    assert!(user.fails(1, "vpcns exec --lab root private true").contains("sudo"));
    user.ok(&format!("vpcns up {LAB}"));
    user.assert_works();
    user.0.ok("vpcns --version && vpcns exec --lab privatelink private true");
    assert!(!user.ok("vpcns ls").contains("root "));
    let said = user.fails(1, "vpcns show --lab root");
    assert!(said.contains("root has a lab of this name") && said.contains("`sudo`"), "{said}");
    user.0.ok("vpcns down --all");
    user.assert_works();
    user.ok("vpcns down");
    user.assert_untouched();
}

#[test]
fn a_place_that_somebody_else_made_is_refused() {
    let user = User::new("");
    let up = format!("unset XDG_RUNTIME_DIR; vpcns up {LAB}");
    user.0.ok("rmdir /run/user/1000");
    for trap in [
        "mkdir -m 777 /tmp/vpcns-1000",
        "ln -s /run/home /tmp/vpcns-1000",
        "touch /tmp/vpcns-1000",
        "mkdir /tmp/vpcns-1000 && chown 1000 /tmp/vpcns-1000 && chmod 755 /tmp/vpcns-1000",
    ] {
        user.0.ok(trap);
        let said = user.fails(1, &up);
        assert!(said.contains("`/tmp/vpcns-1000` is not a directory that only you can use"), "{trap}: {said}");
        // Who only looks is not kept from it.
        user.ok("unset XDG_RUNTIME_DIR; vpcns ls");
        user.0.ok("rm -r /tmp/vpcns-1000");
    }
    user.ok(&format!("{up}; vpcns status; vpcns down"));
    user.0.ok("mkdir -m 700 /run/user/1000; chown 1000:1000 /run/user/1000");
    user.assert_untouched();
}

#[test]
fn where_the_kernel_refuses_the_setting_is_named() {
    let user = User::new("");
    // The setting is that of a user namespace of the test's own, which goes with its first process.
    user.0.write("/run/up", &User::line(&format!("vpcns up {LAB}")));
    for kind in ["user", "net", "mnt"] {
        let said = user.0.fails(
            1,
            &format!(
                "unshare --user sleep 100 & first=$!
                 until [ $(readlink /proc/$first/ns/user) != $(readlink /proc/self/ns/user) ]; do :; done
                 echo 0 0 65536 | tee /proc/$first/uid_map > /proc/$first/gid_map
                 zero='echo 0 > /proc/sys/user/max_{kind}_namespaces && exec sh /run/up'
                 nsenter --user --wd=. --target $first sh -c \"$zero\"; code=$?; kill $first; exit $code"
            ),
        );
        assert!(said.contains(&format!("`user.max_{kind}_namespaces` is 0")) && said.contains("hint: "), "{said}");
    }
    user.0.ok("rm /run/up");
    // As containers hide parts of `/proc`.
    user.0.ok("mount --bind /dev/null /proc/timer_list");
    let said = user.fails(1, &format!("vpcns up {LAB}"));
    assert!(said.contains("parts of `/proc` are hidden") && said.contains("systempaths=unconfined"), "{said}");
    user.0.ok("umount /proc/timer_list");
    user.assert_untouched();
}

#[test]
fn what_a_user_s_own_machine_cannot_do_is_refused_by_name() {
    let user = User::new("");
    user.ok(&format!("vpcns up {LAB}"));
    assert!(user.fails(1, "vpcns env").contains("127.0.0.1"));
    user.ok("vpcns down");
    let file = World::topology("privatelink") + "\nservices: { sqs: { upstream: http://127.0.0.1:5000 } }\n";
    user.0.write("/run/home/upstream.yaml", &file);
    let said = user.ok("vpcns up upstream.yaml --lab privatelink 2>&1 && vpcns down");
    user.0.ok("rm /run/home/upstream.yaml");
    assert!(said.contains("no `upstream` is reached") && said.contains("`sqs`"), "{said}");
    assert!(user.fails(1, "vpcns down --all").contains("CAP_SYS_ADMIN"));
    user.assert_untouched();
}
