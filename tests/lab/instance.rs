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
        "/home/ec2-user: .aws .bash_profile .bashrc  /run:  /tmp:  /var/www/html: host eth0 lo"
    );
    world.ok("rm /run/secret /etc/host-file");
    world.finish();
}

#[test]
fn commands_that_read_the_host_s_files_still_find_them() {
    let world = World::up("privatelink");
    // The working directory is kept, terminals and pipes are the caller's.
    assert_eq!(world.ok("cd /usr/share && vpcns exec private pwd"), "/usr/share");
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

/// The PrivateLink lab with UserData for an instance.
fn with_user_data(instance: &str, script: &str) -> String {
    let indented: String = script.lines().map(|line| format!("      {line}\n")).collect::<Vec<_>>().concat();
    let before = format!("\n  {instance}:\n");
    let text = World::topology("privatelink");
    assert!(text.contains(&before));
    text.replace(&before, &format!("{before}    user_data: |\n{indented}"))
}

#[test]
fn user_data_runs_once_as_root_at_the_first_boot_imds_09() {
    let world = World::new();
    let script = "#!/bin/bash\nid -un; hostname; pwd; echo oops >&2\necho x >> /root/boots\n";
    world.write("/run/lab.yaml", &with_user_data("private", script));
    let said = world.run("vpcns up /run/lab.yaml");
    assert!(said.code == 0 && !said.stderr.contains("UserData"), "{}", said.stderr);
    assert_eq!(world.ok("vpcns logs private"), "root\nip-10-10-1-49\n/\noops");
    assert_eq!(world.ok("vpcns exec private cat /var/log/cloud-init-output.log"), "root\nip-10-10-1-49\n/\noops");
    world.ok("vpcns up /run/lab.yaml");
    assert_eq!(world.ok("vpcns exec private cat /root/boots"), "x");
    // Another instance was not entered, and has no view.
    world.ok("! test -e /run/vpcns/privatelink/hosts/bastion");
    assert!(world.fails(1, "vpcns logs bastion").contains("it has no UserData"));
    // Taken away and put back, it is another instance.
    let without = World::topology("privatelink");
    world.write("/run/other.yaml", &without.replace("  private:\n    tag: VPC-A-P", "  renamed:\n    tag: VPC-A-P"));
    world.ok("vpcns up /run/other.yaml --replace && vpcns up /run/lab.yaml --replace");
    assert_eq!(world.ok("vpcns exec private cat /root/boots"), "x");
    world.ok("rm /run/lab.yaml /run/other.yaml");
    world.finish();
}

#[test]
fn document_000_s_broken_line_fails_as_bash_fails_seederr_04() {
    let world = World::new();
    let script =
        "#!/bin/bash\necho before\necho THIS IS A SERVICE HOSTED BEHIND AWS PRIVATELINK >\n/var/www/html/index.html\n";
    world.write("/run/lab.yaml", &with_user_data("private", script));
    let said = world.ok("vpcns up /run/lab.yaml 2>&1");
    assert!(said.contains("UserData of instance `private` ended with exit code 2"), "{said}");
    let log = world.ok("vpcns logs private");
    assert!(
        log.starts_with("before\n") && log.contains("line 3: syntax error near unexpected token `newline'"),
        "{log}"
    );
    world.ok("vpcns exec private -- sh -c '! test -e /var/www/html/index.html'");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn up_does_not_wait_for_ever_for_user_data() {
    let world = World::new();
    world.write("/run/lab.yaml", &with_user_data("private", "#!/bin/sh\necho begun\nsleep 1000\n"));
    let said = world.ok("vpcns up /run/lab.yaml 2>&1");
    assert!(said.contains("UserData still runs in `private`"), "{said}");
    assert_eq!(world.ok("vpcns logs private"), "begun");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn access_logs_are_shown() {
    let world = World::up("privatelink");
    world.ok("vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)");
    world.eventually("vpcns logs service --access | grep -q '^10.20.0.*GET'");
    assert!(world.fails(1, "vpcns logs bastion --access").contains("there is no such log"));
    world.finish();
}

/// A lab with a public and a private instance that run this at their first boot.
fn web_lab(script: &str) -> String {
    let indented: String = script.lines().map(|line| format!("      {line}\n")).collect::<Vec<_>>().concat();
    format!(
        "vpcs:\n  a:\n    cidr: 10.10.0.0/16\n    internet_gateway: true\n    subnets:\n      \
         public: {{ cidr: 10.10.0.0/24, routes: {{ 0.0.0.0/0: internet_gateway }} }}\n      \
         private: {{ cidr: 10.10.1.0/24 }}\n    security_groups:\n      \
         web: {{ inbound: [{{ type: HTTP, source: 0.0.0.0/0 }}] }}\ninstances:\n  \
         web:\n    subnet: a/public\n    public_ip: true\n    security_groups: [web]\n    user_data: |\n{indented}  \
         inner:\n    subnet: a/private\n    security_groups: [web]\n    user_data: |\n{indented}"
    )
}

/// Document 002 part 3.1.1, as printed.
const DOCUMENT_002: &str = r#"#!/bin/bash
(
echo "qwe123"
echo "qwe123"
) | passwd --stdin root
sed -i "s/^PasswordAuthentication no/PasswordAuthentication yes/g" /etc/ssh/sshd_config
sed -i "s/^#PermitRootLogin yes/PermitRootLogin yes/g" /etc/ssh/sshd_config
service sshd restart
yum install -y httpd
systemctl start httpd && systemctl enable httpd
echo "<html><h1>Endpoint Service Lab - CloudNeta Web Server 1</h1></html>" > /var/www/html/index.html
"#;

#[test]
fn document_002_s_web_server_comes_up_and_only_with_a_way_out_imds_11() {
    let world = World::new();
    world.write("/run/lab.yaml", &web_lab(DOCUMENT_002));
    world.ok("vpcns up /run/lab.yaml");
    let address = world.ok("vpcns show instances -o json | sed -n 's/.*\"PublicIpAddress\": \"\\(.*\\)\".*/\\1/p'");
    let page = "<html><h1>Endpoint Service Lab - CloudNeta Web Server 1</h1></html>";
    assert_eq!(world.ok(&format!("vpcns exec laptop curl -sS -m 10 http://{address}/")), page);
    let log = world.ok("vpcns logs web");
    assert!(log.contains("all authentication tokens updated successfully") && log.contains("Complete!"), "{log}");
    world.ok("vpcns exec web grep -q '^root:.6.' /etc/shadow");
    world.ok("vpcns exec web grep -q '^PasswordAuthentication yes' /etc/ssh/sshd_config");
    world.eventually("vpcns logs web --access | grep -q 'GET / '");
    // The private one has no way out: no server, whatever the script says next.
    world.eventually("vpcns logs inner | grep -q 'Cannot find a valid baseurl for repo'");
    world.eventually("vpcns logs inner | grep -q 'Failed to start httpd.service: Unit not found'");
    world.fails(
        7,
        "vpcns exec inner curl -sS -m 3 http://10.10.1.4/ || vpcns exec inner curl -s -m 3 http://127.0.0.1/",
    );
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn a_web_server_answers_from_its_start_to_its_end() {
    let world = World::new();
    world.write("/run/lab.yaml", &web_lab("#!/bin/sh\ntrue\n"));
    world.ok("vpcns up /run/lab.yaml");
    let curl = "vpcns exec web curl -s -m 5 -o /dev/stdout -w %{http_code} http://127.0.0.1/";
    assert!(world.fails(5, "vpcns exec web systemctl start httpd").contains("Unit not found"));
    assert!(world.fails(1, "vpcns exec -u ec2-user web yum install -y httpd").contains("need to be root"));
    assert!(
        world.fails(1, "vpcns exec web yum install -y no-such-thing").contains("No package no-such-thing available")
    );
    world.ok("vpcns exec web yum -y install httpd");
    world.fails(7, curl);
    world.ok("vpcns exec web service httpd start");
    // Apache's test page, until there is a page (SEEDERR-04).
    let seen = world.ok(curl);
    assert!(seen.contains("Test Page for the Apache HTTP Server") && seen.ends_with("403"), "{seen}");
    world.ok("vpcns exec web -- sh -c 'echo hello > /var/www/html/index.html'");
    assert_eq!(world.ok(curl), "hello\n200");
    assert!(world.ok("vpcns exec web systemctl status httpd").contains("active (running)"));
    assert!(world.ok("vpcns exec web ss -ltnp").contains("httpd"));
    world.ok("vpcns exec web -- sh -c 'chkconfig httpd on && systemctl is-enabled httpd'");
    world.ok("vpcns exec web systemctl stop httpd");
    world.fails(7, curl);
    world.fails(3, "vpcns exec web systemctl is-active httpd");
    // Debian's packages start what they install (S004-020).
    world.ok("vpcns exec web -- sh -c 'apt update && apt install -y apache2 && systemctl is-active apache2'");
    assert_eq!(world.ok(curl), "hello\n200");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn a_cloud_config_is_followed_in_cloud_init_s_order_imds_09() {
    let world = World::new();
    let config = "#cloud-config\nruncmd:\n  - systemctl enable --now httpd\n  - [sh, -c, 'cat /etc/order > /var/www/html/index.html']\n\
                  bootcmd:\n  - echo first > /etc/order\npackage_update: true\npackages: [httpd]\nhostname: chosen\n\
                  write_files:\n  - { path: /etc/order, content: \"second\\n\", append: true, permissions: '0640', owner: 'root:ec2-user' }\n  \
                  - { path: /opt/deep/bytes, encoding: b64, content: AAEC }\n\
                  users:\n  - default\n  - { name: alice, groups: wheel, shell: /bin/sh, ssh_authorized_keys: [ssh-ed25519 AAAA alice] }\n\
                  ssh_authorized_keys: [ssh-ed25519 AAAA me]\nssh_pwauth: true\n";
    world.write("/run/lab.yaml", &web_lab(config));
    let said = world.run("vpcns up /run/lab.yaml");
    assert_eq!(said.code, 0, "{}", said.stderr);
    let address = world.ok("output instances.web.public_ip");
    assert_eq!(world.eventually(&format!("vpcns exec laptop curl -sSf -m 10 http://{address}/")), "first\nsecond");
    world.ok("vpcns exec web -- sh -ec 'test \"$(stat -c %a:%G /etc/order)\" = 640:ec2-user; test $(hostname) = chosen; \
              test \"$(od -An -tx1 /opt/deep/bytes)\" = \" 00 01 02\"; id -nG alice | grep -q wheel; \
              grep -q alice ~alice/.ssh/authorized_keys; test \"$(stat -c %U:%a ~alice/.ssh/authorized_keys)\" = alice:600; \
              grep -q me /home/ec2-user/.ssh/authorized_keys; grep -q \"^PasswordAuthentication yes\" /etc/ssh/sshd_config'");
    assert!(world.ok("vpcns logs web").contains("Complete!"));
    // What tools are told is the text as it was given.
    let told = "vpcns exec web curl -sS http://169.254.169.254/latest/user-data";
    assert!(world.ok(told).starts_with("#cloud-config\nruncmd:"));
    // Without a way out the packages fail, and so does the whole, with an exit code that `up` tells.
    world.eventually("test \"$(cat /run/vpcns/lab/hosts/inner/user-data)\" = 1");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn scripts_of_templates_find_cloudformation_s_tools() {
    let world = World::new();
    let script = "#!/bin/bash -xe\nyum update -y aws-cfn-bootstrap\nyum install -y aws-cfn-bootstrap\n\
                  /opt/aws/bin/cfn-init -v --stack s --resource r --region x || echo no init\n\
                  /opt/aws/bin/cfn-signal -e $? --stack s --resource r --region x\n";
    world.write("/run/lab.yaml", &web_lab(script));
    world.ok("vpcns up /run/lab.yaml");
    world.eventually("test \"$(cat /run/vpcns/lab/hosts/web/user-data)\" = 0");
    let log = world.ok("vpcns logs web");
    assert!(
        log.contains("cfn-init: `AWS::CloudFormation::Init` is not mirrored in this lab") && log.contains("no init")
    );
    world.ok("rm /run/lab.yaml");
    world.finish();
}
