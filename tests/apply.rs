//! The whole of `apply` against the kernel, on labs written by hand: two hosts and a router between them.
//!
//! Needs root. Each test has a lab of its own, which is removed whatever happens.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "these are tests")]

#[path = "apply/lab.rs"]
mod lab;

use lab::{Scratch, address, ping, router_of, two_hosts};
use std::{collections::BTreeSet, fs, process::Command};
use vpcns::{
    apply::{Error, Plan, Stage, diff, execute},
    spec::{
        Hop, LinkKind, LinkName, NetnsName, Route, Spec,
        nft::{Field, Filter, Part, Rule, Statement, Value, Verdict},
    },
    sys::{
        netlink::{Netlink, Request, link, route},
        netns::{self, Netns},
        process,
    },
};

#[test]
fn up_makes_what_is_wanted_and_nothing_more_the_second_time() {
    let scratch = Scratch::new("t-apply-up");
    let spec = two_hosts(scratch.name());
    scratch.up(&spec, &Spec::default());
    assert_eq!(scratch.observe(&spec), spec);
    assert_eq!(diff(&spec, &scratch.observe(&spec)), Plan::default());
    assert!(ping(&scratch.host("a"), "10.0.0.20"));
    // Without knowing what to expect, only the tables and sysctls are in doubt.
    let blind = diff(&spec, &scratch.observe(&Spec::default()));
    assert!(blind.steps.iter().all(|step| step.action.stage() == Stage::Foundation), "{blind}");
    scratch.run(&blind);
    assert_eq!(scratch.observe(&spec), spec);
}

#[test]
fn a_change_touches_only_what_changed() {
    let scratch = Scratch::new("t-apply-change");
    let spec = two_hosts(scratch.name());
    scratch.up(&spec, &Spec::default());
    let mut wanted = spec.clone();
    let router = wanted.namespaces.get_mut(&scratch.host("vpc.v")).unwrap();
    let Filter::Table(table) = &mut router.nft else { panic!("the router has a table") };
    let allowed = table.sets.get_mut("allowed").unwrap();
    allowed.elements =
        BTreeSet::from([vec![Part::Net("10.0.0.0/16".parse().unwrap()), Part::Number(6), Part::Ports(1, 90)]]);
    table
        .maps
        .get_mut("inbound")
        .unwrap()
        .elements
        .insert(vec![Part::Ifname(LinkName::new("eni-b"))], Part::Verdict(Verdict::Drop));
    table.chains.get_mut("forward").unwrap().rules.pop();
    wanted.namespaces.get_mut(&scratch.host("a")).unwrap().links.get_mut(&LinkName::new("eth0")).unwrap().mtu = 1500;
    wanted.namespaces.get_mut(&scratch.host("a")).unwrap().files.insert("hosts".into(), "127.0.0.1 localhost\n".into());

    let plan = diff(&wanted, &scratch.observe(&spec));
    let steps: Vec<_> = plan.steps.iter().map(vpcns::apply::Step::summary).collect();
    assert_eq!(
        steps,
        [
            "ip netns exec t-apply-change.vpc.v nft -f -",
            "ip -n t-apply-change.a link set eth0 mtu 1500 up",
            "cat > /etc/netns/t-apply-change.a/hosts",
        ]
    );
    let text = plan.to_string();
    assert!(text.contains(r#"add element inet vpcns inbound { "eni-b" : drop }"#), "{text}");
    assert!(!text.contains("table inet"), "{text}");
    scratch.run(&plan);
    assert_eq!(scratch.observe(&wanted), wanted);
    assert!(!ping(&scratch.host("a"), "10.0.0.20"), "the new element drops it");

    scratch.up(&spec, &wanted);
    assert!(ping(&scratch.host("a"), "10.0.0.20"));
    assert_eq!(scratch.observe(&spec), spec);
}

#[test]
fn a_host_that_moves_gets_new_links() {
    let scratch = Scratch::new("t-apply-move");
    let spec = two_hosts(scratch.name());
    scratch.up(&spec, &Spec::default());
    let mut wanted = spec.clone();
    wanted.namespaces.remove(&scratch.host("b"));
    router_of(&mut wanted, scratch.name()).links.remove(&LinkName::new("eni-b"));
    router_of(&mut wanted, scratch.name()).routes.retain(|route| route.hop != Hop::Link(LinkName::new("eni-b")));
    let a = wanted.namespaces.get_mut(&scratch.host("a")).unwrap();
    let LinkKind::Veth { mac, .. } = &mut a.links.get_mut(&LinkName::new("eth0")).unwrap().kind else { panic!("veth") };
    mac.0[5] = 77;
    scratch.up(&wanted, &spec);
    assert_eq!(scratch.observe(&wanted), wanted);
    assert!(!netns::is_there(&scratch.host("b")));
    scratch.up(&spec, &wanted);
    assert_eq!(scratch.observe(&spec), spec);
    assert!(ping(&scratch.host("b"), "10.0.0.10"));
}

#[test]
fn drift_is_seen_and_healed() {
    let scratch = Scratch::new("t-apply-drift");
    let spec = two_hosts(scratch.name());
    scratch.up(&spec, &Spec::default());
    let (a, router) = (Netns::open(&scratch.host("a")).unwrap(), Netns::open(&scratch.host("vpc.v")).unwrap());
    let eth0 = LinkName::new("eth0");
    let break_it = |netns: &Netns, requests: &dyn Fn(&mut Netlink) -> Vec<Request>| {
        let mut netlink = netns.enter(Netlink::open).unwrap().unwrap();
        let requests = requests(&mut netlink);
        assert!(netlink.send(&requests).unwrap().is_empty());
    };
    let default = Route {
        table: 254,
        destination: "0.0.0.0/0".parse().unwrap(),
        hop: Hop::Gateway(address("10.0.0.1"), eth0.clone()),
    };
    let breakages: [(&str, &dyn Fn()); 7] = [
        ("route", &|| break_it(&a, &|netlink| vec![route::delete(&default, &netlink.indexes().unwrap()).unwrap()])),
        ("link", &|| break_it(&router, &|_| vec![link::delete(&LinkName::new("eni-a"))])),
        ("mtu", &|| break_it(&a, &|_| vec![link::set(&eth0, 1400)])),
        ("table", &|| assert!(nft(&router, &["flush", "table", "inet", "vpcns"]))),
        ("no table", &|| assert!(nft(&router, &["delete", "table", "inet", "vpcns"]))),
        ("sysctl", &|| router.enter(|| fs::write("/proc/sys/net/ipv4/ip_forward", "0")).unwrap().unwrap()),
        ("file", &|| fs::write(format!("/etc/netns/{}/resolv.conf", scratch.host("a")), "names").unwrap()),
    ];
    for (what, breakage) in breakages {
        breakage();
        let plan = diff(&spec, &scratch.observe(&spec));
        assert!(!plan.is_empty(), "{what}");
        scratch.run(&plan);
        assert_eq!(scratch.observe(&spec), spec, "{what}");
        assert!(ping(&scratch.host("a"), "10.0.0.20"), "{what}");
    }
}

#[test]
fn a_killed_up_is_healed_by_the_next() {
    let scratch = Scratch::new("t-apply-killed");
    let spec = two_hosts(scratch.name());
    let whole = diff(&spec, &Spec::default());
    // As if it had been killed after any number of steps.
    for done in 0..whole.steps.len() {
        let part = Plan { steps: whole.steps[..done].to_vec() };
        scratch.run(&part);
        scratch.up(&spec, &Spec::default());
        assert_eq!(scratch.observe(&spec), spec, "after {done} steps");
        scratch.down();
    }
}

#[test]
fn what_is_half_made_is_healed_or_removed() {
    let scratch = Scratch::new("t-apply-half");
    let spec = two_hosts(scratch.name());
    let half = || {
        // Killed between making the file and mounting the namespace on it, and between files.
        scratch.up(&spec, &Spec::default());
        let name = scratch.host("a");
        netns::delete(&name).unwrap();
        fs::write(format!("/run/netns/{name}"), "").unwrap();
        fs::write(format!("/etc/netns/{name}/resolv.conf"), "").unwrap();
    };
    half();
    scratch.up(&spec, &spec);
    assert_eq!(scratch.observe(&spec), spec);
    half();
    scratch.down();
    scratch.assert_nothing_is_left();
}

#[test]
fn down_leaves_nothing() {
    let scratch = Scratch::new("t-apply-down");
    let spec = two_hosts(scratch.name());
    scratch.up(&spec, &Spec::default());
    let netns = Netns::open(&scratch.host("a")).unwrap();
    let mut server = netns.enter(|| Command::new("sleep").arg("1000").spawn()).unwrap().unwrap();
    let inside = BTreeSet::from([netns.identity().unwrap()]);
    assert_eq!(process::inside(&inside).unwrap(), [server.id().cast_signed()]);
    scratch.down();
    assert!(!server.wait().unwrap().success());
    assert!(process::inside(&inside).unwrap().is_empty());
    scratch.assert_nothing_is_left();
    scratch.down();
}

#[test]
fn a_namespace_of_somebody_else_is_refused() {
    let scratch = Scratch::new("t-apply-foreign");
    let spec = two_hosts(scratch.name());
    let theirs = scratch.host("b");
    Netns::create(&theirs).unwrap();
    let plan = diff(&spec, &scratch.observe(&spec));
    let error = execute(&scratch.lab, &plan, &mut |_| {}).unwrap_err();
    assert!(matches!(&error, Error::Foreign(name) if *name == theirs), "{error}");
    assert!(error.to_string().contains("hint: "));
    assert!(!netns::is_there(&scratch.host("a")), "nothing was touched");
    scratch.down();
    assert!(netns::is_there(&theirs), "it is not ours to delete");
    netns::delete(&theirs).unwrap();
}

#[test]
fn an_error_names_the_step() {
    let scratch = Scratch::new("t-apply-error");
    let mut spec = two_hosts(scratch.name());
    let unreachable = Hop::Gateway(address("192.0.2.1"), LinkName::new("eth0"));
    let a = spec.namespaces.get_mut(&scratch.host("a")).unwrap();
    a.routes.insert(Route { table: 1000, destination: "0.0.0.0/0".parse().unwrap(), hop: unreachable });
    let error = execute(&scratch.lab, &diff(&spec, &Spec::default()), &mut |_| {}).unwrap_err();
    let expected = "`ip -n t-apply-error.a route replace 0.0.0.0/0 via 192.0.2.1 dev eth0 table 1000` failed";
    assert_eq!(error.to_string(), expected);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.starts_with("Network is unreachable"), "{source}");
}

#[test]
fn every_change_of_a_table_is_one_that_nft_takes() {
    let scratch = Scratch::new("t-apply-table");
    let first = two_hosts(scratch.name());
    scratch.up(&first, &Spec::default());
    let mut second = first.clone();
    let Filter::Table(table) = &mut router_of(&mut second, scratch.name()).nft else {
        panic!("the router has a table")
    };
    let mut set = table.sets.remove("allowed").unwrap();
    set.elements.insert(vec![Part::Net("192.0.2.0/24".parse().unwrap()), Part::Number(17), Part::port(53)]);
    table.sets.insert("permitted".into(), set);
    let mut chain = table.chains.remove("web").unwrap();
    chain.rules[0].statements[0] = Statement::In {
        key: vec![Field::IpSaddr, Field::L4proto, Field::ThDport],
        not: false,
        set: "permitted".into(),
    };
    table.chains.insert("site".into(), chain);
    let jump = Part::Verdict(Verdict::Jump("site".into()));
    table.maps.get_mut("inbound").unwrap().elements.values_mut().for_each(|value| *value = jump.clone());
    let mut map = table.maps.remove("marks").unwrap();
    map.elements.clear();
    table.maps.insert("numbers".into(), map);
    let forward = &mut table.chains.get_mut("forward").unwrap().rules;
    forward.retain(|rule| !rule.to_string().contains("@marks"));
    forward.push(Rule::new([Statement::Match { field: Field::IpTtl, not: false, value: Value::Number(3) }]));
    for (wanted, found) in [(&second, &first), (&first, &second)] {
        let plan = diff(wanted, &scratch.observe(found));
        assert!(plan.to_string().contains("delete set inet vpcns"), "{plan}");
        scratch.run(&plan);
        let changed = scratch.listed("vpc.v");
        // What the changes made is what a whole load makes.
        scratch.up(wanted, &Spec::default());
        assert_eq!(changed, scratch.listed("vpc.v"));
    }
}

/// Prints its times: what the kernel takes for the namespaces and links alone is about 2 s for a thousand.
#[test]
fn a_thousand_hosts() {
    let scratch = Scratch::new("t-apply-many");
    let spec = lab::many_hosts(scratch.name(), 1000);
    let plan = lab::timed("diff", || diff(&spec, &Spec::default()));
    let mut stages = Vec::new();
    let started = std::time::Instant::now();
    let mut note = |progress: &vpcns::apply::Progress<'_>| {
        stages.retain(|(stage, _)| *stage != progress.stage);
        stages.push((progress.stage, started.elapsed()));
    };
    lab::timed("execute", || execute(&scratch.lab, &plan, &mut note)).unwrap();
    println!("{} steps, stages end at {stages:?}", plan.steps.len());
    let seen = lab::timed("observe", || scratch.observe(&spec));
    assert!(diff(&spec, &seen).is_empty());
    assert!(ping(&NetnsName::new(scratch.name(), "h999"), "10.0.0.10"));
    lab::timed("remove", || scratch.down());
    scratch.assert_nothing_is_left();
}

fn nft(netns: &Netns, arguments: &[&str]) -> bool {
    netns.enter(|| Command::new("nft").args(arguments).status()).unwrap().unwrap().success()
}
