//! What a person waits for: `exec`, `plan`, `validate`.

use crate::{
    lab::{Lab, done, generated, inside, vpcns},
    report::{self, Pairs, Setting, Target, seconds, time},
};

/// Pairs of what takes milliseconds.
const MANY: usize = 41;

/// `exec true`, in a small lab and in a large one.
pub(crate) fn exec(_: Setting) {
    for (instances, words) in [("10", "10 instances"), ("1000", "1,000 instances")] {
        let lab = Lab::up("exec", &generated(&["--name", "exec", "--instances", instances, "--vpcs", "1"]));
        let netns = lab.host("v0i0");
        let ours = || seconds(|| drop(vpcns(&["exec", "--lab", "exec", "v0i0", "true"])));
        let theirs = || seconds(|| drop(done(&mut inside(&netns, &["true"]))));
        // The first one makes the instance's view.
        ours();
        let what = format!("`exec true` in a lab of {words}");
        Pairs::measure(MANY, ours, theirs).row(&what, "`ip netns exec … true`", Target::AtMost(1.2), time);
    }
}

/// `plan` and `validate` of a large file.
pub(crate) fn plan(_: Setting) {
    let lab = Lab::of("plan", &generated(&["--name", "plan", "--instances", "1000", "--vpcs", "10", "--rules", "10"]));
    let file = lab.file.to_str().unwrap();
    for command in ["plan", "validate"] {
        let times: Vec<_> = (0..9).map(|_| seconds(|| drop(vpcns(&[command, file]))) * 1e3).collect();
        report::value(&format!("`{command}` of a file of 1,000 instances"), Target::AtMost(100.0), "ms", &times);
    }
}
