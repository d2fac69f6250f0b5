//! Resource types of templates: what they become, and that it is what the native format says.

use super::{Resolved, document, interface, name, options, resolve};
use vpcns::model::{Action, Connectivity, NetworkAclEntry, Protocol, RouteTarget};

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
