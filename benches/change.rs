//! Small changes of a large lab: one rule of a security group, one added instance, the health of one target. What is
//! judged is the work: for the first two, what is done to the machine; for the third, all that the daemon does about it.
//! Beside it stands the whole command, which reads the file, and the machine, so that it mends what somebody else
//! changed. Meanwhile a connection of the same VPC goes to and fro, and must never be silent for long.

use crate::{
    lab::{Lab, eventually, generated, sh},
    report::{self, Setting, Target, median, progress, seconds},
};
use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};
use vpcns::{
    apply,
    compile::compile,
    input::{self, Options, Source},
    model::Topology,
};

const NUMBERS: [&str; 12] =
    ["--name", "change", "--instances", "1000", "--vpcs", "10", "--rules", "10", "--endpoints", "1", "--targets", "2"];
/// Where the connection goes.
const ECHO: u16 = 5001;
/// How long a connection that nobody disturbs may wait for its answer; the kernel repeats a lost packet after 200 ms.
const SILENCE: f64 = 200.0;

/// All three.
pub(crate) fn change(setting: Setting) {
    let http = "- { type: HTTP, source: 0.0.0.0/0 }\n";
    let echo = format!("{http}          - {{ protocol: tcp, ports: {ECHO}, source: 0.0.0.0/0 }}\n");
    let check = "health_check: { interval: 5s, timeout: 2s, healthy_threshold: 2 }";
    let text = generated(&NUMBERS)
        .replace(http, &echo)
        .replace("TCP:80: [v0i0, v0i1]", &format!("TCP:80: {{ targets: [v0i0, v0i1], {check} }}"));
    let lab = Lab::up("change", &text);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let silence = scope.spawn(|| longest_silence(&lab, &over));
        let turns = setting.pairs();
        rule_and_instance(turns, &lab, &text);
        health(if setting.quick { 2 } else { 4 }, &lab);
        over.store(true, Ordering::Relaxed);
        let silence = silence.join().unwrap();
        let what = "longest silence of a connection in the VPC that is changed, meanwhile";
        report::value(what, Target::AtMost(SILENCE), "ms", &[silence]);
    });
}

fn rule_and_instance(turns: usize, lab: &Lab, text: &str) {
    let rule = |turn: usize| text.replacen("ports: 1025", &format!("ports: {}", 2000 + turn), 1);
    one("one changed security-group rule at 1,000 instances", 10.0, turns, lab, (text, &rule));
    let instance = |turn: usize| {
        let added = format!("instances:\n  added{turn}: {{ subnet: v0/a, security_groups: [web] }}\n");
        text.replacen("instances:\n", &added, 1)
    };
    one("one added instance at 1,000 instances", 30.0, turns, lab, (text, &instance));
}

/// One kind of change: the work, then the whole command.
fn one(what: &str, limit: f64, turns: usize, lab: &Lab, (text, edited): (&str, &dyn Fn(usize) -> String)) {
    let (mut works, mut wholes) = (Vec::new(), Vec::new());
    for turn in 0..turns {
        fs::write(&lab.file, edited(2 * turn)).unwrap();
        works.push(work(lab) * 1e3);
        lab.bring_up();
        fs::write(&lab.file, edited(2 * turn + 1)).unwrap();
        wholes.push(seconds(|| lab.bring_up()) * 1e3);
        fs::write(&lab.file, text).unwrap();
        lab.bring_up();
    }
    report::value(&format!("{what}: work on the machine"), Target::AtMost(limit), "ms", &works);
    let whole = median(wholes);
    report::row((&format!("{what}: the whole `up`"), "–"), Target::Told, "", (whole, &format!("{whole:.0} ms")));
}

/// How long it takes to bring about what the lab's file says.
fn work(lab: &Lab) -> f64 {
    let running = lab.topology();
    let source =
        Source { name: "change.yaml".into(), text: fs::read_to_string(&lab.file).unwrap(), directory: "/run".into() };
    let changed: Topology = input::topology(&source, &Options::of_lab("change"), Some(&running)).unwrap();
    let health = lab.state().health();
    let observed = apply::observe(&lab.state(), &compile(&running, &health)).unwrap();
    let desired = compile(&changed, &health);
    seconds(|| {
        let plan = apply::diff(&desired, &observed);
        assert!(!plan.is_empty());
        apply::execute(&lab.state(), &plan, &mut |_| {}).unwrap();
    })
}

/// A target that does not answer any more, and then does again. The daemon's log says how long it was busy with it.
fn health(turns: usize, lab: &Lab) {
    let said = || {
        let log = fs::read_to_string(lab.state().daemon_log()).unwrap();
        let took = |line: &str| line.split("milliseconds=").nth(1)?.split_whitespace().next()?.parse::<f64>().ok();
        log.lines().filter(|line| line.contains("follow the targets")).filter_map(took).collect::<Vec<_>>()
    };
    let host = lab.host("v0i0");
    let mut works = Vec::new();
    for turn in 0..turns {
        progress(format_args!("health change {turn} of {turns}"));
        let before = said().len();
        sh(&if turn % 2 == 0 {
            format!(
                "ip netns exec {host} nft 'add table ip silent; add chain ip silent in {{ type filter hook input priority 0; }}; \
                 add rule ip silent in tcp dport 80 drop'"
            )
        } else {
            format!("ip netns exec {host} nft delete table ip silent")
        });
        eventually("the daemon has brought the change about", || said().len() > before);
        works.extend(said().split_off(before));
    }
    report::value("one health change at 1,000 instances: all work", Target::AtMost(10.0), "ms", &works);
}

/// Sends a byte to and fro, and says in milliseconds how long the longest of it took.
fn longest_silence(lab: &Lab, over: &AtomicBool) -> f64 {
    let (client, server) = (lab.netns("v0i4"), lab.netns("v0i5"));
    let to = SocketAddr::new(lab.address("v0i5").into(), ECHO);
    let listener = server.tcp_listener(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), ECHO)).unwrap();
    listener.set_nonblocking(false).unwrap();
    let echo = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut byte = [0];
        while stream.read_exact(&mut byte).and_then(|()| stream.write_all(&byte)).is_ok() {}
    });
    #[expect(clippy::disallowed_methods, reason = "this thread is in the namespace")]
    let mut stream = client.enter(|| TcpStream::connect(to)).unwrap().unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let (mut longest, mut byte) = (0.0_f64, [0]);
    while !over.load(Ordering::Relaxed) {
        let began = Instant::now();
        stream.write_all(b"x").and_then(|()| stream.read_exact(&mut byte)).expect("the connection lives");
        longest = longest.max(began.elapsed().as_secs_f64() * 1e3);
        thread::sleep(Duration::from_millis(1));
    }
    drop(stream);
    echo.join().unwrap();
    longest
}
