//! Instance metadata (section 11 of the rules): the tree that 169.254.169.254 shows each instance, as the
//! daemon serves it in the VPC's router, where no two instances have the same address.
//!
//! ```text
//! meta-data/local-ipv4                                             10.10.0.49
//! meta-data/network/interfaces/macs/02:0a:…/vpc-ipv4-cidr-block     10.10.0.0/16
//! ```

use super::{names, router::METADATA};
use crate::{
    model::{Id, Instance, Name, NetworkInterface, SecurityGroup, Topology, Vpc, dns_name, id},
    spec::{
        NetnsName,
        aws::Session,
        service::{InstanceMetadata, MetadataServer, Tree},
    },
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::Ipv4Addr};

/// A server in each VPC that has instances.
pub(super) fn servers(topology: &Topology) -> BTreeMap<NetnsName, MetadataServer> {
    let mut servers = BTreeMap::new();
    for (name, instance) in &topology.instances {
        let interface = &topology.network_interfaces[&instance.interface];
        let server = servers
            .entry(names::router_netns(&topology.lab, &interface.vpc))
            .or_insert_with(|| MetadataServer { listen: METADATA, instances: BTreeMap::new() });
        let metadata = InstanceMetadata {
            tree: tree(topology, (name, instance), interface),
            enabled: instance.metadata_options.endpoint,
            tokens_required: instance.metadata_options.tokens_required,
            hop_limit: instance.metadata_options.hop_limit,
            credentials: session(topology, instance).map(|its| (format!("{CREDENTIALS}/{}", its.role), its)),
        };
        let interfaces = instance.interfaces().map(|(_, name)| &topology.network_interfaces[name]);
        for address in interfaces.flat_map(NetworkInterface::private_ips) {
            server.instances.insert(address, metadata.clone());
        }
    }
    servers
}

/// Who has the credentials that an instance is told, if it has a role.
pub fn session(topology: &Topology, instance: &Instance) -> Option<Session> {
    let role = instance.iam_role.clone()?;
    let interface = &topology.network_interfaces[&instance.interface];
    let account = topology.vpcs[&interface.vpc].account.clone();
    Some(Session { account, role, name: instance.id.to_string() })
}

/// Everything that an instance is told, by path below `/latest/` (IMDS-05).
fn tree(topology: &Topology, (name, instance): (&Name, &Instance), interface: &NetworkInterface) -> Tree {
    let vpc = &topology.vpcs[&interface.vpc];
    let az = topology.az_of(interface);
    let region = &vpc.region;
    let host = topology.told_host_name(vpc, interface.private_ip);
    let lab = topology.lab.as_str();
    let mut tree = Tree::new();
    let mut put = |path: &str, value: String| _ = tree.insert(format!("meta-data/{path}"), value);
    put("ami-id", topology.image_id(instance));
    put("ami-manifest-path", "(unknown)".into());
    put("block-device-mapping/ami", "/dev/xvda".into());
    put("block-device-mapping/root", "/dev/xvda".into());
    put("ami-launch-index", "0".into());
    put("hostname", host.clone());
    put("instance-action", "none".into());
    put("instance-id", instance.id.to_string());
    put("instance-life-cycle", "on-demand".into());
    put("instance-type", instance.instance_type().into());
    put("local-hostname", host);
    put("local-ipv4", interface.private_ip.to_string());
    put("mac", interface.mac.to_string());
    put("placement/availability-zone", az.to_string());
    put("placement/availability-zone-id", topology.zone_id(&instance.interface).to_owned());
    put("placement/region", region.to_string());
    put("profile", "default-hvm".into());
    put("reservation-id", Id::derive(lab, "r", name.as_str()).to_string());
    put("security-groups", groups(topology, interface, |group| group.group_name.clone()));
    put("services/domain", "amazonaws.com".into());
    put("services/partition", "aws".into());
    if let Some(pair) = instance.key_pair.as_ref().map(|pair| &topology.key_pairs[pair])
        && let Some(key) = &pair.public_key
    {
        // The list has names in it, and so the directory itself is a value.
        put("public-keys", format!("0={}", pair.key_name));
        put("public-keys/0", "openssh-key".into());
        put("public-keys/0/openssh-key", format!("{key} {}", pair.key_name));
    }
    if let Some(public) = &interface.public {
        put("public-ipv4", public.ip.to_string());
        // IMDS-06: only where the VPC gives public names.
        if let Some(public_name) = dns_name::instance_public(vpc, public.ip) {
            put("public-hostname", public_name);
        }
    }
    for (index, name) in instance.interfaces() {
        let interface = &topology.network_interfaces[name];
        let below = format!("network/interfaces/macs/{}", interface.mac);
        for (leaf, value) in interface_tree(topology, (index, interface), vpc) {
            put(&format!("{below}/{leaf}"), value);
        }
    }
    tree.extend(role_and_tags(topology, instance, interface));
    tree.insert("dynamic/instance-identity/document".into(), identity(topology, instance, interface));
    // IMDS-09: as it was given.
    tree.extend(instance.user_data.clone().map(|script| ("user-data".to_owned(), script)));
    tree
}

/// What an instance is told of its role and its tags, if it has any.
fn role_and_tags(topology: &Topology, instance: &Instance, interface: &NetworkInterface) -> Tree {
    let mut tree = Tree::new();
    if let Some(role) = &instance.iam_role {
        tree.insert("meta-data/iam/info".into(), iam_info(topology, interface, role));
        // What it says is the daemon's to say.
        tree.insert(format!("{CREDENTIALS}/{role}"), String::new());
    }
    if instance.metadata_options.instance_tags {
        tree.insert("meta-data/tags/instance/Name".into(), instance.tag.clone());
        // As on AWS, a tag that cannot be a path is not told.
        for (key, value) in instance.tags.iter().filter(|(key, _)| is_path(key)) {
            tree.insert(format!("meta-data/tags/instance/{key}"), value.clone());
        }
    }
    tree
}

/// Below this path stand the credentials of roles (IMDS-07).
const CREDENTIALS: &str = "meta-data/iam/security-credentials";

/// Which profile an instance has. In a lab it is called as its role.
fn iam_info(topology: &Topology, interface: &NetworkInterface, role: &str) -> String {
    let account = &topology.vpcs[&interface.vpc].account;
    let info = json!({
        "Code": "Success",
        "LastUpdated": "2021-01-01T00:00:00Z",
        "InstanceProfileArn": format!("arn:aws:iam::{account}:instance-profile/{role}"),
        "InstanceProfileId": format!("AIPA{}", id::hex(&topology.lab, "profile", role).to_uppercase()),
    });
    serde_json::to_string_pretty(&info).expect("a document of text")
}

/// Whether a tag's key can be a name in the tree.
fn is_path(key: &str) -> bool {
    !key.is_empty() && !key.starts_with('.') && !key.contains(['/', ' ']) && key != "_index"
}

/// What is told of an interface below its Ethernet address.
fn interface_tree(
    topology: &Topology,
    (index, interface): (u16, &NetworkInterface),
    vpc: &Vpc,
) -> Vec<(String, String)> {
    let subnet = &topology.subnets[&interface.subnet];
    let mut leaves = vec![
        ("device-number".to_owned(), index.to_string()),
        ("interface-id".into(), interface.id.to_string()),
        ("local-hostname".into(), topology.told_host_name(vpc, interface.private_ip)),
        ("local-ipv4s".into(), lines(interface.private_ips())),
        ("mac".into(), interface.mac.to_string()),
        ("owner-id".into(), vpc.account.clone()),
        ("security-group-ids".into(), groups(topology, interface, |group| group.id.to_string())),
        ("security-groups".into(), groups(topology, interface, |group| group.group_name.clone())),
        ("subnet-id".into(), subnet.id.to_string()),
        ("subnet-ipv4-cidr-block".into(), subnet.cidr.to_string()),
        ("vpc-id".into(), vpc.id.to_string()),
        ("vpc-ipv4-cidr-block".into(), vpc.cidr.to_string()),
        ("vpc-ipv4-cidr-blocks".into(), vpc.cidrs().map(|cidr| cidr.to_string()).collect::<Vec<_>>().join("\n")),
    ];
    for (private, public) in interface.addresses() {
        leaves.extend(public.map(|public| (format!("ipv4-associations/{}", public.ip), private.to_string())));
    }
    if interface.addresses().any(|(_, public)| public.is_some()) {
        let public = interface.addresses().filter_map(|(_, public)| Some(public?.ip));
        leaves.push(("public-ipv4s".into(), lines(public)));
    }
    if let Some(public) = &interface.public {
        let public_name = dns_name::instance_public(vpc, public.ip);
        leaves.extend(public_name.map(|name| ("public-hostname".into(), name)));
    }
    leaves
}

/// A line for each address.
fn lines(addresses: impl Iterator<Item = Ipv4Addr>) -> String {
    addresses.map(|address| address.to_string()).collect::<Vec<_>>().join("\n")
}

/// A line for each group of an interface.
fn groups(topology: &Topology, interface: &NetworkInterface, of: impl Fn(&SecurityGroup) -> String) -> String {
    let groups = interface.security_groups.iter().map(|name| of(&topology.security_groups[name]));
    groups.collect::<Vec<_>>().join("\n")
}

/// The instance identity document, without a launch time and without a signature.
fn identity(topology: &Topology, instance: &Instance, interface: &NetworkInterface) -> String {
    let document = json!({
        "accountId": topology.vpcs[&interface.vpc].account,
        "architecture": "x86_64",
        "availabilityZone": topology.az_of(interface).as_str(),
        "billingProducts": Value::Null,
        "devpayProductCodes": Value::Null,
        "marketplaceProductCodes": Value::Null,
        "imageId": topology.image_id(instance),
        "instanceId": instance.id.as_str(),
        "instanceType": instance.instance_type(),
        "kernelId": Value::Null,
        "privateIp": interface.private_ip,
        "ramdiskId": Value::Null,
        "region": topology.region_of(&interface.vpc),
        "version": "2017-09-30",
    });
    serde_json::to_string_pretty(&document).expect("a document of text and nulls")
}
