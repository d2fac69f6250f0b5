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

/// What document 002, part 2 makes in the console, as resources of its template.
const ENDPOINTS: &str = "
  S3Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
      VpcId: !Ref jhVPC
      RouteTableIds: [!Ref jhPublicRT, !Ref jhPrivateRT]
      PolicyDocument:
        Statement:
          - Sid: Access-to-specific-bucket-only
            Principal: '*'
            Action: ['s3:GetObject', 's3:List*', 's3:PutObject']
            Effect: Allow
            Resource: ['arn:aws:s3:::output-kplabs', 'arn:aws:s3:::output-kplabs/*']
  CfnEndpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      ServiceName: !Sub com.amazonaws.${AWS::Region}.cloudformation
      VpcId: !Ref jhVPC
      SubnetIds: [!Ref jhPublicSN, !Ref jhPrivateSN]
      SecurityGroupIds: [!Ref jhSecurityGroup]
      PrivateDnsEnabled: true
Outputs:
  Names: { Value: !Join [',', !GetAtt CfnEndpoint.DnsEntries] }
  S3: { Value: !Ref S3Endpoint }
";

#[test]
fn endpoints_to_aws_s_services_are_resources_of_a_template() {
    let world = World::new();
    let printed = std::fs::read_to_string("tests/cloudformation/document-002-part-2.yaml").unwrap();
    world.write("/run/base.yaml", &printed);
    world.ok("vpcns up /run/base.yaml --lab jh-cf");
    let ping = "vpcns exec jhPrivateEC2 ping -c1 -W1 s3.ap-northeast-2.amazonaws.com";
    world.fails(1, ping);
    let named = printed.replace("CidrBlock: 10.10.0.0/16", "CidrBlock: 10.10.0.0/16\n      EnableDnsHostnames: true");
    world.write("/run/base.yaml", &format!("{}{ENDPOINTS}", named.trim_end()));
    let done = world.run("vpcns up /run/base.yaml --lab jh-cf");
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(done.stderr.matches("not enforced yet").count(), 1, "{}", done.stderr);
    world.ok(ping);
    let dig = "vpcns exec jhPrivateEC2 dig +short cloudformation.ap-northeast-2.amazonaws.com";
    assert!(world.ok(dig).starts_with("10.10.1."));
    // S003-012: kept as it was written, `Version` or not
    let policy = world.ok("vpcns show S3Endpoint -o yaml | grep PolicyDocument");
    assert!(policy.contains("output-kplabs/*") && !policy.contains("Version"), "{policy}");
    let names = world.ok("output Names");
    assert!(
        names.split(',').count() == 4 && names.ends_with(":cloudformation.ap-northeast-2.amazonaws.com"),
        "{names}"
    );
    assert!(world.ok("output S3").starts_with("vpce-0"));
    world.ok("rm /run/base.yaml");
    world.finish();
}
