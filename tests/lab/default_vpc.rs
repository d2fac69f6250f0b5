//! The default VPC: what works in it without a word about networks, what does not, and how it goes away again.

use super::world::World;

/// The same lab as `topologies/default-vpc.yaml`, in a template as AWS's oldest ones were written.
const TEMPLATE: &str = "
Parameters:
  Shared: { Type: 'List<AWS::EC2::Subnet::Id>' }
Resources:
  Open:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: who may ask
      GroupName: open
      SecurityGroupIngress: { IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0 }
  Web:
    Type: AWS::EC2::Instance
    Properties:
      SecurityGroups: [open]
      AvailabilityZone: ap-northeast-2b
      UserData: { 'Fn::Base64': \"#!/bin/sh\\necho hello > /var/www/html/index.html\\n\" }
  Shut: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Select [2, !Ref Shared] } }
";

#[test]
fn an_instance_without_a_subnet_has_the_internet_and_a_closed_door_vpc_17() {
    let world = World::up("default-vpc");
    world.ok("vpcns exec web curl -sS -m 5 203.0.113.80");
    world.ok("vpcns exec shut curl -sS -m 5 203.0.113.80");
    let public = |instance: &str| {
        let show =
            format!("vpcns show {instance} -o json | sed -n 's/.*\"PublicIpAddress\": \"\\(.*\\)\".*/\\1/p' | head -1");
        world.ok(&show)
    };
    assert_eq!(world.ok(&format!("vpcns exec laptop curl -sS -m 5 {}", public("web"))), "hello");
    world.fails(28, &format!("vpcns exec laptop curl -sS -m 1 {}", public("shut")));
    // Its default group lets members in only, and `web` is none.
    let shut = world.ok("vpcns exec shut hostname -I");
    assert!(shut.starts_with("172.31."), "{shut}");
    world.fails(28, &format!("vpcns exec web curl -sS -m 1 {shut}"));
    // Both DNS attributes are on (VPC-08): a public name inside leads to the private address.
    let name = format!("ec2-{}.ap-northeast-2.compute.amazonaws.com", public("shut").replace('.', "-"));
    assert_eq!(world.ok(&format!("vpcns exec web dig +short {name}")), shut.trim());
    // Without what needs it, it is gone.
    world.write("/run/other.yaml", "vpcs: { own: { cidr: 10.0.0.0/16 } }\n");
    world.ok("vpcns up /run/other.yaml --lab default-vpc --replace");
    assert_eq!(world.ok("ip netns list | grep -c vpc.default-vpc || true"), "0");
    world.ok("rm /run/other.yaml");
    world.finish();
}

#[test]
fn an_old_template_comes_up_in_the_default_vpc() {
    let world = World::new();
    world.write("/run/old.yaml", TEMPLATE);
    let up = world.run("vpcns up /run/old.yaml");
    assert!(up.code == 0 && up.stderr.contains("it stands for the default VPC's subnets"), "{up:?}");
    let web = world.ok("vpcns exec Web hostname -I");
    // The second zone's subnet is 172.31.16.0/20.
    let third: u8 = web.split('.').nth(2).unwrap().parse().unwrap();
    assert!(web.starts_with("172.31.") && (16..32).contains(&third), "{web}");
    world.ok("vpcns exec Shut ping -qc1 -W2 203.0.113.10");
    world.fails(1, &format!("vpcns exec Shut ping -qc1 -W1 {web}"));
    world.ok("rm /run/old.yaml");
    world.finish();
}
