//! How `up` grows: the exponent b of t = a · n^b between two sizes, 1 if it is linear.

use crate::{
    lab::{Lab, generated, wait_for_kernel},
    report::{self, Setting, Target, median, progress, seconds},
};

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

/// The exponent of the last step is the one that counts: before it, what does not grow still hides what does.
fn grow(what: &str, setting: Setting, sizes: &[u32], topology: impl Fn(&str) -> String) {
    let turns = if setting.quick { 1 } else { 2 };
    let mut times = Vec::new();
    for size in sizes {
        let lab = Lab::of("growth", &topology(&size.to_string()));
        let one = |_| {
            let time = seconds(|| lab.bring_up());
            lab.down();
            wait_for_kernel();
            time
        };
        let time = median((0..turns).map(one).collect());
        progress(format_args!("{size}: {time:.2} s"));
        times.push((f64::from(*size), time));
    }
    let exponent = |(n, t): (f64, f64), (m, u): (f64, f64)| (u / t).ln() / (m / n).ln();
    let steps: Vec<_> = times.windows(2).map(|pair| exponent(pair[0], pair[1])).collect();
    let last = *steps.last().unwrap();
    let all: Vec<_> = times.iter().map(|(size, time)| format!("{size}: {time:.2} s")).collect();
    let measured = format!(
        "**{last:.2}** in the last step, {:.2} over all ({})",
        exponent(times[0], times[times.len() - 1]),
        all.join(", ")
    );
    let what = format!("`up` of {} to {} {what}", sizes[0], sizes[sizes.len() - 1]);
    report::row((&what, "linear"), Target::AtMost(1.1), " (exponent)", (last, &measured));
}
