//! How `up` grows: the exponent b of t = a · n^b between two sizes, 1 if it is linear.

use crate::{
    floor,
    lab::{Lab, generated, wait_for_kernel},
    report::{self, Setting, Target, median, progress, seconds},
};
use std::fmt;

/// From 100 to 4,000 instances.
pub(crate) fn instances(setting: Setting) {
    let sizes: &[u32] = if setting.quick { &[100, 1000] } else { &[100, 1000, 4000] };
    grow("instances", setting, sizes, |size| generated(&["--name", "growth", "--instances", size, "--vpcs", "10"]));
}

/// From 1 to 1,000 consumers of one service.
pub(crate) fn consumers(setting: Setting) {
    let sizes: &[u32] = if setting.quick { &[1, 30, 300] } else { &[1, 30, 300, 1000] };
    grow("consumer VPCs of one service", setting, sizes, |size| {
        generated(&["--name", "growth", "--instances", "1", "--endpoints", size])
    });
}

/// The exponent of the last step is the one that counts: before it, what does not grow still hides what does. Beside it
/// stands that of the kernel's floor for the same labs.
fn grow(what: &str, setting: Setting, sizes: &[u32], topology: impl Fn(&str) -> String) {
    let turns = if setting.quick { 1 } else { 2 };
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for size in sizes {
        let lab = Lab::of("growth", &topology(&size.to_string()));
        let (mut ups, mut makes) = (Vec::new(), Vec::new());
        for _ in 0..turns {
            ups.push(seconds(|| lab.bring_up()));
            let spec = lab.spec();
            lab.down();
            wait_for_kernel();
            makes.push(seconds(|| floor::make(&spec)));
            floor::remove(&spec);
            wait_for_kernel();
        }
        let (up, floor) = (median(ups), median(makes));
        progress(format_args!("{size}: {up:.2} s, the floor {floor:.2} s"));
        ours.push((f64::from(*size), up));
        floors.push((f64::from(*size), floor));
    }
    let (first, last) = (sizes[0], sizes[sizes.len() - 1]);
    let measured = format!("{}; the floor {}", Exponents::of(&ours), Exponents::of(&floors));
    let what = format!("`up` of {first} to {last} {what}");
    report::row((&what, "linear"), Target::AtMost(1.1), " (exponent)", (Exponents::of(&ours).last, &measured));
}

/// How times grow with sizes.
struct Exponents {
    last: f64,
    all: f64,
    times: String,
}

impl Exponents {
    fn of(times: &[(f64, f64)]) -> Self {
        let exponent = |(n, t): (f64, f64), (m, u): (f64, f64)| (u / t).ln() / (m / n).ln();
        let [.., before, last] = *times else { unreachable!("there are at least two sizes") };
        let texts: Vec<_> = times.iter().map(|(size, time)| format!("{size}: {time:.2} s")).collect();
        Self { last: exponent(before, last), all: exponent(times[0], last), times: texts.join(", ") }
    }
}

impl fmt::Display for Exponents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "**{:.2}** in the last step, {:.2} over all ({})", self.last, self.all, self.times)
    }
}
