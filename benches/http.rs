//! Small pages, beside nginx with one worker in the same namespace. The load is wrk's, from another instance.

use crate::{
    lab::{Lab, done, eventually, inside},
    peers,
    report::{Pairs, Setting, Target, rate},
};

const PAGE: &str = "I am a small page";

fn lab() -> Lab {
    Lab::up(
        "http",
        &format!(
            "
name: http
vpcs:
  main:
    cidr: 10.0.0.0/16
    subnets: {{ a: {{ cidr: 10.0.0.0/24, az: a }} }}
    security_groups: {{ web: {{ inbound: [{{ protocol: tcp, ports: [80, 8080], source: 10.0.0.0/16 }}] }} }}
instances:
  client: {{ subnet: main/a }}
  server: {{ subnet: main/a, security_groups: [web], httpd: \"{PAGE}\" }}
"
        ),
    )
}

/// With and without keep-alive.
pub(crate) fn http(setting: Setting) {
    let lab = lab();
    let (client, server) = (lab.host("client"), lab.address("server"));
    let _nginx = peers::nginx(&lab.host("server"), 8080, PAGE);
    let time = format!("{}s", setting.load().as_secs());
    let answers = |port: u16, header: &str| {
        let url = format!("http://{server}:{port}/");
        eventually("the page", || {
            inside(&client, &["curl", "-sS", "-m1", &url]).output().unwrap().stdout.starts_with(PAGE.as_bytes())
        });
        let load = ["wrk", "-t1", "-c16", "-d", &time, "-H", header, &url];
        let said = String::from_utf8(done(&mut inside(&client, &load)).stdout).unwrap();
        assert!(!said.contains("Non-2xx"), "{said}");
        said.lines().find_map(|line| line.strip_prefix("Requests/sec:")).unwrap().trim().parse().unwrap()
    };
    for (words, header) in [("keep-alive", "Accept: */*"), ("a connection each", "Connection: close")] {
        let pairs = Pairs::measure(setting.pairs(), || answers(80, header), || answers(8080, header));
        let what = format!("httpd answers/s, small page, {words}");
        pairs.row(&what, "nginx, one worker", Target::AtLeast(1.0), rate);
    }
}
