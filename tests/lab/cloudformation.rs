//! CloudFormation templates through the program: document 002's as printed, parameters, exports and imports.

use super::world::World;

#[test]
fn document_002_s_template_is_refused_for_what_is_not_mirrored_and_comes_up_without_it() {
    let world = World::new();
    let refused = world.fails(2, "vpcns up tests/cloudformation/document-002-part-3.yaml --lab jh-cf");
    assert!(refused.contains("`UserData` is not mirrored yet"), "{refused}");
    world.assert_untouched();
    let done = world.run("vpcns up tests/cloudformation/document-002-part-3.yaml --lab jh-cf --allow-unsupported");
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stderr.contains("warning: `UserData` is not mirrored yet"), "{done:?}");
    // NLB-05, NLB-06: AWS's own form of a name, and a public address behind it
    let name = world.ok("output load_balancers.jhCustomNLB.dns_name");
    assert!(name.starts_with("jh-cf-jhCus-"), "{name}");
    assert!(world.ok(&format!("vpcns exec jh-EC2 dig +short {name}")).starts_with("3.37."));
    // NLB-31: nothing was installed on the targets, and they say so themselves
    world.fails(7, &format!("vpcns exec jh-EC2 curl -s -m 5 {name}"));
    world.finish();
}

const NETWORK: &str = "
Parameters: { Cidr: { Type: String, Default: 10.0.0.0/16, AllowedPattern: '[0-9./]+' } }
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: !Ref Cidr } }
  Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: !Select [0, !Cidr [!Ref Cidr, 4, 8]] } }
  Host: { Type: AWS::EC2::Instance, Properties: { ImageId: ami-1, SubnetId: !Ref Subnet } }
  Role: { Type: AWS::IAM::Role, Properties: { AssumeRolePolicyDocument: {} } }
Outputs:
  Address: { Value: !GetAtt Host.PrivateIp, Export: { Name: !Sub '${AWS::StackName}-address' } }
";

const IMPORTER: &str = "
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.1.0.0/16 } }
Outputs:
  Copy: { Value: !ImportValue network-address }
";

#[test]
fn a_template_has_parameters_outputs_and_exports() {
    let world = World::new();
    world.write("/run/network.yaml", NETWORK);
    world.write("/run/importer.yaml", IMPORTER);
    let wrong = world.fails(2, "vpcns up /run/network.yaml --param Cidr=nonsense");
    assert!(wrong.contains("AllowedPattern") || wrong.contains("pattern"), "{wrong}");
    world.fails(2, "vpcns validate /run/importer.yaml");
    let done = world.run("vpcns up /run/network.yaml --param Cidr=10.7.0.0/16");
    assert!(done.code == 0 && done.stderr.contains("`AWS::IAM::Role` changes nothing in a lab: Role"), "{done:?}");
    let address = world.ok("output Address");
    assert!(address.starts_with("10.7.0."), "{address}");
    assert_eq!(world.ok("vpcns exec Host hostname -I"), address);
    world.ok("vpcns up /run/importer.yaml");
    assert_eq!(
        world.ok("vpcns show outputs --lab importer -o json | sed -n 's/.*\"Copy\": \"\\(.*\\)\".*/\\1/p'"),
        address
    );
    world.ok("rm /run/network.yaml /run/importer.yaml");
    world.finish();
}
