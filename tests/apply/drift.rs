//! What somebody changes behind the lab's back is seen and healed.

use crate::lab::{Scratch, ping, two_hosts};
use std::{collections::BTreeMap, fs, process::Command};
use vpcns::{
    apply::{diff, diff_tables, observe_tables},
    spec::Spec,
    sys::netns::{self, Netns},
};

/// Each breaks something with a command in a namespace, in the hands of a shell.
const BREAKAGES: [(&str, &str); 13] = [
    ("a", "ip route delete default"),
    ("a", "ip route replace default via 10.0.0.7 dev eth0"),
    ("a", "ip route add 192.0.2.0/24 dev eth0 metric 7"),
    ("a", "ip address flush dev eth0"),
    ("a", "ip address add 10.0.0.11/24 dev eth0"),
    ("a", "ip link set eth0 down"),
    ("a", "ip link set eth0 mtu 1400"),
    ("vpc.v", "ip link delete eni-a"),
    ("vpc.v", "ip rule delete priority 20"),
    ("vpc.v", "ip route replace unreachable 10.0.0.10"),
    ("vpc.v", "nft flush table inet vpcns"),
    ("vpc.v", "nft delete table inet vpcns"),
    ("vpc.v", "echo 0 > /proc/sys/net/ipv4/ip_forward; echo 80 > /proc/sys/net/ipv4/neigh/eni-b/proxy_delay"),
];

#[test]
fn drift_is_seen_and_healed() {
    let scratch = Scratch::new("t-apply-drift");
    let spec = two_hosts(scratch.name());
    scratch.up(&spec, &Spec::default());
    for (host, script) in BREAKAGES {
        let netns = Netns::open(&scratch.host(host)).unwrap();
        let broken = netns.enter(|| Command::new("sh").args(["-ec", script]).status()).unwrap().unwrap();
        assert!(broken.success(), "{script}");
        let plan = diff(&spec, &scratch.observe(&spec));
        assert!(!plan.is_empty(), "{script}");
        scratch.run(&plan);
        assert_eq!(scratch.observe(&spec), spec, "{script}");
        assert!(ping(&scratch.host("a"), "10.0.0.20"), "{script}");
    }
}

#[test]
fn a_table_is_healed_alone() {
    let scratch = Scratch::new("t-apply-tables");
    let spec = two_hosts(scratch.name());
    scratch.up(&spec, &Spec::default());
    let observed = || observe_tables(&scratch.lab, &spec.namespaces).unwrap();
    let tables: BTreeMap<_, _> = spec.namespaces.iter().map(|(name, is)| (name.clone(), is.nft.clone())).collect();
    assert_eq!(observed(), tables);
    assert!(diff_tables(&spec.namespaces, &observed()).is_empty());
    let netns = Netns::open(&scratch.host("vpc.v")).unwrap();
    let script = "nft flush table inet vpcns; ip rule delete priority 20";
    assert!(netns.enter(|| Command::new("sh").args(["-ec", script]).status()).unwrap().unwrap().success());
    let plan = diff_tables(&spec.namespaces, &observed());
    assert_eq!(plan.steps.len(), 1);
    scratch.run(&plan);
    assert_eq!(observed(), tables);
    // The rule is somebody else's to mend.
    assert_eq!(diff(&spec, &scratch.observe(&spec)).steps.len(), 1);
    netns::delete(&scratch.host("a")).unwrap();
    assert!(!observed().contains_key(&scratch.host("a")));
}

#[test]
fn files_are_healed_too() {
    let scratch = Scratch::new("t-apply-files");
    let spec = two_hosts(scratch.name());
    scratch.up(&spec, &Spec::default());
    let directory = format!("/etc/netns/{}", scratch.host("a"));
    fs::write(format!("{directory}/resolv.conf"), "names").unwrap();
    fs::write(format!("{directory}/nsswitch.conf"), "").unwrap();
    assert_eq!(diff(&spec, &scratch.observe(&spec)).steps.len(), 2);
    scratch.up(&spec, &spec);
    assert_eq!(scratch.observe(&spec), spec);
}

#[test]
fn what_an_instance_makes_for_itself_is_left_alone() {
    let scratch = Scratch::new("t-apply-own");
    let spec = two_hosts(scratch.name());
    scratch.up(&spec, &Spec::default());
    let script = "ip link add br0 type bridge; ip link set br0 up; ip address add 172.17.0.1/16 dev br0; \
                  ip route add 172.18.0.0/16 dev br0; nft add table ip mine";
    let netns = Netns::open(&scratch.host("a")).unwrap();
    assert!(netns.enter(|| Command::new("sh").args(["-ec", script]).status()).unwrap().unwrap().success());
    assert_eq!(scratch.observe(&spec), spec);
}
