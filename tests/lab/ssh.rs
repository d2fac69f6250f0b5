//! ssh into instances, by OpenSSH's own client, through the lab's packets.

use super::{typist::Typist, world::World};

/// The bastion's public address, and the client's settings for scripts, on `laptop`.
fn to_bastion(world: &World) -> String {
    format!("ec2-user@{}", world.ok("output instances.bastion.public_ip"))
}

/// `ssh` on `laptop` with the lab's key, which never asks anything.
const SSH: &str = "timeout --foreground 30 vpcns exec laptop ssh -q -o BatchMode=yes -i operator.pem";

/// A password without a keyboard.
const PASSWORD: &str = "vpcns exec laptop -- env SSH_ASKPASS=/run/password SSH_ASKPASS_REQUIRE=force timeout 30 ssh -o PubkeyAuthentication=no";

fn password(world: &World, password: &str) {
    world.ok(&format!("printf '#!/bin/sh\\necho {password}\\n' > /run/password; chmod 755 /run/password"));
}

#[test]
fn a_command_runs_as_ec2_user_and_its_exit_code_is_ssh_s_name_09() {
    let world = World::up("key-pair");
    let bastion = to_bastion(&world);
    assert_eq!(
        world.ok(&format!("{SSH} {bastion} 'id -un; hostname; pwd'")),
        "ec2-user\nip-10-10-0-10\n/home/ec2-user"
    );
    world.fails(42, &format!("{SSH} {bastion} exit 42"));
    // A signal is said to be one.
    world.fails(255, &format!("{SSH} {bastion} 'kill -9 $$'"));
    // Output and errors are apart, input is carried whole.
    assert_eq!(world.ok(&format!("{SSH} {bastion} 'echo out; echo err >&2' 2>/dev/null")), "out");
    world.ok(&format!(
        "head -c 3000000 /dev/urandom > /run/data; {SSH} {bastion} 'cat' < /run/data | cmp - /run/data; rm /run/data"
    ));
    let said = world.ok(&format!("LC_TIME=ko_KR.UTF-8 {SSH} {bastion} 'echo $LC_TIME $USER $SHELL $SSH_CONNECTION'"));
    assert!(said.starts_with("ko_KR.UTF-8 ec2-user /bin/bash ") && said.ends_with(" 10.10.0.10 22"), "{said}");
    // Its rights are its own.
    world.fails(1, &format!("{SSH} {bastion} 'cat /etc/shadow' 2>/dev/null"));
    // What the client left, goes.
    world.fails(124, &format!("timeout 3 vpcns exec laptop ssh -q -tt -i operator.pem {bastion} sleep 777"));
    world.eventually("! pgrep -x -f 'sleep 777'");
    world.finish();
}

#[test]
fn a_shell_has_a_terminal_and_the_documents_prompt_name_02() {
    let world = World::up("key-pair");
    let bastion = to_bastion(&world);
    let prompt = "[ec2-user@ip-10-10-0-10 ~]$ ";
    let mut typist = Typist::at(&world, &format!("{SSH} {bastion}; echo code $?"));
    typist.sees(prompt, 1, "tty; sleep 4711; echo slept\n").sees("/dev/pts/", 1, "");
    // Ctrl-C ends the command and not the session.
    typist.interrupts("sleep 4711", "\x03");
    typist.sees(prompt, 2, "echo still $((40+2)); exit 3\n");
    let seen = typist.ends();
    assert!(seen.contains("still 42") && seen.contains("code 3") && !seen.contains("\nslept"), "{seen}");
    let seen = world
        .run(&format!("script -qec 'stty rows 33 cols 77; {SSH} -tt {bastion} \"stty size; echo \\$TERM\"' /dev/null"));
    assert!(seen.stdout.contains("33 77\r\ndumb"), "{seen:?}");
    world.finish();
}

#[test]
fn a_shell_ignores_no_key_though_the_lab_was_brought_up_in_the_background() {
    let world = World::new();
    world.ok("env --ignore-signal=INT,QUIT,HUP vpcns up topologies/key-pair.yaml");
    let bastion = to_bastion(&world);
    // SIGHUP, SIGINT and SIGQUIT are the three lowest bits.
    let ignored = world.ok(&format!("{SSH} {bastion} 'grep SigIgn /proc/self/status'"));
    assert!(ignored.ends_with('0') || ignored.ends_with('8'), "{ignored}");
    world.finish();
}

#[test]
fn files_are_copied_both_ways() {
    let world = World::up("key-pair");
    let bastion = to_bastion(&world);
    let with = "-q -o BatchMode=yes -i operator.pem";
    world.ok("head -c 2000000 /dev/urandom > /run/data; chmod 750 /run/data");
    for protocol in ["", "-O"] {
        world.ok(&format!("vpcns exec laptop scp {protocol} -p {with} /run/data {bastion}:sent"));
        assert_eq!(world.ok(&format!("{SSH} {bastion} 'stat -c \"%s %a %U\" sent'")), "2000000 750 ec2-user");
        world.ok(&format!(
            "vpcns exec laptop scp {protocol} {with} {bastion}:sent /run/back && cmp /run/data /run/back"
        ));
    }
    world.ok(&format!("{SSH} {bastion} 'mkdir -p d/e; echo deep > d/e/f; ln -s f d/e/link'"));
    world.ok(&format!("vpcns exec laptop scp -r {with} {bastion}:d /run/d && grep -q deep /run/d/e/link"));
    world.write("/run/batch", "mkdir new\ncd new\nput /run/data data\nrename data other\nls -l\nchmod 600 other\nget other /run/again\nrm other\ncd ..\nrmdir new\n");
    let said = world.ok(&format!("vpcns exec laptop sftp {with} -b /run/batch {bastion}"));
    assert!(said.contains("2000000") && said.contains("other"), "{said}");
    world.ok("cmp /run/data /run/again");
    // What the account may not do it may not do here either.
    let said =
        world.fails(1, &format!("echo 'put /run/data /usr/data' | vpcns exec laptop sftp {with} -b - {bastion}"));
    assert!(said.contains("Permission denied"), "{said}");
    world.ok("rm -r /run/data /run/back /run/d /run/batch /run/again");
    world.finish();
}

#[test]
fn an_instance_leads_to_what_its_groups_let_it_reach() {
    let world = World::up("key-pair");
    let bastion = to_bastion(&world);
    // The jump has its own client, which does not know of the key on the command line.
    let jump = format!("-o 'ProxyCommand=ssh -q -i operator.pem -W %h:%p {bastion}'");
    assert_eq!(world.ok(&format!("{SSH} {jump} ec2-user@10.10.1.20 hostname")), "ip-10-10-1-20");
    world.ok("printf 'IdentityFile /run/vpcns/key-pair/laptop/operator.pem\\n\
              StrictHostKeyChecking no\\nUserKnownHostsFile /dev/null\\n' > /run/config");
    let jumped = format!("timeout 30 vpcns exec laptop ssh -q -F /run/config -J {bastion} ec2-user@10.10.1.20");
    assert_eq!(world.ok(&format!("{jumped} hostname")), "ip-10-10-1-20");
    // Its private name is known there and not here.
    let named = "ec2-user@ip-10-10-1-20.ap-northeast-2.compute.internal";
    assert_eq!(world.ok(&format!("{SSH} {jump} {named} hostname")), "ip-10-10-1-20");
    world.fails(255, &format!("{SSH} {named} hostname"));
    // A port that nothing listens on, and one that a group closes.
    let refused =
        world.fails(255, &format!("timeout 30 vpcns exec laptop ssh -i operator.pem -W localhost:23 {bastion} 2>&1"));
    assert!(refused.contains("open failed"), "{refused}");
    world.fails(124, &format!("timeout 3 vpcns exec laptop ssh -q -i operator.pem -W 10.10.1.20:80 {bastion}"));
    // From one instance to the next with the key in hand.
    world.ok(&format!("vpcns exec laptop scp -q -i operator.pem operator.pem {bastion}:"));
    let hop = "ssh -q -o BatchMode=yes -i operator.pem ec2-user@10.10.1.20 hostname";
    assert_eq!(world.ok(&format!("{SSH} {bastion} '{hop}'")), "ip-10-10-1-20");
    // What the server would have to open for a client it does not.
    world.fails(255, &format!("{SSH} -o ExitOnForwardFailure=yes -N -R 2222:localhost:22 {bastion}"));
    world.ok("rm /run/config");
    world.finish();
}

#[test]
fn who_has_no_key_is_refused_and_who_has_no_way_gets_no_answer() {
    let world = World::up("key-pair");
    let bastion = to_bastion(&world);
    let denied = |target: &str, key: &str| {
        let ssh =
            format!("timeout 30 vpcns exec laptop ssh -o BatchMode=yes -o IdentitiesOnly=yes -i {key} {target} true");
        world.fails(255, &ssh)
    };
    world.ok("ssh-keygen -q -t ed25519 -N '' -f /run/wrong; ssh-keygen -q -t rsa -N '' -f /run/rsa");
    assert!(denied(&bastion, "/run/wrong").contains("Permission denied (publickey)."));
    assert!(
        denied(&bastion.replace("ec2-user", "nobody-here"), "operator.pem").contains("Permission denied (publickey).")
    );
    let keyless = world.ok("output instances.keyless.public_ip");
    assert!(denied(&format!("ec2-user@{keyless}"), "operator.pem").contains("Permission denied (publickey)."));
    // Root is told who to be, as cloud-init has it.
    let told = world.fails(0, &format!("{SSH} {} whoami", bastion.replace("ec2-user", "root")));
    assert!(told.contains("Please login as the user \"ec2-user\" rather than the user \"root\"."), "{told}");
    let closed = world.ok("output instances.closed.public_ip");
    let said =
        world.fails(255, &format!("vpcns exec laptop ssh -o ConnectTimeout=2 -i operator.pem ec2-user@{closed} true"));
    assert!(said.contains("timed out"), "{said}");
    // A key that is written there later lets in, of RSA too, and one that others could have written does not.
    world.ok("vpcns exec keyless -- sh -c 'mkdir -m 700 ~ec2-user/.ssh; cat > ~ec2-user/.ssh/authorized_keys; \
              chown -R ec2-user: ~ec2-user/.ssh' < /run/rsa.pub");
    let by_rsa = format!("vpcns exec laptop ssh -q -o BatchMode=yes -i /run/rsa ec2-user@{keyless} id -un");
    assert_eq!(world.ok(&by_rsa), "ec2-user");
    world.ok("vpcns exec keyless -- sh -c 'chmod 666 ~ec2-user/.ssh/authorized_keys'");
    world.fails(255, &by_rsa);
    world.ok("rm /run/wrong* /run/rsa*");
    world.finish();
}

#[test]
fn host_keys_are_each_instance_s_own_and_stay() {
    let world = World::up("key-pair");
    let bastion = to_bastion(&world);
    world.ok(&format!("{SSH} {bastion} true"));
    let keys = "cat /run/vpcns/key-pair/laptop/.ssh/known_hosts";
    let known = world.ok(keys);
    // A view that is made again has the same key, and the private keys of the lab stay over a live change.
    world.ok("kill -9 $(cut -d' ' -f1 /run/vpcns/key-pair/hosts/bastion/keeper)");
    world.ok("sha256sum /run/vpcns/key-pair/laptop/operator.pem > /run/sum; vpcns up topologies/key-pair.yaml");
    world.ok("sha256sum -c --quiet /run/sum; rm /run/sum");
    world.ok(&format!("{SSH} {bastion} true"));
    assert_eq!(world.ok(keys), known);
    let mine = |host: &str| world.ok(&format!("vpcns exec {host} cat /etc/ssh/ssh_host_ed25519_key.pub"));
    assert_ne!(mine("bastion"), mine("inner"));
    assert!(known.contains(mine("bastion").split(' ').nth(1).unwrap()));
    assert_eq!(world.ok("stat -c %a /run/vpcns/key-pair/laptop/operator.pem /run/vpcns/key-pair/secret"), "600\n600");
    // Metadata names the key (IMDS-05).
    let metadata =
        |path: &str| world.ok(&format!("vpcns exec bastion curl -sS 169.254.169.254/latest/meta-data/{path}"));
    assert_eq!(metadata("public-keys/"), "0=operator");
    assert!(metadata("public-keys/0/openssh-key").starts_with("ssh-ed25519 "));
    assert_eq!(world.ok("vpcns show key-pairs -o yaml | grep KeyName"), "  KeyName: mine\n  KeyName: operator");
    // Another lab's key is another.
    world.ok("cp /run/vpcns/key-pair/laptop/operator.pem /run/old; vpcns down; vpcns up topologies/key-pair.yaml 2>/dev/null");
    world.fails(1, "cmp -s /run/old /run/vpcns/key-pair/laptop/operator.pem");
    world.ok("rm /run/old");
    world.finish();
}

#[test]
fn passwords_count_when_the_instance_s_settings_say_so_imds_10() {
    let world = World::up("key-pair");
    let root = to_bastion(&world).replace("ec2-user", "root");
    password(&world, "qwe123");
    let log_in = format!("{PASSWORD} {root} whoami");
    world.ok("echo qwe123 | vpcns exec bastion passwd --stdin root");
    assert!(world.fails(255, &log_in).contains("Permission denied (publickey)."));
    world.ok(
        "vpcns exec bastion sed -i 's/^PasswordAuthentication no/PasswordAuthentication yes/g' /etc/ssh/sshd_config",
    );
    // It counts once the server is started again.
    assert!(world.fails(255, &log_in).contains("Permission denied (publickey)."));
    world.ok("vpcns exec bastion service sshd restart");
    assert!(world.fails(255, &log_in).contains("Permission denied (publickey,password)."));
    world.ok("vpcns exec bastion sed -i 's/^#PermitRootLogin yes/PermitRootLogin yes/g' /etc/ssh/sshd_config");
    world.ok("vpcns exec bastion systemctl restart sshd");
    assert_eq!(world.ok(&format!("{log_in} 2>/dev/null")), "root");
    // `chpasswd` hashes as the server understands it.
    world.ok("echo ec2-user:other | vpcns exec bastion chpasswd");
    password(&world, "other");
    assert_eq!(world.ok(&format!("{PASSWORD} {} whoami 2>/dev/null", to_bastion(&world))), "ec2-user");
    assert!(world.fails(255, &log_in).contains("Permission denied (publickey,password)."));
    // A live change and a new daemon keep it.
    world.ok("kill -9 $(cut -d' ' -f1 /run/vpcns/key-pair/daemon.pid); vpcns up topologies/key-pair.yaml");
    password(&world, "qwe123");
    assert_eq!(world.ok(&format!("{log_in} 2>/dev/null")), "root");
    world.ok("rm /run/password");
    world.finish();
}

#[test]
fn a_stopped_server_closes_its_port() {
    let world = World::up("key-pair");
    let bastion = to_bastion(&world);
    let refused = |command: &str| assert!(world.fails(255, command).contains("Connection refused"), "{command}");
    let ssh = format!("timeout 30 vpcns exec laptop ssh -o BatchMode=yes -i operator.pem {bastion} true");
    world.ok(&ssh);
    world.ok("vpcns exec bastion systemctl stop sshd");
    refused(&ssh);
    world.fails(3, "vpcns exec bastion systemctl is-active sshd");
    world.ok("vpcns up topologies/key-pair.yaml");
    refused(&ssh);
    world.ok("vpcns exec bastion systemctl start sshd");
    world.ok(&ssh);
    // Only root says so; and wrong settings are no settings.
    world.fails(4, "vpcns exec -u ec2-user bastion systemctl stop sshd");
    world.ok(&ssh);
    world.ok("vpcns exec bastion -- sh -c 'echo PasswordAuthentication maybe | cat - /etc/ssh/sshd_config > /x; cp /x /etc/ssh/sshd_config'");
    let said = world.fails(1, "vpcns exec bastion systemctl restart sshd");
    assert!(said.contains("line 1: unsupported option `maybe`"), "{said}");
    refused(&ssh);
    world.finish();
}

#[test]
fn a_flood_on_one_instance_takes_no_other() {
    let world = World::up("key-pair");
    let (bastion, keyless) = (to_bastion(&world), world.ok("output instances.keyless.public_ip"));
    world.ok(&format!(
        "for n in $(seq 60); do vpcns exec laptop nc -d {keyless} 22 >/dev/null 2>&1 & echo $! >> /run/pids; done"
    ));
    world.eventually("test $(pgrep -fc '[i]nstance --sshd') -ge 32");
    assert_eq!(world.ok(&format!("{SSH} {bastion} id -un")), "ec2-user");
    world.eventually("test $(pgrep -fc '[i]nstance --sshd') -eq 32");
    world.ok("kill $(cat /run/pids); rm /run/pids");
    // Nonsense breaks nothing.
    world.run(&format!("head -c 100000 /dev/urandom | timeout 5 vpcns exec laptop nc -N {} 22", &bastion[9..]));
    assert_eq!(world.ok(&format!("{SSH} {bastion} id -un")), "ec2-user");
    world.finish();
}

#[test]
fn document_002_s_template_is_logged_in_to_as_printed() {
    let world = World::new();
    world.ok("vpcns up tests/cloudformation/document-002-part-2.yaml --param KeyName=sandbox-jh 2>/dev/null");
    let public = world.ok("output instances.jhPublicEC2.public_ip");
    let private = world.ok("output instances.jhPrivateEC2.private_ip");
    let mut typist = Typist::at(&world, &format!("vpcns exec laptop ssh -i sandbox-jh.pem ec2-user@{public}"));
    // S002-041 and S002-045: by key to the public instance, from there by password to the private one.
    typist.sees("[ec2-user@ip-10-10-0-", 1, &format!("ssh root@{private}\n")).sees("password: ", 1, "qwe123\n");
    typist.sees("[root@ip-10-10-1-", 1, "id -un; exit\n").sees("[ec2-user@", 2, "exit\n");
    let seen = typist.ends();
    assert!(seen.contains("\nroot\r"), "{seen}");
    // No password at all is right for the public one, and no wrong one for the private one.
    password(&world, "qwe12");
    assert!(world.fails(255, &format!("{PASSWORD} root@{public} true")).contains("Permission denied (publickey)."));
    let wrong = format!("env SSH_ASKPASS=/run/password SSH_ASKPASS_REQUIRE=force ssh root@{private} true");
    let said = world.fails(
        255,
        &format!(
            "vpcns exec jhPublicEC2 -- sh -c 'printf \"#!/bin/sh\\necho qwe12\\n\" > /run/password; \
        chmod 755 /run/password; {wrong}'"
        ),
    );
    assert!(said.contains("Permission denied (publickey,password)."), "{said}");
    world.ok("rm /run/password");
    world.finish();
}
