//! Random topologies: what AWS's rules say of each pair and port, read from the model by the code in
//! `verdicts/reading.rs`, must be what packets do. The reading shares nothing with the compiler.
//!
//! Needs root. `VPCNS_CASES` says how many topologies are tried (default 6), `VPCNS_SEED` which come first.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and says what it found")]

#[path = "verdicts/lab.rs"]
mod lab;
#[path = "verdicts/random.rs"]
mod random;
#[path = "verdicts/reading.rs"]
mod reading;
mod topology;

use lab::Lab;
use random::Random;
use reading::{Verdict, destinations, verdict};

#[test]
fn packets_do_what_the_rules_say() {
    let number =
        |name: &str, default: u64| std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"));
    let first = number("VPCNS_SEED", 1);
    let (mut pairs, mut counts) = (0, [0; 3]);
    for seed in first..first + number("VPCNS_CASES", 6) {
        let text = random::topology(&mut Random::new(seed));
        let lab = Lab::up(&text);
        let mut wrong = Vec::new();
        for (source, seen) in lab.probe_all(&destinations(&lab.topology)) {
            for (destination, seen) in seen {
                let said = verdict(&lab.topology, &source, destination);
                pairs += 1;
                counts[said as usize] += 1;
                if said != seen {
                    wrong.push(format!("{source} to {destination}: the rules say {said:?}, packets say {seen:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "VPCNS_SEED={seed}\n{text}\n{}", wrong.join("\n"));
    }
    let [connected, refused, silence] = counts;
    println!("{pairs} pairs agree: {connected} connected, {refused} refused, {silence} silent");
    assert!(
        counts.iter().all(|count| *count > 0),
        "each verdict must occur for the test to mean something: {counts:?}"
    );
    assert_eq!(Verdict::Silence as usize, 2);
}

#[test]
fn why_reads_the_rules_as_this_test_does() {
    let health = vpcns::spec::service::Health::default();
    let mut counts = [0; 2];
    for seed in 1..=200 {
        let text = random::topology(&mut Random::new(seed));
        let topology = topology::resolve_as(&text, "t-verdicts");
        let atlas = vpcns::reach::Atlas::new(&topology, &health);
        for (source, to) in
            topology.instances.keys().flat_map(|s| destinations(&topology).into_iter().map(move |d| (s, d)))
        {
            let said = verdict(&topology, source, to);
            let from = vpcns::reach::Sender::Instance(source.clone());
            let traffic = vpcns::reach::Traffic::Tcp(to.port());
            let path = atlas.path(&vpcns::reach::Question { from, to: *to.ip(), traffic });
            let reached = said != Verdict::Silence;
            counts[usize::from(reached)] += 1;
            assert_eq!(
                path.verdict.is_reached(),
                reached,
                "seed {seed}: {source} to {to}: {said:?}, {path:#?}\n{text}"
            );
        }
    }
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}
