//! Policies of endpoints, buckets and roles as the stock `aws` command and boto3 meet them, and what the logs tell.

use super::world::{Done, World};
use serde_json::Value;

/// What somebody may not do, and AWS's words for it.
fn denied(world: &World, host: &str, command: &str, code: &str, words: &str) {
    let Done { stdout, stderr, code: exit } = world.run(&format!("vpcns exec {host} -- {command}"));
    let said = stdout + &stderr;
    assert!(exit != 0 && said.contains(&format!("({code})")) && said.contains(words), "{host}: {command}\n{said}");
}

fn works(world: &World, host: &str, command: &str) -> String {
    world.ok(&format!("vpcns exec {host} -- {command}"))
}

/// A field of the resource of this name.
fn field(world: &World, kind: &str, name: &str, field: &str) -> String {
    let shown = world.ok(&format!("vpcns show {kind} -o json"));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let row = shown.as_array().unwrap().iter().find(|row| row["LogicalId"] == name).unwrap();
    row[field].as_str().unwrap().to_owned()
}

#[test]
fn what_endpoints_buckets_and_roles_deny_is_said_in_aws_s_words_vpce_30_vpce_31() {
    let world = World::up("policies");
    let put = "sh -c 'echo hello > /tmp/file && aws s3 cp --no-progress /tmp/file s3://shared/ten/name'";
    works(&world, "blue", put);
    // The role: only what it may do.
    works(&world, "reader", "aws s3 ls s3://shared/ten/");
    let no_role = "because no identity-based policy allows the s3:DeleteObject action";
    works(&world, "blue", "aws s3 cp --no-progress /tmp/file s3://shared/free");
    denied(&world, "reader", "aws s3 rm s3://shared/free", "AccessDenied", no_role);
    // The bucket, of which the role may everything.
    works(&world, "neighbour", "aws s3 ls s3://shared/ten/");
    let bucket = "with an explicit deny in a resource-based policy";
    denied(&world, "neighbour", "aws s3api get-object --bucket shared --key ten/name /tmp/x", "AccessDenied", bucket);
    denied(&world, "neighbour", "aws s3 rm s3://shared/ten/name", "AccessDenied", bucket);
    assert_eq!(works(&world, "red", "aws s3 cp s3://shared/ten/name -"), "hello");
    // The endpoint, in the words of EC2.
    assert_eq!(works(&world, "blue", "aws ec2 describe-subnets --query 'length(Subnets)'"), "2");
    let instance = works(&world, "blue", "curl -sS http://169.254.169.254/latest/meta-data/instance-id");
    let who = format!("User: arn:aws:sts::111122223333:assumed-role/app/{instance} is not authorized to perform");
    denied(
        &world,
        "blue",
        "aws ec2 describe-vpcs",
        "UnauthorizedOperation",
        &format!("{who}: ec2:DescribeVpcs with an explicit deny in a VPC endpoint policy"),
    );
    denied(
        &world,
        "blue",
        "aws ec2 create-vpc --cidr-block 10.9.0.0/16",
        "UnauthorizedOperation",
        &format!("{who}: ec2:CreateVpc because no VPC endpoint policy allows the ec2:CreateVpc action"),
    );
    // A policy that changes holds at once (GWE-15); what the API does not do it says.
    let text = World::topology("policies");
    world.write(
        "/run/lab.yaml",
        &text.replace("\"ec2:Describe*\"", "\"ec2:*\"").replace("\"ec2:DescribeVpcs\"", "\"ec2:DescribeSubnets\""),
    );
    world.ok("vpcns up --replace /run/lab.yaml");
    assert_eq!(works(&world, "blue", "aws ec2 describe-vpcs --query 'length(Vpcs)'"), "2");
    denied(&world, "blue", "aws ec2 describe-subnets", "UnauthorizedOperation", "explicit deny");
    denied(&world, "blue", "aws ec2 create-vpc --cidr-block 10.9.0.0/16", "UnsupportedOperation", "`vpcns up`");
    // From the host, by nobody's endpoint.
    // Debian's `aws` is too old to read `AWS_ENDPOINT_URL`.
    let host = "eval \"$(vpcns env)\"; aws --endpoint-url $AWS_ENDPOINT_URL";
    assert_eq!(world.ok(&format!("{host} ec2 describe-subnets --query 'length(Subnets)'")), "2");
    let who = world.ok(&format!("{host} sts get-caller-identity --query Arn --output text"));
    assert_eq!(who, "arn:aws:iam::111122223333:root");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn two_vpcs_of_one_cidr_are_told_apart_by_a_bucket_s_policy_vpce_34_gwe_09() {
    let world = World::up("policies");
    let endpoint = field(&world, "endpoints", "blue-s3", "VpcEndpointId");
    let vpc = field(&world, "vpcs", "red", "VpcId");
    let deny = |folder: &str, condition: &str| {
        format!(
            "{{ Effect: Deny, Principal: \"*\", Action: \"s3:*Object\", Resource: \"arn:aws:s3:::shared/{folder}/*\", Condition: {condition} }}"
        )
    };
    let by_endpoint = deny("blue", &format!("{{ StringNotEquals: {{ \"aws:SourceVpce\": {endpoint} }} }}"));
    let by_vpc = deny("red", &format!("{{ StringNotEquals: {{ \"aws:SourceVpc\": {vpc} }} }}"));
    let text = World::topology("policies");
    let text = text.replace(
        "        - Sid: ten-only",
        &format!("        - {by_endpoint}\n        - {by_vpc}\n        - Sid: ten-only"),
    );
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up --replace /run/lab.yaml");
    let mut told = Vec::new();
    for host in ["blue", "neighbour", "red"] {
        let tries = ["blue", "red", "ten"].map(|folder| {
            format!("aws s3api put-object --bucket shared --key {folder}/{host} >/dev/null 2>&1 && echo {folder}")
        });
        let passed = world.run(&format!("vpcns exec {host} -- sh -c '{}; true'", tries.join("; "))).stdout;
        told.push(format!("{host}: {}", passed.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    assert_eq!(told, ["blue: blue ten", "neighbour: blue", "red: red ten"]);
    // The log of S3 says the same of each, with its own address.
    let log = world.ok("vpcns logs s3");
    let line = |address: &str, vpc: &str, code: &str| {
        let start = format!(
            "{} {} {address} ",
            field(&world, "endpoints", &format!("{vpc}-s3"), "VpcEndpointId"),
            field(&world, "vpcs", vpc, "VpcId")
        );
        log.lines().filter(|line| line.contains(&start) && line.contains("s3:PutObject") && line.contains(code)).count()
    };
    let counts = [("10.0.0.10", "blue"), ("10.0.0.20", "blue"), ("10.0.0.10", "red")]
        .map(|(address, vpc)| (line(address, vpc, " 200 -"), line(address, vpc, " 403 AccessDenied")));
    assert_eq!(counts, [(2, 1), (1, 2), (2, 1)], "{log}");
    // And so do the flow logs of the one VPC: both its instances, over HTTPS, and nobody else.
    let flows = world.ok("vpcns logs --flow blue --now");
    let to_s3 = |address: &str| {
        let is = |fields: &[&str]| fields.len() > 6 && fields[3] == address && fields[6] == "443";
        flows.lines().filter(|line| is(&line.split(' ').collect::<Vec<_>>()) && line.contains("ACCEPT")).count()
    };
    assert!(to_s3("10.0.0.10") >= 3 && to_s3("10.0.0.20") >= 3, "{flows}");
    assert!(flows.lines().all(|line| !line.contains(" REJECT ") || !line.contains(" 443 ")), "{flows}");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn dynamodb_by_the_gateway_endpoint_as_far_as_its_policy_goes_s003_007_gwe_18() {
    let world = World::up("policies");
    let aws = |command: &str| works(&world, "blue", &format!("aws dynamodb {command}"));
    let create = |table: &str| {
        format!(
            "create-table --table-name {table} --attribute-definitions AttributeName=k,AttributeType=S \
             --key-schema AttributeName=k,KeyType=HASH --billing-mode PAY_PER_REQUEST"
        )
    };
    aws(&create("jobs"));
    let key = "--table-name jobs --key '{\"k\":{\"S\":\"one\"}}'";
    aws("put-item --table-name jobs --item '{\"k\":{\"S\":\"one\"},\"n\":{\"N\":\"1\"}}'");
    aws(&format!(
        "update-item {key} --update-expression 'SET n = n + :d' --expression-attribute-values '{{\":d\":{{\"N\":\"2\"}}}}'"
    ));
    assert_eq!(aws(&format!("get-item {key} --query Item.n.N --output text")), "3");
    let query = "query --table-name jobs --key-condition-expression 'k = :k' --query Count \
                 --expression-attribute-values '{\":k\":{\"S\":\"one\"}}'";
    assert_eq!(aws(query), "1");
    assert_eq!(aws("scan --table-name jobs --query Count"), "1");
    aws(&format!("delete-item {key}"));
    assert_eq!(aws("scan --table-name jobs --query Count"), "0");
    // Other tables, and what the policy denies.
    let denied = |command: &str, words: &str| {
        denied(&world, "blue", &format!("aws dynamodb {command}"), "AccessDeniedException", words);
    };
    denied(&create("other"), "because no VPC endpoint policy allows the dynamodb:CreateTable action");
    denied("delete-table --table-name jobs", "with an explicit deny in a VPC endpoint policy");
    denied(
        "batch-get-item --request-items '{\"jobs\":{\"Keys\":[{\"k\":{\"S\":\"a\"}}]},\"other\":{\"Keys\":[{\"k\":{\"S\":\"a\"}}]}}'",
        "on resource: arn:aws:dynamodb:ap-northeast-2:111122223333:table/other",
    );
    assert!(world.ok("vpcns logs dynamodb").contains("dynamodb:DeleteTable 400 AccessDeniedException"));
    world.finish();
}

/// What the document's administrator does with boto3: lists, writes, and is denied; and all that the API reads.
const SCRIPT: &str = r"
import boto3, botocore.exceptions
s3 = boto3.client('s3')
s3.put_object(Bucket='output-kplabs', Key='report', Body=b'hello')
print([item['Key'] for item in s3.list_objects_v2(Bucket='output-kplabs')['Contents']])
print(s3.get_object(Bucket='output-kplabs', Key='report')['Body'].read())
for call, arguments in (
    (s3.delete_object, dict(Bucket='output-kplabs', Key='report')),
    (s3.list_objects_v2, dict(Bucket='other-bucket')),
    (s3.list_buckets, {}),
):
    try:
        print('done', call(**arguments))
    except botocore.exceptions.ClientError as error:
        print(error.operation_name, error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode'])
ec2 = boto3.client('ec2')
for name in ('instances', 'vpcs', 'subnets', 'route_tables', 'security_groups', 'network_interfaces', 'vpc_endpoints',
             'vpc_endpoint_services', 'vpc_endpoint_connections', 'nat_gateways', 'internet_gateways', 'addresses',
             'network_acls', 'vpc_peering_connections', 'prefix_lists', 'availability_zones', 'regions'):
    answer = getattr(ec2, 'describe_' + name)()
    assert answer['ResponseMetadata']['HTTPStatusCode'] == 200, name
print(sorted(i['PrivateIpAddress'] for r in ec2.describe_instances(Filters=[
    {'Name': 'vpc-id', 'Values': [v['VpcId'] for v in ec2.describe_vpcs(Filters=[{'Name': 'cidr', 'Values': ['10.0.0.0/16']}])['Vpcs']]}
])['Reservations'] for i in r['Instances']))
pages = ec2.get_paginator('describe_subnets').paginate(PaginationConfig={'PageSize': 5})
print(sum(len(page['Subnets']) for page in pages))
";

#[test]
fn boto3_lists_writes_and_is_denied_s003_013_s003_014_s003_026() {
    let world = World::up("document-003");
    world.write("/run/script.py", SCRIPT);
    let said = world.ok("vpcns exec private python3 - < /run/script.py");
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        [
            "['report']",
            "b'hello'",
            "DeleteObject AccessDenied 403",
            "ListObjectsV2 AccessDenied 403",
            "ListBuckets AccessDenied 403",
            "['10.0.1.10', '10.0.1.20']",
            "4",
        ]
    );
    world.ok("rm /run/script.py");
    world.finish();
}

#[test]
fn checks_of_policies_ask_as_the_instance_would_and_in_earnest_where_that_changes_nothing_gwe_15_vpce_31() {
    let world = World::up("policies");
    works(&world, "blue", "sh -c 'echo hello > /tmp/file && aws s3 cp --no-progress /tmp/file s3://shared/ten/name'");
    world.ok("vpcns test --only may");
    // The real requests are there, signed with the roles of who asks, and nothing was deleted.
    let log = world.ok("vpcns logs s3");
    assert!(log.contains("s3:GetObject") && log.contains("assumed-role/app/"), "{log}");
    assert!(!log.contains("s3:DeleteObject"), "{log}");
    works(&world, "blue", "aws s3 cp s3://shared/ten/name -");
    let check = |check: &str| {
        world.write("/run/checks.yaml", &format!("tests:\n  - {check}\n"));
        world.fails(3, "vpcns test /run/checks.yaml")
    };
    let object = "resource: \"arn:aws:s3:::shared/ten/name\"";
    for (wrong, said) in [
        (
            format!("{{ from: neighbour, policy: \"s3:GetObject\", {object}, expect: allowed }}"),
            "says so, which no other policy can change",
        ),
        (
            format!("{{ from: neighbour, policy: \"s3:GetObject\", {object}, expect: denied, reason: endpoint }}"),
            "not the resource-based policy",
        ),
        (
            format!("{{ from: blue, policy: \"s3:GetObject\", {object}, by: red-s3, expect: allowed }}"),
            "expected that the call comes by vpce-",
        ),
        (
            "{ from: reader, policy: \"s3:PutObject\", resource: \"arn:aws:s3:::shared/x\", expect: allowed }".into(),
            "no identity-based policy allows it",
        ),
        // Silence is no denial.
        ("{ from: red, policy: \"ec2:DescribeVpcs\", expect: denied }".into(), "the call does not come to ec2."),
    ] {
        let found = check(&wrong);
        assert!(found.contains(said), "{wrong}\n{said}\n{found}");
    }
    // Where the service decides otherwise than the policies of the file, that is found.
    world.ok("sed -i 's/10.0.0.10.32/10.0.0.20\\/32/g' /run/vpcns/policies/record.json");
    let found = check(&format!("{{ from: neighbour, policy: \"s3:GetObject\", {object}, expect: allowed }}"));
    assert!(found.contains("a real request was denied, and the policies say otherwise"), "{found}");
    world.ok("rm /run/checks.yaml");
    world.finish();
}
