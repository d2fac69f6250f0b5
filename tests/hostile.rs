//! No name of a file reaches a path, a shell, an nft string or a terminal unchecked: whatever stands in the place of a name is
//! refused, in both formats, and what is shown of it has no character that a terminal obeys. What may be any text
//! (tags, answers, scripts) names nothing on the machine.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use std::path::PathBuf;
use vpcns::{
    compile::compile,
    input::{self, Options, Source},
    model::{Topology, diagnostic::Diagnostics},
    spec::{Spec, nft::Filter, service::Health},
};

/// What is no name.
const HOSTILE: [&str; 20] = [
    "../x",
    "a/b",
    "..",
    ".",
    "",
    "-rf",
    "a b",
    "a\nb",
    "a\tb",
    "a\0b",
    "a;reboot",
    "a\"b",
    "a'b",
    "$(reboot)",
    "`reboot`",
    "a\\b",
    "a\u{1b}[31mb",
    // Cyrillic letters that look like Latin ones, and a character that turns the line around.
    "раураl",
    "a\u{202e}b",
    "{a}",
];

fn read(text: &Value) -> (Source, Result<Topology, Diagnostics>) {
    let source = Source { name: "lab.yaml".into(), text: text.to_string(), directory: PathBuf::from(".") };
    let topology = input::topology(&source, &Options::of_lab("lab"), None);
    (source, topology)
}

/// That a file is refused, in words that a terminal shows as they are.
fn assert_refused(text: &Value, what: &str, name: &str) {
    let (source, topology) = read(text);
    let Err(mistakes) = topology else { panic!("{what} may be called {name:?}") };
    let said = input::render(&source, mistakes);
    let obeyed =
        said.chars().find(|letter| letter.is_control() && *letter != '\n' || "\u{202e}\u{2066}".contains(*letter));
    assert!(obeyed.is_none(), "{what} {name:?}: {obeyed:?} in {said}");
}

/// Whatever of the native format has a name of the file's choice.
fn native(name: &str) -> Vec<(&'static str, Value)> {
    let vpc = |more: Value| {
        let mut vpc = json!({ "cidr": "10.0.0.0/16", "subnets": { "a": { "cidr": "10.0.0.0/24" } } });
        vpc.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "vpcs": { "v": vpc } })
    };
    let with = |key: &str, value: Value| {
        let mut file = vpc(json!({}));
        file[key] = value;
        file
    };
    let target_group = json!({ "port": 80, "vpc": "v", "targets": [] });
    let balancer = json!({ "subnets": ["v/a"], "listeners": {} });
    let serving = |key: &str, value: Value| {
        let mut file = with("load_balancers", json!({ "n": balancer }));
        file["endpoint_services"] = json!({ "s": { "load_balancer": "n" } });
        file[key] = value;
        file
    };
    vec![
        ("a lab", with("name", json!(name))),
        ("a VPC", json!({ "vpcs": { name: { "cidr": "10.0.0.0/16" } } })),
        (
            "a subnet",
            json!({ "vpcs": { "v": { "cidr": "10.0.0.0/16", "subnets": { name: { "cidr": "10.0.0.0/24" } } } } }),
        ),
        ("a route table", vpc(json!({ "route_tables": { name: {} } }))),
        ("a security group", vpc(json!({ "security_groups": { name: {} } }))),
        ("a network ACL", vpc(json!({ "network_acls": { name: {} } }))),
        ("an instance", with("instances", json!({ name: { "subnet": "v/a" } }))),
        ("a network interface", with("network_interfaces", json!({ name: { "subnet": "v/a" } }))),
        ("an elastic IP", with("elastic_ips", json!({ name: {} }))),
        ("a target group", with("target_groups", json!({ name: target_group }))),
        ("a load balancer", with("load_balancers", json!({ name: balancer }))),
        ("an endpoint service", serving("endpoint_services", json!({ name: { "load_balancer": "n" } }))),
        ("an endpoint", serving("endpoints", json!({ name: { "service": "s", "subnets": ["v/a"] } }))),
        ("a gateway endpoint", with("gateway_endpoints", json!({ name: { "service": "s3", "vpc": "v" } }))),
        ("a prefix list", with("prefix_lists", json!({ name: { "max_entries": 1, "entries": [] } }))),
        ("a key pair", with("key_pairs", json!({ name: {} }))),
        ("a role", with("roles", json!({ name: {} }))),
        ("a bucket", with("buckets", json!({ name: {} }))),
        ("a hosted zone", with("hosted_zones", json!({ name: { "domain": "example.internal", "vpcs": ["v"] } }))),
        ("a domain", with("hosted_zones", json!({ "z": { "domain": name, "vpcs": ["v"] } }))),
        ("a flow log", with("flow_logs", json!({ name: { "resource": "vpc/v" } }))),
        ("a site", with("on_premises", json!({ name: { "cidr": "192.168.0.0/16" } }))),
        ("a host", with("on_premises", json!({ "s": { "cidr": "192.168.0.0/16", "hosts": { name: {} } } }))),
        (
            "a site's domain",
            with(
                "on_premises",
                json!({ "s": { "cidr": "192.168.0.0/16", "hosts": { "h": {} }, "dns": { "host": "h", "domain": name } } }),
            ),
        ),
        ("an AWS service", with("services", json!({ name: { "upstream": "http://127.0.0.1:5000" } }))),
        ("a DHCP domain", vpc(json!({ "dhcp_options": { "domain_name": format!("{name}/") } }))),
        ("a DNS server", vpc(json!({ "dhcp_options": { "domain_name_servers": [name] } }))),
        (
            "a command's user",
            with("instances", json!({ "i": { "subnet": "v/a", "command": { "argv": ["true"], "user": name } } })),
        ),
    ]
}

#[test]
fn no_name_of_the_native_format_is_hostile() {
    for (what, right) in native("right") {
        // Only what has to be something else than a plain word is wrong with one.
        let particular =
            ["an AWS service", "a DHCP domain", "a DNS server", "a command's user", "a domain", "a site's domain"];
        let (source, topology) = read(&right);
        let said = topology.map_err(|mistakes| input::render(&source, mistakes));
        assert!(said.is_ok() || particular.contains(&what), "{what}: {said:?}");
    }
    let long = "a".repeat(300);
    for name in HOSTILE.iter().copied().chain([long.as_str()]) {
        for (what, text) in native(name) {
            // A domain may be called so; it is no word of a command.
            if what.ends_with("domain") && name == "-rf" {
                continue;
            }
            assert_refused(&text, what, name);
        }
    }
}

#[test]
fn no_logical_id_of_a_template_is_hostile() {
    let vpc = json!({ "Type": "AWS::EC2::VPC", "Properties": { "CidrBlock": "10.0.0.0/16" } });
    let long = "a".repeat(300);
    for name in HOSTILE.iter().copied().chain([long.as_str()]) {
        assert_refused(&json!({ "Resources": { name: vpc } }), "a resource", name);
        let file = json!({ "Parameters": { name: { "Type": "String", "Default": "x" } }, "Resources": { "V": vpc } });
        assert_refused(&file, "a parameter", name);
        let with =
            |kind: &str, properties: Value| json!({ "Resources": { "R": { "Type": kind, "Properties": properties } } });
        if !name.is_empty() {
            assert_refused(&with("AWS::S3::Bucket", json!({ "BucketName": name })), "a bucket", name);
        }
        assert_refused(&with("AWS::Route53::HostedZone", json!({ "Name": name })), "a domain", name);
    }
}

/// All by which something on the machine is called.
fn names(spec: &Spec) -> Vec<String> {
    let mut names = Vec::new();
    for (name, namespace) in &spec.namespaces {
        names.push(name.to_string());
        names.extend(namespace.links.keys().map(ToString::to_string));
        names.extend(namespace.files.keys().cloned());
        names.extend(namespace.sysctls.keys().cloned());
        if let Filter::Table(table) = &namespace.nft {
            names.extend(table.chains.keys().chain(table.sets.keys()).chain(table.maps.keys()).cloned());
        }
    }
    names
}

#[test]
fn free_texts_name_nothing_on_the_machine() {
    for text in ["../../etc/passwd", "a;reboot", "a\"; drop", "$(reboot)", "x y", "раура", "%s", &"t".repeat(200)]
    {
        let file = json!({
            "vpcs": { "v": {
                "cidr": "10.0.0.0/16", "tag": text,
                "subnets": { "a": { "cidr": "10.0.0.0/24", "tag": text } },
                "security_groups": { "g": { "tag": text, "description": text, "inbound": [{ "type": "HTTP", "source": "0.0.0.0/0" }] } },
            } },
            "instances": { "i": { "subnet": "v/a", "tag": text, "security_groups": ["g"], "httpd": text, "user_data": format!("#!/bin/sh\n{text}") } },
            "load_balancers": { "n": { "subnets": ["v/a"], "scheme": "internal", "listeners": { "TCP:80": ["i"] } } },
        });
        let (source, topology) = read(&file);
        let topology = topology.unwrap_or_else(|mistakes| panic!("{}", input::render(&source, mistakes)));
        let names = names(&compile(&topology, &Health::default()));
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
        let wrong: Vec<_> = names.iter().filter(|name| !name.chars().all(plain) || name.contains("..")).collect();
        assert!(names.len() > 20 && wrong.is_empty(), "{text:?}: {wrong:?}");
    }
}
