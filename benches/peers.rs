//! Programs that do the same, each run in a namespace of a lab until the value is dropped.

use crate::lab::inside;
use std::{
    fmt::Write,
    fs,
    net::Ipv4Addr,
    process::{Child, Stdio},
};
use vpcns::spec::NetnsName;

/// A process that runs in a namespace.
pub(crate) struct Peer(Child);

impl Peer {
    /// Starts it; it must stay in the foreground. It has a session of its own, as the daemon has: the kernel may share
    /// the cores between sessions.
    fn start(netns: &NetnsName, command: &[&str]) -> Self {
        let log = fs::File::create(format!("/run/{}.log", command[0])).unwrap();
        let mut command = inside(netns, &[&["setsid"], command].concat());
        Self(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Not at once: those with workers of their own end these first.
        let pid = nix::unistd::Pid::from_raw(self.0.id().cast_signed());
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
        let _ = self.0.wait();
    }
}

/// `HAProxy` in TCP mode.
pub(crate) struct Haproxy {
    _peer: Peer,
}

impl Haproxy {
    /// Passes these ports on to a server.
    pub(crate) fn start(netns: &NetnsName, server: Ipv4Addr, ports: &[u16]) -> Self {
        let mut text = "global\n  maxconn 4000\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1m\n  timeout server 1m\n".to_owned();
        for port in ports {
            write!(text, "listen p{port}\n  bind :{port}\n  server s {server}:{port}\n").unwrap();
        }
        fs::write("/run/haproxy.cfg", text).unwrap();
        Self { _peer: Peer::start(netns, &["haproxy", "-db", "-f", "/run/haproxy.cfg"]) }
    }
}

/// dnsmasq with these names.
pub(crate) fn dnsmasq(netns: &NetnsName, at: Ipv4Addr, zone: &[(String, Ipv4Addr)]) -> Peer {
    let mut text = format!(
        "no-hosts\nno-resolv\nno-daemon\nbind-interfaces\nexcept-interface=lo\nlisten-address={at}\nuser=root\npid-file=\n\
         local=/bench.internal/\n"
    );
    for (name, address) in zone {
        writeln!(text, "host-record={name},{address}").unwrap();
    }
    fs::write("/run/dnsmasq.conf", text).unwrap();
    Peer::start(netns, &["dnsmasq", "--conf-file=/run/dnsmasq.conf"])
}

/// unbound with these names.
pub(crate) fn unbound(netns: &NetnsName, at: Ipv4Addr, zone: &[(String, Ipv4Addr)]) -> Peer {
    let mut text = format!(
        "server:\n  interface: {at}\n  access-control: 0.0.0.0/0 allow\n  do-daemonize: no\n  use-syslog: no\n  chroot: \"\"\n  \
         username: \"\"\n  directory: \"/run\"\n  pidfile: \"\"\n  module-config: \"iterator\"\n  \
         local-zone: \"bench.internal.\" static\n"
    );
    for (name, address) in zone {
        writeln!(text, "  local-data: \"{name}. A {address}\"").unwrap();
    }
    fs::write("/run/unbound.conf", text).unwrap();
    Peer::start(netns, &["unbound", "-d", "-c", "/run/unbound.conf"])
}

/// nginx with one worker, which answers with this text at a port.
pub(crate) fn nginx(netns: &NetnsName, port: u16, text: &str) -> Peer {
    fs::create_dir_all("/run/nginx").unwrap();
    fs::create_dir_all("/var/log/nginx").unwrap();
    let configuration = format!(
        "daemon off; worker_processes 1; pid /run/nginx/pid; error_log /run/nginx/error.log;
         events {{ worker_connections 1024; }}
         http {{ access_log /run/nginx/access.log; default_type text/plain;
                 server {{ listen {port}; location / {{ return 200 \"{text}\\n\"; }} }} }}\n"
    );
    fs::write("/run/nginx/nginx.conf", configuration).unwrap();
    Peer::start(netns, &["nginx", "-c", "/run/nginx/nginx.conf"])
}
