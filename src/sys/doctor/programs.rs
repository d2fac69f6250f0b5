//! Programs that the documents' commands use inside of labs; the machine's own are seen there. Labs run without them.

use super::Finding;
use rustix::fs::{Access, access};
use std::{env, path::PathBuf};

/// A program, the package of Debian and Ubuntu that has it, the one of Fedora and Amazon Linux, and what it is for.
const PROGRAMS: [(&str, &str, &str, &str); 11] = [
    ("ip", "iproute2", "iproute", "`ip netns exec`, and to look around in instances"),
    ("bash", "bash", "bash", "a shell in an instance, UserData"),
    ("curl", "curl", "curl", "requests"),
    ("ping", "iputils-ping", "iputils", "ICMP"),
    ("dig", "dnsutils", "bind-utils", "DNS"),
    ("ssh", "openssh-client", "openssh-clients", "logging in"),
    ("nc", "netcat-openbsd", "nmap-ncat", "connections by hand"),
    ("traceroute", "traceroute", "traceroute", "ways"),
    ("tcpdump", "tcpdump", "tcpdump", "packets"),
    ("aws", "awscli", "awscli", "AWS's services"),
    (
        "moto_server",
        "python3-venv, then `pip install 'moto[server]'`",
        "python3, then `pip install 'moto[server]'`",
        "DynamoDB",
    ),
];

pub(super) fn examine() -> Vec<Finding> {
    let examine = |(program, debian, fedora, purpose): (&str, &str, &str, &str)| match find(program) {
        Some(path) => Finding::right(program, format!("`{}`", path.display())),
        None => Finding::note(program, format!("not found; for {purpose}, as the documents do it"))
            .hint(format!("install the package {debian} (Debian, Ubuntu) or {fedora} (Fedora, Amazon Linux)")),
    };
    PROGRAMS.into_iter().map(examine).collect()
}

fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/sbin", "/sbin", "/opt/vpcns/bin"].map(PathBuf::from);
    let mut found = env::split_paths(&path).chain(more).map(|directory| directory.join(program));
    found.find(|path| path.is_file() && access(path, Access::EXEC_OK).is_ok())
}
