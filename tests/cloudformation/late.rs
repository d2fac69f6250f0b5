//! What a template says of its own resources where a text is wanted: AWS has made those by then, and so it is known.

use super::{interface, mistakes, name, options, resolve};

const TEMPLATE: &str = r#"
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Igw: { Type: AWS::EC2::InternetGateway }
  Attached: { Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Igw } }
  Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
  Ip: { Type: AWS::EC2::EIP, DependsOn: Attached }
  NodeIp: { Type: AWS::EC2::EIP, DependsOn: Attached }
  One: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Subnet, ImageId: ami-12345678 } }
  Association:
    Type: AWS::EC2::EIPAssociation
    Properties: { AllocationId: !GetAtt Ip.AllocationId, InstanceId: !Ref One, PrivateIpAddress: !GetAtt One.PrivateIp }
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: x
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: !Sub "${One.PrivateIp}/32" }
        - { IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: !Join ["/", [!Ref Ip, 32]] }
        # known only once the association is, which itself is known late
        - { IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !Sub "${One.PublicIp}/32" }
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: { VpcId: !Ref Vpc, Port: 80, Protocol: TCP, TargetType: ip, Targets: [{ Id: !GetAtt One.PrivateIp }] }
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties:
      Type: network
      SubnetMappings: [{ SubnetId: !Ref Subnet, AllocationId: !GetAtt NodeIp.AllocationId }]
  Two:
    Type: AWS::EC2::Instance
    Properties:
      SubnetId: !Ref Subnet
      ImageId: ami-12345678
      SecurityGroupIds: [!Ref Group]
      UserData:
        Fn::Base64: !Sub |
          #!/bin/sh
          echo ${One.PrivateIp} ${Balancer.DNSName} ${Ip}
  Table: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  Route:
    Type: AWS::EC2::Route
    Properties: { RouteTableId: !Ref Table, DestinationCidrBlock: !Sub "${Ip}/32", GatewayId: !Ref Igw }
  List:
    Type: AWS::EC2::PrefixList
    Properties:
      PrefixListName: peers
      AddressFamily: IPv4
      MaxEntries: 2
      Entries: [{ Cidr: !Sub "${Ip}/32" }, { Cidr: !Sub "${One.PrivateIp}/32" }]
Outputs:
  Ip: { Value: !Ref Ip }
  NodeIp: { Value: !Ref NodeIp }
"#;

#[test]
fn texts_of_other_resources_are_known_where_they_are_wanted() {
    let resolved = resolve(TEMPLATE, &options());
    let topology = &resolved.topology;
    let output =
        |name: &str| topology.outputs.iter().find(|output| output.name == name).unwrap().value.clone().unwrap();
    let (one, public) = (interface(topology, "One"), output("Ip"));
    assert_eq!(one.public.as_ref().unwrap().ip.to_string(), public);
    let rules = &topology.security_groups[&name("Group")].inbound;
    let peers: Vec<_> = rules.iter().map(|rule| format!("{:?}", rule.peer)).collect();
    let host = |address: &str| format!("Cidr({address}/32)");
    let private = one.private_ip.to_string();
    assert_eq!(peers, [host(&private), host(&public), host(&public)]);
    let script = topology.instances[&name("Two")].user_data.clone().unwrap();
    let balancer = &topology.load_balancers[&name("Balancer")];
    assert_eq!(script, format!("#!/bin/sh\necho {private} {} {public}\n", balancer.dns_name));
    let node = &topology.network_interfaces[&balancer.nodes[0].interface];
    assert_eq!(node.public.as_ref().unwrap().ip.to_string(), output("NodeIp"));
    assert!(node.public.as_ref().unwrap().allocation.is_some(), "NLB-03");
    let destinations = topology.route_tables[&name("Table")].routes.iter().map(|route| route.destination.to_string());
    assert!(destinations.collect::<Vec<_>>().contains(&format!("{public}/32")));
    let entries = topology.prefix_lists[&name("List")].entries.iter().map(|entry| entry.cidr.to_string());
    assert_eq!(entries.collect::<Vec<_>>(), [format!("{public}/32"), format!("{private}/32")]);
}

#[test]
fn what_is_wrong_all_the_same_is_said_with_its_value() {
    let wrong = TEMPLATE
        .replace("CidrIp: !Sub \"${One.PrivateIp}/32\"", "CidrIp: !Sub \"${One.PrivateIp}/33\"")
        .replace("DestinationCidrBlock: !Sub \"${Ip}/32\"", "DestinationCidrBlock: !Ref Igw");
    let found = mistakes(&wrong, &options());
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("/33`") && found[1].contains("igw-"), "{found:?}");
}

#[test]
fn an_address_that_is_another_one_s_already_is_refused() {
    let thief = "  Thief: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Subnet, ImageId: ami-12345678, PrivateIpAddress: !GetAtt One.PrivateIp } }\nOutputs:\n";
    let found = mistakes(&TEMPLATE.replace("Outputs:\n", thief), &options());
    assert!(found.iter().any(|mistake| mistake.contains("InvalidIPAddress.InUse")), "{found:?}");
}
