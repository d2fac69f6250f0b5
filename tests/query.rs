//! AWS's read API, pure: what a form is answered, judged by botocore's own models (`tests/query/judge.py`), goldens of some
//! answers (`tests/golden/query`), and what is refused.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};
use vpcns::{
    describe::{self, Kind},
    input::{self, Options},
    model::{FIRST_ACCOUNT, Topology},
    query::{self, Caller, Lab, Parameters, Reply, Service},
    spec::service::Health,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn topology(name: &str) -> Topology {
    let file = root().join("topologies").join(name).with_extension("yaml");
    let source = input::read(Some(&file)).unwrap();
    let draft = input::draft(&source, &Options::default())
        .unwrap_or_else(|mistakes| panic!("{}", input::render(&source, mistakes)));
    let mut topology =
        Topology::resolve(&draft, name, None).unwrap_or_else(|mistakes| panic!("{}", input::render(&source, mistakes)));
    describe::stamp(&mut topology, None, "2024-05-06T07:08:09Z");
    topology
}

fn topologies() -> Vec<Topology> {
    let files = std::fs::read_dir(root().join("topologies")).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = files.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names.iter().map(|name| topology(name)).collect()
}

fn caller(account: &str) -> Caller {
    Caller {
        account: account.to_owned(),
        arn: format!("arn:aws:sts::{account}:assumed-role/reader/i-0123456789abcdef0"),
        user_id: "AROAEXAMPLE:i-0123456789abcdef0".to_owned(),
    }
}

fn ask_as(account: &str, topology: &Topology, service: Service, form: &str) -> Reply {
    let (caller, health) = (caller(account), Health::default());
    let lab = Lab { topology, health: &health, caller: &caller, region: &topology.region };
    let id = "00000000-0000-0000-0000-000000000000";
    let answer = Parameters::parse(form).and_then(|parameters| {
        let call = query::call(service, &parameters)?;
        Ok(query::answer(service, &call, &lab, &parameters, id))
    });
    answer.unwrap_or_else(|error| query::refusal(service, &error, id))
}

fn ask(topology: &Topology, form: &str) -> Reply {
    ask_as(FIRST_ACCOUNT, topology, Service::Ec2, form)
}

/// The code and the message of a refusal.
fn refused(topology: &Topology, form: &str) -> (u16, String) {
    let reply = ask(topology, form);
    let part = |tag: &str| {
        let from = reply.body.split_once(&format!("<{tag}>")).map(|(_, rest)| rest);
        from.and_then(|rest| rest.split_once(&format!("</{tag}>"))).map_or("-", |(text, _)| text)
    };
    (reply.status, format!("{}: {}", part("Code"), part("Message")))
}

/// What the judge says to its input.
fn judge(what: &str, input: &Value) -> (bool, String) {
    let mut python = Command::new("python3")
        .args([root().join("tests/query/judge.py").as_os_str(), what.as_ref()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 with botocore is needed");
    python.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

/// botocore's name of each service, and ours.
const SERVICES: [(&str, Service); 4] = [
    ("ec2", Service::Ec2),
    ("sts", Service::Sts),
    ("elbv2", Service::ElasticLoadBalancing),
    ("cloudformation", Service::CloudFormation),
];

/// The calls that list a kind whole.
const LISTS: &[(&str, &str, Kind)] = &[
    ("ec2", "DescribeVpcs", Kind::Vpcs),
    ("ec2", "DescribeSubnets", Kind::Subnets),
    ("ec2", "DescribeRouteTables", Kind::RouteTables),
    ("ec2", "DescribeSecurityGroups", Kind::SecurityGroups),
    ("ec2", "DescribeSecurityGroupRules", Kind::SecurityGroupRules),
    ("ec2", "DescribeNetworkInterfaces", Kind::NetworkInterfaces),
    ("ec2", "DescribeInstances", Kind::Instances),
    ("ec2", "DescribeVpcEndpoints", Kind::Endpoints),
    ("ec2", "DescribeVpcEndpointServiceConfigurations", Kind::EndpointServices),
    ("ec2", "DescribeVpcEndpointConnections", Kind::EndpointConnections),
    ("ec2", "DescribeNatGateways", Kind::NatGateways),
    ("ec2", "DescribeInternetGateways", Kind::InternetGateways),
    ("ec2", "DescribeAddresses", Kind::Addresses),
    ("ec2", "DescribeNetworkAcls", Kind::NetworkAcls),
    ("ec2", "DescribeVpcPeeringConnections", Kind::PeeringConnections),
    ("ec2", "DescribeVpnGateways", Kind::VpnGateways),
    ("ec2", "DescribeCustomerGateways", Kind::CustomerGateways),
    ("ec2", "DescribeKeyPairs", Kind::KeyPairs),
    ("ec2", "DescribeImages", Kind::Images),
    ("elbv2", "DescribeLoadBalancers", Kind::LoadBalancers),
    ("elbv2", "DescribeTargetGroups", Kind::TargetGroups),
];

/// Every call that is served, with parameters, and what `show` says of the same.
fn calls(topology: &Topology) -> Vec<(&'static str, &'static str, Value, Option<Value>)> {
    let shown = |kind| describe::resources(kind, topology, &Health::default());
    let mut calls: Vec<_> =
        LISTS.iter().map(|(service, call, kind)| (*service, *call, json!({}), Some(json!(shown(*kind))))).collect();
    for call in [
        "DescribeVpcEndpointServices",
        "DescribePrefixLists",
        "DescribeManagedPrefixLists",
        "DescribeAvailabilityZones",
        "DescribeRegions",
        "DescribeTags",
    ] {
        calls.push(("ec2", call, json!({}), None));
    }
    for vpc in shown(Kind::Vpcs) {
        for attribute in ["enableDnsSupport", "enableDnsHostnames"] {
            calls.push(("ec2", "DescribeVpcAttribute", json!({ "VpcId": vpc["VpcId"], "Attribute": attribute }), None));
        }
    }
    for service in shown(Kind::EndpointServices) {
        calls.push((
            "ec2",
            "DescribeVpcEndpointServicePermissions",
            json!({ "ServiceId": service["ServiceId"] }),
            None,
        ));
    }
    for list in shown(Kind::PrefixLists) {
        calls.push(("ec2", "GetManagedPrefixListEntries", json!({ "PrefixListId": list["PrefixListId"] }), None));
    }
    of_balancers(topology, &mut calls);
    calls.push(("sts", "GetCallerIdentity", json!({}), None));
    for call in ["DescribeStacks", "DescribeStackResources", "ListStackResources"] {
        calls.push(("cloudformation", call, json!({ "StackName": topology.lab }), None));
    }
    calls.push(("cloudformation", "ListStacks", json!({ "StackStatusFilter": ["CREATE_COMPLETE"] }), None));
    calls
}

fn of_balancers(topology: &Topology, calls: &mut Vec<(&'static str, &'static str, Value, Option<Value>)>) {
    let of = |kind, field: &str, arn: &Value| -> Option<Value> {
        let all = describe::resources(kind, topology, &Health::default());
        Some(all.into_iter().filter(|resource| resource[field] == *arn).collect())
    };
    for balancer in describe::resources(Kind::LoadBalancers, topology, &Health::default()) {
        let arn = &balancer["LoadBalancerArn"];
        let listeners = of(Kind::Listeners, "LoadBalancerArn", arn);
        calls.push(("elbv2", "DescribeListeners", json!({ "LoadBalancerArn": arn }), listeners));
        calls.push(("elbv2", "DescribeTags", json!({ "ResourceArns": [arn] }), None));
        calls.push(("elbv2", "DescribeLoadBalancers", json!({ "Names": [balancer["LoadBalancerName"]] }), None));
    }
    for group in describe::resources(Kind::TargetGroups, topology, &Health::default()) {
        let arn = &group["TargetGroupArn"];
        let health = of(Kind::TargetHealth, "TargetGroupArn", arn);
        calls.push(("elbv2", "DescribeTargetHealth", json!({ "TargetGroupArn": arn }), health));
    }
}

/// The forms that botocore sends for calls.
fn forms(calls: &[(&str, &str, Value)]) -> Vec<String> {
    let (right, forms) = judge("requests", &json!(calls));
    assert!(right, "botocore refuses to send that");
    serde_json::from_str(&forms).unwrap()
}

fn service(name: &str) -> Service {
    SERVICES.iter().find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn botocore_understands_every_answer_and_nothing_of_show_is_lost() {
    let mut answers = Vec::new();
    for topology in topologies() {
        // With several accounts, each sees its own.
        let accounts: std::collections::BTreeSet<_> = topology.vpcs.values().map(|vpc| &vpc.account).collect();
        let is_one = accounts.iter().all(|account| *account == FIRST_ACCOUNT) && topology.regions().len() == 1;
        let calls = calls(&topology);
        let asked: Vec<_> = calls.iter().map(|(service, call, with, _)| (*service, *call, with.clone())).collect();
        for ((name, call, _, shown), form) in calls.into_iter().zip(forms(&asked)) {
            let reply = ask_as(FIRST_ACCOUNT, &topology, service(name), &form);
            let is_foreign = reply.status == 400 && !is_one;
            if !is_foreign {
                let shown = shown.filter(|_| is_one);
                let (of, status, body) = (&topology.lab, reply.status, reply.body);
                answers.push(json!({ "service": name, "operation": call, "of": of, "status": status, "body": body, "shown": shown }));
            }
        }
    }
    assert!(answers.len() > 500);
    let (right, said) = judge("answers", &json!(answers));
    assert!(right, "{said}");
}

#[test]
fn answers_in_full() {
    let topology = topology("privatelink");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden/query");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (service, action) in [
        (Service::Ec2, "DescribeVpcs"),
        (Service::Ec2, "DescribeVpcEndpoints"),
        (Service::Ec2, "DescribeInstances"),
        (Service::Ec2, "DescribeSecurityGroupRules"),
        (Service::ElasticLoadBalancing, "DescribeLoadBalancers"),
        (Service::CloudFormation, "DescribeStacks"),
        (Service::Sts, "GetCallerIdentity"),
    ] {
        let reply = ask_as(FIRST_ACCOUNT, &topology, service, &format!("Action={action}"));
        assert_eq!(reply.status, 200);
        let lines = reply.body.replace("><", ">\n<");
        settings.bind(|| insta::assert_snapshot!(action, lines));
    }
}

#[test]
fn filters_choose() {
    let topology = topology("privatelink");
    let ids = |form: &str| {
        let body = ask(&topology, &format!("Action=DescribeVpcs&{form}")).body;
        body.matches("<vpcId>").count()
    };
    let (name, vpc) = topology.vpcs.first_key_value().unwrap();
    assert_eq!(topology.vpcs.len(), 2, "{name}");
    let tag = &vpc.tag;
    assert_eq!(ids(""), 2);
    assert_eq!(ids(&format!("Filter.1.Name=tag:Name&Filter.1.Value.1={tag}")), 1);
    assert_eq!(ids(&format!("Filter.1.Name=vpc-id&Filter.1.Value.1={}", vpc.id)), 1);
    assert_eq!(ids(&format!("Filter.1.Name=cidr&Filter.1.Value.1={}&Filter.1.Value.2=10.*", vpc.cidr)), 2);
    assert_eq!(ids("Filter.1.Name=tag-key&Filter.1.Value.1=Name&Filter.2.Name=state&Filter.2.Value.1=pending"), 0);
    assert_eq!(ids("Filter.1.Name=is-default&Filter.1.Value.1=false"), 2);
    assert_eq!(ids("Filter.1.Name=tag:name&Filter.1.Value.1=*"), 0, "a tag's key is taken as it is");
    assert_eq!(ids(&format!("VpcId.1={}", vpc.id)), 1);
}

#[test]
fn parts_make_the_whole() {
    let topology = topology("whole-document-002");
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let body = ask(&topology, &format!("Action=DescribeSecurityGroupRules&MaxResults=5{token}")).body;
        let ids: Vec<_> = body.split("<securityGroupRuleId>").skip(1).map(|rest| rest[..21].to_owned()).collect();
        assert!((1..=5).contains(&ids.len()));
        found.extend(ids);
        let Some((_, next)) = body.split_once("<nextToken>") else { break };
        token = format!("&NextToken={}", next.split('<').next().unwrap());
        let other = format!("Action=DescribeVpcs&MaxResults=5{token}");
        assert_eq!(refused(&topology, &other).0, 400, "a token is of its own call");
    }
    let all = describe::resources(Kind::SecurityGroupRules, &topology, &Health::default());
    assert!(all.len() > 5);
    assert_eq!(found, all.iter().map(|rule| rule["SecurityGroupRuleId"].as_str().unwrap()).collect::<Vec<_>>());
}

#[test]
fn an_account_sees_what_is_its_own() {
    let topology = topology("privatelink");
    for service in [("DescribeVpcs", "vpcId"), ("DescribeInstances", "instanceId"), ("DescribeSubnets", "subnetId")] {
        let (action, element) = service;
        let form = format!("Action={action}");
        let body = ask_as("999999999999", &topology, Service::Ec2, &form).body;
        assert_eq!(body.matches(&format!("<{element}>")).count(), 0, "{action}");
    }
    let (_, vpc) = topology.vpcs.first_key_value().unwrap();
    let body = ask_as("999999999999", &topology, Service::Ec2, &format!("Action=DescribeVpcs&VpcId.1={}", vpc.id)).body;
    assert!(body.contains("InvalidVpcID.NotFound"), "{body}");
}

#[test]
fn a_region_has_what_is_in_it() {
    let topology = topology("regions");
    let (health, mut seen) = (Health::default(), 0);
    assert!(topology.regions().len() > 1);
    for account in topology.vpcs.values().map(|vpc| &vpc.account).collect::<std::collections::BTreeSet<_>>() {
        for region in topology.regions() {
            let (caller, parameters) = (caller(account), Parameters::parse("Action=DescribeVpcs").unwrap());
            let lab = Lab { topology: &topology, health: &health, caller: &caller, region };
            let call = query::call(Service::Ec2, &parameters).unwrap();
            let body = query::answer(Service::Ec2, &call, &lab, &parameters, "id").body;
            for vpc in topology.vpcs.values() {
                let is_in = vpc.account == *account && vpc.region == *region;
                assert_eq!(body.contains(&format!("<vpcId>{}</vpcId>", vpc.id)), is_in);
                seen += usize::from(is_in);
            }
        }
    }
    assert_eq!(seen, topology.vpcs.len());
}

#[test]
fn what_is_wrong_is_said_in_awss_words() {
    let topology = topology("privatelink");
    let absent = "0123456789abcdef0";
    let table = include_str!("query/refusals.txt").lines().filter(|line| !line.starts_with('#'));
    let pairs: Vec<_> = table.collect::<Vec<_>>().chunks(2).map(|pair| (pair[0], pair[1])).collect();
    assert!(pairs.len() > 20);
    for (form, said) in pairs {
        let (status, message) = refused(&topology, &form.replace("ABSENT", absent));
        assert_eq!(format!("{status} {message}"), said.replace("ABSENT", absent), "{form}");
    }
}
