//! `up` and `down` of a thousand instances in ten VPCs, beside the kernel's floor and beside Mininet.

use crate::{
    floor,
    lab::{Lab, first_right_answer, generated, sh, wait_for_kernel},
    report::{Pairs, Setting, Target, progress, seconds, time},
};
use std::net::SocketAddr;

const INSTANCES: &str = "1000";
const VPCS: &str = "10";

/// The lab that these rows are about.
fn thousand(name: &str) -> Lab {
    Lab::of(name, &generated(&["--name", name, "--instances", INSTANCES, "--vpcs", VPCS, "--rules", "10"]))
}

/// Brings it up, and asks a responder across its VPC.
fn up_and_answer(lab: &Lab) -> f64 {
    seconds(|| {
        lab.bring_up();
        let at = SocketAddr::new(lab.address("v9i99").into(), 80);
        first_right_answer(&lab.netns("v9i0"), at, "I am v9i99");
    })
}

/// `up` and `down` beside the floor.
pub(crate) fn up(setting: Setting) {
    let lab = thousand("thousand");
    up_and_answer(&lab);
    let spec = lab.spec();
    lab.down();
    wait_for_kernel();
    let (mut ups, mut downs) = (Vec::new(), Vec::new());
    let gone = |act: &dyn Fn()| {
        seconds(|| {
            act();
            wait_for_kernel();
        })
    };
    for turn in 0..setting.pairs() {
        let up = up_and_answer(&lab);
        let down = gone(&|| lab.down());
        let floor = seconds(|| floor::make(&spec));
        let removed = gone(&|| floor::remove(&spec));
        progress(format_args!("pair {turn}: up {up:.2} : {floor:.2}, down {down:.2} : {removed:.2}"));
        ups.push((up, floor));
        downs.push((down, removed));
    }
    let what = "`up` of 1,000 instances in 10 VPCs, to the first right answer";
    Pairs::of(ups).row(what, "kernel's floor", Target::AtMost(1.3), time);
    let what = "`down` of them, until the kernel has let go of all";
    Pairs::of(downs).row(what, "the floor's removal", Target::AtMost(1.3), time);
}

/// Mininet's, through its own API; what it prints is how long its network took to start.
const MININET: &str = "
from mininet.net import Mininet
from mininet.topo import LinearTopo
from mininet.nodelib import LinuxBridge
import time
began = time.time()
net = Mininet(topo=LinearTopo(k=10, n=100), switch=LinuxBridge, controller=None)
net.start()
print(time.time() - began)
net.stop()
";

/// `up` beside Mininet.
pub(crate) fn mininet(_: Setting) {
    let lab = thousand("beside-mininet");
    let up = up_and_answer(&lab);
    lab.down();
    wait_for_kernel();
    progress("Mininet with as many hosts takes a while");
    let mininet: f64 = sh(&format!("/usr/bin/python3 -c '{MININET}' 2>/run/mininet.log")).trim().parse().unwrap();
    wait_for_kernel();
    let what = "Mininet (`--switch lxbr`, ten switches with 100 hosts each) until it has started";
    Pairs::of(vec![(mininet, up)]).row(what, "`up` of as many", Target::AtLeast(20.0), time);
}
