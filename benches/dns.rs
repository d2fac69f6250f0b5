//! DNS answers at base+2, beside dnsmasq and unbound with the same zone at the same address: in turns, because only one
//! can be there. The load is dnsperf's, from an instance.

use crate::{
    lab::{Lab, done, eventually, inside},
    peers,
    report::{Pairs, Setting, Target, rate},
};
use std::{fmt::Write, fs, net::Ipv4Addr};
use vpcns::daemon;

const NAMES: u8 = 100;
const QUERIES: &str = "/run/queries";
const RESOLVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// A zone of a hundred names.
fn zone() -> Vec<(String, Ipv4Addr)> {
    (0..NAMES).map(|number| (format!("host-{number}.bench.internal"), Ipv4Addr::new(10, 0, 0, 100 + number))).collect()
}

fn lab(zone: &[(String, Ipv4Addr)]) -> Lab {
    let mut text = "name: dns\nvpcs:\n  main:\n    cidr: 10.0.0.0/16\n    enable_dns_hostnames: true\n    subnets: { a: { cidr: \
                    10.0.0.0/24, az: a } }\ninstances: { client: { subnet: main/a } }\nhosted_zones:\n  bench:\n    domain: \
                    bench.internal\n    vpcs: [main]\n    records:\n"
        .to_owned();
    for (name, address) in zone {
        writeln!(text, "      {}: {{ A: {address} }}", name.strip_suffix(".bench.internal").unwrap()).unwrap();
    }
    Lab::up("dns", &text)
}

/// Answers a second.
fn answers(lab: &Lab, setting: Setting) -> f64 {
    let server = RESOLVER.to_string();
    eventually("the server answers", || {
        let dig = ["dig", "+short", "+time=1", "+tries=1", &format!("@{server}"), "host-1.bench.internal"];
        inside(&lab.host("client"), &dig).output().unwrap().stdout.starts_with(b"10.0.0.101")
    });
    let time = setting.load().as_secs().to_string();
    let load = ["dnsperf", "-s", &server, "-d", QUERIES, "-l", &time, "-c", "4", "-q", "64"];
    let said = String::from_utf8(done(&mut inside(&lab.host("client"), &load)).stdout).unwrap();
    let line = said.lines().find(|line| line.contains("Queries per second")).unwrap();
    let lost = said.lines().find(|line| line.contains("Queries lost")).unwrap();
    // A datagram may get lost now and then where all processors are busy; a server that cannot keep up loses more.
    assert!(lost.contains("(0.0"), "{lost}");
    line.split_whitespace().last().unwrap().parse().unwrap()
}

/// Both peers.
pub(crate) fn dns(setting: Setting) {
    let zone = zone();
    let queries: Vec<_> = zone.iter().map(|(name, _)| format!("{name} A")).collect();
    fs::write(QUERIES, queries.join("\n") + "\n").unwrap();
    let lab = lab(&zone);
    let router = lab.router("main");
    let (mut dnsmasq, mut unbound) = (Vec::new(), Vec::new());
    for _ in 0..setting.pairs() {
        let ours = answers(&lab, setting);
        daemon::stop(&lab.state()).unwrap();
        let peer = peers::dnsmasq(&router, RESOLVER, &zone);
        dnsmasq.push((ours, answers(&lab, setting)));
        drop(peer);
        let peer = peers::unbound(&router, RESOLVER, &zone);
        unbound.push((ours, answers(&lab, setting)));
        drop(peer);
        lab.bring_up();
    }
    for (pairs, beside) in [(dnsmasq, "dnsmasq"), (unbound, "unbound, one thread")] {
        Pairs::of(pairs).row("DNS answers/s at base+2", beside, Target::AtLeast(1.0), rate);
    }
}
