//! A thousand hosts behind one router.

use crate::lab::{Scratch, many_hosts, ping, router_of, timed};
use std::time::Instant;
use vpcns::{
    apply::{Progress, diff, execute},
    spec::{
        LinkName, NetnsName, Spec,
        nft::{Filter, Part, Verdict},
    },
};

/// Prints its times: what the kernel takes for the namespaces and links alone is about 2 s for a thousand.
#[test]
fn a_thousand_hosts() {
    let scratch = Scratch::new("t-apply-many");
    let spec = many_hosts(scratch.name(), 1000);
    let plan = timed("diff", || diff(&spec, &Spec::default()));
    let mut stages = Vec::new();
    let started = Instant::now();
    let mut note = |progress: &Progress<'_>| {
        stages.retain(|(stage, _)| *stage != progress.stage);
        stages.push((progress.stage, started.elapsed()));
    };
    timed("execute", || execute(&scratch.lab, &plan, &mut note)).unwrap();
    println!("{} steps, stages end at {stages:?}", plan.steps.len());
    let seen = timed("observe", || scratch.observe(&spec));
    assert!(diff(&spec, &seen).is_empty());
    assert!(ping(&NetnsName::new(scratch.name(), "h999"), "10.0.0.10"));

    let mut wanted = spec.clone();
    let Filter::Table(table) = &mut router_of(&mut wanted, scratch.name()).nft else {
        panic!("the router has a table")
    };
    let marks = &mut table.maps.get_mut("marks").unwrap().elements;
    marks.extend((0..1000).map(|n| (vec![Part::Ifname(LinkName::new(format!("eni-h{n}")))], Part::Number(n))));
    scratch.run(&diff(&wanted, &seen));
    let before = wanted.clone();
    let Filter::Table(table) = &mut router_of(&mut wanted, scratch.name()).nft else {
        panic!("the router has a table")
    };
    let drop = Part::Verdict(Verdict::Drop);
    table.maps.get_mut("inbound").unwrap().elements.insert(vec![Part::Ifname(LinkName::new("eni-h9"))], drop);
    let plan = diff(&wanted, &before);
    timed("change of one element", || scratch.run(&plan));
    timed("remove", || scratch.down());
    scratch.assert_nothing_is_left();
}
