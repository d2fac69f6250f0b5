//! What the daemon of a large lab takes while nobody asks for anything.

use crate::{
    lab::{Lab, first_right_answer, generated},
    report::{self, Setting, Target},
};
use std::{fs, net::SocketAddr, thread, time::Duration};

/// Memory and wake-ups with a thousand instances served.
pub(crate) fn daemon(setting: Setting) {
    let lab = Lab::up("idle", &generated(&["--name", "idle", "--instances", "1000", "--vpcs", "10", "--rules", "10"]));
    first_right_answer(&lab.netns("v9i0"), SocketAddr::new(lab.address("v9i99").into(), 80), "I am v9i99");
    let pid = fs::read_to_string(lab.state().daemon_pid()).unwrap().split_whitespace().next().unwrap().to_owned();
    let rest = Duration::from_secs(if setting.quick { 5 } else { 20 });
    let memory = field(&format!("/proc/{pid}/status"), "VmRSS:") / 1024.0;
    report::value("daemon of 1,000 instances: resident memory", Target::AtMost(48.0), "MiB", &[memory]);
    // After what `up` left to do.
    thread::sleep(Duration::from_secs(2));
    let before = (switches(&pid), ticks(&pid));
    thread::sleep(rest);
    let after = (switches(&pid), ticks(&pid));
    let wakes = (after.0 - before.0) / rest.as_secs_f64();
    report::value("idle daemon of 1,000 instances: wake-ups a second", Target::AtMost(1.0), "/s", &[wakes]);
    let busy = (after.1 - before.1) / rest.as_secs_f64();
    report::value(
        "idle daemon of 1,000 instances: CPU, in ticks of 10 ms a second",
        Target::AtMost(0.1),
        "/s",
        &[busy],
    );
}

/// How often its threads were given a core.
fn switches(pid: &str) -> f64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    threads
        .map(|thread| field(thread.unwrap().path().join("status").to_str().unwrap(), "voluntary_ctxt_switches:"))
        .sum()
}

fn ticks(pid: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
}

fn field(file: &str, name: &str) -> f64 {
    let text = fs::read_to_string(file).unwrap();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
