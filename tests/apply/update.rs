//! Up, update, down.

use crate::lab::{Scratch, is_silent, ping, router_of, two_hosts};
use std::{collections::BTreeSet, process::Command};
use vpcns::{
    apply::{Plan, Stage, Step, diff},
    spec::{
        Hop, LinkKind, LinkName, Spec,
        nft::{Field, Filter, Part, Rule, Statement, Value, Verdict},
    },
    sys::{
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
        BTreeSet::from([vec![Part::Net("10.0.0.0/16".parse().unwrap()), Part::Number(6), Part::Range(1, 90)]]);
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
    let steps: Vec<_> = plan.steps.iter().map(Step::summary).collect();
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
    assert!(is_silent(&scratch.host("a"), "10.0.0.20"), "the new element drops it");

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
