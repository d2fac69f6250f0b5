//! Random topologies: what `why` says of each pair and port must be what packets do. It reads AWS's rules from the
//! model, and shares nothing with the compiler.
//!
//! Needs root. `VPCNS_CASES` says how many topologies are tried (default 6), `VPCNS_SEED` which come first.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and says what it found")]

#[path = "verdicts/generated.rs"]
mod generated;
#[path = "verdicts/lab.rs"]
mod lab;
#[path = "verdicts/model.rs"]
mod model;
mod random;
mod topology;

use lab::Lab;
use model::{Verdict, destinations, verdict};
use random::Random;
use vpcns::{describe, reach::Atlas, spec::service::Health};

#[test]
fn packets_do_what_the_rules_say() {
    let number =
        |name: &str, default: u64| std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"));
    let first = number("VPCNS_SEED", 1);
    let mut tally = Tally::default();
    for seed in first..first + number("VPCNS_CASES", 6) {
        let text = generated::topology(&mut Random::new(seed));
        let mut lab = Lab::up(&text);
        tally.add(&lab, &format!("VPCNS_SEED={seed}\n{text}"));
        // the same with something of it that has failed
        let (kind, name) = generated::failure(&mut Random::new(!seed));
        lab.fail(describe::failed(&lab.topology, kind, name).unwrap());
        tally.add(&lab, &format!("VPCNS_SEED={seed}, {kind} {name} has failed\n{text}"));
    }
    let Tally { pairs, peered, failed, counts } = tally;
    let [connected, refused, silence] = counts;
    println!("{pairs} pairs agree: {connected} connected ({peered} over peering), {refused} refused, {silence} silent");
    assert!(failed > 0, "some pair must be silent because of a failure");
    assert!(peered > 0, "some connection must go over peering");
    assert!(
        counts.iter().all(|count| *count > 0),
        "each verdict must occur for the test to mean something: {counts:?}"
    );
    assert_eq!(Verdict::Silence as usize, 2);
}

/// What was compared so far.
#[derive(Default)]
struct Tally {
    pairs: usize,
    /// Connections over peering.
    peered: usize,
    /// Pairs that are silent because something has failed.
    failed: usize,
    counts: [usize; 3],
}

impl Tally {
    /// Compares what the rules say of a lab with what packets say.
    fn add(&mut self, lab: &Lab, what: &str) {
        let health = Health::default();
        let atlas = Atlas::new(&lab.topology, &health);
        let mut wrong = Vec::new();
        for (source, seen) in lab.probe_all(&destinations(&lab.topology)) {
            for (destination, seen) in seen {
                let (said, hops) = verdict(&atlas, &source, destination);
                self.pairs += 1;
                self.counts[said as usize] += 1;
                self.failed += usize::from(hops.iter().any(|hop| hop.says.contains("has failed")));
                let interface = &lab.topology.network_interfaces[&lab.topology.instances[&source].interface];
                let elsewhere = !lab.topology.vpcs[&interface.vpc].cidr.contains(destination.ip());
                self.peered += usize::from(seen == Verdict::Connected && elsewhere && destination.ip().is_private());
                if said != seen {
                    wrong.push(format!(
                        "{source} to {destination}: the rules say {said:?}, packets say {seen:?}: {hops:#?}"
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{what}\n{}", wrong.join("\n"));
    }
}
