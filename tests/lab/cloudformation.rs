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
  User: { Type: AWS::IAM::User }
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
    assert!(done.code == 0 && done.stderr.contains("`AWS::IAM::User` changes nothing in a lab: User"), "{done:?}");
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

const SCALED: &str = "
Parameters: { Wanted: { Type: Number, Default: 3 } }
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  One: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: ap-northeast-2a } }
  Two: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: ap-northeast-2c } }
  Open:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: open
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{ IpProtocol: -1, CidrIp: 10.0.0.0/16 }]
  Role: { Type: AWS::IAM::Role, Properties: { RoleName: web-role, AssumeRolePolicyDocument: {} } }
  Profile: { Type: AWS::IAM::InstanceProfile, Properties: { Roles: [!Ref Role] } }
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0123456789abcdef0
        InstanceType: t3.small
        SecurityGroupIds: [!Ref Open]
        IamInstanceProfile: { Arn: !GetAtt Profile.Arn }
        MetadataOptions: { HttpTokens: optional, InstanceMetadataTags: enabled }
        UserData:
          Fn::Base64: !Sub |
            #!/bin/bash
            cd /var/www/html && curl -s http://169.254.169.254/latest/meta-data/instance-id > index.html
            python3 -m http.server 80 >/dev/null 2>&1 &
  Targets: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { VpcId: !Ref Vpc, Protocol: TCP, Port: 80, HealthCheckIntervalSeconds: 5, HealthyThresholdCount: 2 } }
  Balancer: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Type: network, Scheme: internal, Subnets: [!Ref One, !Ref Two] } }
  Listener: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Balancer, Protocol: TCP, Port: 80, DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Targets }] } }
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: '1'
      MaxSize: 5
      DesiredCapacity: !Ref Wanted
      VPCZoneIdentifier: [!Ref One, !Ref Two]
      LaunchTemplate: { LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber }
      TargetGroupARNs: [!Ref Targets]
      Tags:
        - { Key: Name, Value: web, PropagateAtLaunch: true }
        - { Key: Stage, Value: test, PropagateAtLaunch: true }
        - { Key: Hidden, Value: x, PropagateAtLaunch: false }
  Policy: { Type: AWS::AutoScaling::ScalingPolicy, Properties: { AutoScalingGroupName: !Ref Group } }
  Client: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref One } }
";

#[test]
fn an_auto_scaling_group_is_as_many_instances_behind_its_target_group() {
    let world = World::new();
    world.write("/run/scaled.yaml", SCALED);
    let said = world.run("vpcns up /run/scaled.yaml");
    assert!(said.code == 0 && said.stderr.contains("`AWS::AutoScaling::ScalingPolicy` changes nothing"), "{said:?}");
    let zones =
        world.ok("vpcns show instances -o json | grep '\"AvailabilityZone\"' | sort | uniq -c | awk '{print $1}'");
    assert_eq!(zones, "3\n1", "three instances and a client over two zones");
    world.eventually("test $(vpcns show target-health -o json | grep -c '\"State\": \"healthy\"') = 3");
    let name = world.ok("output load_balancers.Balancer.dns_name");
    // Each of the zone's own targets answers, with its own id.
    let ask =
        format!("for n in $(seq 40); do vpcns exec Client curl -sS -m 5 {name}; echo; done | sort -u | grep -c ^i-");
    world.eventually(&format!("test $({ask}) -ge 2"));
    let get =
        |path: &str| world.ok(&format!("vpcns exec Group-2 curl -sSf http://169.254.169.254/latest/meta-data/{path}"));
    assert_eq!(get("ami-id"), "ami-0123456789abcdef0");
    assert_eq!(get("instance-type"), "t3.small");
    assert_eq!(get("iam/security-credentials/"), "web-role");
    assert_eq!(get("tags/instance/"), "Name\nStage\naws:autoscaling:groupName");
    // The stack's update: fewer instances, and those that stay are the same.
    let first = world.ok("vpcns exec Group-1 cat /var/www/html/index.html");
    world.ok("vpcns up /run/scaled.yaml --param Wanted=1");
    assert_eq!(world.ok("vpcns exec Group-1 cat /var/www/html/index.html"), first);
    world.fails(2, "vpcns exec Group-2 true");
    world.eventually("test $(vpcns show target-health -o json | grep -c '\"State\": \"healthy\"') = 1");
    world.ok("rm /run/scaled.yaml");
    world.finish();
}

const INTERFACE: &str = "
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Gateway: { Type: AWS::EC2::InternetGateway }
  Attachment: { Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway } }
  Table: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  Route: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway } }
  Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
  Associated: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref Subnet, RouteTableId: !Ref Table } }
  Ping: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: p, VpcId: !Ref Vpc, SecurityGroupIngress: [{ IpProtocol: icmp, FromPort: -1, ToPort: -1, CidrIp: 0.0.0.0/0 }] } }
  Eni: { Type: AWS::EC2::NetworkInterface, Properties: { SubnetId: !Ref Subnet, PrivateIpAddress: 10.0.0.77, GroupSet: [!Ref Ping] } }
  Host: { Type: AWS::EC2::Instance, Properties: { ImageId: ami-1, NetworkInterfaces: [{ DeviceIndex: '0', NetworkInterfaceId: !Ref Eni }] } }
  Address: { Type: AWS::EC2::EIP, DependsOn: Attachment }
  Held: { Type: AWS::EC2::EIPAssociation, Properties: { AllocationId: !GetAtt Address.AllocationId, NetworkInterfaceId: !Ref Eni } }
Outputs:
  Eni: { Value: !Ref Eni }
  Private: { Value: !GetAtt Eni.PrimaryPrivateIpAddress }
  Public: { Value: !GetAtt Host.PublicIp }
";

#[test]
fn an_interface_of_its_own_is_the_instance_s_first_with_its_elastic_ip_eni_01() {
    let world = World::new();
    world.write("/run/eni.yaml", INTERFACE);
    world.ok("vpcns up /run/eni.yaml");
    assert_eq!(world.ok("vpcns exec Host hostname -I"), "10.0.0.77");
    assert_eq!(world.ok("output Private"), "10.0.0.77");
    let (eni, public) = (world.ok("output Eni"), world.ok("output Public"));
    assert!(eni.starts_with("eni-0") && world.ok("vpcns show Host -o yaml").contains(&eni), "{eni}");
    world.ok(&format!("vpcns exec laptop ping -c1 -W2 {public}"));
    // It is the interface's groups that judge.
    world.write("/run/eni.yaml", &INTERFACE.replace("GroupSet: [!Ref Ping]", "GroupSet: []"));
    world.ok("vpcns up /run/eni.yaml");
    world.fails(1, &format!("vpcns exec laptop ping -c1 -W1 {public}"));
    world.ok("rm /run/eni.yaml");
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
    assert!(!done.stderr.contains("policy"), "{}", done.stderr);
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
