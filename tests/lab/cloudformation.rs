//! CloudFormation templates through the program: document 002's as printed, parameters, exports and imports.

use super::world::World;

#[test]
fn document_002_s_template_comes_up_as_printed() {
    let world = World::new();
    world.ok("vpcns up tests/cloudformation/document-002-part-3.yaml --lab jh-cf");
    // S002-130 to S002-133: what UserData installed answers, once it has run (S002-143)
    world.eventually("test $(vpcns show target-health -o json | grep -c '\"State\": \"healthy\"') = 2");
    // NLB-05, NLB-06: AWS's own form of a name, and a public address behind it
    let name = world.ok("output load_balancers.jhCustomNLB.dns_name");
    assert!(name.starts_with("jh-cf-jhCus-"), "{name}");
    assert!(world.ok(&format!("vpcns exec jh-EC2 dig +short {name}")).starts_with("3.37."));
    let page = world.ok(&format!("vpcns exec jh-EC2 curl -sS -m 5 {name}"));
    assert!(page.starts_with("<html><h1>Endpoint Service Lab - CloudNeta Web Server "), "{page}");
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
