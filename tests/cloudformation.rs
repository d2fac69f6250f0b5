//! CloudFormation templates: the two that document 002 prints, every function in both of its forms, and what
//! becomes of what is not mirrored.

#[path = "cloudformation/flow_log.rs"]
mod flow_log;
#[path = "cloudformation/late.rs"]
mod late;
#[path = "cloudformation/listeners.rs"]
mod listeners;
mod page;
#[path = "cloudformation/resources.rs"]
mod resources;

use std::{collections::BTreeMap, fmt::Write, fs, mem::take, path::PathBuf};
use vpcns::{
    input::{
        self, Options, Source,
        cloudformation::{self, Parameters},
    },
    model::{
        Name, Output, Scheme, Topology,
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
    assert!(balancer.listeners[0].uses(&name("jhCustomNLBTG")));
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
  User: { Type: 'AWS::IAM::User' }
Outputs:
  User: { Value: !GetAtt User.Arn }
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
    assert_eq!(without_effect["AWS::IAM::User"], ["User"]);
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
fn cidr_blocks_prefix_lists_and_dhcp_options_are_what_the_native_format_says_of_them() {
    let template = resolve(&document("cidrs.yaml"), &options()).topology;
    let native = "
vpcs:
  Vpc:
    cidr: 10.0.0.0/16
    secondary_cidrs: [100.64.0.0/16, 10.1.0.0/16]
    dhcp_options: { domain_name: corp.example, domain_name_servers: [instance/Server, AmazonProvidedDNS] }
    route_tables: { Table: { routes: { prefix_list/List: internet_gateway } } }
    internet_gateway: true
    subnets: { Subnet: { cidr: 100.64.1.0/24, az: a, route_table: Table } }
    security_groups:
      Group: { inbound: [{ protocol: tcp, ports: 80, source: [prefix_list/List, pl-22a6434b] }] }
prefix_lists:
  List: { max_entries: 5, name: offices, entries: [{ cidr: 192.0.2.0/24, description: one }, 198.51.100.0/24] }
instances: { Server: { subnet: Vpc/Subnet, private_ip: 100.64.1.53, security_groups: [Group] } }
";
    let native = input::topology(&source(native), &options(), None).unwrap();
    let vpc = name("Vpc");
    let (said, expected) = (&template.vpcs[&vpc], &native.vpcs[&vpc]);
    assert_eq!(said.cidrs().collect::<Vec<_>>(), expected.cidrs().collect::<Vec<_>>());
    let (list, other) = (&template.prefix_lists[&name("List")], &native.prefix_lists[&name("List")]);
    assert_eq!((&list.entries, list.max_entries, list.version), (&other.entries, other.max_entries, other.version));
    assert_eq!((&list.prefix_list_name, &list.id), (&other.prefix_list_name, &other.id));
    let (options, other) = (template.dhcp_options_of(said), native.dhcp_options_of(expected));
    assert_eq!(options.domain_name, other.domain_name);
    assert_eq!(options.domain_name_servers, other.domain_name_servers);
    let peers = |topology: &Topology, group: &str| {
        let rules = &topology.security_groups[&name(group)].inbound;
        rules.iter().map(|rule| rule.peer.clone()).collect::<Vec<_>>()
    };
    assert_eq!(peers(&template, "Group"), peers(&native, "Vpc/Group"));
    let lists = |topology: &Topology, table: &str| {
        let routes = &topology.route_tables[&name(table)].prefix_list_routes;
        routes.iter().map(|route| route.destination.clone()).collect::<Vec<_>>()
    };
    assert_eq!(lists(&template, "Table"), lists(&native, "Vpc/Table"));
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
    assert!(script.contains(&format!("{}-bucket-", topology.lab)) && script.contains(group.as_str()), "{script}");
    assert!(script.contains("https://cloudformation-waitcondition-"), "{script}");
}

fn interface<'a>(topology: &'a Topology, instance: &str) -> &'a vpcns::model::NetworkInterface {
    &topology.network_interfaces[&topology.instances[&name(instance)].interface]
}

#[test]
fn buckets_have_names_attributes_and_policies() {
    let text = "
Resources:
  Named: { Type: 'AWS::S3::Bucket', Properties: { BucketName: output-kplabs } }
  Made: { Type: 'AWS::S3::Bucket' }
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Named
      PolicyDocument:
        Statement: [{ Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::output-kplabs/*' }]
Outputs:
  Name: { Value: !Ref Made }
  Arn: { Value: !GetAtt Named.Arn }
  Domain: { Value: !GetAtt Named.RegionalDomainName }
";
    let topology = resolve(text, &options()).topology;
    let [made, named] = ["Made", "Named"].map(|bucket| &topology.buckets[&name(bucket)]);
    assert_eq!((named.bucket_name.as_str(), made.policy.as_ref()), ("output-kplabs", None));
    assert!(named.policy.as_ref().unwrap().contains("s3:GetObject"));
    assert!(vpcns::model::bucket::is_bucket_name(&made.bucket_name), "{}", made.bucket_name);
    let outputs: Vec<_> = topology.outputs.iter().map(|output| format!("{output:?}")).collect();
    let region = topology.region.as_str();
    for text in [made.bucket_name.clone(), named.arn(), format!("output-kplabs.s3.{region}.amazonaws.com")] {
        assert!(outputs.iter().any(|output| output.contains(&text)), "{text}: {outputs:?}");
    }
}
