//! A lab's policies, from its file to the answer to a call: of endpoints and of roles, natively and in templates alike
//! (VPCE-31, GWE-14).

use std::path::PathBuf;
use vpcns::{
    input::{self, Options, Source},
    model::{
        Name, Topology,
        policy::{Call, Caller, Decision, Document, Form, Identity, Layer, Policies, Via},
    },
};

const NATIVE: &str = "
vpcs: { main: { cidr: 10.0.0.0/16, subnets: { a: { cidr: 10.0.1.0/24, routes: {} } } } }
roles:
  reader: { managed_policies: [AmazonS3ReadOnlyAccess] }
  nobody: {}
  writer:
    policies:
      own:
        Version: 2012-10-17
        Statement:
          - { Effect: Allow, Action: 's3:*', Resource: '*' }
          - Effect: Deny
            Action: s3:PutObject
            Resource: arn:aws:s3:::output-kplabs/${aws:Ec2InstanceSourceVpc}/*
instances:
  reader: { subnet: main/a, iam_role: reader }
  nobody: { subnet: main/a, iam_role: nobody }
  writer: { subnet: main/a, iam_role: writer }
gateway_endpoints:
  s3:
    service: s3
    route_tables: [main/a]
    policy: POLICY
";

const TEMPLATE: &str = "
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Table: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  A: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24 } }
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
      RouteTableIds: [!Ref Table]
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          Effect: Allow
          Principal: '*'
          Action: '*'
          Resource: '*'
          Condition: { ArnEquals: { 'aws:PrincipalArn': !GetAtt Role.Arn } }
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: web
      Path: /app/
      AssumeRolePolicyDocument: {}
      ManagedPolicyArns: [!Ref Shared, !Sub 'arn:${AWS::Partition}:iam::aws:policy/AmazonEC2ReadOnlyAccess']
  Other: { Type: AWS::IAM::Role, Properties: { RoleName: other, AssumeRolePolicyDocument: {} } }
  Inline:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: by-endpoint
      Roles: [!Ref Role]
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action: s3:GetObject
            Resource: arn:aws:s3:::b/*
            Condition: { StringEquals: { 'aws:SourceVpce': !Ref Endpoint, 'aws:SourceVpc': [!Ref Vpc] } }
  Shared:
    Type: AWS::IAM::ManagedPolicy
    Properties: { Roles: [other], PolicyDocument: { Statement: { Effect: Allow, Action: 'sqs:*', Resource: !GetAtt Queue.Arn } } }
  Queue: { Type: AWS::SQS::Queue }
  Profile: { Type: AWS::IAM::InstanceProfile, Properties: { Roles: [!Ref Role] } }
  Host: { Type: AWS::EC2::Instance, Properties: { ImageId: ami-1, SubnetId: !Ref A, IamInstanceProfile: !Ref Profile } }
Outputs:
  Arn: { Value: !GetAtt Role.Arn }
  Name: { Value: !Ref Role }
";

fn topology(text: &str) -> Topology {
    let source = Source { name: "test.yaml".into(), text: text.into(), directory: PathBuf::new() };
    input::topology(&source, &Options::of_lab("lab"), None)
        .unwrap_or_else(|mistakes| panic!("{}", input::render(&source, mistakes)))
}

/// The instance `name` by the gateway endpoint, or else by the internet.
fn caller(topology: &Topology, name: &str, by_endpoint: bool) -> Caller {
    let instance = &topology.instances[&Name::new(name)];
    let interface = &topology.network_interfaces[&instance.interface];
    let vpc = &topology.vpcs[&interface.vpc];
    let endpoint = topology.gateway_endpoints.values().next().expect("there is one");
    let via = Via { endpoint: endpoint.id.to_string(), vpc: vpc.id.to_string(), source_ip: interface.private_ip };
    Caller {
        identity: Identity::Role {
            account: vpc.account.clone(),
            role: instance.iam_role.clone().expect("it has a role"),
            session: instance.id.to_string(),
        },
        via: by_endpoint.then_some(via),
        source_ip: interface.private_ip,
        secure: true,
        region: topology.region.to_string(),
        time: 1_767_225_600,
    }
}

#[test]
fn roles_and_the_endpoint_of_a_file_decide_together_gwe_14() {
    let kplabs = include_str!("policies/output-kplabs.json").replace('\n', " ");
    for policy in [kplabs.clone(), format!("'{kplabs}'")] {
        let topology = topology(&NATIVE.replace("POLICY", &policy));
        let policies = Policies::of(&topology);
        let vpc = topology.vpcs[&Name::new("main")].id.to_string();
        let (object, own) = ("arn:aws:s3:::output-kplabs/f", format!("arn:aws:s3:::output-kplabs/{vpc}/f"));
        let endpoint = Decision::ImplicitDeny(Layer::Endpoint);
        let identity = Decision::ImplicitDeny(Layer::Identity);
        for (name, by_endpoint, action, resource, expected) in [
            ("reader", true, "s3:GetObject", object, Decision::Allow),
            ("reader", true, "s3:PutObject", object, identity.clone()),
            ("reader", true, "s3:GetObject", "arn:aws:s3:::other/f", endpoint.clone()),
            ("reader", false, "s3:GetObject", "arn:aws:s3:::other/f", Decision::Allow),
            ("nobody", true, "s3:GetObject", object, identity.clone()),
            ("nobody", false, "sts:GetCallerIdentity", "*", Decision::Allow),
            ("writer", true, "s3:PutObject", object, Decision::Allow),
            ("writer", true, "s3:DeleteObject", object, endpoint.clone()),
            ("writer", false, "s3:DeleteObject", object, Decision::Allow),
        ] {
            let decision = policies.decide(&caller(&topology, name, by_endpoint), &Call::new(action, resource));
            assert_eq!(decision, expected, "{name} {action} {resource}");
        }
        let (writer, put) = (caller(&topology, "writer", true), Call::new("s3:PutObject", &own));
        let denied = policies.decide(&writer, &put);
        assert!(matches!(&denied, Decision::ExplicitDeny { layer: Layer::Identity, .. }), "{denied:?}");
        let why = policies.explain(&writer, &put);
        assert!(why.contains("identity-based policy `own` of role `writer`, statement 2: denies\n"), "{why}");
        assert!(why.contains("statement `Access-to-specific-bucket-only`: allows\n"), "{why}");
    }
}

#[test]
fn a_role_that_is_only_named_may_do_everything() {
    let topology = topology(
        "
vpcs: { main: { cidr: 10.0.0.0/16, subnets: { a: { cidr: 10.0.1.0/24, routes: {} } } } }
instances: { host: { subnet: main/a, iam_role: any } }
gateway_endpoints: { s3: { service: s3, route_tables: [main/a] } }
",
    );
    let call = Call::new("iam:CreateUser", "*");
    let policies = Policies::of(&topology);
    assert!(policies.decide(&caller(&topology, "host", true), &call).is_allowed());
    let deny = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}}"#;
    let bucket = Document::parse(deny, Form::Bucket(Some("b"))).expect("it is right");
    let call = Call { resource_policy: Some(&bucket), ..Call::new("s3:GetObject", "arn:aws:s3:::b/f") };
    let decision = policies.decide(&caller(&topology, "host", true), &call);
    assert!(matches!(decision, Decision::ExplicitDeny { layer: Layer::Resource, .. }), "{decision:?}");
}

#[test]
fn a_template_s_policies_have_its_ids_and_arns_in_them() {
    let topology = topology(TEMPLATE);
    let policies = Policies::of(&topology);
    let host = caller(&topology, "Host", true);
    let may = |caller: &Caller, action: &str, resource: &str| {
        policies.decide(caller, &Call::new(action, resource)).is_allowed()
    };
    let explain = policies.explain(&host, &Call::new("s3:GetObject", "arn:aws:s3:::b/f"));
    assert!(may(&host, "s3:GetObject", "arn:aws:s3:::b/f"), "{explain}");
    assert!(!may(&host, "s3:PutObject", "arn:aws:s3:::b/f"));
    assert!(may(&host, "ec2:DescribeVpcs", "*"));
    // The condition on the way holds no more.
    assert!(!may(&caller(&topology, "Host", false), "s3:GetObject", "arn:aws:s3:::b/f"));
    let other = match host.identity.clone() {
        Identity::Role { account, session, .. } => Identity::Role { account, role: "other".into(), session },
        identity => identity,
    };
    let other = Caller { identity: other, ..host };
    let decision = policies.decide(&other, &Call::new("sqs:SendMessage", "arn:aws:sqs:ap-northeast-2:111122223333:q"));
    assert_eq!(decision, Decision::ImplicitDeny(Layer::Endpoint), "the endpoint is for the other role only");
    assert_eq!(topology.roles[&Name::new("Other")].customer_policies.len(), 1);
    let outputs: Vec<_> = topology.outputs.iter().filter_map(|output| output.value.as_deref()).collect();
    assert_eq!(outputs, ["arn:aws:iam::111122223333:role/app/web", "web"]);
}

#[test]
fn the_page_has_every_key_operator_and_managed_policy() {
    let page = include_str!("../docs/policies.md");
    let [given, absent] = vpcns::model::policy::condition_keys();
    let operators = vpcns::model::policy::condition_operators();
    let all = given.iter().chain(absent).copied().chain(operators).chain(vpcns::model::policy::managed_policies());
    let missing: Vec<_> = all.filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/policies.md lacks {missing:?}");
}

#[test]
fn the_fixtures_are_right() {
    for text in [include_str!("policies/output-kplabs.json"), include_str!("policies/everything.json")] {
        Document::parse(text, Form::Endpoint).expect("it is right");
    }
}
