//! Who is let in by what an instance was launched with: a cloud-config, an image, a launch template.

use super::world::World;

const LAB: &str = "
name: login
vpcs:
  a:
    cidr: 10.10.0.0/16
    internet_gateway: true
    subnets: { public: { cidr: 10.10.0.0/24, map_public_ip_on_launch: true, routes: { 0.0.0.0/0: internet_gateway } } }
    security_groups: { ssh: { inbound: [{ type: SSH, source: 0.0.0.0/0 }] } }
key_pairs: { first: {}, second: {}, third: {} }
instances:
";

/// `ssh` with a key and nothing else.
fn by_key(key: &str, user: &str, address: &str) -> String {
    format!(
        "timeout 30 vpcns exec laptop ssh -o BatchMode=yes -o IdentitiesOnly=yes -i {key} {user}@{address} \
         'id -un' 2>&1"
    )
}

/// `ssh` with a password and nothing else.
fn by_password(world: &World, password: &str, user: &str, address: &str) -> String {
    world.ok(&format!("printf '#!/bin/sh\\necho {password}\\n' > /run/password; chmod 755 /run/password"));
    format!(
        "vpcns exec laptop -- env SSH_ASKPASS=/run/password SSH_ASKPASS_REQUIRE=force timeout 30 \
         ssh -o PubkeyAuthentication=no {user}@{address} 'id -un' 2>/dev/null"
    )
}

/// That it logs in. The first time the client says whose key it has taken.
fn enters(world: &World, ssh: &str, user: &str) {
    let said = world.ok(ssh);
    assert_eq!(said.lines().last(), Some(user), "{said}");
}

fn is_denied(world: &World, ssh: &str) {
    let said = world.fails(255, &ssh.replace("2>/dev/null", "2>&1"));
    assert!(said.contains("Permission denied (publickey"), "{said}");
}

fn finish(world: World) {
    world.ok("rm -f /run/*.yaml /run/mine* /run/password");
    world.finish();
}

#[test]
fn a_cloud_config_lets_in_by_its_keys_and_by_passwords() {
    let world = World::new();
    world.ok("ssh-keygen -q -t ed25519 -N '' -f /run/mine");
    let key = world.ok("cat /run/mine.pub");
    let config = format!(
        "#cloud-config
      ssh_authorized_keys: ['{key}']
      ssh_pwauth: true
      users: [default, {{ name: alice, ssh_authorized_keys: ['{key}'] }}]
      runcmd: [\"echo ec2-user:qwe123 | chpasswd\"]
"
    );
    let launch = "subnet: a/public, security_groups: [ssh], key_name: first";
    let plain = config.replace("      ssh_pwauth: true\n", "");
    world.write(
        "/run/lab.yaml",
        &format!(
            "{LAB}  open:\n    {}\n    user_data: |\n      {config}  keys:\n    {}\n    user_data: |\n      {plain}",
            launch.replace(", ", "\n    "),
            launch.replace(", ", "\n    ")
        ),
    );
    let done = world.run("vpcns up /run/lab.yaml");
    assert!(done.code == 0 && !done.stderr.contains("exit code"), "{done:?}");
    for name in ["open", "keys"] {
        let address = world.ok(&format!("output instances.{name}.public_ip"));
        // The key pair's key and the text's stand side by side.
        enters(&world, &by_key("first.pem", "ec2-user", &address), "ec2-user");
        enters(&world, &by_key("/run/mine", "ec2-user", &address), "ec2-user");
        enters(&world, &by_key("/run/mine", "alice", &address), "alice");
        is_denied(&world, &by_key("first.pem", "alice", &address));
        is_denied(&world, &by_key("second.pem", "ec2-user", &address));
        let right = by_password(&world, "qwe123", "ec2-user", &address);
        if name == "open" {
            enters(&world, &right, "ec2-user");
            is_denied(&world, &by_password(&world, "wrong", "ec2-user", &address));
        } else {
            is_denied(&world, &right);
        }
    }
    finish(world);
}

#[test]
fn an_image_keeps_who_is_let_in_and_its_instances_let_in_their_own_keys_too() {
    let world = World::new();
    let maker = "  maker: { subnet: a/public, security_groups: [ssh], key_name: first }\n";
    world.write("/run/lab.yaml", &format!("{LAB}{maker}"));
    world.ok("vpcns up /run/lab.yaml; ssh-keygen -q -t ed25519 -N '' -f /run/mine");
    world.ok("vpcns exec maker -- sh -ec 'cat >> ~ec2-user/.ssh/authorized_keys; echo ec2-user:qwe123 | chpasswd; \
              sed -i \"s/^PasswordAuthentication no/PasswordAuthentication yes/; s/^#MaxAuthTries .*/MaxAuthTries 5/\" \
              /etc/ssh/sshd_config; systemctl restart sshd' < /run/mine.pub");
    let source = world.ok("output instances.maker.public_ip");
    enters(&world, &by_password(&world, "qwe123", "ec2-user", &source), "ec2-user");
    world.ok("vpcns create-image maker with-keys");
    let copies = "  copy: { subnet: a/public, security_groups: [ssh], key_name: second, image: with-keys }
  none: { subnet: a/public, security_groups: [ssh], image: with-keys }\n";
    world.write("/run/lab.yaml", &format!("{LAB}{maker}{copies}"));
    world.ok("vpcns up /run/lab.yaml");
    let [copy, none] = ["copy", "none"].map(|name| world.ok(&format!("output instances.{name}.public_ip")));
    for key in ["first.pem", "second.pem", "/run/mine"] {
        enters(&world, &by_key(key, "ec2-user", &copy), "ec2-user");
    }
    // Without a key pair there are those of the image; its settings hold, and passwords are forbidden anew.
    enters(&world, &by_key("first.pem", "ec2-user", &none), "ec2-user");
    is_denied(&world, &by_key("second.pem", "ec2-user", &none));
    is_denied(&world, &by_password(&world, "qwe123", "ec2-user", &none));
    world.ok("vpcns exec none grep -q 'MaxAuthTries 5' /etc/ssh/sshd_config");
    // Each is a host of its own, and is told of its own key only (IMDS-05).
    let host_key = |name: &str| world.ok(&format!("vpcns exec {name} cat /etc/ssh/ssh_host_ed25519_key.pub"));
    assert!(host_key("copy") != host_key("maker") && host_key("copy") != host_key("none"));
    let told = "vpcns exec copy curl -sS http://169.254.169.254/latest/meta-data/public-keys/";
    assert_eq!(world.ok(told), "0=second");
    // Another key pair takes the place of the one before, and of no other key.
    world.write("/run/lab.yaml", &format!("{LAB}{maker}{}", copies.replace("second", "third")));
    world.ok("vpcns up /run/lab.yaml");
    enters(&world, &by_key("third.pem", "ec2-user", &copy), "ec2-user");
    enters(&world, &by_key("first.pem", "ec2-user", &copy), "ec2-user");
    is_denied(&world, &by_key("second.pem", "ec2-user", &copy));
    finish(world);
}

const LAUNCHED: &str = "
Parameters: { KeyName: { Type: 'AWS::EC2::KeyPair::KeyName', Default: ops } }
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Gateway: { Type: AWS::EC2::InternetGateway }
  Attachment: { Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway } }
  Table: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  Route: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway } }
  Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, MapPublicIpOnLaunch: true } }
  Associated: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref Subnet, RouteTableId: !Ref Table } }
  Ssh:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: ssh
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0 }]
  Pair: { Type: AWS::EC2::KeyPair, Properties: { KeyName: imported, PublicKeyMaterial: 'KEY' } }
  Template: { Type: AWS::EC2::LaunchTemplate, Properties: { LaunchTemplateData: { KeyName: !Ref Pair, SecurityGroupIds: [!Ref Ssh] } } }
  Configuration: { Type: AWS::AutoScaling::LaunchConfiguration, Properties: { ImageId: ami-1, InstanceType: t2.micro, KeyName: !Ref KeyName, SecurityGroups: [!Ref Ssh] } }
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: { MinSize: 2, MaxSize: 2, VPCZoneIdentifier: [!Ref Subnet], LaunchTemplate: { LaunchTemplateId: !Ref Template, Version: $Latest } }
  Older:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: { MinSize: 2, MaxSize: 2, VPCZoneIdentifier: [!Ref Subnet], LaunchConfigurationName: !Ref Configuration }
  Own: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Subnet, KeyName: !Ref KeyName, LaunchTemplate: { LaunchTemplateId: !Ref Template, Version: 1 } } }
";

#[test]
fn launch_templates_and_configurations_name_key_pairs() {
    let world = World::new();
    world.ok("ssh-keygen -q -t ed25519 -N '' -f /run/mine");
    world.write("/run/lab.yaml", &LAUNCHED.replace("KEY", &world.ok("cat /run/mine.pub")));
    world.ok("vpcns up /run/lab.yaml");
    for (name, key, other) in [
        ("Group-1", "/run/mine", "ops.pem"),
        ("Group-2", "/run/mine", "ops.pem"),
        ("Older-2", "ops.pem", "/run/mine"),
        ("Own", "ops.pem", "/run/mine"),
    ] {
        let address = world.ok(&format!("output instances.{name}.public_ip"));
        enters(&world, &by_key(key, "ec2-user", &address), "ec2-user");
        is_denied(&world, &by_key(other, "ec2-user", &address));
    }
    assert_eq!(world.ok("vpcns show key-pairs -o yaml | grep KeyName"), "  KeyName: imported\n  KeyName: ops");
    finish(world);
}
