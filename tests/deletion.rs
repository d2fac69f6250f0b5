//! What may be taken out of a lab and what not, as AWS has it (section 22 of the rules): each step of the right order,
//! and each wrong one by AWS's code. `tests/transcripts/document_002_deletion.txt` shows the same on a running lab.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod topology;

use topology::{mistakes, mistakes_after, resolve, resolve_after};
use vpcns::{
    input::{self, Options},
    model::{ConnectionState, Name, Topology, diagnostic::Diagnostics},
};

/// A lab of all that can be in somebody's way. Each line that ends in `# NAME` is a resource of that name.
const LAB: &str = "
vpcs:
  a:
    cidr: 10.0.0.0/16
    internet_gateway: true # gateway
    network_acls:
      strict: { inbound: { 100: { type: All traffic, cidr: 0.0.0.0/0, action: allow } } } # acl
    route_tables:
      public: { routes: { 0.0.0.0/0: blackhole } } # table
      inner: { routes: { 0.0.0.0/0: nat_gateway/nat, 10.1.0.0/16: peering_connection/ab } } # routes
    subnets:
      one: { cidr: 10.0.1.0/24, az: a, route_table: public, network_acl: strict } # subnet
      two: { cidr: 10.0.2.0/24, az: b, route_table: inner } # subnet-two
    security_groups:
      web: { inbound: [{ protocol: tcp, ports: 80, source: 0.0.0.0/0 }] } # group
      other: { inbound: [{ protocol: tcp, ports: 81, source: web }] } # other
  b: { cidr: 10.1.0.0/16, subnets: { s: { cidr: 10.1.1.0/24, az: a } } } # vpc
elastic_ips:
  eip: {} # eip
nat_gateways:
  nat: { subnet: a/one, elastic_ip: eip } # nat
peering_connections:
  ab: { requester: a, accepter: b, accepted: true } # peering
instances:
  web: { subnet: a/one, public_ip: true, security_groups: [web] } # instance
  client: { subnet: b/s } # client
target_groups:
  tg: { vpc: a, port: 80, targets: [web] } # targets
load_balancers:
  nlb: { subnets: [a/one], listeners: { 'TCP:80': tg } } # balancer
  spare: { subnets: [a/one], listeners: { 'TCP:80': tg } } # spare
endpoint_services:
  service: { load_balancer: nlb } # service
endpoints:
  endpoint: { service: service, subnets: [b/s] } # endpoint
";

/// The lab without some of its lines.
fn without(names: &[&str]) -> String {
    let is_left = |line: &&str| line.split_once(" # ").is_none_or(|(_, name)| !names.contains(&name));
    let left: Vec<_> = LAB.lines().filter(is_left).collect();
    assert_eq!(left.len() + names.len(), LAB.lines().count(), "{names:?} are not all there");
    left.join("\n")
}

/// A lab without these lines is refused to the running one, in words of AWS; to no running one it is a wrong name,
/// and no deletion.
fn refused(names: &[&str], words: &str) {
    let text = without(names);
    let found = mistakes_after(&text, Some(&resolve(LAB)));
    assert!(found.iter().any(|message| message == words), "{names:?}: {found:#?}");
    let fresh = input_of_a_fresh_lab(&text);
    assert!(!fresh.iter().any(|message| message == words), "{fresh:#?}");
}

/// The mistakes in a file when nothing runs; none for one that is right then.
fn input_of_a_fresh_lab(text: &str) -> Vec<String> {
    let found = input::topology(&topology::source(text), &Options::of_lab("lab"), None);
    found.err().into_iter().flat_map(Diagnostics::into_sorted).map(|mistake| mistake.message).collect()
}

fn goes(names: &[&str]) -> Topology {
    resolve_after(&without(names), &resolve(LAB))
}

#[test]
fn what_other_things_stand_on_is_not_deleted_del_01_del_03() {
    let violated = "has dependencies and cannot be deleted (DependencyViolation)";
    refused(&["vpc"], &format!("the subnet `b/s` {violated}"));
    refused(&["vpc"], &format!("the vpc `b` {violated}"));
    refused(&["subnet"], &format!("the subnet `a/one` {violated}"));
    goes(&["vpc", "client", "peering", "routes", "subnet-two", "endpoint"]);
    goes(&["subnet-two"]);
}

#[test]
fn tables_and_acls_of_subnets_are_not_deleted_rt_10_nacl_08() {
    refused(&["table"], "the routeTable `a/public` has dependencies and cannot be deleted (DependencyViolation)");
    refused(&["acl"], "the network ACL `a/strict` has dependencies and cannot be deleted (DependencyViolation)");
    goes(&["routes", "subnet-two"]);
}

#[test]
fn groups_on_interfaces_and_in_rules_are_not_deleted_sg_20() {
    // `web` is on an instance and in `other`'s rule.
    let found = mistakes_after(&without(&["group"]), Some(&resolve(LAB)));
    let violated = "resource `a/web` has a dependent object (DependencyViolation)";
    assert_eq!(found, [violated, violated]);
    refused(&["group"], violated);
    refused(&["group", "instance", "targets", "balancer", "spare", "service", "endpoint"], violated);
    goes(&["other"]);
}

#[test]
fn load_balancers_and_target_groups_in_use_are_not_deleted_nlb_43_nlb_44() {
    let text = "load balancer `nlb` cannot be deleted because it is currently associated with another service \
                (ResourceInUse)";
    refused(&["balancer"], text);
    refused(&["targets"], "target group `tg` is currently in use by a listener or a rule (ResourceInUse)");
    goes(&["endpoint", "service", "balancer"]);
    goes(&["spare"]);
    goes(&["endpoint", "service", "balancer", "spare", "targets"]);
}

#[test]
fn a_load_balancer_keeps_having_security_groups_or_none_nlb_39() {
    let with = LAB.replace("  spare: { subnets: [a/one],", "  spare: { subnets: [a/one], security_groups: [other],");
    assert_ne!(with, LAB);
    let words = |what: &str| {
        vec![format!("cannot {what} the security groups of load balancer `spare` (InvalidConfigurationRequest)")]
    };
    assert_eq!(mistakes_after(&with, Some(&resolve(LAB))), words("set"));
    assert_eq!(mistakes_after(LAB, Some(&resolve(&with))), words("unset"));
    resolve_after(&with.replace("[other]", "[web]"), &resolve(&with));
}

/// The lab with its connection decided.
fn connected(state: ConnectionState) -> Topology {
    let mut topology = resolve(LAB);
    topology.endpoints.get_mut(&Name::new("endpoint")).unwrap().state = state;
    topology
}

#[test]
fn a_service_with_connections_is_not_deleted_svc_19_svc_20() {
    let existing = "service `service` has existing active VPC Endpoint connections! (ExistingVpcEndpointConnections)";
    for state in [ConnectionState::PendingAcceptance, ConnectionState::Available] {
        assert_eq!(mistakes_after(&without(&["service"]), Some(&connected(state))), [existing]);
        // By its service name too, as templates have it.
        let service_name = &resolve(LAB).endpoint_services[&Name::new("service")].service_name;
        let text = without(&["service"]).replace("service: service", &format!("service: {service_name}"));
        assert_eq!(mistakes_after(&text, Some(&connected(state))), [existing]);
        // Nor is its load balancer taken away.
        let moved = LAB.replace("load_balancer: nlb", "load_balancer: spare");
        assert_eq!(mistakes_after(&moved, Some(&connected(state))), [existing]);
        resolve_after(&LAB.replace("load_balancer: nlb", "load_balancers: [nlb, spare]"), &connected(state));
    }
    // A rejected connection is in nobody's way: AWS deletes the service, and the endpoint is dead.
    let rejected = connected(ConnectionState::Rejected);
    let dead = "the VPC endpoint service `service` does not exist (InvalidServiceName)";
    assert_eq!(mistakes_after(&without(&["service"]), Some(&rejected)), [dead]);
    resolve_after(&LAB.replace("load_balancer: nlb", "load_balancer: spare"), &rejected);
    // The right order, and all at once.
    goes(&["endpoint"]);
    goes(&["endpoint", "service"]);
    let nowhere = "a lab has no VPC endpoint service `service` (InvalidServiceName)";
    assert_eq!(mistakes(&without(&["service"])), [nowhere]);
}

#[test]
fn an_internet_gateway_stays_while_public_addresses_are_mapped_igw_06() {
    let mapped = "network `a` has some mapped public address(es); please unmap those public address(es) before \
                  detaching the gateway (DependencyViolation)";
    refused(&["gateway"], mapped);
    // The instance's address keeps it alone.
    let names = ["gateway", "nat", "eip", "routes", "subnet-two"];
    assert_eq!(mistakes_after(&without(&names), Some(&resolve(LAB))), [mapped]);
    // Without public addresses, or with them in one step, it goes.
    let text = without(&names).replace(", public_ip: true", "");
    assert!(resolve_after(&text, &resolve(LAB)).internet_gateways.is_empty());
}

#[test]
fn routes_to_what_is_gone_are_named_and_may_be_blackholes_nat_12_pcx_13() {
    refused(&["nat"], "NatGateway `nat` was not found (NatGatewayNotFound)");
    refused(&["peering"], "the vpcPeeringConnection ID `ab` does not exist (InvalidVpcPeeringConnectionID.NotFound)");
    let text = without(&["nat", "eip"]).replace("nat_gateway/nat", "blackhole");
    resolve_after(&text, &resolve(LAB));
    let text = without(&["peering"]).replace("peering_connection/ab", "blackhole");
    resolve_after(&text, &resolve(LAB));
}

#[test]
fn addresses_in_use_are_not_released_and_instances_in_use_are_named_eip_04_del_09() {
    refused(&["eip"], "address `eip` is in use (InvalidIPAddress.InUse)");
    goes(&["routes", "subnet-two", "nat"]);
    refused(&["instance"], "the instance ID `web` does not exist (InvalidInstanceID.NotFound)");
}

/// The same in a template, whose references are CloudFormation's to check.
const TEMPLATE: &str = "
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } } # vpc
  Gateway: { Type: AWS::EC2::InternetGateway } # gateway
  Attachment: { Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway } } # attachment
  Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24 } } # subnet
  Group: { Type: AWS::EC2::SecurityGroup, Properties: { VpcId: !Ref Vpc, GroupDescription: web } } # group
  Web:
    Type: AWS::EC2::Instance
    Properties:
      NetworkInterfaces:
        - { DeviceIndex: 0, SubnetId: !Ref Subnet, GroupSet: [!Ref Group], AssociatePublicIpAddress: true }
  Nlb: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Type: network, Scheme: internal, Subnets: [!Ref Subnet] } } # balancer
  Service: { Type: AWS::EC2::VPCEndpointService, Properties: { NetworkLoadBalancerArns: [!Ref Nlb] } } # service
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      ServiceName: !Sub 'com.amazonaws.vpce.${AWS::Region}.${Service}'
      VpcId: !Ref Vpc
      SubnetIds: [!Ref Subnet]
";

#[test]
fn a_template_s_wrong_orders_are_refused_too_del_12() {
    let running = resolve(TEMPLATE);
    let without = |name: &str| {
        let left: Vec<_> = TEMPLATE.lines().filter(|line| !line.ends_with(&format!("# {name}"))).collect();
        left.join("\n")
    };
    // What is referred to: no template without it is valid, in AWS either.
    for (name, logical) in
        [("vpc", "Vpc"), ("subnet", "Subnet"), ("group", "Group"), ("balancer", "Nlb"), ("service", "Service")]
    {
        let words = format!("there is no parameter or resource `{logical}` (ValidationError)");
        let found = mistakes_after(&without(name), Some(&running));
        assert!(found.contains(&words), "{found:#?}");
    }
    // What is only named, or not at all.
    let existing = "service `Service` has existing active VPC Endpoint connections! (ExistingVpcEndpointConnections)";
    let service_name = &running.endpoint_services[&Name::new("Service")].service_name;
    let text = without("service").replace("!Sub 'com.amazonaws.vpce.${AWS::Region}.${Service}'", service_name);
    assert_eq!(mistakes_after(&text, Some(&running)), [existing]);
    let found = mistakes_after(&without("attachment"), Some(&running));
    assert!(found[0].contains("mapped public address") && found[0].ends_with("(DependencyViolation)"), "{found:#?}");
}
