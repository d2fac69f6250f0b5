//! Listeners and target groups of a template mean what those of a file of our own do.

use super::{allowing, name, resolve};
use std::time::Duration;
use vpcns::model::{ListenerProtocol, Topology};

const TEMPLATE: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
  Dns:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: { VpcId: !Ref Vpc, Protocol: TCP_UDP, Port: 53 }
  Web:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      VpcId: !Ref Vpc
      Protocol: TCP
      Port: 80
      TargetGroupAttributes:
        - { Key: stickiness.enabled, Value: 'true' }
        - { Key: stickiness.type, Value: source_ip }
        - { Key: preserve_client_ip.enabled, Value: 'false' }
        - { Key: deregistration_delay.connection_termination.enabled, Value: 'true' }
        - { Key: target_health_state.unhealthy.connection_termination.enabled, Value: 'false' }
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: { Type: network, Scheme: internal, Subnets: [!Ref Subnet] }
  Both:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 53
      Protocol: TCP_UDP
      DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Dns }]
  Weighted:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 80
      Protocol: TCP
      ListenerAttributes: [{ Key: tcp.idle_timeout.seconds, Value: 600 }]
      DefaultActions:
        - Type: forward
          ForwardConfig:
            TargetGroups: [{ TargetGroupArn: !Ref Web, Weight: 90 }, { TargetGroupArn: !Ref Dns, Weight: 10 }]
            TargetGroupStickinessConfig: { Enabled: false }
";

#[test]
fn protocols_weights_and_attributes_are_taken_nlb_13_nlb_16_nlb_18_nlb_19_nlb_27_nlb_28() {
    let topology = resolve(TEMPLATE, &allowing()).topology;
    let [both, weighted] = topology.load_balancers[&name("Balancer")].listeners.as_slice() else {
        panic!("there are two listeners, sorted by port")
    };
    assert_eq!((both.port, both.protocol, both.name().as_str()), (53, ListenerProtocol::TcpUdp, "TCP_UDP:53"));
    assert_eq!(both.idle_timeout, Duration::from_secs(350));
    assert_eq!(weighted.idle_timeout, Duration::from_mins(10));
    let shares: Vec<_> = weighted.forward.iter().map(|share| (share.target_group.as_str(), share.weight)).collect();
    assert_eq!(shares, [("Web", 90), ("Dns", 10)]);
    let (dns, web) = (&topology.target_groups[&name("Dns")], &topology.target_groups[&name("Web")]);
    assert_eq!((dns.is_sticky, web.is_sticky), (false, true));
    assert_eq!((dns.terminates_deregistered, web.terminates_deregistered), (true, true), "UDP's default is true");
    assert_eq!((dns.terminates_unhealthy, web.terminates_unhealthy), (true, false));
    assert_eq!((dns.preserve_client_ip, web.preserve_client_ip), (true, false));
}

const SECURE: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: 10.0.0.0/16 } }
  Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
  Certificate:
    Type: AWS::CertificateManager::Certificate
    Properties: { DomainName: www.Example.com, SubjectAlternativeNames: ['*.example.com'], ValidationMethod: DNS }
  Web:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      VpcId: !Ref Vpc
      Protocol: TLS
      Port: 443
      TargetGroupAttributes: [{ Key: proxy_protocol_v2.enabled, Value: 'true' }]
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: { Type: network, Scheme: internal, Subnets: [!Ref Subnet] }
  Secure:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 443
      Protocol: TLS
      SslPolicy: ELBSecurityPolicy-TLS13-1-2-2021-06
      Certificates: [{ CertificateArn: !Ref Certificate }]
      DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Web }]
Outputs:
  Arn: { Value: !Ref Certificate }
";

/// The same, and where it is not said how it is called, as the native format calls it.
const NATIVE: &str = "
vpcs: { Vpc: { cidr: 10.0.0.0/16, subnets: { Subnet: { cidr: 10.0.0.0/24 } } } }
target_groups: { Web: { vpc: Vpc, port: 443, protocol: TLS, targets: [], proxy_protocol: true } }
load_balancers:
  Balancer:
    scheme: internal
    subnets: [Vpc/Subnet]
    listeners:
      TLS:443:
        forward: Web
        certificate: [www.example.com, '*.example.com']
        ssl_policy: ELBSecurityPolicy-TLS13-1-2-2021-06
";

#[test]
fn tls_and_proxy_protocol_are_taken_nlb_13_nlb_36() {
    let resolved = resolve(SECURE, &allowing());
    let (template, native) = (resolved.topology, resolve(NATIVE, &allowing()).topology);
    let listener = |topology: &Topology| topology.load_balancers[&name("Balancer")].listeners[0].clone();
    let (of_template, of_native) = (listener(&template), listener(&native));
    assert_eq!(of_template.protocol, ListenerProtocol::Tls);
    let (tls, other) = (of_template.tls.unwrap(), of_native.tls.unwrap());
    assert_eq!((tls.policy.as_str(), &tls.policy), ("ELBSecurityPolicy-TLS13-1-2-2021-06", &other.policy));
    let [certificate, same] =
        [(&template, &tls), (&native, &other)].map(|(lab, tls)| &lab.certificates[&tls.certificates[0]]);
    assert_eq!((certificate.domain_name.as_str(), certificate.names()), ("www.example.com", same.names()));
    for topology in [&template, &native] {
        let group = &topology.target_groups[&name("Web")];
        assert_eq!((group.protocol, group.proxy_protocol), (ListenerProtocol::Tls, true));
        assert!(topology.is_relayed(&listener(topology)));
    }
    let arn = resolved.outputs.iter().find(|output| output.name == "Arn").unwrap().value.clone().unwrap();
    assert_eq!(arn, certificate.arn);
    assert!(arn.starts_with("arn:aws:acm:ap-northeast-2:111122223333:certificate/"), "{arn}");
}
