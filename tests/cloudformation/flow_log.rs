//! Flow logs of templates: what they become, and that it is what the native format says.

use super::{Resolved, name, options, resolve};
use vpcns::{
    model::{FlowLogDestinationType, FlowLogResource},
    spec::flow_log::{Field, Traffic},
};

const FLOW_LOGS: &str = "
Resources:
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24 } }
  Eni: { Type: 'AWS::EC2::NetworkInterface', Properties: { SubnetId: !Ref Subnet } }
  Web:
    Type: AWS::EC2::Instance
    Properties: { ImageId: ami-1, NetworkInterfaces: [{ NetworkInterfaceId: !Ref Eni, DeviceIndex: '0' }] }
  Group: { Type: 'AWS::Logs::LogGroup' }
  Role: { Type: 'AWS::IAM::Role' }
  OfVpc:
    Type: AWS::EC2::FlowLog
    Properties:
      ResourceId: !Ref Vpc
      ResourceType: VPC
      TrafficType: ALL
      LogGroupName: flows
      DeliverLogsPermissionArn: !GetAtt Role.Arn
      Tags: [{ Key: Name, Value: all }]
  OfSubnet:
    Type: AWS::EC2::FlowLog
    Properties:
      ResourceId: !GetAtt Subnet.SubnetId
      ResourceType: Subnet
      TrafficType: REJECT
      LogDestinationType: s3
      LogDestination: arn:aws:s3:::flows
      LogFormat: '${srcaddr} ${pkt-dstaddr}'
      MaxAggregationInterval: 60
  OfEni:
    Type: AWS::EC2::FlowLog
    Properties: { ResourceId: !Ref Eni, ResourceType: NetworkInterface, TrafficType: ACCEPT, LogDestination: !GetAtt Group.Arn }
Outputs:
  Id: { Value: !Ref OfVpc }
  Same: { Value: !GetAtt OfVpc.Id }
";

#[test]
fn flow_logs_are_of_vpcs_subnets_and_interfaces_fl_05() {
    let Resolved { topology, outputs, .. } = resolve(FLOW_LOGS, &options());
    let log = |of: &str| &topology.flow_logs[&name(of)];
    assert_eq!(log("OfVpc").resource, FlowLogResource::Vpc(name("Vpc")));
    assert_eq!((log("OfVpc").tag.as_str(), log("OfVpc").max_aggregation_interval), ("all", 600));
    assert_eq!((log("OfVpc").traffic, &log("OfVpc").format), (Traffic::All, &Field::default_format()));
    assert_eq!(log("OfVpc").destination.name.as_deref(), Some("flows"));
    assert_eq!(log("OfSubnet").format, [Field::Srcaddr, Field::PktDstaddr]);
    assert_eq!((log("OfSubnet").traffic, log("OfSubnet").max_aggregation_interval), (Traffic::Reject, 60));
    assert_eq!(log("OfSubnet").destination.kind, FlowLogDestinationType::S3);
    let interfaces: Vec<_> = log("OfEni").interfaces(&topology).map(|(_, interface)| &interface.id).collect();
    assert_eq!(interfaces, [&topology.network_interfaces[&topology.instances[&name("Web")].interface].id]);
    assert!(outputs.iter().all(|output| output.value.as_deref() == Some(log("OfVpc").id.as_str())));
}
