//! Random topologies: what `why` says of each pair and port must be what packets do. It reads AWS's rules from the
//! model, and shares nothing with the compiler.
//!
//! Needs root. `VPCNS_CASES` says how many topologies are tried (default 6), `VPCNS_SEED` which come first.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and says what it found")]

#[path = "verdicts/lab.rs"]
mod lab;
#[path = "verdicts/model.rs"]
mod model;
#[path = "verdicts/random.rs"]
mod random;
mod topology;

use lab::Lab;
use model::{Verdict, destinations, verdict};
use random::Random;
use vpcns::{reach::Atlas, spec::service::Health};

#[test]
fn packets_do_what_the_rules_say() {
    let number =
        |name: &str, default: u64| std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"));
    let first = number("VPCNS_SEED", 1);
    let (mut pairs, mut peered, mut counts) = (0, 0, [0; 3]);
    for seed in first..first + number("VPCNS_CASES", 6) {
        let text = random::topology(&mut Random::new(seed));
        let lab = Lab::up(&text);
        let health = Health::default();
        let atlas = Atlas::new(&lab.topology, &health);
        let mut wrong = Vec::new();
        for (source, seen) in lab.probe_all(&destinations(&lab.topology)) {
            for (destination, seen) in seen {
                let (said, hops) = verdict(&atlas, &source, destination);
                pairs += 1;
                counts[said as usize] += 1;
                let interface = &lab.topology.network_interfaces[&lab.topology.instances[&source].interface];
                let elsewhere = !lab.topology.vpcs[&interface.vpc].cidr.contains(destination.ip());
                peered += usize::from(seen == Verdict::Connected && elsewhere && destination.ip().is_private());
                if said != seen {
                    wrong.push(format!(
                        "{source} to {destination}: the rules say {said:?}, packets say {seen:?}: {hops:#?}"
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "VPCNS_SEED={seed}\n{text}\n{}", wrong.join("\n"));
    }
    let [connected, refused, silence] = counts;
    println!("{pairs} pairs agree: {connected} connected ({peered} over peering), {refused} refused, {silence} silent");
    assert!(peered > 0, "some connection must go over peering");
    assert!(
        counts.iter().all(|count| *count > 0),
        "each verdict must occur for the test to mean something: {counts:?}"
    );
    assert_eq!(Verdict::Silence as usize, 2);
}
