//! CloudFormation templates: the two that document 002 prints, every function in both of its forms, and what
//! becomes of what is not mirrored.

mod page;

use std::{collections::BTreeMap, fmt::Write, fs, mem::take, path::PathBuf};
use vpcns::{
    input::{
        self, Options, Source,
        cloudformation::{self, Parameters},
    },
    model::{
        Action, Connectivity, Name, NetworkAclEntry, Output, Protocol, RouteTarget, Scheme, Topology,
        diagnostic::{Diagnostics, Lines},
    },
};

#[test]
fn part_2_of_document_002_is_the_lab_that_it_prints() {
    let text = document("document-002-part-2.yaml");
    let topology = resolve(&text, &allowing()).topology;
    let vpc = &topology.vpcs[&name("jhVPC")];
    assert_eq!((vpc.tag.as_str(), vpc.cidr.to_string().as_str()), ("jh-test-VPC", "10.10.0.0/16"));
    assert!(vpc.enable_dns_support && !vpc.enable_dns_hostnames);
    let subnets: Vec<_> = topology.subnets.values().map(|subnet| (subnet.tag.as_str(), subnet.az.as_str())).collect();
    assert_eq!(subnets, [("jh-test-Private-SN", "ap-northeast-2c"), ("jh-test-Public-SN", "ap-northeast-2a")]);
    assert_eq!(topology.subnets[&name("jhPublicSN")].route_table, name("jhPublicRT"));
    assert_eq!(topology.route_tables[&name("jhPublicRT")].routes.len(), 1);
    assert_eq!(topology.route_tables[&name("jhPrivateRT")].routes.len(), 0);
    assert_eq!(topology.internet_gateways[&name("jhIGW")].vpc, Some(name("jhVPC")));
    let public = |instance: &str| interface(&topology, instance).public.is_some();
    assert!(public("jhPublicEC2") && !public("jhPrivateEC2"));
    let group = &topology.security_groups[&name("jhSecurityGroup")];
    assert_eq!(group.inbound.len(), 2);
    assert_eq!(group.outbound.len(), 1);
    assert!(group.group_name.starts_with("jh-cf-jhSecurityGroup-"));
}

#[test]
fn part_3_of_document_002_is_the_lab_that_it_prints() {
    let topology = resolve(&document("document-002-part-3.yaml"), &allowing()).topology;
    assert_eq!(topology.vpcs.len(), 2);
    assert_eq!(topology.instances.len(), 3);
    let group = &topology.target_groups[&name("jhCustomNLBTG")];
    assert_eq!((group.tag.as_str(), group.port), ("jh-Custom-NLB-TG", 80));
    let targets: Vec<_> = group.targets.iter().map(|target| target.instance.clone()).collect();
    assert_eq!(targets, [Some(name("jhCustomWeb1EC2")), Some(name("jhCustomWeb2EC2"))]);
    let balancer = &topology.load_balancers[&name("jhCustomNLB")];
    assert_eq!(balancer.scheme, Scheme::InternetFacing);
    assert_eq!(balancer.listeners[0].target_group, name("jhCustomNLBTG"));
    // NLB-05: jh-CF-jhCus-ULNX38G0076B
    let random = balancer.tag.strip_prefix("jh-cf-jhCus-").expect("the stack's name and the logical id, five of each");
    assert!(random.len() == 12 && random.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()));
    assert!(balancer.dns_name.starts_with(&format!("{}-", balancer.tag)));
}

#[test]
fn user_data_is_decoded_or_wrong_by_name() {
    let resolved = resolve(&document("document-002-part-3.yaml"), &options());
    assert!(resolved.warnings.is_empty());
    let script = resolved.topology.instances[&name("jhCustomWeb1EC2")].user_data.clone().expect("it has a script");
    assert!(script.starts_with("#!/bin/bash\n") && script.contains("yum install -y httpd"), "{script}");
    let text = "Resources:
  V: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  S: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref V, CidrBlock: 10.0.0.0/24 } }
  I: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref S, UserData: 'echo plain' } }
";
    assert_eq!(mistakes(text, &options()), ["invalid BASE64 encoding of user data (InvalidUserData.Malformed)"]);
}

#[test]
fn the_json_form_says_the_same() {
    let draft = |text: &str| {
        let mut draft = input::draft(&source(text), &allowing()).expect("it is right");
        draft.lines = Lines::default();
        let shown = format!("{draft:?}");
        let spans = regex::Regex::new(r"Span \{ start: \d+, end: \d+ \}").expect("a pattern");
        spans.replace_all(&shown, "Span").into_owned()
    };
    let yaml = draft(&document("document-002-part-3.yaml"));
    assert_eq!(yaml, draft(&document("document-002-part-3.json")));
}

const NETWORK: &str = "
Parameters:
  Cidr: { Type: String, Default: 10.0.0.0/16 }
  Names: { Type: CommaDelimitedList, Default: 'a, b,c' }
  Count: { Type: Number, Default: 3 }
Mappings:
  Zones: { ap-northeast-2: { First: ap-northeast-2a, All: [x, y] } }
Conditions:
  Three: !Equals [!Ref Count, 3]
  Four: { 'Fn::Equals': [{ Ref: Count }, '4'] }
  Both: !And [!Condition Three, !Not [Condition: Four]]
  Either: !Or [!Condition Four, !Condition Three]
Resources:
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: !Ref Cidr } }
  Subnet:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !GetAtt Vpc.VpcId
      CidrBlock: !Select [1, !Cidr [!GetAtt Vpc.CidrBlock, 2, 8]]
      AvailabilityZone: !FindInMap [Zones, !Ref 'AWS::Region', First]
  Unused: { Type: 'AWS::EC2::VPC', Condition: Four, Properties: { CidrBlock: 10.9.0.0/16 } }
  Gateway: { Type: 'AWS::EC2::InternetGateway' }
  Attachment: { Type: 'AWS::EC2::VPCGatewayAttachment', Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway } }
  Web:
    Type: AWS::EC2::Instance
    Properties: { SubnetId: !Ref Subnet, PrivateIpAddress: 10.0.1.9 }
  Address: { Type: 'AWS::EC2::EIP', DependsOn: Attachment, Properties: { Domain: vpc, InstanceId: !Ref Web } }
";

/// The value of an expression as an output of [`NETWORK`].
fn output(expression: &str) -> Option<String> {
    let text = format!("{NETWORK}Outputs:\n  X: {{ Value: {expression} }}\n");
    let Resolved { outputs, .. } = resolve(&text, &options());
    outputs.into_iter().next().expect("it has an output").value
}

#[test]
fn functions_have_a_short_and_a_long_form() {
    for (expression, value) in [
        ("!Ref Cidr", "10.0.0.0/16"),
        ("{ Ref: Cidr }", "10.0.0.0/16"),
        ("!Join ['-', [a, !Ref Count, b]]", "a-3-b"),
        ("{ 'Fn::Join': ['', !Ref Names] }", "abc"),
        ("!Select [1, !Ref Names]", "b"),
        ("{ 'Fn::Select': ['0', ['x', 'y']] }", "x"),
        ("!Select [2, !Split ['|', 'a|b|c']]", "c"),
        ("!Select [0, { 'Fn::Split': ['.', !Ref Cidr] }]", "10"),
        ("!Sub '${Cidr} in ${AWS::Region}, ${!literal}'", "10.0.0.0/16 in ap-northeast-2, ${literal}"),
        ("{ 'Fn::Sub': ['${One}/${Cidr}', { One: !Ref Count }] }", "3/10.0.0.0/16"),
        ("!Select [1, !GetAZs '']", "ap-northeast-2b"),
        ("!Select [0, { 'Fn::GetAZs': !Ref 'AWS::Region' }]", "ap-northeast-2a"),
        ("!Select [5, !Cidr [10.0.0.0/24, 6, 5]]", "10.0.0.160/27"),
        ("{ 'Fn::FindInMap': [Zones, !Ref 'AWS::Region', First] }", "ap-northeast-2a"),
        ("!Join [',', !FindInMap [Zones, !Ref 'AWS::Region', All]]", "x,y"),
        ("!If [Both, yes, no]", "yes"),
        ("{ 'Fn::If': [Four, yes, !If [Either, maybe, no]] }", "maybe"),
        ("!Base64 hello", "aGVsbG8="),
        ("{ 'Fn::Base64': !Sub '${Count}' }", "Mw=="),
        ("!Base64 { 'Fn::Sub': '${Count}' }", "Mw=="),
        ("!Ref 'AWS::StackName'", "jh-cf"),
        ("!Sub '${AWS::AccountId} ${AWS::Partition} ${AWS::URLSuffix}'", "111122223333 aws amazonaws.com"),
        ("!Join ['', [a, !Ref 'AWS::NoValue', b]]", "ab"),
    ] {
        assert_eq!(output(expression).as_deref(), Some(value), "{expression}");
    }
}

#[test]
fn outputs_know_the_resolved_lab() {
    assert_eq!(output("!GetAtt Vpc.CidrBlock").as_deref(), Some("10.0.0.0/16"));
    assert_eq!(output("{ 'Fn::GetAtt': [Subnet, CidrBlock] }").as_deref(), Some("10.0.1.0/24"));
    assert_eq!(output("!Sub 'http://${Web.PrivateIp}/'").as_deref(), Some("http://10.0.1.9/"));
    assert_eq!(output("!GetAtt Web.PrivateDnsName").as_deref(), Some("ip-10-0-1-9.ap-northeast-2.compute.internal"));
    let id = output("!Ref Vpc").expect("it is known");
    assert!(id.starts_with("vpc-0") && id.len() == 21);
    assert_eq!(output("!Ref Address"), output("!GetAtt Web.PublicIp"));
    assert!(output("!GetAtt Address.AllocationId").expect("it is known").starts_with("eipalloc-0"));
}

const PRIVATE_LINK: &str = "
Resources:
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24 } }
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: { GroupDescription: web, VpcId: !Ref Vpc }
  Inbound:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: { GroupId: !GetAtt Group.GroupId, IpProtocol: '-1', SourceSecurityGroupId: !GetAtt Group.GroupId }
  Outbound:
    Type: AWS::EC2::SecurityGroupEgress
    Properties: { GroupId: !Ref Group, IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: !GetAtt Vpc.CidrBlock }
  OfDefault:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: { GroupId: !GetAtt Vpc.DefaultSecurityGroup, IpProtocol: icmp, FromPort: 8, ToPort: -1, CidrIp: 0.0.0.0/0 }
  Nlb:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties:
      Type: network
      Scheme: internal
      Name: mine
      Subnets: [!Ref Subnet]
      LoadBalancerAttributes: [{ Key: load_balancing.cross_zone.enabled, Value: true }]
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: { Protocol: TCP, Port: 80, VpcId: !Ref Vpc, TargetType: ip, Targets: [{ Id: 10.0.1.77 }] }
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Nlb
      Port: 80
      Protocol: TCP
      DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Targets }]
  Service:
    Type: AWS::EC2::VPCEndpointService
    Properties: { NetworkLoadBalancerArns: [!Ref Nlb], AcceptanceRequired: false }
  Permissions:
    Type: AWS::EC2::VPCEndpointServicePermissions
    Properties: { ServiceId: !Ref Service, AllowedPrincipals: ['*'] }
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      ServiceName: !Sub com.amazonaws.vpce.${AWS::Region}.${Service}
      VpcId: !Ref Vpc
      SubnetIds: [!Ref Subnet]
      SecurityGroupIds: [!Ref Group]
Outputs:
  Name:
    Value: !Select [1, !Split [':', !Select [0, !GetAtt Endpoint.DnsEntries]]]
    Export: { Name: !Sub '${AWS::StackName}-name' }
  Balancer: { Value: !GetAtt Nlb.DNSName, Description: for the curious }
";

#[test]
fn private_link_is_made_of_its_resources() {
    let Resolved { topology, outputs, .. } = resolve(PRIVATE_LINK, &options());
    let endpoint = &topology.endpoints[&name("Endpoint")];
    assert_eq!(endpoint.endpoint_service(), Some(&name("Service")));
    let balancer = &topology.load_balancers[&name("Nlb")];
    assert!(balancer.cross_zone);
    assert_eq!(balancer.tag, "mine");
    assert_eq!(topology.endpoint_services[&name("Service")].allowed_principals.len(), 1);
    let group = &topology.security_groups[&name("Group")];
    assert_eq!((group.inbound.len(), group.outbound.len()), (1, 2));
    assert_eq!(topology.security_groups[&name("Vpc/default")].inbound.len(), 2);
    let regional = vpcns::model::dns_name::endpoint_regional(&topology, &name("Endpoint"));
    assert_eq!(outputs[0].value.as_ref(), Some(&regional));
    assert_eq!(outputs[0].export.as_deref(), Some("jh-cf-name"));
    assert_eq!(outputs[1].value.as_ref(), Some(&balancer.dns_name));
    assert_eq!(outputs[1].description.as_deref(), Some("for the curious"));
}

/// A private subnet behind a NAT gateway, as templates have it.
const NAT: &str = "
Resources:
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  Gateway: { Type: 'AWS::EC2::InternetGateway' }
  Attachment: { Type: 'AWS::EC2::VPCGatewayAttachment', Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway } }
  Public: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
  Private: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24 } }
  Address: { Type: 'AWS::EC2::EIP', DependsOn: Attachment, Properties: { Domain: vpc } }
  Nat:
    Type: AWS::EC2::NatGateway
    Properties:
      AllocationId: !GetAtt Address.AllocationId
      SubnetId: !Ref Public
      PrivateIpAddress: 10.0.0.9
      Tags: [{ Key: Name, Value: out }]
  Inner: { Type: 'AWS::EC2::NatGateway', Properties: { SubnetId: !Ref Private, ConnectivityType: private } }
  Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: !Ref Vpc } }
  Out: { Type: 'AWS::EC2::Route', Properties: { RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat } }
  Associated: { Type: 'AWS::EC2::SubnetRouteTableAssociation', Properties: { SubnetId: !Ref Private, RouteTableId: !Ref Table } }
Outputs:
  Id: { Value: !Ref Nat }
  Interface: { Value: !GetAtt Nat.EniId }
  Address: { Value: !Ref Address }
";

#[test]
fn a_nat_gateway_is_the_same_as_in_the_native_format() {
    let Resolved { topology, outputs, .. } = resolve(NAT, &options());
    let gateway = &topology.nat_gateways[&name("Nat")];
    assert_eq!((gateway.tag.as_str(), gateway.connectivity), ("out", Connectivity::Public));
    assert_eq!(topology.nat_gateways[&name("Inner")].connectivity, Connectivity::Private);
    let interface = &topology.network_interfaces[&gateway.interface];
    assert_eq!(interface.private_ip.to_string(), "10.0.0.9");
    let public = interface.public.as_ref().expect("it has its elastic IP");
    assert!(public.allocation.is_some());
    let values: Vec<_> = outputs.iter().map(|output| output.value.clone().expect("it is known")).collect();
    assert_eq!(values, [gateway.id.to_string(), interface.id.to_string(), public.ip.to_string()]);
    let routes = &topology.route_tables[&topology.subnets[&name("Private")].route_table].routes;
    assert_eq!(routes[0].target, RouteTarget::NatGateway(name("Nat")));
}

#[test]
fn a_template_and_the_native_format_say_the_same_of_sites_on_premises() {
    let template = resolve(&document("vpn.yaml"), &options()).topology;
    let native = "
vpcs: { Vpc: { cidr: 10.0.0.0/16 } }
on_premises: { Office: { cidr: 192.168.1.0/24, hosts: { Office: { address: 192.168.1.2 } } } }
vpn_gateways: { Gateway: { vpc: Vpc, amazon_side_asn: 64600 } }
customer_gateways: { Office: { site: Office, ip_address: 203.0.113.12, bgp_asn: 65010 } }
vpn_connections: { Connection: { vpn_gateway: Gateway, customer_gateway: Office, static_routes: [192.168.1.0/24] } }
";
    let native = resolve(native, &options()).topology;
    assert_eq!(template.sites, native.sites);
    assert_eq!(template.on_premises_hosts, native.on_premises_hosts);
    assert_eq!(template.vpn_gateways, native.vpn_gateways);
    assert_eq!(template.customer_gateways, native.customer_gateways);
    assert_eq!(template.vpn_connections, native.vpn_connections);
    let table = &template.route_tables[&name("Table")];
    assert_eq!(table.propagating_vgws, [name("Gateway")]);
    assert_eq!(template.propagated_routes(&name("Table")).len(), 1);
    assert_eq!(template.propagated_routes(&name("ByHandTable")).len(), 0);
}

#[test]
fn network_acls_are_put_together_from_their_entries() {
    let text = "
Resources:
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  One: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24 } }
  Two: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24 } }
  Acl: { Type: 'AWS::EC2::NetworkAcl', Properties: { VpcId: !Ref Vpc } }
  Later:
    Type: AWS::EC2::NetworkAclEntry
    Properties: { NetworkAclId: !Ref Acl, RuleNumber: 200, Protocol: 1, RuleAction: deny, CidrBlock: 0.0.0.0/0, Icmp: { Type: 8, Code: -1 } }
  Http:
    Type: AWS::EC2::NetworkAclEntry
    Properties: { NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: 6, RuleAction: allow, CidrBlock: 10.0.0.0/8, PortRange: { From: 80, To: 81 } }
  Out:
    Type: AWS::EC2::NetworkAclEntry
    Properties: { NetworkAclId: !Ref Acl, Egress: true, RuleNumber: 100, Protocol: -1, RuleAction: allow, CidrBlock: 0.0.0.0/0 }
  Default:
    Type: AWS::EC2::NetworkAclEntry
    Properties: { NetworkAclId: !GetAtt Vpc.DefaultNetworkAcl, RuleNumber: 90, Protocol: -1, RuleAction: deny, CidrBlock: 10.0.1.0/24 }
  Associated: { Type: 'AWS::EC2::SubnetNetworkAclAssociation', Properties: { NetworkAclId: !Ref Acl, SubnetId: !Ref One } }
Outputs:
  Default: { Value: !GetAtt Vpc.DefaultNetworkAcl }
";
    let Resolved { topology, outputs, .. } = resolve(text, &options());
    let acl = &topology.network_acls[&name("Acl")];
    let entry = |number, protocol, cidr: &str, action| (number, protocol, cidr.to_owned(), action);
    let entries = |entries: &[NetworkAclEntry]| -> Vec<_> {
        let parts = |one: &NetworkAclEntry| (one.number, one.protocol.clone(), one.cidr.to_string(), one.action);
        entries.iter().map(parts).collect()
    };
    assert_eq!(
        entries(&acl.inbound),
        [
            entry(100, Protocol::Tcp(80..=81), "10.0.0.0/8", Action::Allow),
            entry(200, Protocol::Icmp { kind: Some(8), code: None }, "0.0.0.0/0", Action::Deny),
        ]
    );
    let all = entry(100, Protocol::All, "0.0.0.0/0", Action::Allow);
    assert_eq!(entries(&acl.outbound), std::slice::from_ref(&all));
    let default = &topology.network_acls[&name("Vpc/default")];
    assert_eq!(entries(&default.inbound), [entry(90, Protocol::All, "10.0.1.0/24", Action::Deny), all.clone()]);
    assert_eq!(entries(&default.outbound), [all]);
    assert_eq!(topology.subnets[&name("One")].network_acl, name("Acl"));
    assert_eq!(topology.subnets[&name("Two")].network_acl, name("Vpc/default"));
    assert_eq!(outputs[0].value.as_deref(), Some(default.id.as_str()));
}

#[test]
fn parameters_come_from_outside() {
    let mut given = Parameters::read("# a comment\nCidr=10.0.0.0/20\n").expect("it is right");
    given.extend(Parameters::read(r#"[{"ParameterKey": "Count", "ParameterValue": "4"}]"#).expect("it is right"));
    given.add("Names=x,y").expect("it is right");
    let topology = resolve(NETWORK, &Options { parameters: given, ..options() }).topology;
    assert_eq!(topology.vpcs[&name("Vpc")].cidr.to_string(), "10.0.0.0/20");
    assert!(topology.vpcs.contains_key(&name("Unused")), "its condition holds now");
    for wrong in ["Cidr", "=x", "[{}]", "[1]", "[{", r#"[{"ParameterKey": "A", "UsePreviousValue": true}]"#] {
        assert!(Parameters::read(wrong).is_err(), "{wrong}");
    }
    let shapes = [r#"["Count=5"]"#, r#"{"Parameters": {"Count": 5}}"#, "Count=5"];
    assert!(shapes.iter().all(|text| Parameters::read(text).expect("it is right").get("Count") == Some("5")));
}

#[test]
fn exports_of_other_labs_are_imported() {
    let text = "Resources:\n  V: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: !ImportValue other-cidr } }\n";
    let imports = [("other-cidr".to_owned(), "10.3.0.0/16".to_owned())].into();
    let topology = resolve(text, &Options { imports, ..options() }).topology;
    assert_eq!(topology.vpcs[&name("V")].cidr.to_string(), "10.3.0.0/16");
    assert_eq!(mistakes(text, &options()), ["no lab exports `other-cidr`"]);
}

#[test]
fn what_is_not_mirrored_is_left_out_with_what_needs_it_only_if_that_is_allowed() {
    let text = "
Resources:
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24 } }
  Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: !Ref Vpc } }
  Own: { Type: 'Custom::Gateway', Properties: { SubnetId: !Ref Subnet, AllocationId: !GetAtt Address.AllocationId } }
  Address: { Type: 'AWS::EC2::EIP' }
  Out: { Type: 'AWS::EC2::Route', Properties: { RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Own } }
  Alb: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Subnets: [!Ref Subnet] } }
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: { LoadBalancerArn: !Ref Alb, Port: 80, Protocol: HTTP, DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Alb }] }
  Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } }
Outputs:
  Role: { Value: !GetAtt Role.Arn }
";
    let refused = mistakes(text, &options());
    assert_eq!(
        refused,
        [
            "`Custom::Gateway` is not mirrored: what it makes is up to a program of its own, and a lab runs none",
            "a load balancer of the type `application` is not mirrored yet"
        ]
    );
    let Resolved { topology, warnings, without_effect, outputs } = resolve(text, &allowing());
    assert!(topology.route_tables[&name("Table")].routes.is_empty() && topology.load_balancers.is_empty());
    let warnings: Vec<_> = warnings.into_sorted().into_iter().map(|warning| warning.message).collect();
    assert_eq!(warnings.len(), 4, "{warnings:?}");
    assert!(warnings.contains(&"`Out` is left out, as it needs `Own`".to_owned()), "{warnings:?}");
    assert_eq!(without_effect["AWS::IAM::Role"], ["Role"]);
    assert_eq!(outputs[0].value, None);
}

#[test]
fn a_small_template_cannot_fill_the_memory() {
    let mut text =
        String::from("Resources:\n  V0: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: aaaaaaaaaaaaaaaa } }\n");
    for n in 1..64 {
        let before = format!("!GetAtt V{}.CidrBlock", n - 1);
        let cidr = format!("!Join ['', [{before}, {before}]]");
        writeln!(text, "  V{n}: {{ Type: 'AWS::EC2::VPC', Properties: {{ CidrBlock: {cidr} }} }}").expect("it fits");
    }
    let mistakes = mistakes(&text, &options());
    assert!(mistakes.iter().any(|mistake| mistake.contains("64 MiB")), "{}", mistakes.len());
}

#[test]
fn the_page_about_templates_is_the_code() {
    page::assert_tables("cloudformation.md", cloudformation::reference());
}

fn options() -> Options {
    Options { lab: "jh-cf".into(), ..Options::default() }
}

fn allowing() -> Options {
    Options { allow_unsupported: true, ..options() }
}

/// A right template, and what is said about it.
struct Resolved {
    topology: Topology,
    warnings: Diagnostics,
    without_effect: BTreeMap<String, Vec<String>>,
    outputs: Vec<Output>,
}

fn resolve(text: &str, options: &Options) -> Resolved {
    let source = source(text);
    let mut examined = input::examine(&source, options);
    let (warnings, without_effect) = (take(&mut examined.warnings), take(&mut examined.without_effect));
    let topology = input::resolve(examined, &options.lab, None);
    let topology = topology.unwrap_or_else(|found| panic!("{}", input::render(&source, found)));
    Resolved { outputs: topology.outputs.clone(), topology, warnings, without_effect }
}

fn mistakes(text: &str, options: &Options) -> Vec<String> {
    let found = input::topology(&source(text), options, None).expect_err("it is wrong");
    found.into_sorted().into_iter().map(|mistake| mistake.message).collect()
}

fn document(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cloudformation").join(file);
    fs::read_to_string(path).expect("the template is there")
}

fn source(text: &str) -> Source {
    Source { name: "template.yaml".into(), text: text.into(), directory: PathBuf::new() }
}

fn name(text: &str) -> Name {
    Name::new(text)
}

fn interface<'a>(topology: &'a Topology, instance: &str) -> &'a vpcns::model::NetworkInterface {
    &topology.network_interfaces[&topology.instances[&name(instance)].interface]
}

#[test]
fn what_names_no_vpc_is_in_the_default_one() {
    let text = "
Parameters:
  Vpc: { Type: 'AWS::EC2::VPC::Id' }
  Here: { Type: 'AWS::EC2::Subnet::Id' }
  There: { Type: 'AWS::EC2::Subnet::Id' }
  All: { Type: 'List<AWS::EC2::Subnet::Id>' }
  Group: { Type: 'AWS::EC2::SecurityGroup::Id' }
  Zone: { Type: 'AWS::EC2::AvailabilityZone::Name' }
Conditions: { HasVpc: !Not [!Equals [!Ref Vpc, '']] }
Resources:
  Old:
    Type: AWS::EC2::SecurityGroup
    Properties: { GroupDescription: x, GroupName: old, SecurityGroupIngress: { IpProtocol: '-1', CidrIpv6: '::/0' } }
  New:
    Type: AWS::EC2::SecurityGroup
    Condition: HasVpc
    Properties:
      GroupDescription: x
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 1, ToPort: 1, SourceSecurityGroupName: !Ref Old }
        - { IpProtocol: tcp, FromPort: 2, ToPort: 2, SourceSecurityGroupName: old }
        - { IpProtocol: tcp, FromPort: 3, ToPort: 3, SourceSecurityGroupId: !Ref Group }
  More: { Type: 'AWS::EC2::SecurityGroupIngress', Properties: { GroupName: old, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0 } }
  A: { Type: 'AWS::EC2::Instance', Properties: { SecurityGroups: [old, !Ref New], AvailabilityZone: ap-northeast-2c } }
  B: { Type: 'AWS::EC2::Instance', Properties: { SubnetId: !Ref There } }
  C: { Type: 'AWS::EC2::Instance', Properties: { SubnetId: !Select [3, !Ref All], SecurityGroupIds: [!Ref Group] } }
Outputs:
  All: { Value: !Join [',', !Ref All] }
  Zone: { Value: !Ref Zone }
";
    let Resolved { topology, warnings, .. } = resolve(text, &options());
    assert_eq!(warnings.into_sorted().len(), 6);
    let subnet = |instance: &str| interface(&topology, instance).subnet.to_string();
    assert_eq!(["A", "B", "C"].map(subnet), ["default-vpc/c", "default-vpc/b", "default-vpc/d"]);
    let groups = |instance: &str| interface(&topology, instance).security_groups.clone();
    assert_eq!(groups("A"), [name("Old"), name("New")]);
    assert_eq!((groups("B"), groups("C")), (vec![name("default-vpc/default")], vec![name("default-vpc/default")]));
    let group = |group: &str| &topology.security_groups[&name(group)].inbound;
    assert_eq!((group("Old").len(), group("New").len()), (1, 3));
    let ids: Vec<_> = topology.subnets.values().map(|subnet| subnet.id.to_string()).collect();
    let value = |output: &str| topology.outputs.iter().find(|found| found.name == output).unwrap().value.clone();
    assert_eq!((value("All"), value("Zone")), (Some(ids.join(",")), Some("ap-northeast-2a".into())));
}

#[test]
fn a_script_is_told_ids_and_generated_names() {
    let text = "
Resources:
  Bucket: { Type: 'AWS::S3::Bucket' }
  Group: { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: x } }
  Done: { Type: 'AWS::CloudFormation::WaitConditionHandle' }
  Host:
    Type: AWS::EC2::Instance
    Properties: { UserData: !Base64 { 'Fn::Sub': \"#!/bin/sh\\necho ${Bucket} ${Group.GroupId} '${Done}'\" } }
";
    let topology = resolve(text, &options()).topology;
    let script = format!("{:?}", topology.instances[&name("Host")].user_data);
    let group = &topology.security_groups[&name("Group")].id;
    assert!(script.contains(&format!("{}-Bucket-", topology.lab)) && script.contains(group.as_str()), "{script}");
    assert!(script.contains("https://cloudformation-waitcondition-"), "{script}");
}
